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
import { CONTAINERS, counted, idleText, NAMES, THINGS, type Thing } from './words.js';

/** The bounds of a level. */
interface WordProblemLevel extends TaskLevel {
  readonly steps: readonly [least: number, most: number];
  /** The largest number in the problem and its correct trace. */
  readonly largest: number;
  /** Its correct trace has a number above this. */
  readonly above?: number;
}

const WORD_PROBLEM_LEVELS: readonly [WordProblemLevel, ...WordProblemLevel[]] = [
  { name: 'mixed', summary: 'one to three steps, numbers up to 20', steps: [1, 3], largest: 20 },
  { name: 'long', summary: 'three or four steps, numbers up to 20', steps: [3, 4], largest: 20 },
  { name: 'seen', summary: 'two or three steps, numbers up to 20', steps: [2, 3], largest: 20 },
  { name: 'harder', summary: 'three steps, some number from 21 to 30', steps: [3, 3], largest: 30, above: 20 },
  { name: 'longer', summary: 'four or five steps, numbers up to 30', steps: [4, 5], largest: 30 },
];

/** The largest number that a story mentions itself (gains, losses, things per bag), at every level. */
const LARGEST_OPERAND = 9;
const LARGEST_OPENING = 12;

/** A step of the story: its arithmetic, and who owns the result. */
interface StoryStep extends ArithmeticStep {
  /** Who has `result` things afterwards: a name, or two joined by "and". */
  readonly subject: string;
}

interface Story {
  readonly sentences: readonly string[];
  readonly question: string;
  readonly steps: readonly StoryStep[];
  readonly thing: Thing;
}

function isTotal(step: StoryStep): boolean {
  return step.subject.includes(' and ');
}

/** `Tom has 7 + 5 = 12 apples.` */
function stepSentence(step: StoryStep, thing: Thing): string {
  return `${step.subject} ${isTotal(step) ? 'have' : 'has'} ${stepText(step)} ${step.result === 1 ? thing.one : thing.many}.`;
}

function step(subject: string, left: number, operator: Operator, right: number): StoryStep {
  return { subject, left, operator, right, result: stepResult(left, operator, right) };
}

/** What can happen next to someone who has `value` things. */
interface Turn {
  readonly weight: number;
  make(): { readonly sentence: string; readonly step: StoryStep; readonly holder: string };
}

function turns(
  stream: RandomStream,
  value: number,
  holder: string,
  others: () => string,
  thing: Thing,
  largest: number,
): Turn[] {
  const list: Turn[] = [];
  const room = Math.min(LARGEST_OPERAND, largest - value);
  const spare = Math.min(LARGEST_OPERAND, value - 1);
  if (room >= 2) {
    list.push({
      weight: 4,
      make: () => {
        const n = stream.integer(2, room);
        const verb = stream.pick(['finds', 'buys', 'gets']);
        return { sentence: `${holder} ${verb} ${n} more ${thing.many}.`, step: step(holder, value, '+', n), holder };
      },
    });
    list.push({
      weight: 2,
      make: () => {
        const n = stream.integer(2, room);
        const other = others();
        return {
          sentence: `${other} has ${n} more ${thing.many} than ${holder}.`,
          step: step(other, value, '+', n),
          holder: other,
        };
      },
    });
  }
  if (spare >= 2) {
    list.push({
      weight: 4,
      make: () => {
        const n = stream.integer(2, spare);
        const sentence = stream.pick([
          () => `${holder} loses ${n} ${thing.many}.`,
          () => `${holder} sells ${n} ${thing.many}.`,
          () => `${holder} gives ${n} ${thing.many} to ${others()}.`,
        ])();
        return { sentence, step: step(holder, value, '-', n), holder };
      },
    });
    list.push({
      weight: 2,
      make: () => {
        const n = stream.integer(2, spare);
        const other = others();
        return {
          sentence: `${other} has ${n} fewer ${thing.many} than ${holder}.`,
          step: step(other, value, '-', n),
          holder: other,
        };
      },
    });
  }
  if (value >= 2 && value * 2 <= largest) {
    list.push({
      weight: 2,
      make: () => {
        const other = others();
        return {
          sentence: `${other} has twice as many ${thing.many} as ${holder}.`,
          step: step(other, value, '*', 2),
          holder: other,
        };
      },
    });
  }
  if (value % 2 === 0 && value >= 4) {
    list.push({
      weight: 2,
      make: () =>
        stream.pick([
          () => ({
            sentence: `${holder} gives half of the ${thing.many} to ${others()}.`,
            step: step(holder, value, '/', 2),
            holder,
          }),
          () => {
            const other = others();
            return {
              sentence: `${other} has half as many ${thing.many} as ${holder}.`,
              step: step(other, value, '/', 2),
              holder: other,
            };
          },
        ])(),
    });
  }
  return list;
}

