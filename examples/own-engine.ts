/**
 * An engine of your own: every method of the boundary between the method and language models, on which a recipe then runs.
 *
 *     npm run example own-engine                      into runs/own-engine, a few seconds
 *     npm run example own-engine runs/another         into another folder
 *
 * This one lets the local engine do the work, and counts calls and tokens. One that reaches a server has the same shape; the
 * comments in src/engine/engine.ts say what each method promises.
 */
import {
  connectEngine,
  type Engine,
  type FrozenCopy,
  type Model,
  type Policy,
  parseRecipe,
  runRecipe,
  textProgress,
} from 'rlt';

/** Calls and tokens by the name of the method. */
class Meter {
  readonly counts = new Map<string, { calls: number; tokens: number }>();

  count(method: string, tokens = 0): void {
    const { calls, tokens: before } = this.counts.get(method) ?? { calls: 0, tokens: 0 };
    this.counts.set(method, { calls: calls + 1, tokens: before + tokens });
  }
}

const total = (lengths: readonly number[]): number => lengths.reduce((sum, length) => sum + length, 0);
const idsOf = (sequences: readonly { readonly ids: readonly number[] }[]): number =>
  total(sequences.map(({ ids }) => ids.length));

/**
 * Calls on a model take effect in the order in which they are made, awaited or not. So each method passes its call on at
 * once, before it awaits anything.
 */
function meteredModel(model: Model, meter: Meter): Model {
  return {
    facts: model.facts,
    profile: model.profile,
    async sample(requests, options) {
      const completions_PG = await model.sample(requests, options);
      meter.count('sample', idsOf(completions_PG.flat()));
      return completions_PG;
    },
    async logProbs(sequences, options) {
      const logProbs_NT = await model.logProbs(sequences, options);
      meter.count('logProbs', idsOf(sequences));
      return logProbs_NT;
    },
    close: () => model.close(),
  };
}

function meteredPolicy(policy: Policy, meter: Meter): Policy {
  /** The engine below wants its own copies back. */
  const copies = new WeakMap<FrozenCopy, FrozenCopy>();
  return {
    ...meteredModel(policy, meter),
    async accumulate(sequences, options) {
      const logProbs_NT = await policy.accumulate(sequences, options);
      meter.count('accumulate', idsOf(sequences));
      return logProbs_NT;
    },
    async step(settings) {
      const result = await policy.step(settings);
      meter.count('step');
      return result;
    },
    async freeze() {
      const copy = await policy.freeze();
      meter.count('freeze');
      const metered: FrozenCopy = {
        ...meteredModel(copy, meter),
        saveState: (directory) => copy.saveState(directory),
        restoreState: (state) => copy.restoreState(state),
      };
      copies.set(metered, copy);
      return metered;
    },
    async blendInto(reference, share) {
      const copy = copies.get(reference);
      if (copy === undefined) throw new TypeError('the reference is not a copy that this policy made');
      await policy.blendInto(copy, share);
      meter.count('blendInto');
    },
    async save(directory) {
      const source = await policy.save(directory);
      meter.count('save');
      return source;
    },
    saveState: (directory) => policy.saveState(directory),
    restoreState: (state) => policy.restoreState(state),
  };
}

function meteredEngine(engine: Engine, meter: Meter): Engine {
  return {
    // What the engine can do. A recipe that asks for more is refused before anything runs.
    profile: { ...engine.profile, name: `metered ${engine.profile.name}` },
    open: async (source) => meteredModel(await engine.open(source), meter),
    train: async (source, options) => meteredPolicy(await engine.train(source, options), meter),
    close: () => engine.close(),
  };
}

const recipe = parseRecipe({
  name: 'metered',
  prompts: { teacher: 'Explain the solution.', student: 'Solve the problem.' },
  models: { base: 'builtin:base' },
  data: { train: { source: 'task:word-problems', count: 64 } },
  stages: [
    { stage: 'warm-up', teacher: 'base', data: 'train', steps: 16, batch: 16, optimiser: { learningRate: 2e-3 } },
    {
      stage: 'teach',
      teacher: 'warm-up',
      student: 'base',
      data: 'train',
      steps: 2,
      prompts: 4,
      samples: 4,
      sampling: { maxTokens: 48 },
      reference: { everySteps: 2 },
      optimiser: { learningRate: 5e-4 },
    },
  ],
});

const meter = new Meter();
const [runDirectory = 'runs/own-engine'] = process.argv.slice(2);
await runRecipe(recipe, {
  runDirectory,
  progress: textProgress({ write: (text) => process.stderr.write(text), terminal: false }),
  // Called for each engine that the recipe names; `settings` are those under `engine` in the recipe.
  connect: async (settings) => meteredEngine(await connectEngine(settings), meter),
});

console.log('method       calls    tokens');
for (const [method, { calls, tokens }] of meter.counts)
  console.log(`${method.padEnd(10)} ${String(calls).padStart(7)} ${String(tokens).padStart(9)}`);
if (meter.counts.size === 0) console.log(`nothing was left to do: delete ${runDirectory} to run it again`);
