import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError, UsageError } from '../../errors.js';
import { RandomStream, randomKey } from '../../random.js';
import { combine, integer, type Operator, type Rational } from '../../rational.js';
import { type CountdownExpression, exactValue, expressionText, solveCountdown } from './countdown-solver.js';
import { distinctProblems, PURPOSES, purposeOf, TASKS, taskNamed } from './index.js';
import { pretrainingDocumentAt } from './pretraining.js';
import { DEFAULT_TRACE_MIX, type Task, TRACE_KINDS, type TraceMix } from './task.js';

const wordProblems = taskNamed('word-problems');
const countdown = taskNamed('countdown');
const levels = TASKS.flatMap((task) => task.levels.map((level) => [task, level.name] as const));

const drawn = (task: typeof wordProblems, level: string, seed: number) =>
  task.draw(new RandomStream(randomKey(seed, 'test')), level);

/** Every `a op b = c` of a text, and whether it is true. */
function equations(text: string): { readonly text: string; readonly isTrue: boolean }[] {
  return [...text.matchAll(/(\d+) ([-+*/]) (\d+) = (\d+)/g)].map(([whole, a, operator, b, c]) => {
    const [left, right, result] = [Number(a), Number(b), Number(c)];
    const value = { '+': left + right, '-': left - right, '*': left * right, '/': left / right }[operator as '+'];
    return { text: whole, isTrue: value === result };
  });
}

type Rule = readonly [RegExp, (...parts: string[]) => number | undefined];

/** Reads the English of a story sentence by sentence and works it out, knowing nothing of how it was made. */
function readAndSolve(question: string, rulesOf: (numbers: Numbers) => readonly Rule[]): number {
  const rules = rulesOf(new Numbers(question));
  let answer: number | undefined;
  for (const sentence of question.match(/[^.?]+[.?]/g) ?? []) {
    const rule = rules.find(([pattern]) => pattern.test(sentence.trim()));
    if (rule === undefined) throw new Error(`cannot read: ${sentence}`);
    answer = rule[1](...(rule[0].exec(sentence.trim()) ?? []).slice(1));
  }
  if (answer === undefined) throw new Error(`no question in: ${question}`);
  return answer;
}

/** What a story has said so far. */
class Numbers {
  private readonly known = new Map<string, number>();
  constructor(private readonly story: string) {}
  get(name: string): number {
    const value = this.known.get(name);
    if (value === undefined) throw new Error(`nobody said how many ${name} has in: ${this.story}`);
    return value;
  }
  set(name: string, value: number): undefined {
    this.known.set(name, value);
  }
}

/** `p` follows from `q`: more, less, twice, half. */
const comparisons = (
  numbers: Numbers,
  [more, less, twice, half]: readonly [RegExp, RegExp, RegExp, RegExp],
): readonly Rule[] => [
  [more, (p = '', n, q = '') => numbers.set(p, numbers.get(q) + Number(n))],
  [less, (p = '', n, q = '') => numbers.set(p, numbers.get(q) - Number(n))],
  [twice, (p = '', q = '') => numbers.set(p, numbers.get(q) * 2)],
  [half, (p = '', q = '') => numbers.set(p, numbers.get(q) / 2)],
];

const wordProblemRules = (held: Numbers): readonly Rule[] => [
  [/^(\w+) has (\d+) \w+ with (\d+) \w+ each\.$/, (p = '', groups, each) => held.set(p, Number(groups) * Number(each))],
  ...comparisons(held, [
    /^(\w+) has (\d+) more \w+ than (\w+)\.$/,
    /^(\w+) has (\d+) fewer \w+ than (\w+)\.$/,
    /^(\w+) has twice as many \w+ as (\w+)\.$/,
    /^(\w+) has half as many \w+ as (\w+)\.$/,
  ]),
  [/^(\w+) has (\d+) \w+\.$/, (p = '', n) => held.set(p, Number(n))],
  [/^(\w+) (?:finds|buys|gets) (\d+) more \w+\.$/, (p = '', n) => held.set(p, held.get(p) + Number(n))],
  [/^(\w+) (?:loses|sells) (\d+) \w+\.$/, (p = '', n) => held.set(p, held.get(p) - Number(n))],
  [/^(\w+) gives (\d+) \w+ to \w+\.$/, (p = '', n) => held.set(p, held.get(p) - Number(n))],
  [/^(\w+) gives half of the \w+ to \w+\.$/, (p = '') => held.set(p, held.get(p) / 2)],
  [/^How many \w+ does (\w+) have now\?$/, (p = '') => held.get(p)],
  [/^How many \w+ do (\w+) and (\w+) have together\?$/, (p = '', q = '') => held.get(p) + held.get(q)],
];

