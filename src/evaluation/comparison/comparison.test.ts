import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError, UsageError } from '../../errors.js';
import type { Answer } from '../answers/answer.js';
import { type AnswerSet, readAnswerSet } from '../answers/answer-files.js';
import { summarise } from '../answers/summary.js';
import { compare, compareInPairs } from './comparison.js';
import { comparisonHtml, comparisonJson, comparisonMarkdown, pairedLines } from './report.js';

function answer(id: string, correct: boolean, more: Partial<Answer> = {}): Answer {
  return {
    id,
    sample: 0,
    verdict: correct ? 'correct' : 'wrong',
    reason: 'made up',
    answer: correct ? '7' : '8',
    gold: '7',
    grader: 'math/2',
    ended: 'stop',
    tokens: 10,
    text: `\\boxed{${correct ? 7 : 8}}`,
    ...more,
  };
}

/** One sample a problem: `1` is right. */
function answers(name: string, pattern: string, more: Partial<Answer> = {}): AnswerSet {
  return {
    name,
    questions: new Map(),
    remarks: [],
    answers: [...pattern].map((sign, i) => answer(`p${i}`, sign === '1', more)),
  };
}

describe('a comparison', () => {
  // A alone solves 1, B alone 5; both 3, none 3.
  const a = answers('base', '111000001000');
  const b = answers('rlt', '111111110000');

  it('is that of a table worked out by hand', () => {
    const { overall, onlyA, onlyB, problems, unpaired } = compare(a, b);
    expect([problems, unpaired]).toEqual([12, [0, 0]]);
    expect(overall.a.value).toBeCloseTo(4 / 12, 12);
    expect(overall.b.value).toBeCloseTo(8 / 12, 12);
    expect(overall.difference).toBeCloseTo(4 / 12, 12);
    // McNemar, exact: 2 (C(6,0) + C(6,1)) / 2^6.
    expect([overall.test, overall.pValue]).toEqual(['mcnemar', expect.closeTo(14 / 64, 10)]);
    expect(overall.interval[0]).toBeLessThan(4 / 12);
    expect(overall.interval[1]).toBeGreaterThan(4 / 12);
    expect(onlyA.map(({ id }) => id)).toEqual(['p8']);
    expect(onlyB.map(({ id }) => id)).toEqual(['p3', 'p4', 'p5', 'p6', 'p7']);
  });

  it('turned round has the opposite difference and the same p-value', () => {
    const [one, other] = [compare(a, b).overall, compare(b, a).overall];
    expect(other.difference).toBeCloseTo(-one.difference, 12);
    expect(other.interval[0]).toBeCloseTo(-one.interval[1], 12);
    expect(other.pValue).toBe(one.pValue);
  });

  it('is of common problems only, and says how many others there are', () => {
    const fewer = { ...a, answers: a.answers.slice(2) };
    const comparison = compare(fewer, b);
    expect([comparison.problems, comparison.unpaired]).toEqual([10, [0, 2]]);
    expect(comparisonMarkdown(comparison)).toContain(
      'Left out: 0 problems that only A answered, 2 that only B answered.',
    );
    expect(() => compare(answers('x', '1'), { ...b, answers: b.answers.slice(3) })).toThrow(InputError);
  });

  it('refuses one id with two reference answers', () => {
    expect(() => compare(a, answers('other', '1', { gold: '9' }))).toThrow(
      'problem p0 has the reference answer "7" in one evaluation and "9" in the other',
    );
  });

  it('takes a reference that is written in two ways for one, as its grader does, and says so', () => {
    const solutions: AnswerSet = {
      ...b,
      answers: b.answers.map((one) => ({ ...one, gold: 'The answer is 7.' })),
    };
    const comparison = compare(a, solutions);
    expect(comparison.overall).toEqual(compare(a, b).overall);
    expect(comparisonMarkdown(comparison)).toContain(
      'The reference of 12 problems is written in two ways (A: "7", B: "The answer is 7."), which the grader takes as the same.',
    );
    expect(comparisonHtml(comparison)).toContain('The reference of 12 problems is written in two ways');
    expect(comparisonJson(comparison)).toMatchObject({ rewrittenReferences: 12 });
    expect(comparisonMarkdown(compare(a, b))).not.toContain('two ways');
    // A grader of one's own, which is not at hand, is not asked.
    const own = (set: AnswerSet) => ({ ...set, answers: set.answers.map((one) => ({ ...one, grader: 'own/1' })) });
    expect(() => compare(own(a), own(solutions))).toThrow(
      'Where there is no column answer, the reference is the solution',
    );
  });

  it('counts a problem that is in two sets once in all, and in the row of each set', () => {
    const inSets = (set: AnswerSet): AnswerSet => ({
      ...set,
      questions: new Map([...set.answers.keys()].map((i) => [`p${i}`, `Question ${i % 8}?`])),
      answers: set.answers.map((one, i) => ({ ...one, level: i < 8 ? 'seen' : 'new' })),
    });
    const comparison = compare(inSets(a), inSets(b));
    expect(comparison.levels.map(({ level, problems }) => [level, problems])).toEqual([
      ['new', 4],
      ['seen', 8],
    ]);
    expect([comparison.problems, comparison.overall.problems, comparison.repeated]).toEqual([8, 8, 4]);
    expect(comparison.unpaired).toEqual([0, 0]);
    expect(comparison.onlyA).toEqual([]);
    expect(comparisonMarkdown(comparison)).toContain('4 problems are in more than one set, and count once in "all".');
    expect(comparisonHtml(comparison)).toContain('4 problems are in more than one set');
    const together = 'This sentence and "all" take 2 sets of problems together (seen and new)';
    expect(comparisonMarkdown(comparison)).toContain(together);
    expect(comparisonHtml(comparison)).toContain('take 2 sets of problems together (seen and new)');
    expect(comparisonMarkdown(compare(a, b))).not.toContain('together (');
    // Of one set, equal questions are problems of their own.
    const inOne = (set: AnswerSet): AnswerSet => ({
      ...inSets(set),
      answers: set.answers.map((one) => ({ ...one, level: 'seen' })),
    });
    expect(compare(inOne(a), inOne(b))).toMatchObject({ problems: 12, repeated: 0 });
  });

  it('tells what has to be known of the figures of each', () => {
    const comparison = compare(a, { ...b, remarks: ['on new: trained on 7 of 30 problems'] });
    for (const text of [comparisonMarkdown(comparison), comparisonHtml(comparison)])
      expect(text).toContain('Note: B on new: trained on 7 of 30 problems.');
    expect(comparisonMarkdown(compare(a, b))).not.toContain('Note:');
  });

  it('warns of each setting in which the two were asked otherwise', () => {
    const sampling = { temperature: 0, topP: 1, topK: 0, minP: 0, maxTokens: 128 };
    const own = { kind: 'plain', system: null, template: '{question}' } as const;
    const long = 'Think of what is asked, and then of the answer.';
    const asked = { sampling, prompts: {}, levels: ['sums'], own };
    const alike = compare({ ...a, asked }, { ...b, asked });
    expect(alike.settings).toEqual([]);
    expect(comparisonMarkdown(alike)).not.toContain('Warning');
    const other = {
      ...asked,
      sampling: { ...sampling, temperature: 1, maxTokens: 256 },
      prompts: { sums: { ...own, system: 'Think.', template: `${long} {question}` } },
    };
    const comparison = compare({ ...a, asked }, { ...b, asked: other });
    const told = `Warning: A and B were evaluated with other settings, and the difference may be of that, too:

- temperature: A 0, B 1
- most tokens of an answer: A 128, B 256
- prompt
  - A: "\\{question\\}"
  - B: "${long} \\{question\\}", system message "Think."

| level`;
    expect(comparisonMarkdown(comparison)).toContain(told);
    expect(comparisonHtml(comparison)).toContain('A and B were evaluated with other settings');
    expect(comparisonJson(comparison)).toMatchObject({
      settings: [{ setting: 'temperature', a: '0', b: '1' }, {}, {}],
    });
    // What nobody recorded is not known to differ; the samples stand in the answers.
    expect(compare({ ...a, asked }, b).settings).toEqual([]);
    const twice = { ...b, answers: b.answers.flatMap((one) => [one, { ...one, sample: 1 }]) };
    expect(compare(a, twice).settings).toEqual([{ setting: 'samples per problem', a: '1', b: '2' }]);
  });

  it('of many undecided pairs is told in one sentence', () => {
    const sets = ['base', 'one', 'two', 'three'].map((name) => answers(name, '111000001000'));
    const best = answers('best', '111111111111');
    expect(pairedLines(compareInPairs(sets.slice(0, 3)))).toMatchObject({ rows: [{}, {}, {}], others: undefined });
    const { rows, others } = pairedLines(compareInPairs([...sets, best]));
    expect(rows.map(([b, a]) => [b, a])).toEqual(['base', 'one', 'two', 'three'].map((a) => ['best', a]));
    expect(others).toMatch(
      /^No difference is shown between base and each of one, two and three; one and each of two and three; two and three: all intervals of these 6 pairs are within -\d+\.\d to \+\d+\.\d points/,
    );
  });

  it('warns where the answers of the two were graded by other graders', () => {
    const regraded = { ...b, answers: b.answers.map((answer) => ({ ...answer, grader: 'integer/1' })) };
    const [one] = new Set(a.answers.map(({ grader }) => grader));
    const comparison = compare(a, regraded);
    for (const text of [comparisonMarkdown(comparison), comparisonHtml(comparison)])
      expect(text).toContain(`Warning: the answers of A were graded by ${one}, those of B by integer/1`);
    expect(comparisonMarkdown(compare(a, b))).not.toContain('graded by');
  });

  it('says how weights are held that are in few bits, and warns where the two differ in it', () => {
    const [exact, eight] = ['float32', { bits: 8 }] as const;
    const texts = (first: AnswerSet['held'], second: AnswerSet['held']) => {
      const held = (set: AnswerSet, how: AnswerSet['held']) => (how === undefined ? set : { ...set, held: how });
      const comparison = compare(held(a, first), held(b, second));
      return [comparisonMarkdown(comparison), comparisonHtml(comparison)];
    };
    const warning =
      'Warning: the weights of A are held in float32, those of B in 8 bits: the difference is of that, too.';
    for (const text of texts(exact, eight)) {
      expect(text).toContain(warning);
      expect(text).toContain('B is rlt (1, weights in 8 bits).');
    }
    for (const text of texts({ ...eight, integerProducts: true }, eight)) expect(text).toContain('Warning: ');
    for (const text of texts(eight, eight)) expect(text).not.toContain('Warning: ');
    // Answers that lie without results.
    for (const text of [...texts(undefined, eight), ...texts(exact, exact)]) expect(text).not.toContain('Warning: ');
    expect(comparisonJson(compare({ ...a, held: eight }, b))).toMatchObject({ held: [{ bits: 8 }, null] });
  });

  it('marks that a problem has more answers than are shown', () => {
    const given = (texts: readonly string[]): AnswerSet => ({
      ...a,
      answers: texts.map((text, sample) => answer('p0', text === '7', { sample, answer: text })),
    });
    const shown = (texts: readonly string[]) => comparisonMarkdown(compare(given(texts), given(['8', '8', '8', '8'])));
    expect(shown(['22', '13', '32', '7'])).toContain('| 22 (1); 13 (1); 32 (1); … |');
    expect(shown(['22', '13', '7', '7'])).toContain('| 7 (2); 22 (1); 13 (1) |');
  });

  it('has a row for each level', () => {
    const levelled = (set: AnswerSet): AnswerSet => ({
      ...set,
      answers: set.answers.map((one, i) => ({ ...one, difficulty: i < 6 ? '2' : '10' })),
    });
    const { levels } = compare(levelled(a), levelled(b));
    expect(levels.map(({ level, problems }) => [level, problems])).toEqual([
      ['2', 6],
      ['10', 6],
    ]);
    expect(levels[0]?.difference).toBeCloseTo(0.5, 12);
    expect(levels[1]?.difference).toBeCloseTo(1 / 6, 12);
  });

  it('takes several samples a problem as one score', () => {
    const twice = (set: AnswerSet, second: string): AnswerSet => ({
      ...set,
      answers: set.answers.flatMap((one, i) => [one, answer(one.id, second[i] === '1', { sample: 1 })]),
    });
    const { overall, samples } = compare(twice(a, '111111111111'), twice(b, '111111111111'));
    expect(samples).toEqual([2, 2]);
    expect(overall.difference).toBeCloseTo(2 / 12, 12);
    expect(overall.test).toBe('sign-flip');
    expect(overall.pValue).toBeCloseTo(14 / 64, 12);
  });
});

