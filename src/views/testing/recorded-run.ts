/** A run directory as stages leave it, with texts that try to be more than text. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeManifest } from '../../manifest.js';
import { ROLLOUTS_FOLDER, type Rollout, RolloutRecorder } from '../../run/rollouts.js';

/** What a browser would run or load if it were taken for more than text. */
export const HOSTILE = [
  '<script>window.taken = 1</script>',
  '<img src=x onerror="window.taken = 2">',
  '"><svg onload=window.taken=3>',
  '$\\href{javascript:window.taken=4}{x}$ $\\includegraphics{http://127.0.0.1:9/x.png}$',
  '</textarea><iframe srcdoc="<script>parent.taken=5</script>">',
] as const;

const lines = (values: readonly object[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('');

export const STEPS = 6;
const SAMPLES = 4;

const tokensOf = (text: string): readonly string[] => text.match(/\s*\S+|\s+$/g) ?? [];

/** What differs between problems, each in another order: advantages, and how much longer sample 3 is. */
const ADVANTAGE_SCALES = [1, 2, 0.5, 1];
const MORE_WORDS = [0, 80, 70, 0];

/** A completion of step `step`; later steps are better. Sample 0 is hostile, sample 1 was cut, of problem 2 sample 3 too. */
export function exampleRollout(step: number, problem: number, sample: number): Rollout {
  const solution = 'The answer is $\\frac{12}{2} = 6$.';
  const plain = `Ann has ${2 + problem} * 3 = 6 toys. That costs $5 and $6.`;
  const more = sample === 3 ? ' So.'.repeat(MORE_WORDS[problem] ?? 0) : '';
  const explanation = sample === 0 ? HOSTILE.join('\n') : `${plain}${more}`;
  const isCut = sample === 1 || (sample === 3 && problem === 2);
  const written = tokensOf(explanation);
  const read = tokensOf(solution);
  const values = (of: readonly string[], scale: number): number[] => of.map((_, k) => -scale * (1 + ((k * 7) % 5)));
  const teacher = values(written, 0.1);
  const student = values(written, 0.4);
  const means = { solution: -0.5 + 0.05 * step - 0.1 * sample, kl: 0.3 };
  return {
    step,
    problem,
    sample,
    id: `p${problem}`,
    question: problem === 1 ? `Who is ${HOSTILE[1]}?` : `How many toys has Ann, problem ${problem}?`,
    solution,
    prompt: `<|im_start|>user\n${HOSTILE[0]}`,
    completion: explanation,
    ended: isCut ? 'length' : 'stop',
    verdict: isCut ? 'unended' : 'explained',
    reward: means.solution - means.kl - (isCut ? 1 : 0),
    advantage: (ADVANTAGE_SCALES[problem] ?? 1) * (1.2 - sample),
    parts: {
      total: means.solution - means.kl - (isCut ? 1 : 0),
      solution: means.solution,
      'solution/mean': means.solution,
      'solution/min': -2,
      kl: means.kl,
      'kl/mean': 0.1,
      'kl/max': 1.5 + problem,
      penalty: isCut ? -1 : 0,
    },
    ids: written.map((_, k) => k),
    tokens: written,
    policyLogProbs: teacher,
    referenceLogProbs: values(written, 0.15),
    explanation,
    teacherTokens: written,
    teacherLogProbs: teacher,
    studentTokens: written,
    studentLogProbs: student,
    kl: teacher.map((value, k) => value - (student[k] ?? 0)),
    solutionTokens: read,
    solutionLogProbs: values(read, 0.2),
    solutionAloneLogProbs: values(read, 0.6),
  };
}

/** A trace as a score stage records it: sampled by nobody here, so without a policy's log-probs and an advantage. */
function scoredRollout(problem: number): Rollout {
  const {
    advantage: _advantage,
    policyLogProbs: _policy,
    referenceLogProbs: _reference,
    ...recorded
  } = exampleRollout(0, problem, 2);
  return { ...recorded, sample: 0 };
}

const scoredTrace = ({ id, question, solution, explanation, ended, parts, tokens }: Rollout): object => ({
  id,
  question,
  solution,
  explanation,
  ended,
  tokens: tokens.length,
  sample: 0,
  reward: parts,
});

const LARGER = 'larger-numbers';

/** `gain`: how much better a run is than the usual one. */
export const metricsLine = (step: number, gain = 0): object => ({
  stage: 'teach',
  step,
  reward: -0.9 + gain + 0.1 * step,
  'reward/solution': -0.5 + 0.05 * step,
  'groups/zeroStd': 0,
  'completion/ended': 0.2,
  'update/loss': 0,
});

export const stepEvent = (step: number): object => ({
  time: new Date(1.8e12 - 1000 + (step + 1) * 1500).toISOString(),
  event: 'step',
  stage: 'teach',
  step,
  seconds: 1.5,
  tokens: 100,
});

const RECIPE = (name: string, beta: number): string => `name: ${name}
description: ${JSON.stringify(HOSTILE[0])}
seed: 1
stages:
  - { stage: teach, name: teach, steps: ${STEPS + 2}, beta: ${beta} }
  - { stage: explain, name: explain }
  - { stage: evaluate, name: evaluate }
  - { stage: score, name: score }
`;

/** Writes a run: `done`, or in its first stage. */
export async function writeRun(
  directory: string,
  {
    name = 'example',
    beta = 0.04,
    done = true,
    gain = 0,
  }: { name?: string; beta?: number; done?: boolean; gain?: number } = {},
): Promise<void> {
  const stage = (folder: string): string => join(directory, 'stages', folder);
  for (const folder of ['01-teach', ...(done ? ['02-explain', '03-evaluate', '04-score'] : [])])
    mkdirSync(stage(folder), { recursive: true });
  writeFileSync(join(directory, 'recipe.yaml'), RECIPE(name, beta));
  const steps = Array.from({ length: STEPS }, (_, step) => step);
  const begins = { time: new Date(1.8e12 - 1000).toISOString(), event: 'stage begins', stage: 'teach' };
  writeFileSync(join(directory, 'events.jsonl'), lines([begins, ...steps.map(stepEvent)]));
  const metrics = lines(steps.map((step) => metricsLine(step, gain)));
  writeFileSync(join(directory, 'metrics.jsonl'), metrics);
  writeFileSync(join(stage('01-teach'), 'metrics.jsonl'), metrics);
  const record = { every: 1, problems: null, maxMegabytes: 10 };
  const recorder = new RolloutRecorder(join(directory, ROLLOUTS_FOLDER, '01-teach'), record, STEPS);
  for (const step of steps) {
    // Problem 1 is in every step, the others in turns.
    const problems = step % 2 === 0 ? [0, 1, 2] : [1, 3];
    const rows = problems.flatMap((id, problem) =>
      Array.from({ length: SAMPLES }, (_, sample) => ({ ...exampleRollout(step, id, sample), problem })),
    );
    recorder.add('step', step, () => rows);
    await recorder.flush();
  }
  if (!done) return;
  const traces = [0, 1].map((id) => ({
    id: `p${id}`,
    question: `How many, ${id}?`,
    solution: 'Six.',
    explanation: HOSTILE.join('\n'),
    ended: 'stop',
    tokens: 12,
    sample: 0,
  }));
  writeFileSync(join(stage('02-explain'), 'traces.jsonl'), lines(traces));
  const scored = [0, 1].map((problem) => scoredRollout(problem));
  const scores = new RolloutRecorder(join(directory, ROLLOUTS_FOLDER, '04-score'), record, 1);
  scores.add('step', 0, () => scored);
  await scores.flush();
  writeFileSync(join(stage('04-score'), 'traces.jsonl'), lines(scored.map(scoredTrace)));
  const row = (student: string, accuracy: number, level = 'held-out'): object => ({
    student,
    level,
    problems: 3,
    samples: 2,
    accuracy,
    interval: [Math.max(0, accuracy - 0.1), Math.min(1, accuracy + 0.1)],
    unparsable: 0,
    cut: 0,
    tokensPerAnswer: 12,
  });
  writeFileSync(
    join(stage('03-evaluate'), 'results.json'),
    JSON.stringify({
      rows: [
        row('base', 0),
        { ...row('rlt', 2 / 3), trainedOn: { problems: 2, rows: [1, 3] } },
        row('base', 0, LARGER),
        { ...row('rlt', 1 / 3, LARGER), noRoom: 1 },
      ],
    }),
  );
  const answers = ['base', 'rlt'].flatMap((student) =>
    ['held-out', LARGER].flatMap((level) =>
      [0, 1, 2].flatMap((id) =>
        [0, 1].map((sample) => ({
          student,
          level,
          id: `q${id}`,
          sample,
          verdict: student === 'rlt' && id < (level === LARGER ? 1 : 2) ? 'correct' : 'wrong',
          reason: 'equal',
          answer: '6',
          gold: '6',
          grader: 'integer/1',
          ended: 'stop',
          tokens: 12,
          text: `${student} thinks ${HOSTILE[1]}`,
        })),
      ),
    ),
  );
  writeFileSync(join(stage('03-evaluate'), 'answers.jsonl'), lines(answers));
  const asked = ['held-out', LARGER].flatMap((level) =>
    [0, 1, 2].map((id) => ({ id: `${level}/q${id}`, question: `Question ${id}: ${HOSTILE[0]}` })),
  );
  writeFileSync(join(stage('03-evaluate'), 'problems.jsonl'), lines(asked));
  for (const folder of ['01-teach', '02-explain', '03-evaluate', '04-score']) await writeManifest(stage(folder));
}
