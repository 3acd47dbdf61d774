/** Signs that explanations go wrong: they do not end, say nothing, or explain what means nothing to their student. */

import { InputError, type Place } from '../errors.js';
import { mean } from '../method/statistics.js';
import { stepText } from '../printable.js';
import type { WrittenExplanation } from './explanations.js';
import type { Explanation, ScoredExplanation } from './rewards/explanation-reward.js';

const OTHER_SETTINGS =
  'Stages with other settings need another --out, or their folders and those of the stages after them deleted.';

/** What to do about a teacher that does not end what it writes. */
const UNENDED_ADVICE =
  'Warm the teacher up longer (raise steps or maxSteps of its warm-up stage where they are set, else epochs or minSteps), ' +
  'raise sampling.maxTokens, or start from a model that knows the subject.';

/** The same where the run cannot go on. */
export const UNENDED_REMEDY = `${UNENDED_ADVICE} ${OTHER_SETTINGS}`;

/** The same of a teacher that did end it, and unlearnt that in its reinforcement. */
const UNLEARNT_ADVICE =
  'In earlier steps they ended, so the steps are too large: lower optimiser.learningRate of this stage first, or raise ' +
  'its optimiser.warmUp. If that does not help:';

/** What to do about one that was trained elsewhere, if it was. */
const GIVEN_ADVICE =
  'Unless their model was trained as a teacher, take one that was: a teacher of a run, or of a recipe with a warm-up.';

/** Of explanations that do not end: the teacher never learnt to end them, unlearnt it, or comes from elsewhere. */
type Endlessness = 'unlearnt' | 'untaught' | 'given';

const ENDLESSNESS: Readonly<Record<Endlessness, string>> = {
  unlearnt: `${UNLEARNT_ADVICE} ${UNENDED_ADVICE}`,
  untaught: UNENDED_ADVICE,
  given: `${GIVEN_ADVICE} Where they were cut, raise sampling.maxTokens (--max-tokens).`,
};

/** A line about a stage most of whose explanations did not end; undefined where half or more did. */
export const unendedWarning = (unended: number, samples: number, endlessness: Endlessness): string | undefined =>
  2 * unended > samples
    ? `warning: ${unended} of ${samples} explanations did not end. ${ENDLESSNESS[endlessness]}`
    : undefined;

/**
 * Whether an explanation says nothing: it has no text, or white space alone. The penalty `emptyExplanation` is for fewer of
 * them, those that have no token at all (docs/method.md): the reward of white space is that of any text.
 */
export const isBlank = (explanation: string): boolean => explanation.trim() === '';

/** How many of them say nothing. */
export const countBlank = (explanations: Iterable<Pick<Explanation, 'explanation'>>): number =>
  [...explanations].filter(({ explanation }) => isBlank(explanation)).length;

/** What to do about a teacher that has learnt to say nothing. */
const BLANK_REMEDY =
  'Lower reward.kl.mean and reward.kl.max of its teach stage, which charge for words that the student does not expect, or ' +
  'make reward.penalties.emptyExplanation more negative. If the student does not know the subject, no explanation helps it: take a model that does.';

/** What to do about one that says nothing before any reinforcement learning. */
const UNTAUGHT_REMEDY = 'warm it up longer, or on traces that are not blank.';

/** The same where the run cannot go on, and nobody knows when the teacher fell silent. */
export const SILENT_REMEDY =
  `A teacher that fell silent in its reinforcement learning: ${BLANK_REMEDY} One that says nothing after its warm-up: ` +
  `${UNTAUGHT_REMEDY} ${OTHER_SETTINGS}`;

/**
 * Why explanations say nothing: reinforcement learning made it pay; the teacher never said anything; it comes from elsewhere; or the
 * solutions are noise to the student.
 */
type Silence = 'learnt' | 'untaught' | 'given' | 'hopeless';

const SILENCES: Readonly<Record<Silence, string>> = {
  learnt: `: saying nothing pays. ${BLANK_REMEDY}`,
  hopeless: ': saying nothing pays. None that says something helps this student.',
  given: `. ${GIVEN_ADVICE} One that reinforcement learning silenced: ${BLANK_REMEDY}`,
  untaught: `, before any reinforcement learning of their teacher: ${UNTAUGHT_REMEDY}`,
};

/** A line about a stage most of whose explanations say nothing; undefined where half or more say something. */
export const blankWarning = (blank: number, of: number, silence: Silence): string | undefined =>
  2 * blank <= of ? undefined : `warning: ${blank} of ${of} explanations are blank${SILENCES[silence]}`;

/** The same of a stage that is done, or how many there are where they are few; undefined where there are none. */
export const blankNote = (blank: number, of: number, silence: Silence): string | undefined =>
  blankWarning(blank, of, silence) ?? blankCount(blank, of);

/** How many there are, of explanations whose teacher is not at hand to be trained otherwise; undefined where there are none. */
export const blankCount = (blank: number, of: number): string | undefined =>
  blank === 0 ? undefined : `${blank} of ${of} explanations are blank`;

/** Steps in a row after which a warning of blank explanations is no accident: healthy runs have single ones. Where all are blank, the stage stops. */
const SILENT_STEPS = 3;

/** Blank explanations in a row after which a teacher will say nothing any more: steps of a few samples prove little. */
const SILENT_EXPLANATIONS = 100;

/**
 * A student learns from explanations that never end only how not to end, and from blank ones how not to think.
 * @param source what has them, for the message
 * @throws {InputError} when none of them ended with its tag, or none says anything
 */