describe('its verdict', () => {
  /** Problems with this many right answers of `samples` each. */
  const scored = (name: string, samples: number, right: readonly number[]): AnswerSet => ({
    name,
    questions: new Map(),
    remarks: [],
    answers: right.flatMap((count, i) =>
      Array.from({ length: samples }, (_, sample) => answer(`p${i}`, sample < count, { sample })),
    ),
  });
  const verdictOf = (a: AnswerSet, b: AnswerSet): string => {
    const comparison = compare(a, b);
    const [, , , verdict = ''] = comparisonMarkdown(comparison).split('\n');
    const [html] = /<p>(.*?)<\/p>/.exec(comparisonHtml(comparison))?.slice(1) ?? [];
    for (const text of [verdict, html]) {
      const { interval, pValue } = comparison.overall;
      const isShown = (interval[0] > 0 || interval[1] < 0) && pValue < 0.05;
      expect(/is (?:better|worse) than/.test(text ?? '')).toBe(isShown);
    }
    return verdict;
  };
  const agree = 'A difference counts as shown only where both agree; more problems can decide it.';

  it('names the better one where interval and test agree', () => {
    const [none, all] = [answers('a', '000000000000'), answers('b', '111111000000')];
    // McNemar, exact: 2 / 2^6.
    expect(verdictOf(none, all)).toMatch(/^b is better than a: \+50\.0 points \(.*, p = 0\.031\)\.$/);
    expect(verdictOf(all, none)).toMatch(/^a is worse than b: -50\.0 points/);
  });

  it('names none where only the interval excludes 0', () => {
    // McNemar, exact: 2 / 2^5 = 0.0625.
    expect(verdictOf(answers('a', '000000000000'), answers('b', '111110000000'))).toMatch(
      /^No difference between a and b is shown: .* p = 0\.063\)\. The interval excludes 0, but p is not below 0\.05\. /,
    );
    // Sign-flip, exact: 2 of 32 patterns.
    const none = new Array<number>(11).fill(0);
    const few = verdictOf(scored('a', 4, [0, 0, 0, 0, 0, ...none]), scored('b', 4, [2, 2, 2, 2, 2, ...none]));
    expect(few).toContain('p = 0.063). The interval excludes 0');
    expect(few).toContain(agree);
  });

  it('names none where only the test is below 0.05', () => {
    // Sign-flip, exact: 2 of 64 patterns; one problem has nearly all of the difference.
    const verdict = verdictOf(scored('a', 20, [0, 0, 0, 0, 0, 0]), scored('b', 20, [20, 1, 1, 1, 1, 1]));
    expect(verdict).toMatch(/^No difference .* p = 0\.031\)\. p is below 0\.05, but the interval contains 0\. /);
    expect(verdict).toContain(agree);
  });

  it('says nothing more where both leave it open', () => {
    expect(verdictOf(answers('a', '110000'), answers('b', '101000'))).toMatch(/^No difference .* p = 1\.0\)\.$/);
  });
});

