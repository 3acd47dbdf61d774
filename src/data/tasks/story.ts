/** Stories of whole numbers with one step of arithmetic per sentence, and the traces that people write of them. */
import type { RandomStream } from '../../random.js';
import type { Operator } from '../../rational.js';
import {
  type ArithmeticStep,
  levelNamed,
  type ShippedTask,
  stepResult,
  stepText,
  type TaskLevel,
  type TracedProblem,
} from './task.js';
import { idleText } from './words.js';

/** The bounds of a level. */
interface StoryLevel extends TaskLevel {
  readonly steps: readonly [least: number, most: number];
  /** The largest number in the problem and its correct trace. */
  readonly largest: number;
  /** Its correct trace has a number above this. */
  readonly above?: number;
}

/**
 * The levels of every family of stories. Answers from 1 to 60 cannot be guessed: a model that does not work the problem
 * out is right in a few percent of cases.
 */
const STORY_LEVELS: readonly [StoryLevel, ...StoryLevel[]] = [
  { name: 'basic', summary: 'two or three steps, numbers up to 60', steps: [2, 3], largest: 60 },
  {
    name: 'larger-numbers',
    summary: 'two or three steps, some number from 61 to 80',
    steps: [2, 3],
    largest: 80,
    above: 60,
  },
  { name: 'more-steps', summary: 'four steps, numbers up to 60', steps: [4, 4], largest: 60 },
  { name: 'mixed', summary: 'one to four steps, numbers up to 80', steps: [1, 4], largest: 80 },
];

/** The largest number that a story mentions itself (gains, losses, differences), at every level. */
const LARGEST_OPERAND = 25;
const LARGEST_OPENING = 30;

/** A number of a story: one that it mentions, or the result of an earlier step. */
export type Quantity = number | { readonly step: number };

export interface StoryStep {
  readonly left: Quantity;
  readonly operator: Operator;
  readonly right: Quantity;
  /** Tells what the step found: `arithmetic` is `7 + 5 = 12`, or the result alone. */
  sentence(arithmetic: string, result: number): string;
}

export interface Story {
  readonly sentences: readonly string[];
  readonly question: string;
  readonly steps: readonly StoryStep[];
}

/** What a family of stories is drawn within. */
export interface StoryBounds {
  readonly steps: number;
  /** The largest number anywhere. */
  readonly largest: number;
  /** The largest number in the first sentence. */
  readonly opening: number;
}

/** A story that is being written. Values are known as it goes, so that the next sentence can keep within the bounds. */
export class StoryDraft {
  readonly sentences: string[] = [];
  readonly steps: StoryStep[] = [];
  private readonly results: number[] = [];

  valueOf(quantity: Quantity): number {
    return typeof quantity === 'number' ? quantity : (this.results[quantity.step] as number);
  }

  /** Adds a step and returns its result. */
  add(left: Quantity, operator: Operator, right: Quantity, sentence: StoryStep['sentence']): Quantity {
    this.steps.push({ left, operator, right, sentence });
    this.results.push(stepResult(this.valueOf(left), operator, this.valueOf(right)));
    return { step: this.steps.length - 1 };
  }

  ended(question: string): Story {
    return { sentences: this.sentences, question, steps: this.steps };
  }
}

/** What can happen next in a story. */
export interface Turn {
  readonly weight: number;
  make(): void;
}

/** Takes one of the turns, by their weights. */
export function takeTurn(stream: RandomStream, turns: readonly Turn[]): void {
  stream.pickWeighted(turns, ({ weight }) => weight).make();
}

/** What may be added to a value: from 2 to this. */
export const roomAbove = (value: number, largest: number): number => Math.min(LARGEST_OPERAND, largest - value);
/** What may be taken from a value so that at least 1 stays: from 2 to this. */
export const roomBelow = (value: number): number => Math.min(LARGEST_OPERAND, value - 1);

/** How a family says that one number follows from another; `operand` is the difference. */
export interface Comparisons {
  readonly more: (operand: number) => string;
  readonly less: (operand: number) => string;
  readonly twice: () => string;
  readonly half: () => string;
}

/** The comparisons that a value allows within the bounds. `take` receives the arithmetic and its sentence. */
export function comparisonTurns(
  stream: RandomStream,
  value: number,
  largest: number,
  say: Comparisons,
  take: (operator: Operator, operand: number, sentence: string) => void,
): Turn[] {
  const differ = (operator: '+' | '-', most: number, sentence: (operand: number) => string): Turn => ({
    weight: 2,
    make() {
      const operand = stream.integer(2, most);
      take(operator, operand, sentence(operand));
    },
  });
  const turns: Turn[] = [];
  if (roomAbove(value, largest) >= 2) turns.push(differ('+', roomAbove(value, largest), say.more));
  if (roomBelow(value) >= 2) turns.push(differ('-', roomBelow(value), say.less));
  if (value >= 2 && value * 2 <= largest) turns.push({ weight: 2, make: () => take('*', 2, say.twice()) });
  if (value >= 4 && value % 2 === 0) turns.push({ weight: 2, make: () => take('/', 2, say.half()) });
  return turns;
}