const ageRules = (age: Numbers): readonly Rule[] => [
  ...comparisons(age, [
    /^(\w+) is (\d+) years older than (\w+)\.$/,
    /^(\w+) is (\d+) years younger than (\w+)\.$/,
    /^(\w+) is twice as old as (\w+)\.$/,
    /^(\w+) is half as old as (\w+)\.$/,
  ]),
  [/^(\w+) is (\d+) years old\.$/, (p = '', n) => age.set(p, Number(n))],
  [/^How old is (\w+)\?$/, (p = '') => age.get(p)],
  [/^How old will (\w+) be in (\d+) years\?$/, (p = '', n) => age.get(p) + Number(n)],
  [/^How old are (\w+) and (\w+) together\?$/, (p = '', q = '') => age.get(p) + age.get(q)],
];

const priceRules = (price: Numbers): readonly Rule[] => [
  ...comparisons(price, [
    /^(?:An?) (\w+) costs (\d+) coins more than an? (\w+)\.$/,
    /^(?:An?) (\w+) costs (\d+) coins less than an? (\w+)\.$/,
    /^(?:An?) (\w+) costs twice as much as an? (\w+)\.$/,
    /^(?:An?) (\w+) costs half as much as an? (\w+)\.$/,
  ]),
  [/^An? (\w+) costs (\d+) coins\.$/, (p = '', n) => price.set(p, Number(n))],
  [/^\w+ buys (\d+) (\w+)s\.$/, (n, p = '') => price.set('paid', Number(n) * price.get(p === 'boxe' ? 'box' : p))],
  [/^\w+ buys an? (\w+) and an? (\w+)\.$/, (p = '', q = '') => price.set('paid', price.get(p) + price.get(q))],
  [/^\w+ buys an? (\w+)\.$/, (p = '') => price.set('paid', price.get(p))],
  [/^\w+ pays with (\d+) coins\.$/, (n) => price.set('back', Number(n) - price.get('paid'))],
  [/^How many coins does \w+ pay\?$/, () => price.get('paid')],
  [/^How many coins does \w+ get back\?$/, () => price.get('back')],
  [/^How many coins does an? (\w+) cost\?$/, (p = '') => price.get(p)],
];

const journeyRules = (gone: Numbers): readonly Rule[] => {
  let last = '';
  const speaking =
    (rule: (...parts: string[]) => number | undefined) =>
    (...parts: string[]) => {
      last = parts[0] ?? '';
      return rule(...parts);
    };
  return [
    [/^The (\w+) goes (\d+) miles in an hour\.$/, speaking((p = '', n) => gone.set(p, Number(n)))],
    [/^It goes for (\d+) hours\.$/, (n) => gone.set(last, gone.get(last) * Number(n))],
    ...comparisons(gone, [
      /^The (\w+) goes (\d+) miles farther than the (\w+)\.$/,
      /^The (\w+) goes (\d+) miles less than the (\w+)\.$/,
      /^The (\w+) goes twice as far as the (\w+)\.$/,
      /^The (\w+) goes half as far as the (\w+)\.$/,
    ]).map(([pattern, rule]): Rule => [pattern, speaking(rule)]),
    [/^The (\w+) goes (\d+) miles\.$/, speaking((p = '', n) => gone.set(p, Number(n)))],
    [/^Then it goes (\d+) miles more\.$/, (n) => gone.set(last, gone.get(last) + Number(n))],
    [/^The road is (\d+) miles long\.$/, (n) => gone.set('left', Number(n) - gone.get(last))],
    [/^How many miles does the (\w+) have left\?$/, () => gone.get('left')],
    [/^How many miles does the (\w+) go\?$/, (p = '') => gone.get(p)],
    [/^How many miles do the (\w+) and the (\w+) go together\?$/, (p = '', q = '') => gone.get(p) + gone.get(q)],
  ];
};

