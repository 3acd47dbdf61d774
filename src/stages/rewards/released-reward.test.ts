import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../engine/engine.js';
import { openLocalEngine } from '../../engine/local/local-engine.js';
import { rewardRecord } from '../../method/metrics.js';
import { paperReward } from '../../method/reward.js';
import { REWARD_GOLDENS } from '../../testing/reward-goldens.js';
import { FORMATS } from '../../text/formats.js';
import { layoutsOf } from '../layouts.js';
import { type Judges, scoreExplanations } from './explanation-reward.js';

const released = join(REWARD_GOLDENS, 'released');
const tokenizers = fileURLToPath(new URL('../../../src/text/goldens/', import.meta.url));

interface Golden {
  readonly temperature: number;
  readonly cases: readonly (readonly [question: string, solution: string, explanation: string, ended: boolean])[];
  readonly rewards: Readonly<Record<string, readonly Readonly<Record<string, number>>[]>>;
}

/** What the released code of the paper computes (scripts/goldens/released.py). */
const golden: Golden = JSON.parse(readFileSync(join(released, 'rewards.json'), 'utf8'));

let engine: Engine;
const folder = mkdtempSync(join(tmpdir(), 'rlt-released-'));
beforeAll(async () => {
  engine = await openLocalEngine({ threads: 1, activationBytes: 2 ** 24, cacheBytes: 2 ** 24 });
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

describe.each(Object.keys(golden.rewards))('in the format released, with the tokenizer of %s', (family) => {
  const judge = async (name: string): Promise<Judges['teacher']> => {
    const directory = join(folder, family, name);
    cpSync(join(tokenizers, family), directory, { recursive: true });
    cpSync(join(released, family, name), directory, { recursive: true });
    const source = { kind: 'directory' as const, directory };
    return { model: await engine.open(source), layouts: await layoutsOf(source, FORMATS.released) };
  };

  it('every reward and every part of it is that of the released code', async () => {
    const base = paperReward();
    const judges: Judges = {
      teacher: await judge('teacher'),
      student: await judge('student'),
      settings: { ...base, emptyKl: 1, penalties: { ...base.penalties, emptyExplanation: 0 } },
      temperature: golden.temperature,
    };
    const explained = golden.cases.map(([question, solution, explanation, ended]) => ({
      question,
      solution,
      explanation,
      ended,
    }));
    const scored = await scoreExplanations(judges, explained);
    const parts = ['total', 'solution/mean', 'solution/min', 'kl/mean', 'kl/max', 'penalty'];
    const table = scored.map(({ reward }) => parts.map((part) => rewardRecord(reward)[part] ?? Number.NaN));
    const expected = (golden.rewards[family] ?? []).map((row) => parts.map((part) => row[part] ?? Number.NaN));
    for (const [i, row] of table.entries()) {
      for (const [k, value] of row.entries()) {
        expect(value, `case ${i} (${golden.cases[i]?.[2]}), ${parts[k]}`).toBeCloseTo(
          expected[i]?.[k] ?? Number.NaN,
          3,
        );
      }
    }
    await judges.teacher.model.close();
    await judges.student.model.close();
  });
});
