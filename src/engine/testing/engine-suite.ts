/**
 * What every engine must do, as tests. They run on the local engine and on the slow one; an engine that is added runs
 * them too. They use the tiny models with PyTorch's results, and ask only for what the profile allows: an engine that
 * cannot train samples and scores.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { readGolden } from '../../testing/goldens.js';
import type { EngineUnderTest } from './bench.js';
import { errorTests } from './error-tests.js';
import { orderTests } from './order-tests.js';
import { samplingTests } from './sampling-tests.js';
import { scoringTests } from './scoring-tests.js';
import { trainingTests } from './training-tests.js';

export function engineSuite(name: string, subject: EngineUnderTest): void {
  describe(name, async () => {
    const engine = await subject.open();
    const scratch = await mkdtemp(join(tmpdir(), 'rlt-engine-suite-'));
    let places = 0;
    const golden = await readGolden('smollm2');
    afterAll(async () => {
      await engine.close();
      await rm(scratch, { recursive: true, force: true });
    });
    const bench = { ...subject, engine, golden, place: (of: string) => join(scratch, `${places++}`, of) };
    describe('sampling', () => samplingTests(bench));
    describe('scoring', () => scoringTests(bench));
    const trains = engine.profile.training !== undefined;
    describe.skipIf(!trains)('training', () => trainingTests(bench));
    describe.skipIf(!trains)('order and failure', () => orderTests(bench));
    describe('bad input, interruption and the end', () => errorTests(bench));
  });
}
