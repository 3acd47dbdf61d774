import { InputError, type Place } from '../../errors.js';
import type { RandomStream } from '../../random.js';
import type { Operator } from '../../rational.js';
import type { UnnamedProblem } from '../problem.js';
import { type CountdownExpression, expressionText, solveCountdown } from './countdown-solver.js';
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

interface CountdownLevel extends TaskLevel {
  readonly count: number;
  /** Numbers are drawn from 1 to this … */
  readonly largest: number;
  /** … with this many of them from 25, 50, 75, 100. */
  readonly big: number;
  readonly target: readonly [least: number, most: number];
  /** No intermediate value is above this. */
  readonly highest: number;
}

const COUNTDOWN_LEVELS: readonly [CountdownLevel, ...CountdownLevel[]] = [
  {
    name: 'three-numbers',
    summary: 'three numbers up to 12, all values up to 30',
    count: 3,
    largest: 12,
    big: 0,
    target: [1, 30],
    highest: 30,
  },
  {
    name: 'four-numbers',
    summary: 'four numbers up to 12, all values up to 30',
    count: 4,
    largest: 12,
    big: 0,
    target: [1, 30],
    highest: 30,
  },
  {
    name: 'television',
    summary: 'six numbers, two of them of 25, 50, 75, 100; targets of three digits',
    count: 6,
    largest: 10,
    big: 2,
    target: [101, 999],
    highest: 9999,
  },
];

const BIG_NUMBERS = [25, 50, 75, 100] as const;

interface Term {
  readonly value: number;
  readonly expression: CountdownExpression;
}

interface Way {
  readonly expression: CountdownExpression;
  readonly steps: readonly ArithmeticStep[];
  readonly target: number;
}

/**
 * A random combination of all the numbers whose intermediate values are whole and from 1 to `highest`; undefined when
 * it gets stuck. Its result becomes the target, so every problem has a solution.
 */
function drawWay(stream: RandomStream, numbers: readonly number[], highest: number): Way | undefined {
  let terms: readonly Term[] = numbers.map((value) => ({ value, expression: { kind: 'number', value } }));
  const steps: ArithmeticStep[] = [];
  while (terms.length > 1) {
    const [a, b, ...rest] = stream.shuffle(terms);
    if (a === undefined || b === undefined) return undefined;
    const possible = (['+', '-', '*', '/'] as const).filter((operator) => {
      const value = stepResult(a.value, operator, b.value);
      // Multiplying or dividing by 1 changes nothing and only pads the solution.
      if ((operator === '*' || operator === '/') && (b.value === 1 || (a.value === 1 && operator === '*')))
        return false;
      return Number.isInteger(value) && value >= 1 && value <= highest;
    });
    if (possible.length === 0) return undefined;
    const operator: Operator = stream.pick(possible);
    const result = stepResult(a.value, operator, b.value);
    steps.push({ left: a.value, operator, right: b.value, result });
    terms = [
      ...rest,
      { value: result, expression: { kind: 'operation', operator, left: a.expression, right: b.expression } },
    ];
  }
  const [end] = terms;
  return end && { expression: end.expression, steps, target: end.value };
}

/** `Use 3, 5 and 2 to make 13.` */
function countdownQuestion(numbers: readonly number[], target: number): string {
  const list =
    numbers.length < 2 ? String(numbers[0]) : `${numbers.slice(0, -1).join(', ')} and ${numbers[numbers.length - 1]}`;
  return `Use ${list} to make ${target}.`;
}

function solutionText(expression: CountdownExpression): string {
  return `The answer is ${expressionText(expression)}.`;
}

const say = (steps: readonly ArithmeticStep[]) => steps.map((step) => `${stepText(step)}.`).join(' ');

/** One step with a result off by one to three; the others stay as they are. */
function falsified(stream: RandomStream, steps: readonly ArithmeticStep[]): readonly ArithmeticStep[] {
  const at = stream.integer(0, steps.length - 1);
  const error = stream.pick([-3, -2, -1, 1, 2, 3]);
  return steps.map((step, i) => {
    if (i !== at) return step;
    const result = step.result + error;
    return { ...step, result: result < 1 ? step.result + Math.abs(error) : result };
  });
}

/** The identity of a problem: its numbers in any order, and its target. */
function countdownIdentity(numbers: readonly number[], target: number): string {
  return `${[...numbers].sort((a, b) => a - b).join(' ')} -> ${target}`;
}

function draw(stream: RandomStream, levelName: string): TracedProblem {
  const level = levelNamed(COUNTDOWN_LEVELS, levelName);
  for (;;) {
    const big = stream.shuffle(BIG_NUMBERS).slice(0, level.big);
    const small = Array.from({ length: level.count - level.big }, () => stream.integer(1, level.largest));
    const numbers = stream.shuffle([...small, ...big]);
    const way = drawWay(stream, numbers, level.highest);
    if (way === undefined || way.target < level.target[0] || way.target > level.target[1]) continue;
    // A target among the numbers would be solved without any arithmetic.
    if (numbers.includes(way.target)) continue;
    const { expression, steps, target } = way;
    const gone = stream.integer(0, steps.length - 2);
    return {
      identity: countdownIdentity(numbers, target),
      question: countdownQuestion(numbers, target),
      solution: solutionText(expression),
      answer: expressionText(expression),
      steps,
      traces: {
        complete: say(steps),
        skipping: say(steps.filter((_, i) => i !== gone)),
        wrong: say(falsified(stream, steps)),
        'answer-only': solutionText(expression),
        'off-topic': idleText(stream),
      },
      numbers,
      target,
    };
  }
}

/** Make a target from given numbers, each used at most once, with + - * /. */
export const countdown: ShippedTask = {
  name: 'countdown',
  summary: 'make a target from given numbers, each used at most once',
  grader: 'countdown',
  levels: COUNTDOWN_LEVELS,
  draw,
};

/** The steps of an expression, innermost first. */
function stepsOf(expression: CountdownExpression): {
  readonly value: number;
  readonly steps: readonly ArithmeticStep[];
} {
  if (expression.kind === 'number') return { value: expression.value, steps: [] };
  const left = stepsOf(expression.left);
  const right = stepsOf(expression.right);
  const result = stepResult(left.value, expression.operator, right.value);
  const step = { left: left.value, operator: expression.operator, right: right.value, result };
  return { value: result, steps: [...left.steps, ...right.steps, step] };
}

/**
 * A Countdown problem from the numbers and target of a data set: the question in the generator's words, the solver's
 * solution and, when no step gives a fraction, a complete trace.
 * @throws {InputError} when the numbers cannot make the target, or the solver finds nothing within its limit
 */
export function countdownProblem(numbers: readonly number[], target: number, place: Place = {}): UnnamedProblem {
  const solution = solveCountdown(numbers, target, { place });
  if (solution.kind !== 'found') {
    const reason = solution.kind === 'impossible' ? 'cannot make' : 'do not make, within the limit of the search,';
    throw new InputError(`the numbers ${numbers.join(', ')} ${reason} ${target}`, {
      ...place,
      field: 'target',
      remedy: 'Leave this problem out of the file.',
    });
  }
  const { steps } = stepsOf(solution.expression);
  const isWhole = steps.every((step) => Number.isInteger(step.result));
  return {
    question: countdownQuestion(numbers, target),
    solution: solutionText(solution.expression),
    answer: expressionText(solution.expression),
    ...(isWhole && steps.length > 0 ? { reasoningTraces: [say(steps)] } : {}),
    task: countdown.name,
    numbers,
    target,
  };
}
