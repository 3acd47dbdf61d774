/** Checks of the form of calls on models, for callers without types: every engine makes them before anything else. */
import { z } from 'zod';
import { checkArguments, listArgument, objectArgument } from '../call-arguments.js';
import { isRandomKey } from '../random.js';
import type {
  AdamSettings,
  LoraSettings,
  ModelSource,
  SampleRequest,
  ScoreRequest,
  StateReference,
  WeightedSequence,
} from './engine.js';

const aString = z.string({ error: 'expected a string' });
/** What the places of models are made of, by kind. */
const SOURCES: Readonly<Record<string, z.ZodType>> = {
  directory: z.strictObject({
    kind: z.literal('directory'),
    directory: aString,
    adapter: aString.optional(),
    // Which bits there are, the engine says.
    bits: z.unknown().optional(),
  }),
  served: z.strictObject({ kind: z.literal('served'), name: aString, tokenizer: aString }),
};

/** An object that has one of some forms, by its `kind`. */
const ofKinds = (what: string, forms: Readonly<Record<string, z.ZodType>>) =>
  objectArgument(what, 'kind').superRefine((value, context) => {
    const kind = String(Reflect.get(value, 'kind'));
    const form = Object.hasOwn(forms, kind) ? forms[kind] : undefined;
    if (form === undefined) {
      const message = `expected one of ${Object.keys(forms).join(', ')}, not ${JSON.stringify(kind)}`;
      context.addIssue({ code: 'custom', path: ['kind'], message });
    }
    for (const { path, message } of form?.safeParse(value).error?.issues ?? [])
      context.addIssue({ code: 'custom', path, message });
  });

/** The place of a model, for calls without types. */
const SOURCE_ARGUMENT = { source: ofKinds('the place of a model, as locateModel gives it', SOURCES) };

/** A number that is checked for its range where what it means is known. */
const aNumber = z.custom<number>((value) => typeof value === 'number', {
  error: ({ input }) => (input === undefined ? 'it is missing' : `expected a number, not ${JSON.stringify(input)}`),
});

const isList = (value: unknown): boolean => Array.isArray(value) || ArrayBuffer.isView(value);

/** Token ids, which are checked one by one against the vocabulary. */
const aList = z.custom<ArrayLike<number>>(isList, { error: 'expected a list of numbers' });

const REQUESTS = {
  requests: listArgument('requests', 'prompt', 'count', 'settings', 'key').pipe(
    z.array(
      z.strictObject({
        prompt: aList,
        count: aNumber,
        settings: z.strictObject({
          temperature: aNumber,
          topP: aNumber.optional(),
          topK: aNumber.optional(),
          minP: aNumber.optional(),
          maxTokens: aNumber,
          stopIds: z.array(z.int().min(0)),
        }),
        key: z.custom(isRandomKey, "expected a random key, as randomKey(1, 'mine') gives it"),
        firstSample: z.int().min(0).optional(),
      }),
    ),
  ),
};

/** @throws {UsageError} when requests do not have the form of some, or a key is not one of `randomKey` */
export function checkRequestForm(requests: readonly SampleRequest[]): void {
  checkArguments(
    "model.sample([{ prompt, count: 1, settings: { temperature: 1, maxTokens: 64, stopIds }, key: randomKey(1, 'mine') }])",
    { requests },
    REQUESTS,
  );
}

const listsIn =
  (...keys: readonly string[]) =>
  (items: readonly object[], context: z.core.$RefinementCtx): void => {
    for (const [index, item] of items.entries()) {
      const odd = keys.find((key) => !isList(Reflect.get(item, key)));
      if (odd === undefined) continue;
      context.addIssue({ code: 'custom', path: [index, odd], message: 'expected a list of numbers' });
      return;
    }
  };
const SEQUENCES = {
  sequences: listArgument('sequences', 'ids', 'positions', 'temperature').superRefine(listsIn('ids', 'positions')),
};
const WEIGHTED = {
  sequences: listArgument('weighted sequences', 'ids', 'positions', 'temperature', 'weights').superRefine(
    listsIn('ids', 'positions', 'weights'),
  ),
};

