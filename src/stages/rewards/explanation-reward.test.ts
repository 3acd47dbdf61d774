import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../engine/engine.js';
import { openLocalEngine } from '../../engine/local/local-engine.js';
import { paperReward } from '../../method/reward.js';
import { REWARD_GOLDENS } from '../../testing/reward-goldens.js';
import { PAPER_FORMAT } from '../../text/formats.js';
import { concatIds, sliceIds, tokenIds } from '../../text/tokens.js';
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

function explainedBy({ teacher }: Judges, explanation: string, ended = true): Explanation {
  const explanationIds = teacher.layouts.tokenizer.encode(explanation);
  return { question: 'How many apples?', solution: '7 apples.', explanation, explanationIds, ended };
}

const score = (judges: Judges, explained: readonly Explanation[]) => scoreExplanations(judges, explained, {}, {});

test('an explanation may fill the context to its last token: tags that follow are not read', async () => {
  const judges = await judgesOf('student');
  const { question, solution } = explainedBy(judges, '');
  const prompt = judges.teacher.layouts.teacher.prompt(question, solution).length;
  const around = judges.student.layouts.student.sequence(question, '', solution).solutionSpan.end;
  const room = CONTEXT - Math.max(prompt, around);
  const [one = 0] = judges.teacher.layouts.tokenizer.encode('7');
  const ids = (length: number): Explanation => ({
    ...explainedBy(judges, '7'.repeat(length), false),
    explanationIds: tokenIds(new Array<number>(length).fill(one)),
  });
  expect(fits(judges, ids(room))).toBe(true);
  expect(fits(judges, ids(room + 1))).toBe(false);
  const [full, over] = await score(judges, [ids(room), ids(room + 1)]);
  expect([full?.cut, full?.teacherExplanation.length, full?.studentExplanation.length]).toEqual([false, room, room]);
  // One token more: its beginning is scored, and counts as cut.
  expect(over).toMatchObject({ cut: true, reward: { total: full?.reward.total, penalties: { missingEndTag: -1 } } });
});

test('a student of another tokenizer that needs more tokens reads the beginning that fits', async () => {
  const judges = await judgesOf('other-student');
  const long = explainedBy(judges, ' before small steps'.repeat(10));
  expect(long.explanationIds.length).toBeLessThan(CONTEXT / 2);
  const [scored] = await score(judges, [long]);
  expect(scored?.cut).toBe(true);
  expect(scored?.reward.penalties).toEqual({ missingEndTag: -1 });
  const length = scored?.teacherExplanation.length as number;
  expect(length).toBeGreaterThan(20);
  expect(length).toBeLessThan(long.explanationIds.length);
  const whole = new Float32Array(long.explanationIds.length).fill(-1);
  const [known] = await score(judges, [{ ...long, teacherLogProbs: whole }]);
  // Log-probs that are known are those of the same beginning, which then is the longest that the student can hold.
  expect(known?.teacherExplanation).toEqual(whole.subarray(0, known?.teacherExplanation.length));
  // The next token of the explanation would not have fitted.
  const longer = { ...long, explanationIds: sliceIds(long.explanationIds, 0, length + 1) };
  const explanation = judges.teacher.layouts.tokenizer.decode(longer.explanationIds);
  expect(fits(judges, { ...longer, explanation })).toBe(false);
});

test('a tag that the teacher writes as a control token is words to the student, as in the trace', async () => {
  const judges = await judgesOf('student');
  const { tokenizer } = judges.teacher.layouts;
  const tag = tokenizer.idOf('<|end_of_thought|>') as number;
  expect(tokenizer.isControl(tag)).toBe(true);
  const before = tokenizer.encode('So ');
  const smuggled: Explanation = {
    ...explainedBy(judges, 'So <|end_of_thought|>'),
    explanationIds: concatIds(before, tokenIds([tag])),
  };
  const [scored, plain] = await score(judges, [smuggled, explainedBy(judges, 'So <|end_of_thought|>')]);
  expect(scored?.teacherExplanation).toHaveLength(before.length + 1);
  expect(scored?.studentExplanation).toEqual(plain?.studentExplanation);
  expect(scored?.studentSolution).toEqual(plain?.studentSolution);
  // The divergence is over pieces of text: the tag is one for the teacher and many tokens for the student.
  expect(scored?.reward.kl.perToken).toHaveLength(before.length + 1);
});

test('log-probs known from sampling are taken as they are; others are the policy’s at the temperature of the reward', async () => {
  const judges = await judgesOf('student', 1.3);
  const one = explainedBy(judges, 'Anna has 3 + 4 = 7 apples.');
  const [scored] = await score(judges, [one]);
  const known = Float32Array.from(scored?.teacherExplanation ?? []);
  expect(known.length).toBe(one.explanationIds.length);
  const [again] = await score(judges, [{ ...one, teacherLogProbs: known }]);
  expect(again?.reward).toEqual(scored?.reward);
  const { ids, explanationSpan } = judges.teacher.layouts.teacher.sequence(
    one.question,
    one.solution,
    one.explanation,
    true,
  );
  const positions = Array.from({ length: known.length }, (_, k) => explanationSpan.start + k);
  const [direct] = await judges.teacher.model.logProbs([{ ids, positions, temperature: 1.3 }]);
  for (const [k, value] of known.entries()) expect(value).toBeCloseTo(direct?.[k] as number, 5);
});

test('the reward of a sample does not depend on the others of its batch', async () => {
  const judges = await judgesOf('student');
  const texts = ['', '7', 'Anna has 3 apples. Then she buys 4: 3 + 4 = 7.', '\n\n7'];
  const all = await score(
    judges,
    texts.map((text) => explainedBy(judges, text)),
  );
  for (const [i, text] of texts.entries()) {
    const [alone] = await score(judges, [explainedBy(judges, text)]);
    expect(alone?.reward.total).toBeCloseTo(all[i]?.reward.total as number, 4);
  }
  expect(all[0]?.reward).toMatchObject({ kl: { value: 0 }, penalties: { emptyExplanation: -1 } });
});