function drawWeighted(stream: RandomStream, list: readonly Turn[]): Turn {
  let left = stream.uniform() * list.reduce((sum, turn) => sum + turn.weight, 0);
  for (const turn of list) {
    left -= turn.weight;
    if (left < 0) return turn;
  }
  return list[list.length - 1] as Turn;
}

/** A story of `count` steps with numbers up to `largest`, in its first sentence up to `opening`. */
function drawStory(stream: RandomStream, count: number, largest: number, opening: number): Story {
  const names = stream.shuffle(NAMES);
  let used = 0;
  const nextName = () => names[used++ % names.length] as string;
  const thing = stream.pick(THINGS);
  let holder = nextName();
  let previous: { readonly holder: string; readonly value: number } | undefined;
  let value: number;
  const sentences: string[] = [];
  const steps: StoryStep[] = [];
  if (stream.uniform() < 0.25) {
    const groups = stream.integer(2, 5);
    const each = stream.integer(2, Math.min(LARGEST_OPERAND, Math.floor(largest / groups)));
    const container = stream.pick(CONTAINERS);
    sentences.push(`${holder} has ${groups} ${container.many} with ${each} ${thing.many} each.`);
    steps.push(step(holder, groups, '*', each));
    value = groups * each;
  } else {
    value = stream.integer(2, opening);
    sentences.push(`${holder} has ${value} ${thing.many}.`);
  }
  while (steps.length < count) {
    // "Together" needs two owners whose numbers were the last two of the story, and ends it.
    if (
      steps.length === count - 1 &&
      previous !== undefined &&
      previous.value + value <= largest &&
      stream.uniform() < 0.5
    ) {
      const pair = `${previous.holder} and ${holder}`;
      steps.push(step(pair, previous.value, '+', value));
      return { sentences, question: `How many ${thing.many} do ${pair} have together?`, steps, thing };
    }
    const turn = drawWeighted(stream, turns(stream, value, holder, nextName, thing, largest)).make();
    sentences.push(turn.sentence);
    steps.push(turn.step);
    previous = turn.holder === holder ? undefined : { holder, value };
    holder = turn.holder;
    value = turn.step.result;
  }
  return { sentences, question: `How many ${thing.many} does ${holder} have now?`, steps, thing };
}

/**
 * The steps with a wrong result in a random one; later steps continue from the wrong value, as people do. The final
 * result is wrong, and no number is negative or a fraction.
 */
function falsified(stream: RandomStream, steps: readonly StoryStep[]): readonly StoryStep[] {
  for (const at of stream.shuffle(steps.map((_, i) => i))) {
    for (const error of stream.shuffle([-3, -2, -1, 1, 2, 3])) {
      const told = retold(steps, at, error);
      if (told !== undefined) return told;
    }
  }
  // An error upwards in the last step is always possible, so the loops above always return.
  throw new Error('a story without a possible error');
}