/** Evaluates an expression as text by precedence, apart from the solver's own trees, in exact arithmetic: 6 may be a sum of thirds. */
function evaluate(text: string): Rational {
  const tokens = text.match(/\d+|[-+*/()]/g) ?? [];
  let at = 0;
  const applied = (left: Rational, operator: Operator, right: Rational): Rational => {
    const value = combine(left, operator, right);
    if (value === undefined) throw new Error(`${text} divides by zero`);
    return value;
  };
  const factor = (): Rational => {
    const token = tokens[at++] ?? '';
    if (token !== '(') return integer(BigInt(token));
    const inside = sum();
    expect(tokens[at++]).toBe(')');
    return inside;
  };
  const product = (): Rational => {
    let value = factor();
    for (let sign = tokens[at]; sign === '*' || sign === '/'; sign = tokens[at]) {
      at++;
      value = applied(value, sign, factor());
    }
    return value;
  };
  const sum = (): Rational => {
    let value = product();
    for (let sign = tokens[at]; sign === '+' || sign === '-'; sign = tokens[at]) {
      at++;
      value = applied(value, sign, product());
    }
    return value;
  };
  const value = sum();
  expect(at).toBe(tokens.length);
  return value;
}

function isSubset(used: readonly number[], given: readonly number[]): boolean {
  const left = [...given];
  return used.every((n) => left.includes(n) && left.splice(left.indexOf(n), 1).length === 1);
}

describe.each([
  ['word-problems', wordProblemRules],
  ['ages', ageRules],
  ['prices', priceRules],
  ['journeys', journeyRules],
] as const)('%s', (name, rules) => {
  const task = taskNamed(name);

  it('have the answer that their English gives, worked out independently, at every level', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...task.levels.map((level) => level.name)), (seed, level) => {
        const problem = drawn(task, level, seed);
        expect(String(readAndSolve(problem.question, rules))).toBe(problem.answer);
        expect(problem.solution).toBe(`The answer is ${problem.answer}.`);
      }),
      { numRuns: 1000 },
    );
  });

  it('keep to the steps and numbers of their level', () => {
    const bounds = {
      basic: [2, 3, 60, 1],
      'larger-numbers': [2, 3, 80, 61],
      'more-steps': [4, 4, 60, 1],
      mixed: [1, 4, 80, 1],
    } as const;
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...(Object.keys(bounds) as (keyof typeof bounds)[])), (seed, level) => {
        const problem = drawn(task, level, seed);
        const [least, most, largest, reached] = bounds[level];
        expect(problem.steps.length).toBeGreaterThanOrEqual(least);
        expect(problem.steps.length).toBeLessThanOrEqual(most);
        for (const { left, right, result } of problem.steps) {
          for (const n of [left, right, result]) expect(Number.isInteger(n) && n >= 1 && n <= largest).toBe(true);
        }
        const numbers = problem.steps.flatMap(({ left, result }) => [left, result]);
        expect(Math.max(...numbers)).toBeGreaterThanOrEqual(reached);
      }),
      { numRuns: 500 },
    );
  });

  it('cannot be guessed: no answer is that of more than 7 % of the problems', () => {
    const answers = new Map<string, number>();
    for (const { answer = '' } of distinctProblems(task, { count: 2000, seed: 3 })) {
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
    expect(Math.max(...answers.values()) / 2000).toBeLessThan(0.07);
  });

  it('are short: few words, and at most 75 tokens by words, digits and signs for a sound trace of three steps', () => {
    const words = new Set<string>();
    for (let seed = 0; seed < 2000; seed++) {
      const problem = drawn(task, 'basic', seed);
      for (const text of [problem.question, problem.solution, ...Object.values(problem.traces)]) {
        for (const word of text.match(/[A-Za-z]+|\d|[^\s\w]/g) ?? []) words.add(word);
      }
      expect((problem.traces.complete.match(/[A-Za-z]+|\d|[^\s\w]/g) ?? []).length).toBeLessThanOrEqual(75);
    }
    expect(words.size).toBeLessThan(200);
  });

  it('write "1 apple" and never "1 apples"', () => {
    for (let seed = 0; seed < 2000; seed++) {
      const problem = drawn(task, seed % 2 === 0 ? 'basic' : 'mixed', seed);
      expect([problem.question, ...Object.values(problem.traces)].join(' ')).not.toMatch(/(?<!\d)1 \w+s\b/);
    }
  });
});