export function refuseUseless(
  source: string,
  { of, someEnded, someSaid }: { readonly of: number; readonly someEnded: boolean; readonly someSaid: boolean },
  place: Place,
): void {
  if (!someSaid)
    throw new InputError(`all ${of} explanations of ${source} are blank, and a student would learn to think nothing`, {
      ...place,
      remedy: SILENT_REMEDY,
    });
  if (!someEnded)
    throw new InputError(`none of the ${of} explanations of ${source} ended with their tag`, {
      ...place,
      remedy: UNENDED_REMEDY,
    });
}

/** What is meant only once it was due for a number of steps in a row, such as a warning. */
export class Lasting<Due> {
  readonly #steps: number;
  #inRow = 0;

  constructor(steps: number) {
    this.#steps = steps;
  }

  /** What was due at the next step, if it lasts. */
  next(due: Due | undefined): Due | undefined {
    this.#inRow = due === undefined ? 0 : this.#inRow + 1;
    return this.#inRow >= this.#steps ? due : undefined;
  }
}

/**
 * A line about a student to whom the solutions are noise, however they are explained: it finds their tokens less likely
 * than tokens drawn at random. Undefined where it does not.
 * @param logProb mean log-prob of a token of the solutions after an explanation, in nats
 */
export function strangeSolutionsWarning(
  logProb: number,
  { name, vocabularySize }: { readonly name: string; readonly vocabularySize: number },
): string | undefined {
  const atRandom = -Math.log(vocabularySize);
  if (!(logProb <= atRandom)) return undefined;
  return (
    `warning: to ${name}, a token of the solutions is less likely (${logProb.toFixed(1)} nats) than one drawn at random ` +
    `(${atRandom.toFixed(1)}), so no explanation can help it. Take a student that knows the subject, or fine-tune it first ` +
    'on texts of this kind in its format. If it learnt the subject in another wording (`The answer is 27.`), write the ' +
    'solutions in that wording, not as bare results (`27`).'
  );
}

/** Watches the explanations of a teacher that is being trained: warns once of each sign, and stops what leads nowhere. */
export class TeacherWatch {
  readonly #stage: { readonly name: string; readonly note: (line: string) => void };
  readonly #student: { readonly name: string; readonly vocabularySize: number };
  readonly #warned = new Set<string>();
  readonly #mostlyBlank: Lasting<string>;
  readonly #allBlank: Lasting<number>;
  readonly #silentSteps: number;
  /** Whether most explanations of a step ended. */
  #hadEnded = false;
  /** Whether most explanations of every step, from the first on, were blank. */
  #isSilentFromStart = false;

  constructor(
    stage: { readonly name: string; readonly note: (line: string) => void },
    shape: { readonly prompts: number; readonly samples: number; readonly steps: number },
    student: { readonly name: string; readonly vocabularySize: number },
  ) {
    this.#stage = stage;
    this.#student = student;
    this.#mostlyBlank = new Lasting(Math.min(SILENT_STEPS, shape.steps));
    this.#silentSteps = Math.max(SILENT_STEPS, Math.ceil(SILENT_EXPLANATIONS / (shape.prompts * shape.samples)));
    this.#allBlank = new Lasting(this.#silentSteps);
  }

  /**
   * Looks at the explanations of one step, with what the student makes of each.
   * @throws {InputError} where none of them ends, since such rewards carry little signal: the teacher must first know its
   * format; and where all have been blank for so long that nothing is left to compare
   */
  inspect(explanations: readonly WrittenExplanation[], scored: readonly ScoredExplanation[], step: number): void {
    const samples = explanations.length;
    const unended = explanations.filter(({ ended }) => !ended).length;
    if (unended === samples) {
      // An earlier step that had ended none would have stopped here, also in the process that a checkpoint is of; one that ended
      // few was warned of.
      const hadLearnt = this.#hadEnded || (step > 0 && !this.#warned.has('unended'));
      const remedy = hadLearnt ? `${UNLEARNT_ADVICE} ${UNENDED_REMEDY}` : UNENDED_REMEDY;
      throw this.#failure(`the teacher ended none of the ${samples} explanations of this step`, step, remedy);
    }
    this.#warn('unended', step, unendedWarning(unended, samples, this.#hadEnded ? 'unlearnt' : 'untaught'));
    this.#hadEnded ||= 2 * unended <= samples;
    const logProb = mean(scored.map(({ reward }) => mean(reward.solution.perToken)));
    const strange = strangeSolutionsWarning(logProb, this.#student);
    this.#warn('solutions', step, strange);
    const blank = countBlank(explanations);
    this.#isSilentFromStart = 2 * blank > samples && (step === 0 || this.#isSilentFromStart);
    const silence = strange !== undefined ? 'hopeless' : this.#isSilentFromStart ? 'untaught' : 'learnt';
    this.#warn('blank', step, this.#mostlyBlank.next(blankWarning(blank, samples, silence)));
    if (this.#allBlank.next(blank === samples ? samples : undefined) !== undefined) {
      const steps = `each of the last ${this.#silentSteps} steps`;
      throw this.#failure(`all ${samples} explanations of ${steps} are blank`, step, SILENT_REMEDY);
    }
  }

  #warn(sign: string, step: number, warning: string | undefined): void {
    if (warning === undefined || this.#warned.has(sign)) return;
    this.#stage.note(`${stepText(step)}: ${warning}`);
    this.#warned.add(sign);
  }

  #failure(message: string, step: number, remedy: string): InputError {
    return new InputError(message, { stage: this.#stage.name, step, remedy });
  }
}
