import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../engine/engine.js';
import { openLocalEngine } from '../../engine/local/local-engine.js';
import { paperReward } from '../../method/reward.js';
import { asLogProbs } from '../../method/statistics.js';
import { REWARD_GOLDENS } from '../../testing/reward-goldens.js';
import { PAPER_FORMAT } from '../../text/formats.js';
import { spanLength } from '../../text/spans.js';
import { sliceIds, tokenIds } from '../../text/tokens.js';
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

test('the reward is that of the text, in whatever tokens the teacher wrote it', async () => {
  const judges = await judgesOf('student');
  const { teacher: layout, tokenizer } = judges.teacher.layouts;
  const text = 'So <|end_of_thought|> it is';
  const tag = tokenizer.idOf('<|end_of_thought|>') as number;
  const letters = tokenIds([...text].flatMap((letter) => [...tokenizer.encode(letter)]));
  const control = tokenIds([...tokenizer.encode('So '), tag, ...tokenizer.encode(' it is')]);
  const plain = explainedBy(text);
  const { ids, explanationSpan } = layout.sequence(plain.question, plain.solution, text, true);
  const natural = sliceIds(ids, explanationSpan.start);
  const [expected] = await score(judges, [plain]);
  for (const [written, taken] of [
    [letters, false],
    [control, false],
    [natural, true],
  ] as const) {
    const sampled = { ids: written, logProbs: asLogProbs(new Float32Array(written.length).fill(-1)) };
    const [scored] = await score(judges, [{ ...plain, sampled }]);
    expect(scored?.studentExplanation).toEqual(expected?.studentExplanation);
    expect(scored?.studentSolution).toEqual(expected?.studentSolution);
    if (taken) expect(scored?.teacherExplanation).toEqual(new Float32Array(spanLength(explanationSpan)).fill(-1));
    else expect(scored?.reward).toEqual(expected?.reward);
  }
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
