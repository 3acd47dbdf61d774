/** Checks of what callers ask for: what passes them can be computed. */
import { InputError, NumericError, UnsupportedError } from '../errors.js';
import { kindOf } from '../schema-issue.js';
import { checkRequestForm, checkSequenceForm, checkWeightedForm } from './calls.js';
import {
  MOST_SAMPLES,
  type ModelFacts,
  type SampleRequest,
  type ScoreRequest,
  type WeightedSequence,
} from './engine.js';

/** What a model can read. */
type Limits = Pick<ModelFacts, 'vocabularySize' | 'contextTokens'>;

/**
 * @throws {InputError} when a request cannot be sampled; names it by its index in the call
 * @throws {UsageError} when it does not have the form of one
 */
export function checkRequests(limits: Limits, requests: readonly SampleRequest[]): void {
  checkRequestForm(requests);
  if (requests.length === 0)
    throw new InputError('no prompts to sample from', { remedy: 'Pass at least one request.' });
  requests.forEach(({ prompt, count, settings }, sample) => {
    const { temperature, topP = 1, topK = 0, minP = 0, maxTokens } = settings;
    if (prompt.length === 0) throw new InputError('an empty prompt', { sample });
    if (prompt.length >= limits.contextTokens) {
      throw new InputError(
        `a prompt of ${prompt.length} tokens leaves no room in the context of ${limits.contextTokens}`,
        {
          sample,
          remedy: 'Shorten or skip it.',
        },
      );
    }
    checkIds(prompt, limits, { sample });
    checkIds(settings.stopIds, limits, { sample });
    const wrong = !(Number.isInteger(count) && count >= 1 && count <= MOST_SAMPLES)
      ? `count ${count} is not a whole number from 1 to ${MOST_SAMPLES}`
      : !(temperature >= 0 && Number.isFinite(temperature))
        ? `temperature ${temperature} is not a number from 0`
        : !(topP > 0 && topP <= 1)
          ? `topP ${topP} is not in (0, 1]`
          : !(Number.isInteger(topK) && topK >= 0)
            ? `topK ${topK} is not a whole number from 0`
            : !(minP >= 0 && minP <= 1)
              ? `minP ${minP} is not in [0, 1]`
              : !(Number.isInteger(maxTokens) && maxTokens >= 1)
                ? `maxTokens ${maxTokens} is not a positive whole number`
                : undefined;
    if (wrong !== undefined) throw new InputError(wrong, { sample });
  });
}

/**
 * @throws {InputError} when a model cannot compute a sequence; names it by its index in the call
 * @throws {UsageError} when it does not have the form of one
 */
export function checkSequences(limits: Limits, requests: readonly ScoreRequest[]): void {
  checkSequenceForm(requests);
  checkWithin(limits, requests);
}

/** What is checked of sequences that have the form of some. */
function checkWithin(limits: Limits, requests: readonly ScoreRequest[]): void {
  if (requests.length === 0) throw new InputError('an empty batch', { remedy: 'Pass at least one sequence.' });
  requests.forEach((request, sample) => {
    const { ids, positions, temperature } = request;
    if (ids.length > limits.contextTokens) {
      throw new InputError(`a sequence of ${ids.length} tokens exceeds the context of ${limits.contextTokens}`, {
        sample,
        remedy: 'Shorten or skip it.',
      });
    }
    checkIds(ids, limits, { sample });
    let last = 0;
    for (const position of positions) {
      const wrong = wrongPosition(position, last, ids.length);
      if (wrong !== undefined)
        throw new InputError(wrong, { sample, remedy: 'Positions increase strictly, from 1 to the last token.' });
      last = position;
    }
    if (!(temperature > 0) || !Number.isFinite(temperature)) {
      throw new InputError(`the temperature ${kindOf(temperature)} is not a positive number`, { sample });
    }
  });
}

/** What is wrong with a position after `last`, which is 0 before the first. */
function wrongPosition(position: number, last: number, tokens: number): string | undefined {
  if (!Number.isInteger(position)) return `position ${kindOf(position)} is not a whole number`;
  if (tokens < 2)
    return `position ${position} in a sequence of ${tokens} token${tokens === 1 ? '' : 's'}, where no token follows another`;
  if (position < 1 || position >= tokens) return `position ${position} is not from 1 to ${tokens - 1}, the last token`;
  return position <= last ? `position ${position} is listed after position ${last}` : undefined;
}

/**
 * @param facts where they stand
 * @throws {InputError} when one is no token of the vocabulary
 */
export function checkIds(
  ids: readonly number[],
  { vocabularySize }: Pick<Limits, 'vocabularySize'>,
  facts: { readonly sample?: number } = {},
): void {
  for (const id of ids) {
    const whole = Number.isInteger(id);
    if (whole && id >= 0 && id < vocabularySize) continue;
    const wrong = whole ? `is outside the vocabulary of ${vocabularySize}` : 'is not a whole number';
    throw new InputError(`token id ${kindOf(id)} ${wrong}`, {
      ...facts,
      remedy: "Encode the text with this model's own tokenizer.",
    });
  }
}

/**
 * As `checkSequences`, and each chosen position must have a weight.
 * @throws {NumericError} when a weight is not finite
 */
export function checkWeightedSequences(limits: Limits, sequences: readonly WeightedSequence[]): void {
  checkWeightedForm(sequences);
  checkWithin(limits, sequences);
  sequences.forEach(({ positions, weights }, sample) => {
    if (weights.length !== positions.length) {
      throw new InputError(`${weights.length} weights for ${positions.length} positions`, { sample });
    }
    for (let k = 0; k < weights.length; k++) {
      if (!Number.isFinite(weights[k]))
        throw new NumericError(`weight ${k} is ${kindOf(weights[k])}`, { sample, tensor: 'weights' });
    }
  });
}

/** @throws {UnsupportedError} when a temperature is not 1, for what computes log-probs at 1 only; `who` it is */
export function checkTemperatures(who: string, sequences: readonly ScoreRequest[]): void {
  sequences.forEach(({ temperature }, sample) => {
    if (temperature !== 1)
      throw new UnsupportedError(`log-probs at temperature ${temperature}: ${who} computes them at 1`, {
        sample,
        remedy: 'Set the temperatures of sampling and reward to 1.',
      });
  });
}