describe('its references', () => {
  const shown = (gold: string, grader = 'math/8'): string => {
    const set = (name: string, correct: boolean): AnswerSet => ({
      name,
      questions: new Map(),
      remarks: [],
      answers: [answer('p0', correct, { gold, grader })],
    });
    const markdown = comparisonMarkdown(compare(set('a', false), set('b', true)));
    return /^\| p0 \| (.*?) \|/m.exec(markdown)?.[1] ?? '';
  };

  it('show the answer of a long solution, not its beginning', () => {
    expect(
      shown('The boxes cost 9 * 7 = 63 dollars. After the discount Anna pays 63 - 1 = 62 dollars. The answer is 62.'),
    ).toBe('62');
    expect(shown('First we add them all up, which gives some number. #### 1,234')).toBe('1,234');
    expect(shown('It takes 3 + 4 = 7.')).toBe('It takes 3 + 4 = 7.');
  });

  it('show the end where no answer is read, or the grader is not at hand', () => {
    const words = 'Because the moon has no air of its own, nothing can be heard there at all';
    expect(shown(words, 'own/1')).toBe('…own, nothing can be heard there at all');
  });

  it('in the HTML page are whole too', () => {
    const gold = `${'They add one more to it. '.repeat(6)}The answer is 7.`;
    const set = (correct: boolean): AnswerSet => ({
      name: 'x',
      questions: new Map(),
      remarks: [],
      answers: [answer('p0', correct, { gold })],
    });
    const html = comparisonHtml(compare(set(false), set(true)));
    expect(html).toContain('reference 7</span>');
    expect(html).toContain(gold);
  });
});

