import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../engine/engine.js';
import { openLocalEngine } from '../../engine/local/local-engine.js';
import { paperReward } from '../../method/reward.js';
import { asLogProbs } from '../../method/statistics.js';
import { REWARD_GOLDENS } from '../../testing/reward-goldens.js';
import { PAPER_FORMAT } from '../../text/formats.js';
import { spanLength } from '../../text/spans.js';
import type { Tokenizer } from '../../text/tokenizer/tokenizer.js';
import { concatIds, sliceIds, type TokenIds, tokenIds } from '../../text/tokens.js';
import { layoutsOf } from '../layouts.js';
import { type Explanation, fits, type Judges, scoreExplanations } from './explanation-reward.js';

const CONTEXT = 256;
let engine: Engine;
beforeAll(async () => {
  engine = await openLocalEngine({ threads: 1, activationBytes: 2 ** 22, cacheBytes: 2 ** 22 });
});
afterAll(() => engine.close());

async function judgesOf(student: 'student' | 'other-student', temperature = 0.7): Promise<Judges> {
  const judge = async (name: string): Promise<Judges['teacher']> => {
    const source = { kind: 'directory' as const, directory: join(REWARD_GOLDENS, name) };
    const prompts = { teacher: 'Explain.', student: 'Solve.' };
    return { model: await engine.open(source), layouts: await layoutsOf(source, PAPER_FORMAT, prompts) };
  };
  return { teacher: await judge('teacher'), student: await judge(student), settings: paperReward(), temperature };
}

function explainedBy(explanation: string, ended = true): Explanation {
  return { question: 'How many apples?', solution: '7 apples.', explanation, ended };
}

const score = (judges: Judges, explained: readonly Explanation[]) => scoreExplanations(judges, explained, {}, {});

test('an explanation may fill the context to its last token: tags that follow are not read', async () => {
  const judges = await judgesOf('student');
  const { question, solution } = explainedBy('');
  const prompt = judges.teacher.layouts.teacher.prompt(question, solution).length;
  const around = judges.student.layouts.student.sequence(question, '', solution).solutionSpan.end;
  const room = CONTEXT - Math.max(prompt, around);
  const sevens = (length: number) => explainedBy('7'.repeat(length), false);
  expect(fits(judges, sevens(room))).toBe(true);
  expect(fits(judges, sevens(room + 1))).toBe(false);
  const [full, over] = await score(judges, [sevens(room), sevens(room + 1)]);
  expect([full?.cut, full?.teacherExplanation.length, full?.studentExplanation.length]).toEqual([false, room, room]);
  // One token more: its beginning is scored, and counts as cut.
  expect(over).toMatchObject({ cut: true, reward: { total: full?.reward.total, penalties: { missingEndTag: -1 } } });
});

test('a fault that the caller found has the penalty of its name', async () => {
  const judges = await judgesOf('student');
  const { settings } = judges;
  const strict = { ...judges, settings: { ...settings, penalties: { ...settings.penalties, tooShort: -0.5 } } };
  const [without, found] = await score(strict, [
    explainedBy('7', false),
    { ...explainedBy('7', false), faults: ['tooShort'] },
  ]);
  expect(found?.reward.penalties).toEqual({ missingEndTag: -1, tooShort: -0.5 });
  expect(found?.reward.total).toBeCloseTo((without?.reward.total ?? Number.NaN) - 0.5, 6);
  await expect(score(judges, [{ ...explainedBy('7'), faults: ['tooShort'] }])).rejects.toThrow('has no penalty');
});