/** @throws {UsageError} when sequences do not have the form of some */
export function checkSequenceForm(sequences: readonly ScoreRequest[]): void {
  checkArguments('model.logProbs([{ ids, positions, temperature: 1 }])', { sequences }, SEQUENCES);
}

/** @throws {UsageError} when weighted sequences do not have the form of some */
export function checkWeightedForm(sequences: readonly WeightedSequence[]): void {
  checkArguments('policy.accumulate([{ ids, positions, temperature: 1, weights }])', { sequences }, WEIGHTED);
}

const fraction = z.number().min(0).lt(1);
/** The settings of AdamW by name. */
export const ADAM_ARGUMENTS = {
  // Beyond it, and beyond weights that decay to less than nothing, steps are no steps any more.
  learningRate: z.number().min(0).max(1),
  beta1: fraction,
  beta2: fraction,
  // With 0, what had no gradient yet is 0 / 0.
  epsilon: z.number().gt(0),
  weightDecay: z.number().min(0),
  decay: z.enum(['matrices', 'all']).optional(),
  // An infinite norm clips nothing.
  clipNorm: z.custom<number>((value) => typeof value === 'number' && value >= 0, 'expected a number from 0').optional(),
};
/** Settings of a schedule may stand beside them; what is written almost as one of them is not meant to. */
const ADAM = {
  settings: z.looseObject(ADAM_ARGUMENTS).superRefine((settings, context) => {
    const spelled = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
    const options = Object.keys(ADAM_ARGUMENTS);
    const keys = Object.keys(settings).filter(
      (key) => !options.includes(key) && options.some((option) => spelled(option) === spelled(key)),
    );
    if (keys.length > 0) context.addIssue({ code: 'unrecognized_keys', keys, input: settings });
    const { learningRate, weightDecay } = settings;
    if (learningRate * weightDecay > 1) {
      const message = `times the learning rate of ${learningRate} it is above 1, and weights would change their signs`;
      context.addIssue({ code: 'custom', path: ['weightDecay'], message });
    }
  }),
};

/** @throws {UsageError} when a step of AdamW with these settings would compute nothing that is meant */
export function checkAdam(settings: AdamSettings): void {
  checkArguments(
    'policy.step({ learningRate: 1e-5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 })',
    { settings },
    ADAM,
  );
}

const DIRECTORY = { directory: z.string().min(1, 'expected a path, not an empty text') };

/** `call`: the method, such as `policy.save`. @throws {UsageError} when the directory is no path */
export function checkDirectory(call: string, directory: string): void {
  checkArguments(`${call}('directory')`, { directory }, DIRECTORY);
}

const STATE = {
  state: ofKinds('a state, as saveState gives it', {
    directory: z.strictObject({ kind: z.literal('directory'), directory: aString }),
    served: z.strictObject({ kind: z.literal('served'), path: aString }),
  }),
};

/** @throws {UsageError} when it is no state */
export function checkState(state: StateReference): void {
  checkArguments('policy.restoreState(await policy.saveState(directory))', { state }, STATE);
}

const SHARE = { share: aNumber };

/** @throws {UsageError} when a share is no number */
export function checkShare(share: number): void {
  checkArguments('policy.blendInto(await policy.freeze(), 0.9)', { share }, SHARE);
}

/** @throws {UsageError} when it is no place of a model */
export function checkSource(source: ModelSource): void {
  checkArguments("engine.open(await locateModel('builtin:base'))", { source }, SOURCE_ARGUMENT);
}

const TRAINING = {
  ...SOURCE_ARGUMENT,
  options: z.strictObject({
    lora: z
      // What a server's client asks for has more settings.
      .looseObject({
        // Which ranks and layers there are, the engine says.
        rank: aNumber,
        alpha: z.number(),
        targets: z.array(z.string()),
        seed: z.int(),
      })
      .optional(),
  }),
};

/** @throws {UsageError} when it is no place of a model, or the settings of the adapter are not complete */
export function checkTraining(source: ModelSource, options: { readonly lora?: LoraSettings | undefined }): void {
  checkArguments(
    "engine.train(await locateModel('builtin:base'), { lora: { rank: 16, alpha: 32, targets: ['q_proj'], seed: 1 } })",
    { source, options },
    TRAINING,
  );
}