describe('its reports', () => {
  const hostile = '</pre><script>alert(1)</script><img src=x onerror="a"> | `x` [y](http://z) \u0000';
  const set = (name: string, correct: boolean): AnswerSet => ({
    name,
    questions: new Map([['p0', hostile]]),
    remarks: [`on ${hostile}: trained on it`],
    answers: [
      answer('p0', correct, { text: hostile, answer: hostile, reason: hostile, gold: hostile, difficulty: hostile }),
    ],
  });
  const comparison = compare(set(hostile, true), set('b', false));

  it('as HTML: one page without scripts, nothing from elsewhere, everything escaped', () => {
    const html = comparisonHtml(comparison);
    expect(html).not.toMatch(/<(?:script|img|link|iframe)|<[^>]*\s(?:on\w+|src|href)=|url\(|@import/);
    expect(html).not.toContain('\u0000');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html.match(/<svg /g)).toHaveLength(3);
    expect(html).not.toContain('NaN');
    // Every element that opens closes.
    for (const tag of ['div', 'details', 'pre', 'figure', 'table', 'svg', 'span', 'tr']) {
      expect([tag, html.match(new RegExp(`<${tag}[ >]`, 'g'))?.length]).toEqual([
        tag,
        html.match(new RegExp(`</${tag}>`, 'g'))?.length,
      ]);
    }
  });

  it('as Markdown: cells stay cells', () => {
    const markdown = comparisonMarkdown(comparison);
    expect(markdown).not.toMatch(/(?<!\\)<script/);
    for (const row of markdown.split('\n').filter((line) => line.startsWith('|'))) {
      expect([4, 9]).toContain((row.match(/(?<!\\)\|/g) ?? []).length - 1);
    }
  });

  it('as JSON: figures and readings, without the texts', () => {
    const json = JSON.parse(JSON.stringify(comparisonJson(comparison)));
    expect(json).toMatchObject({ problems: 1, onlyA: [{ id: 'p0', a: [{ verdict: 'correct' }] }], onlyB: [] });
    expect(json.paired).toBeUndefined();
  });
});