test('a student of another tokenizer that needs more tokens reads the beginning that fits', async () => {
  const judges = await judgesOf('other-student');
  const long = explainedBy(' before small steps'.repeat(10));
  const { ids: all, explanationSpan: whole } = judges.teacher.layouts.teacher.sequence(
    long.question,
    long.solution,
    long.explanation,
    true,
  );
  expect(spanLength(whole)).toBeLessThan(CONTEXT / 2);
  const [scored] = await score(judges, [long]);
  expect(scored?.cut).toBe(true);
  expect(scored?.reward.penalties).toEqual({ missingEndTag: -1 });
  const length = scored?.teacherExplanation.length as number;
  expect(length).toBeGreaterThan(20);
  expect(length).toBeLessThan(spanLength(whole));
  const sampled = {
    ids: sliceIds(all, whole.start),
    logProbs: asLogProbs(new Float32Array(all.length - whole.start).fill(-1)),
  };
  const [known] = await score(judges, [{ ...long, sampled }]);
  // Log-probs that are known are those of the same beginning, which then is the longest that the student can hold.
  expect(known?.teacherExplanation).toEqual(sampled.logProbs.subarray(0, length));
  // The next token of the explanation would not have fitted.
  const explanation = judges.teacher.layouts.tokenizer.decode(sampled.ids.slice(0, length + 1));
  expect(fits(judges, { ...long, explanation, ended: false })).toBe(false);
});

describe('an explanation that was sampled in other tokens than the tokenizer’s own', () => {
  const text = 'So <|end_of_thought|> it is';
  const plain = explainedBy(text);
  const sampledAs = (ids: TokenIds, logProb: number) => ({
    ids,
    logProbs: asLogProbs(new Float32Array(ids.length).fill(logProb)),
  });
  const lettersIn = (tokenizer: Tokenizer) => tokenIds([...text].flatMap((letter) => [...tokenizer.encode(letter)]));

  test('has the r_KL of the sampled tokens, which the student reads as well, and the r_SS of its text', async () => {
    const judges = await judgesOf('student');
    const { teacher: layout, tokenizer } = judges.teacher.layouts;
    const { student: read } = judges.student.layouts;
    const tag = tokenizer.idOf('<|end_of_thought|>') as number;
    const control = tokenIds([...tokenizer.encode('So '), tag, ...tokenizer.encode(' it is')]);
    const { ids, explanationSpan } = layout.sequence(plain.question, plain.solution, text, true);
    const own = sliceIds(ids, explanationSpan.start, explanationSpan.end);
    const [expected] = await score(judges, [plain]);
    for (const written of [lettersIn(tokenizer), control]) {
      expect(written).not.toEqual(own);
      const [scored] = await score(judges, [{ ...plain, sampled: sampledAs(written, -0.25) }]);
      expect(scored?.studentSolution).toEqual(expected?.studentSolution);
      expect(scored?.teacherExplanation).toEqual(new Float32Array(written.length).fill(-0.25));
      const before = read.thoughtPrompt(plain.question);
      const [direct] = await judges.student.model.logProbs([
        {
          ids: concatIds(before, written),
          positions: written.map((_, k) => before.length + k),
          temperature: judges.temperature,
        },
      ]);
      expect(scored?.studentExplanation.length).toBe(written.length);
      for (const [k, value] of scored?.reward.kl.perToken.entries() ?? [])
        expect(value).toBeCloseTo(-0.25 - (direct?.[k] as number), 5);
    }
    // In the tokenizer's own tokens, nothing differs from a text whose tokens are not known but the teacher's side.
    const [natural] = await score(judges, [{ ...plain, sampled: sampledAs(own, -0.25) }]);
    expect(natural?.studentExplanation).toEqual(expected?.studentExplanation);
    expect(natural?.teacherExplanation).toEqual(new Float32Array(own.length).fill(-0.25));
  });

  test('is summed over pieces of text where the student has another tokenizer', async () => {
    const judges = await judgesOf('other-student');
    const { tokenizer } = judges.teacher.layouts;
    const written = lettersIn(tokenizer);
    const [expected] = await score(judges, [plain]);
    const [scored] = await score(judges, [{ ...plain, sampled: sampledAs(written, -0.25) }]);
    expect(scored?.studentExplanation).toEqual(expected?.studentExplanation);
    expect(scored?.studentSolution).toEqual(expected?.studentSolution);
    // Each letter is a token of the teacher, so every token of the student is a piece of its own.
    const { student: read, tokenizer: other } = judges.student.layouts;
    const { ids, thoughtSpan } = read.sequence(plain.question, text, plain.solution);
    const bytes = sliceIds(ids, thoughtSpan.start, thoughtSpan.end).map((id) => other.bytesOf(id).length);
    expect(written.length).toBe(text.length);
    for (const [k, value] of scored?.reward.kl.perToken.entries() ?? [])
      expect(value).toBeCloseTo(-0.25 * (bytes[k] as number) - (scored?.studentExplanation[k] as number), 5);
    expect(scored?.reward.kl.perToken.length).toBe(bytes.length);
  });

  test('is scored by the teacher in these tokens where their log-probs are not known', async () => {
    const judges = await judgesOf('student');
    const { teacher: layout, tokenizer } = judges.teacher.layouts;
    const end = tokenizer.encode('\n\n');
    const letters = lettersIn(tokenizer);
    const sampled = { ids: concatIds(letters, end), tokens: letters.length };
    const [scored] = await score(judges, [{ ...plain, sampled }]);
    const before = layout.prompt(plain.question, plain.solution);
    const [direct] = await judges.teacher.model.logProbs([
      {
        ids: concatIds(before, letters),
        positions: letters.map((_, k) => before.length + k),
        temperature: judges.temperature,
      },
    ]);
    expect(scored?.teacherExplanation.length).toBe(letters.length);
    for (const [k, value] of scored?.teacherExplanation.entries() ?? [])
      expect(value).toBeCloseTo(direct?.[k] as number, 5);
  });

  test('is cut where its sampled tokens do not fit the context of the student', async () => {
    const judges = await judgesOf('student');
    const long = explainedBy('before small steps '.repeat(4).trim());
    const letters = tokenIds(
      [...long.explanation].flatMap((letter) => [...judges.teacher.layouts.tokenizer.encode(letter)]),
    );
    const room = CONTEXT - judges.student.layouts.student.thoughtPrompt(long.question).length;
    const times = Math.ceil(room / letters.length) + 1;
    const many = explainedBy(Array.from({ length: times }, () => long.explanation).join(''), false);
    const ids = concatIds(...Array.from({ length: times }, () => letters));
    expect(fits(judges, many)).toBe(true);
    const [scored] = await score(judges, [{ ...many, sampled: sampledAs(ids, -0.25) }]);
    expect(scored?.cut).toBe(true);
    expect(scored?.teacherExplanation.length).toBe(
      Math.min(room, CONTEXT - judges.teacher.layouts.teacher.prompt(many.question, many.solution).length),
    );
  });
});