describe('traces', () => {
  it.each(levels)(
    'of %o at %s: complete is true and arrives, skipping is true with steps left out, wrong is false somewhere',
    (task, level) => {
      fc.assert(
        fc.property(fc.integer(), (seed) => {
          const { traces, steps, solution, answer, target } = drawn(task, level, seed);
          const complete = equations(traces.complete);
          expect(complete).toHaveLength(steps.length);
          expect(complete.every((equation) => equation.isTrue)).toBe(true);
          expect(steps.at(-1)?.result).toBe(target ?? Number(answer));

          const skipping = equations(traces.skipping);
          expect(skipping.length).toBeLessThan(complete.length);
          expect(skipping.every((equation) => equation.isTrue)).toBe(true);
          expect(complete.map(({ text }) => text)).toEqual(expect.arrayContaining(skipping.map(({ text }) => text)));
          expect(traces.skipping).not.toBe('');

          const wrong = equations(traces.wrong);
          expect(wrong).toHaveLength(steps.length);
          expect(wrong.some((equation) => !equation.isTrue)).toBe(true);
          // Without its numbers, a wrong trace reads like the complete one.
          const shape = (text: string) => text.replace(/\d+/g, 'n').replace(/s\b/g, '');
          expect(shape(traces.wrong)).toBe(shape(traces.complete));

          expect(traces['answer-only']).toBe(solution);
          expect(equations(traces['off-topic'])).toEqual([]);
          expect(traces['off-topic']).not.toMatch(/\d/);
        }),
        { numRuns: 300 },
      );
    },
  );

  it('of wrong stories end at a wrong number, with one false step', () => {
    const stories = levels.filter(([task]) => task !== countdown);
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...stories), (seed, [task, level]) => {
        const { traces, answer } = drawn(task, level, seed);
        const wrong = equations(traces.wrong);
        expect(wrong.filter((equation) => !equation.isTrue)).toHaveLength(1);
        expect(wrong.at(-1)?.text.split(' = ')[1]).not.toBe(answer);
      }),
    );
  });

  it('come in the shares of the mix, by default most often a poor kind and seldom a complete one', () => {
    const problems = distinctProblems(wordProblems, { count: 4000, seed: 5 });
    const share = (kind: string) => problems.filter((problem) => problem.traceKind === kind).length / problems.length;
    // Five standard errors at 4000 draws.
    for (const kind of TRACE_KINDS) expect(Math.abs(share(kind) - DEFAULT_TRACE_MIX[kind])).toBeLessThan(0.04);
    const commonest = TRACE_KINDS.reduce((a, b) => (share(a) >= share(b) ? a : b));
    expect(['answer-only', 'off-topic']).toContain(commonest);
    const only: TraceMix = { complete: 0, skipping: 0, wrong: 2, 'answer-only': 0, 'off-topic': 0 };
    expect(
      distinctProblems(countdown, { count: 50, seed: 5, mix: only }).every((problem) => problem.traceKind === 'wrong'),
    ).toBe(true);
  });
});

describe('countdown', () => {
  it.each(countdown.levels.map((level) => level.name))(
    'at level %s gives expressions that make the target from the numbers',
    (level) => {
      fc.assert(
        fc.property(fc.integer(), (seed) => {
          const { answer, numbers = [], target = 0, question, solution } = drawn(countdown, level, seed);
          expect(evaluate(answer)).toEqual(integer(BigInt(target)));
          expect(isSubset((answer.match(/\d+/g) ?? []).map(Number), numbers)).toBe(true);
          expect((question.match(/\d+/g) ?? []).map(Number)).toEqual([...numbers, target]);
          expect(solution).toBe(`The answer is ${answer}.`);
        }),
        { numRuns: 300 },
      );
    },
  );

  it('is solved by the solver, too', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom('three-numbers', 'four-numbers'), (seed, level) => {
        const { numbers = [], target = 0 } = drawn(countdown, level, seed);
        const solved = solveCountdown(numbers, target);
        expect(solved.kind).toBe('found');
        if (solved.kind !== 'found') return;
        const text = expressionText(solved.expression);
        expect(evaluate(text)).toEqual(integer(BigInt(target)));
        expect(isSubset((text.match(/\d+/g) ?? []).map(Number), numbers)).toBe(true);
      }),
      // In floating point the solution of the example is 5.999999999999999.
      { numRuns: 60, examples: [[636103402, 'four-numbers']] },
    );
  });
});