describe('a summary', () => {
  it('is that of a table worked out by hand', () => {
    // Four samples of two problems: 1 and 3 right; majority wrong (8, 8, 9 against 7) and right.
    const samples = (id: string, given: readonly string[]): Answer[] =>
      given.map((text, sample) => answer(id, text === '7', { sample, answer: text, tokens: sample + 1 }));
    const list = [...samples('p', ['7', '8', '8', '9']), ...samples('q', ['7', '7.0', '7', '1'])];
    const fixed = list.map((one): Answer => (one.answer === '7.0' ? { ...one, verdict: 'correct' } : one));
    const summary = summarise([
      ...fixed.slice(0, 7),
      { ...(fixed[7] as Answer), verdict: 'unparsable', ended: 'length' },
    ]);
    expect(summary).toMatchObject({ problems: 2, samples: 4, unparsable: 1 / 8, cut: 1 / 8, tokensPerAnswer: 2.5 });
    expect(summary.accuracy).toBeCloseTo(0.5, 12);
    expect(summary.majority.value).toBe(0.5);
    // pass@2: 1 - C(3,2)/C(4,2) = 1/2 and 1 - 0 = 1; pass@4: 1 and 1.
    expect(summary.passAtK.map(({ k, value }) => [k, value])).toEqual([
      [2, 0.75],
      [4, 1],
    ]);
  });

  it('refuses no answers, a sample given twice and an unfinished evaluation', () => {
    expect(() => summarise([])).toThrow('there are no answers');
    expect(() => summarise([answer('p', true), answer('p', true)])).toThrow('sample 0 of problem p occurs twice');
    expect(() => summarise([answer('p', true), answer('p', true, { sample: 1 }), answer('q', true)])).toThrow(
      'problem q has another number of samples (1) than p (2)',
    );
  });
});