test('log-probs known from sampling are taken as they are; others are the policy’s at the temperature of the reward', async () => {
  const judges = await judgesOf('student', 1.3);
  const one = explainedBy('Anna has 3 + 4 = 7 apples.');
  const [scored] = await score(judges, [one]);
  const known = asLogProbs(Float32Array.from(scored?.teacherExplanation ?? []));
  const { ids, explanationSpan } = judges.teacher.layouts.teacher.sequence(
    one.question,
    one.solution,
    one.explanation,
    true,
  );
  expect(known.length).toBe(spanLength(explanationSpan));
  const sampled = { ids: sliceIds(ids, explanationSpan.start, explanationSpan.end), logProbs: known };
  const [again] = await score(judges, [{ ...one, sampled }]);
  expect(again?.reward).toEqual(scored?.reward);
  const positions = Array.from({ length: known.length }, (_, k) => explanationSpan.start + k);
  const [direct] = await judges.teacher.model.logProbs([{ ids, positions, temperature: 1.3 }]);
  for (const [k, value] of known.entries()) expect(value).toBeCloseTo(direct?.[k] as number, 5);
});

test('the reward of a sample does not depend on the others of its batch', async () => {
  const judges = await judgesOf('student');
  const texts = ['', '7', 'Anna has 3 apples. Then she buys 4: 3 + 4 = 7.', '\n\n7'];
  const all = await score(
    judges,
    texts.map((text) => explainedBy(text)),
  );
  for (const [i, text] of texts.entries()) {
    const [alone] = await score(judges, [explainedBy(text)]);
    expect(alone?.reward.total).toBeCloseTo(all[i]?.reward.total as number, 4);
  }
  expect(all[0]?.reward).toMatchObject({ kl: { value: 0 }, penalties: { emptyExplanation: -1 } });
});
