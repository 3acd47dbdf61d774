import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../errors.js';
import { type Problem, problemHash, questionKey, type UnnamedProblem } from '../problem.js';
import { ProblemCollector } from '../repeated-rows.js';
import { problemList, QuestionSet } from './problem-list.js';
import { textHash } from './text-index.js';

const isSame = (one: string, other: string): boolean => questionKey(one) === questionKey(other);

/** What docs/data.md says of rows, word by word and slowly; undefined where an id stands for two questions. */
function plainly(rows: readonly UnnamedProblem[]): readonly Problem[] | undefined {
  const clash = rows.some(({ id, question }) =>
    rows.some((other) => id !== undefined && other.id === id && !isSame(other.question, question)),
  );
  if (clash) return undefined;
  const groups: UnnamedProblem[][] = [];
  for (const row of rows) {
    const group = groups.find(([first = row, ...others]) => {
      const answer = [first, ...others].find((other) => other.answer !== undefined)?.answer;
      const isOne = isSame(first.question, row.question) && isSame(first.solution, row.solution);
      return isOne && (answer === undefined || row.answer === undefined || isSame(answer, row.answer));
    });
    if (group === undefined) groups.push([row]);
    else group.push(row);
  }
  const stated = new Set(rows.map(({ id }) => id));
  const taken = new Set<string>();
  return groups.map((group) => {
    const whole: UnnamedProblem = Object.assign({}, ...[...group].reverse());
    const wanted = whole.id ?? problemHash(whole);
    let id = wanted;
    for (let again = 2; taken.has(id) || (id !== whole.id && stated.has(id)); again++) id = `${wanted}-${again}`;
    taken.add(id);
    const all = group.flatMap(({ reasoningTraces = [] }) => reasoningTraces);
    const distinct = all.filter((trace, index) => all.findIndex((other) => isSame(other, trace)) === index);
    const traces = group.length === 1 ? all : distinct;
    return { ...whole, id, ...(traces.length === 0 ? {} : { reasoningTraces: traces }) };
  });
}

const rowOf = fc.record(
  {
    id: fc.constantFrom('a', 'b', 'a-2', 'c'),
    question: fc.constantFrom('q', ' q\n', 'caf\u00e9', 'cafe\u0301', 'r', 's'),
    solution: fc.constantFrom('1', '1 ', '2'),
    answer: fc.constantFrom('1', '2', ' 1'),
    reasoningTraces: fc.array(fc.constantFrom('t', 't ', 'u'), { minLength: 1, maxLength: 3 }),
    level: fc.constantFrom('x', 'y'),
  },
  { requiredKeys: ['question', 'solution'] },
);

describe('rows', () => {
  it('become the problems that the documentation says, and are counted', async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(rowOf, { maxLength: 12 }), async (rows) => {
        const expected = plainly(rows);
        const found = new ProblemCollector();
        const collect = () => {
          for (const [index, row] of rows.entries()) found.add(row, { line: index + 1 });
        };
        if (expected === undefined) {
          expect(collect).toThrow(InputError);
          return;
        }
        read++;
        collect();
        const problems = await found.problems();
        expect([...problems]).toEqual(expected);
        const keys = [...new Set(expected.map(({ question }) => questionKey(question)))];
        expect(problems.questions).toBe(keys.length);
        expected.forEach(({ question, reasoningTraces = [] }, index) => {
          expect(problems.questionOf(index)).toBe(keys.indexOf(questionKey(question)));
          expect(problems.tracesOf(index)).toBe(reasoningTraces.length);
        });
      }),
      { numRuns: 500 },
    );
    expect(read).toBeGreaterThan(50);
  });

  it('whose questions, solutions or ids have one hash are not taken for the same', async () => {
    const [one, other] = ['question 1dsw58i', 'question 1n0xwyx'];
    expect(textHash(one)).toBe(textHash(other));
    const found = new ProblemCollector();
    const rows = [
      { question: one, solution: 's' },
      { question: other, solution: 's' },
      { question: 'q', solution: one },
      { question: 'q', solution: other },
      { id: one, question: 'r', solution: 's' },
      { id: other, question: 't', solution: 's' },
    ];
    for (const [index, row] of rows.entries()) found.add(row, { line: index + 1 });
    expect([...(await found.problems())]).toMatchObject(rows);
    const questions = new QuestionSet();
    questions.addAll([{ id: 'a', question: one, solution: 's' }]);
    expect([questions.has(one), questions.has(other)]).toEqual([true, false]);
  });
});

it('problems with ids of their own are held as they are, and found in several lists', () => {
  const problems = Array.from({ length: 3000 }, (_, index) => ({
    id: `p${index}`,
    question: `question ${index % 1000}`,
    solution: `s${index}`,
    ...(index % 3 === 0 ? { reasoningTraces: ['t', 'u'] } : {}),
  }));
  const list = problemList(problems);
  expect([...list]).toEqual(problems);
  expect([list.questions, list.questionOf(1001), list.tracesOf(3), list.tracesOf(4)]).toEqual([1000, 1, 2, 0]);
  const questions = new QuestionSet();
  questions.addAll(list.slice(0, 10));
  questions.addAll([{ id: 'x', question: ' question  999', solution: 's' }]);
  const found = ['question 9', 'question 10', 'question 999\n'].map((question) => questions.has(question));
  expect(found).toEqual([true, false, true]);
});