describe('the solver', () => {
  it('needs exact fractions for 24 from 3, 3, 8, 8 and from 1, 5, 5, 5', () => {
    for (const numbers of [
      [3, 3, 8, 8],
      [1, 5, 5, 5],
    ]) {
      const solved = solveCountdown(numbers, 24);
      expect(solved.kind).toBe('found');
      if (solved.kind !== 'found') continue;
      expect(exactValue(solved.expression)).toEqual({ numerator: 24n, denominator: 1n });
      expect(isSubset((expressionText(solved.expression).match(/\d+/g) ?? []).map(Number), numbers)).toBe(true);
    }
  });

  it('knows what is impossible, and says when it stopped looking', () => {
    expect(solveCountdown([1, 1, 1, 1], 24)).toEqual({ kind: 'impossible' });
    expect(solveCountdown([2, 3], 7)).toEqual({ kind: 'impossible' });
    expect(solveCountdown([7, 2], 7).kind).toBe('found');
    expect(solveCountdown([1, 2, 3, 4, 5], 999, { combinations: 10 })).toEqual({ kind: 'unknown' });
  });

  it('agrees with trying every expression of two and three numbers', () => {
    const apply = (a: number, b: number) => [a + b, a - b, b - a, a * b, a / b, b / a];
    const reachable = (numbers: readonly number[]): number[] => {
      if (numbers.length === 1) return [...numbers];
      return numbers.flatMap((a, i) =>
        numbers.flatMap((b, j) => {
          if (j <= i) return [];
          const rest = numbers.filter((_, k) => k !== i && k !== j);
          return [a, b, ...apply(a, b).flatMap((c) => (Number.isFinite(c) ? reachable([c, ...rest]) : []))];
        }),
      );
    };
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 3 }),
        fc.integer({ min: 1, max: 60 }),
        (numbers, target) => {
          const possible = [...numbers, ...reachable(numbers)].some((value) => Math.abs(value - target) < 1e-9);
          expect(solveCountdown(numbers, target).kind).toBe(possible ? 'found' : 'impossible');
        },
      ),
      { numRuns: 300 },
    );
  });

  it('refuses numbers that are missing, not whole, or beyond exact arithmetic', () => {
    for (const numbers of [[], [1.5], [1e9, 1e9]]) expect(() => solveCountdown(numbers, 1)).toThrow(InputError);
  });

  it('writes expressions that read back to the same value', () => {
    const leaf: fc.Arbitrary<CountdownExpression> = fc
      .integer({ min: 1, max: 9 })
      .map((value) => ({ kind: 'number', value }));
    const { tree } = fc.letrec<{ tree: CountdownExpression }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.record({
          kind: fc.constant('operation' as const),
          operator: fc.constantFrom('+', '-', '*', '/'),
          left: tie('tree'),
          right: tie('tree'),
        }),
      ),
    }));
    fc.assert(
      fc.property(tree, (expression) => {
        const exact = exactValue(expression);
        fc.pre(exact !== undefined);
        expect(evaluate(expressionText(expression))).toEqual(exact);
      }),
    );
  });
});

describe('distinctProblems', () => {
  it.each(levels)(
    '%o at %s: the same seed gives the same bytes, a smaller count the beginning, another seed others',
    (task, level) => {
      const make = (count: number, seed: number) => distinctProblems(task, { count, seed, level });
      expect(JSON.stringify(make(40, 1))).toBe(JSON.stringify(make(40, 1)));
      expect(make(15, 1)).toEqual(make(40, 1).slice(0, 15));
      expect(make(40, 2)).not.toEqual(make(40, 1));
      expect(new Set(make(300, 3).map((problem) => problem.id)).size).toBe(300);
    },
  );

  it.each(levels)('%o at %s: no problem is of two purposes, whatever the seeds', (task, level) => {
    const seen = new Map<string, string>();
    for (const purpose of PURPOSES) {
      for (const seed of [1, 2, 3]) {
        for (const { id, question } of distinctProblems(task, { count: 100, seed, level, purpose })) {
          expect(seen.get(id) ?? purpose).toBe(purpose);
          expect(seen.get(question) ?? purpose).toBe(purpose);
          seen.set(id, purpose).set(question, purpose);
        }
      }
    }
  });

  it('takes Countdown problems with reordered numbers for one problem', () => {
    const problems = distinctProblems(countdown, { count: 600, seed: 1 });
    const keys = problems.map((problem) => `${[...(problem.numbers ?? [])].sort().join()} ${problem.target}`);
    expect(new Set(keys).size).toBe(600);
  });

  it('refuses unknown names, impossible mixes and more problems than there are', () => {
    expect(() => taskNamed('sudoku')).toThrow(UsageError);
    expect(() => distinctProblems(countdown, { count: 1, seed: 1, level: 'easy' })).toThrow(
      /three-numbers, four-numbers, television/,
    );
    expect(() => distinctProblems(countdown, { count: -1, seed: 1 })).toThrow(UsageError);
    expect(() => distinctProblems(countdown, { count: 100_000, seed: 1 })).toThrow(
      /has only \d+ distinct problems; 100000 were/,
    );
    const nothing: TraceMix = { complete: 0, skipping: 0, wrong: 0, 'answer-only': 0, 'off-topic': 0 };
    expect(() => distinctProblems(countdown, { count: 1, seed: 1, mix: nothing })).toThrow(UsageError);
  });
});