/**
 * The arithmetic of the steps. With `error`, the result of step `error.at` is off by `error.by`, and later steps
 * continue from the wrong value, as people do; undefined where a number would then be negative, zero or a fraction.
 */
function workedOut(
  steps: readonly StoryStep[],
  error?: { readonly at: number; readonly by: number },
): readonly ArithmeticStep[] | undefined {
  const done: ArithmeticStep[] = [];
  const numberOf = (quantity: Quantity) =>
    typeof quantity === 'number' ? quantity : (done[quantity.step]?.result as number);
  for (const [index, step] of steps.entries()) {
    const [left, right] = [numberOf(step.left), numberOf(step.right)];
    const result = stepResult(left, step.operator, right) + (error?.at === index ? error.by : 0);
    if (!Number.isInteger(result) || result < 1) return undefined;
    done.push({ left, operator: step.operator, right, result });
  }
  return done;
}

function told(story: Story, arithmetic: readonly ArithmeticStep[]): string[] {
  return arithmetic.map((each, index) => (story.steps[index] as StoryStep).sentence(stepText(each), each.result));
}

/** One wrong step in a random place; the final result is wrong. */
function wrongTrace(stream: RandomStream, story: Story, right: readonly ArithmeticStep[]): string {
  for (const at of stream.shuffle(story.steps.map((_, index) => index))) {
    for (const by of stream.shuffle([-3, -2, -1, 1, 2, 3])) {
      const wrong = workedOut(story.steps, { at, by });
      if (wrong !== undefined && wrong.at(-1)?.result !== right.at(-1)?.result) return told(story, wrong).join(' ');
    }
  }
  // An error upwards in the last step is always possible, so the loops above always return.
  throw new Error('a story without a possible error');
}

/** Correct steps, some of them left out. The last one stays, so that the text still reaches the answer. */
function skippingTrace(stream: RandomStream, story: Story, right: readonly ArithmeticStep[]): string {
  const last = right.length - 1;
  const sentences = told(story, right);
  if (last === 0) {
    const result = (right[0] as ArithmeticStep).result;
    return (story.steps[0] as StoryStep).sentence(String(result), result);
  }
  const gone = stream.integer(0, last - 1);
  return sentences.filter((_, i) => i !== gone && (i === last || stream.uniform() < 0.5)).join(' ');
}

function reaches(arithmetic: readonly ArithmeticStep[], above: number): boolean {
  return arithmetic.some(({ left, result }) => Math.max(left, result) > above);
}

/** A family of stories: the sentences and questions of one subject. */
export interface StoryFamily {
  readonly name: string;
  readonly summary: string;
  draw(stream: RandomStream, bounds: StoryBounds): Story;
}

function arithmeticOf(story: Story): readonly ArithmeticStep[] {
  const arithmetic = workedOut(story.steps);
  if (arithmetic === undefined) throw new Error(`a story of impossible numbers: ${story.sentences.join(' ')}`);
  return arithmetic;
}

/** The generator of a family's problems. */
export function storyTask(family: StoryFamily): ShippedTask {
  return {
    name: family.name,
    summary: family.summary,
    grader: 'integer',
    levels: STORY_LEVELS,
    draw(stream, levelName): TracedProblem {
      const level = levelNamed(STORY_LEVELS, levelName);
      let story: Story;
      let steps: readonly ArithmeticStep[];
      do {
        story = family.draw(stream, {
          steps: stream.integer(...level.steps),
          largest: level.largest,
          opening: LARGEST_OPENING,
        });
        steps = arithmeticOf(story);
      } while (!reaches(steps, level.above ?? 0));
      const answer = String(steps.at(-1)?.result);
      const question = `${story.sentences.join(' ')} ${story.question}`;
      const solution = `The answer is ${answer}.`;
      return {
        identity: question,
        question,
        solution,
        answer,
        steps,
        traces: {
          complete: told(story, steps).join(' '),
          skipping: skippingTrace(stream, story, steps),
          wrong: wrongTrace(stream, story, steps),
          'answer-only': solution,
          'off-topic': idleText(stream),
        },
      };
    },
  };
}

/**
 * A story of one step with its arithmetic and no question:
 * `Tom has 7 pears. Tom finds 5 more pears. Tom has 7 + 5 = 12 pears.` Its numbers go up to `largest` from the first
 * sentence on, as in the middle of longer stories. `identity` is that of the problem with the same sentences, so that a
 * corpus can avoid held-out problems.
 */
export function drawToldStep(
  family: StoryFamily,
  stream: RandomStream,
  largest: number,
): { readonly identity: string; readonly text: string } {
  const story = family.draw(stream, { steps: 1, largest, opening: largest });
  const facts = story.sentences.join(' ');
  return { identity: `${facts} ${story.question}`, text: `${facts} ${told(story, arithmeticOf(story)).join(' ')}` };
}