describe('answers of a stage', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rlt-answers-'));
    const lines = ['base', 'rlt'].flatMap((student) =>
      ['seen', 'harder'].map((level) => JSON.stringify(answer('p0', student === 'rlt', { student, level }))),
    );
    await writeFile(join(folder, 'answers.jsonl'), `${lines.join('\n')}\n`);
    await writeFile(join(folder, 'problems.jsonl'), '{"id": "seen/p0", "question": "Why?", "gold": "7"}\n');
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('are chosen by student; labels of problems are levels', async () => {
    const [base, rlt] = [await readAnswerSet(`${folder}:base`), await readAnswerSet(`${folder}:rlt`)];
    const { names, levels, onlyB } = compare(base, rlt);
    expect(names).toEqual(['base', 'rlt']);
    expect(levels.map(({ level }) => level)).toEqual(['harder', 'seen']);
    expect(onlyB.map(({ id, question }) => [id, question])).toEqual([
      ['seen/p0', 'Why?'],
      ['harder/p0', undefined],
    ]);
  });

  it('without a common id are compared by question and reference', () => {
    const set = (label: string, right: boolean, questions: readonly string[]) => ({
      name: label,
      answers: questions.map((_, index) => answer(`${label}/${index}`, right, { level: label })),
      questions: new Map(questions.map((question, index) => [`${label}/${index}`, question])),
      remarks: [],
    });
    const { problems, unpaired, overall } = compare(
      set('a', false, ['Why?', 'How?']),
      set('b', true, ['How?', ' Why? ', 'Who?']),
    );
    expect({ problems, unpaired, difference: overall.difference }).toEqual({
      problems: 2,
      unpaired: [0, 1],
      difference: 1,
    });
    expect(() => compare(set('a', false, ['Why?']), set('b', true, ['How?']))).toThrow('have no problem in common');
    expect(() => compare(set('a', false, ['Why?']), { ...set('b', true, ['Why?']), questions: new Map() })).toThrow(
      'have no problem in common',
    );
  });

  it('are not compared with themselves, however they are named', async () => {
    const [first, again] = [await readAnswerSet(`${folder}:rlt`), await readAnswerSet(`${folder}/answers.jsonl:rlt`)];
    expect(() => compare(first, again)).toThrow(UsageError);
    expect(() => compare(first, again)).toThrow(/both are one evaluation of rlt .*answers\.jsonl\)\n {2}Name two/);
    await copyFile(join(folder, 'answers.jsonl'), join(folder, 'copy.jsonl'));
    expect(compare(first, await readAnswerSet(`${folder}/copy.jsonl:rlt`)).overall.difference).toBe(0);
  });

  it('need a student where there are several, and one that is there', async () => {
    await expect(readAnswerSet(folder)).rejects.toThrow(UsageError);
    await expect(readAnswerSet(folder)).rejects.toThrow(`Name one: ${folder}:base, ${folder}:rlt.`);
    await expect(readAnswerSet(`${folder}:rtl`)).rejects.toThrow('Did you mean "rlt"?');
    await writeFile(join(folder, 'other.jsonl'), '{"id": 3}\n');
    await expect(readAnswerSet(join(folder, 'other.jsonl'))).rejects.toThrow(/other\.jsonl:1, field id/);
  });
});

it('pass@k of 200 problems that are all solved, or never, has an honest width', () => {
  const intervalOf = (correct: number, k: number) => {
    const answers = Array.from({ length: 200 }, (_, i) =>
      Array.from({ length: 8 }, (_, sample): Answer => {
        const verdict = sample < correct ? 'correct' : 'wrong';
        return {
          id: `${i}`,
          sample,
          verdict,
          reason: '',
          gold: '1',
          grader: 'math/7',
          ended: 'stop',
          tokens: 1,
          text: '',
        };
      }),
    );
    return summarise(answers.flat()).passAtK.find((one) => one.k === k);
  };
  // Wilson's interval of 200 in 200 and of 0 in 200 (scipy.stats.binomtest(200, 200).proportion_ci(method='wilson')).
  expect(intervalOf(5, 8)).toMatchObject({ value: 1, interval: [expect.closeTo(0.98115459, 6), 1] });
  expect(intervalOf(0, 8)).toMatchObject({ value: 0, interval: [0, expect.closeTo(0.01884541, 6)] });
  // One problem in 70 would be missed at 4 samples: as much as from two single trials for each problem.
  const [low, high] = intervalOf(4, 4)?.interval ?? [];
  expect(low).toBeGreaterThan(0.95);
  expect(low).toBeLessThan(0.98);
  expect(high).toBeGreaterThan(0.99);
});