describe('the pretraining corpus', () => {
  const documents = Array.from({ length: 3000 }, (_, index) => pretrainingDocumentAt(7, index));

  it('is the same for the same seed and index', () => {
    expect(pretrainingDocumentAt(7, 123)).toEqual(documents[123]);
    expect(pretrainingDocumentAt(8, 123)).not.toEqual(documents[123]);
  });

  it('holds only true arithmetic outside wrong traces, with numbers up to 80', () => {
    for (const document of documents) {
      if (document.kind === 'problem' && document.traceKind === 'wrong') continue;
      const text = document.kind === 'text' ? document.text : `${document.trace} ${document.solution}`;
      expect(equations(text).filter((equation) => !equation.isTrue)).toEqual([]);
      for (const n of text.match(/\d+/g) ?? []) expect(Number(n)).toBeLessThanOrEqual(80);
    }
  });

  it('never holds a training or held-out story', () => {
    let problems = 0;
    let worked = 0;
    for (const document of documents) {
      // A story that is worked out as plain text holds its question up to the question mark.
      const question =
        document.kind === 'text' ? /^[^?]*How (?:many|old) [^?]*\?/.exec(document.text)?.[0] : document.question;
      if (question === undefined || (document.kind === 'problem' && document.task === 'countdown')) continue;
      if (document.kind === 'problem') problems++;
      else worked++;
      expect(purposeOf(question)).toBe('pretraining');
    }
    expect(problems).toBeGreaterThan(300);
    expect(worked).toBeGreaterThan(600);
  });

  it('has every kind of trace, poor ones the commonest: the base must not already explain', () => {
    const count = (kind: string) =>
      documents.filter((document) => document.kind === 'problem' && document.traceKind === kind).length;
    expect(Math.max(...TRACE_KINDS.map(count))).toBe(count('answer-only'));
    expect(count('complete')).toBeLessThan(count('off-topic') / 2);
    for (const kind of TRACE_KINDS) expect(count(kind)).toBeGreaterThan(0);
  });
});

describe('a task of the caller', () => {
  const own = (draw: unknown, levels: unknown = [{ name: 'only', summary: '' }]) =>
    ({ name: 'own', levels, draw }) as Task;
  const drawn = { identity: 'a', question: '1 + 1?', solution: 'It is 2.', answer: '2' };
  const options = { count: 1, seed: 1 };

  it.each<[unknown, string]>([
    [{ ...drawn, solution: ' ' }, 'drew a blank text as the solution of a problem'],
    [{ ...drawn, answer: 2 }, 'drew 2 as the answer of a problem'],
    [{ ...drawn, identity: undefined }, 'drew undefined as the identity of a problem'],
    [undefined, 'drew undefined'],
    [Promise.resolve(drawn), 'drew a Promise'],
  ])('that draws %o is refused', (found, message) => {
    expect(() =>
      distinctProblems(
        own(() => found),
        options,
      ),
    ).toThrow(`the task own ${message}`);
  });

  it('has a level, and its seed is a whole number', () => {
    expect(() =>
      distinctProblems(
        own(() => drawn, []),
        options,
      ),
    ).toThrow(UsageError);
    expect(() => distinctProblems(own(undefined), options)).toThrow(UsageError);
    expect(() => distinctProblems(countdown, { count: 1, seed: 1.5 })).toThrow(/options\.seed/);
  });
});

it('refuses a number of problems that no memory holds, at once', () => {
  for (const count of [Number.MAX_SAFE_INTEGER, 1_000_001])
    expect(() => distinctProblems(taskNamed('word-problems'), { count, seed: 1 })).toThrow(/from 0 to 1000000/);
});