function retold(steps: readonly StoryStep[], at: number, error: number): readonly StoryStep[] | undefined {
  const wrong = steps[at] as StoryStep;
  if (wrong.result + error < 1) return undefined;
  const told = [...steps.slice(0, at), { ...wrong, result: wrong.result + error }];
  for (const next of steps.slice(at + 1)) {
    const last = told[told.length - 1] as StoryStep;
    // A total adds the two sides of the comparison just before it; every other step starts from the last result.
    const left = isTotal(next) ? last.left : last.result;
    const right = isTotal(next) ? last.result : next.right;
    const result = stepResult(left, next.operator, right);
    if (!Number.isInteger(result) || result < 1) return undefined;
    told.push({ ...next, left, right, result });
  }
  return told[told.length - 1]?.result === steps[steps.length - 1]?.result ? undefined : told;
}

function skippingTrace(stream: RandomStream, { steps, thing }: Story): string {
  const last = steps[steps.length - 1] as StoryStep;
  if (steps.length === 1) {
    return `${last.subject} has ${counted(last.result, thing)}.`;
  }
  // The last step stays, so that the text still reaches the answer; at least one step before it is left out.
  const gone = stream.integer(0, steps.length - 2);
  return steps
    .filter((_, i) => i !== gone && (i === steps.length - 1 || stream.uniform() < 0.5))
    .map((kept) => stepSentence(kept, thing))
    .join(' ');
}

function drawStoryOf(stream: RandomStream, { steps, largest, above = 0 }: WordProblemLevel): Story {
  for (;;) {
    const story = drawStory(stream, stream.integer(...steps), largest, LARGEST_OPENING);
    if (story.steps.some(({ left, result }) => Math.max(left, result) > above)) return story;
  }
}

function draw(stream: RandomStream, levelName: string): TracedProblem {
  const level = levelNamed(WORD_PROBLEM_LEVELS, levelName);
  const story = drawStoryOf(stream, level);
  const answer = String(story.steps[story.steps.length - 1]?.result);
  const question = `${story.sentences.join(' ')} ${story.question}`;
  const solution = `The answer is ${answer}.`;
  const say = (steps: readonly StoryStep[]) => steps.map((each) => stepSentence(each, story.thing)).join(' ');
  return {
    identity: question,
    question,
    solution,
    answer,
    steps: story.steps.map(({ left, operator, right, result }) => ({ left, operator, right, result })),
    traces: {
      complete: say(story.steps),
      skipping: skippingTrace(stream, story),
      wrong: say(falsified(stream, story.steps)),
      'answer-only': solution,
      'off-topic': idleText(stream),
    },
  };
}

/**
 * A story of one step with its arithmetic and no question:
 * `Tom has 7 pears. Tom finds 5 more pears. Tom has 7 + 5 = 12 pears.` Its numbers go up to `largest`, as in the middle
 * of longer stories. `identity` is that of the word problem with the same sentences, so that a corpus can avoid
 * held-out problems.
 */
export function drawToldStep(
  stream: RandomStream,
  largest: number,
): { readonly identity: string; readonly text: string } {
  if (stream.uniform() < 0.15) {
    const [one, other] = stream.shuffle(NAMES) as [string, string];
    const thing = stream.pick(THINGS);
    const first = stream.integer(1, largest - 1);
    const second = stream.integer(1, largest - first);
    const pair = `${one} and ${other}`;
    const facts = `${one} has ${counted(first, thing)}. ${other} has ${counted(second, thing)}.`;
    const told = stepSentence(step(pair, first, '+', second), thing);
    return { identity: `${facts} How many ${thing.many} do ${pair} have together?`, text: `${facts} ${told}` };
  }
  const story = drawStory(stream, 1, largest, largest);
  const facts = story.sentences.join(' ');
  const told = story.steps.map((each) => stepSentence(each, story.thing)).join(' ');
  return { identity: `${facts} ${story.question}`, text: `${facts} ${told}` };
}

/**
 * Short English stories of things that are found, given, doubled and compared, with one step of arithmetic per
 * sentence.
 */
export const wordProblems: ShippedTask = {
  name: 'word-problems',
  summary: 'short English word problems, one step of arithmetic per sentence',
  grader: 'integer',
  levels: WORD_PROBLEM_LEVELS,
  draw,
};
