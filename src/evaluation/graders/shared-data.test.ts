/** The graders on data sets that are not in the repository: run where ../shared/data is there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mathGrader, readMathAnswer, readSolution, sameMathAnswer } from './math/math.js';
import type { ReadAnswer } from './math/read-answer.js';
import { graderNamed } from './registry.js';

const DATA = join(process.cwd(), '..', 'shared', 'data');
const GSM8K = 'gsm8k/test.jsonl';
const there = existsSync(join(DATA, 'math500.jsonl')) && existsSync(join(DATA, 'math-equality.jsonl'));
if (!there)
  console.log('skipped: ../shared/data is not here, so the graders are not tested on MATH500 and the equality pairs');

function rows<Row>(file: string): Row[] {
  const lines = readFileSync(join(DATA, file), 'utf8').trim().split('\n');
  return lines.map((line): Row => JSON.parse(line));
}

interface Pair {
  readonly gold: string;
  readonly prediction: string;
  readonly equal: boolean;
}

/** Labelled pairs of other graders' suites, by grader, and how many are judged as they are labelled. */
const LABELLED = [
  ['math', 'grading/open.jsonl', 1155],
  ['choice', 'grading/open-choice.jsonl', 183],
  ['integer', 'grading/open-integer.jsonl', 14],
  ['countdown', 'grading/open-countdown.jsonl', 180],
] as const;

interface Solved {
  readonly solution: string;
  readonly answer: string;
}

/**
 * Pairs that are judged otherwise there, with the reason.
 * - 9 and \( 9 \) over two lines: called different because that suite does not look for inline formulas across lines.
 * - 1 - 1/e and 1 + 1/e: called equal there; they are not.
 */
const JUDGED_OTHERWISE = [
  '$9$ | Answer \\( \n 9 \n \\)',
  '$1 - \\frac{1}{\\mathrm{e}}$ | $1 + \\frac{1}{\\mathrm{e}}$',
];

/** Answers of different MATH500 problems that are the same answer: written otherwise, or with the unit left out. */
const SAME_ANSWERS = [
  ['90^\\circ', '90'],
  ['120^\\circ', '120'],
  ['30^\\circ', '30'],
  ['36^\\circ', '36'],
  ['180^\\circ', '\\pi'],
  ['x=5', '5'],
  ['1,-2', '-2,1'],
  ['\\$36', '36'],
  ['\\frac{1}{4}', '\\frac14'],
  ['10,\\!080', '10080'],
  ['15\\mbox{ cm}^2', '15'],
  ['2 \\sqrt{5}', '2\\sqrt{5}'],
];

describe.skipIf(!there)('on shared data', () => {
  it('judges the equality pairs as they are labelled, but for the two that are labelled otherwise than they are', () => {
    const missed = rows<Pair>('math-equality.jsonl')
      .filter(({ gold, prediction, equal }) => (mathGrader.grade(gold, prediction).verdict === 'correct') !== equal)
      .map(({ gold, prediction }) => `${gold} | ${prediction}`);
    expect(missed).toEqual(JUDGED_OTHERWISE);
  });

  it.each(LABELLED)('judges as many labelled pairs of other suites as before: %s', (name, file, least) => {
    if (!existsSync(join(DATA, file))) return;
    const grader = graderNamed(name);
    const right = rows<Pair>(file).filter(
      ({ gold, prediction, equal }) => (grader.grade(gold, prediction).verdict === 'correct') === equal,
    );
    expect(right.length).toBeGreaterThanOrEqual(least);
  });

  it('finds the answer of every MATH500 solution', () => {
    const missed = rows<Solved>('math500.jsonl').filter(
      ({ solution, answer }) => mathGrader.grade(answer, solution).verdict !== 'correct',
    );
    expect(missed.map(({ answer }) => answer)).toEqual([]);
  });

  it('calls no two answers of different MATH500 problems equal that are not', () => {
    const texts = [...new Set(rows<Solved>('math500.jsonl').map(({ answer }) => answer))];
    const answers = texts.map((text) => readMathAnswer(text)).filter((read): read is ReadAnswer => read !== undefined);
    expect(answers.length).toBe(texts.length);
    const found = new Set<string>();
    for (const gold of answers) {
      for (const other of answers) {
        if (gold !== other && sameMathAnswer(gold, other).same) found.add([gold.text, other.text].sort().join(' | '));
      }
    }
    expect([...found].sort()).toEqual(SAME_ANSWERS.map((pair) => [...pair].sort().join(' | ')).sort());
  });

  it.skipIf(!existsSync(join(DATA, GSM8K)))('reads the answers of GSM8K in the worked solutions alone', () => {
    const solved = rows<{ readonly answer: string }>(GSM8K).map(({ answer }) => {
      const [worked = '', final = ''] = answer.replace(/<<[^<>\n]*>>/g, '').split('####');
      return { solution: worked.trim(), answer: final.trim() };
    });
    const read = solved.filter(
      ({ solution, answer }) =>
        mathGrader.grade(readSolution(solution).reference, `The answer is ${answer}.`).verdict === 'correct',
    );
    expect(solved).toHaveLength(1319);
    // In most of the others the solution contradicts the answer, or leaves off its last step.
    expect(read.length).toBeGreaterThanOrEqual(1302);
    const replied = solved.filter(({ solution, answer }) => mathGrader.grade(answer, solution).verdict === 'correct');
    expect(replied.length).toBeGreaterThanOrEqual(1306);
  });
});
