import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hashesOf, linesOf, type Ran, rlt, TINY, temporaryFolder } from './testing/rlt.js';

const MINUTES = 60_000;

interface Summary {
  readonly stages: readonly {
    readonly name: string;
    readonly reused: boolean;
    readonly facts: Record<string, unknown>;
  }[];
  readonly results: readonly { readonly student: string; readonly level: string; readonly problems: number }[];
}

const METRICS_OF: Readonly<Record<string, readonly string[]>> = {
  base: ['cut', 'update/gradientNorm', 'update/learningRate', 'update/loss'],
  'warm-up': ['epoch', 'update/gradientNorm', 'update/learningRate', 'update/loss'],
  distill: ['epoch', 'update/gradientNorm', 'update/learningRate', 'update/loss'],
};

/** The metrics that docs/method.md explains, by the first part of their names. */
function documentedMetrics(): readonly string[] {
  const page = readFileSync(new URL('../../docs/method.md', import.meta.url), 'utf8');
  const section = page.slice(page.indexOf('## Logged metrics'), page.indexOf('## Implementation details'));
  return [...section.matchAll(/^\| ((?:`[^`]+`(?:, )?)+) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );
}

/** A run of the whole recipe, made once, and the hashes of what it left. */
let whole: Promise<{ out: string; made: Ran; stages: Readonly<Record<string, string>> }> | undefined;
function wholeRun() {
  const make = async () => {
    const out = join(temporaryFolder(), 'run');
    const made = await rlt('run', TINY, '--out', out, '--json');
    return { out, made, stages: hashesOf(join(out, 'stages')) };
  };
  whole ??= make();
  return whole;
}

test(
  'the whole method through the command line: artifacts, metrics, results, and a second run that does nothing',
  async () => {
    const { out, made: first } = await wholeRun();
    expect(first.code, first.stderr).toBe(0);
    const summary = JSON.parse(first.stdout) as Summary;
    const kinds = ['base', 'warm-up', 'teach', 'explain', 'score', 'distill', 'reinforce', 'evaluate'];
    expect(summary.stages.map(({ name, reused }) => [name, reused])).toEqual(kinds.map((name) => [name, false]));
    expect(summary.results.map(({ student, level, problems }) => [student, level, problems])).toEqual([
      ['base', 'sums', 4],
      ['reinforced', 'sums', 4],
    ]);
    // Progress, and what was cut, stand on standard error.
    for (const [index, name] of kinds.entries()) expect(first.stderr).toContain(`[${index + 1}/8] ${name}`);
    expect(first.stderr).toMatch(/\[1\/8\] base {2}cut \d+ of 80 documents: longer than 64 tokens/);
    expect(first.stderr).toMatch(/\[4\/8\] explain {2}\d+ of 38 explanations did not end with their tag/);

    const file = (...parts: string[]) => join(out, 'stages', ...parts);
    for (const stage of ['01-base', '02-warm-up', '03-teach', '06-distill'])
      expect(readdirSync(file(stage, 'model'))).toEqual(
        expect.arrayContaining([
          'config.json',
          'model.safetensors',
          'rlt.json',
          'tokenizer.json',
          'tokenizer_config.json',
        ]),
      );
    expect(readdirSync(file('07-reinforce', 'model'))).toEqual([
      'adapter_config.json',
      'adapter_model.safetensors',
      'rlt.json',
    ]);
    const traces = linesOf(file('04-explain', 'traces.jsonl'));
    expect(traces).toHaveLength(19);
    for (const trace of traces)
      expect(Object.keys(trace)).toEqual(
        expect.arrayContaining([
          'id',
          'question',
          'solution',
          'explanation',
          'ended',
          'tokens',
          'model',
          'seed',
          'reward',
        ]),
      );
    // The score stage, from text, gives again what the explain stage chose by, from sampled ids and their log-probs.
    // Bytes that are no text are other tokens once they are written down.
    const rewardsOf = (stage: string) =>
      linesOf(file(stage, 'traces.jsonl')).map(({ reward }) => (reward as { total: number }).total);
    const [chosen, scored] = [rewardsOf('04-explain'), rewardsOf('05-score')];
    const written = [...traces.keys()].filter((i) => !String(traces[i]?.explanation).includes('\ufffd'));
    expect(written.length).toBeGreaterThan(14);
    for (const i of written) expect(scored[i]).toBeCloseTo(chosen[i] as number, 4);
    expect(linesOf(file('05-score', 'scores.jsonl')).map(({ id }) => id)).toEqual(traces.map(({ id }) => id));

    const metrics = linesOf(join(out, 'metrics.jsonl'));
    const namesOf = (stage: string) =>
      [...new Set(metrics.filter((line) => line.stage === stage).flatMap((line) => Object.keys(line)))]
        .filter((name) => name !== 'stage' && name !== 'step')
        .toSorted();
    for (const [stage, names] of Object.entries(METRICS_OF)) expect(namesOf(stage), stage).toEqual(names);
    const documented = documentedMetrics();
    // Metrics of clipping are there where it is on, as in the reinforce stage of this recipe.
    const ofClipping = ['update/clippedHigh', 'update/clippedLow', 'update/ratio', 'update/samplingKl'];
    expect(namesOf('teach')).toEqual(documented.filter((name) => !ofClipping.includes(name)).toSorted());
    expect(namesOf('reinforce')).toEqual(expect.arrayContaining(ofClipping));
    expect(
      namesOf('reinforce')
        .filter((name) => !name.startsWith('answers/'))
        .every((name) => documented.includes(name)),
    ).toBe(true);
    const count = (stage: string) => metrics.filter((line) => line.stage === stage).map(({ step }) => step);
    expect(count('teach')).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(count('warm-up')).toHaveLength(60);

    const before = hashesOf(out);
    const changedAt = statSync(file('03-teach', 'model', 'model.safetensors')).mtimeMs;
    const second = await rlt('run', TINY, '--out', out, '--json');
    expect(second.code).toBe(0);
    const again = JSON.parse(second.stdout) as Summary;
    expect(again.stages.every(({ reused }) => reused)).toBe(true);
    expect(again.results).toEqual(summary.results);
    expect(second.stderr.match(/already done/g)).toHaveLength(8);
    expect(hashesOf(out)).toEqual(before);
    // The lines of all stages are made of those of each, which have checksums.
    writeFileSync(join(out, 'metrics.jsonl'), 'edited\n');
    expect((await rlt('run', TINY, '--out', out)).code).toBe(0);
    expect(hashesOf(out)).toEqual(before);
    expect(statSync(file('03-teach', 'model', 'model.safetensors')).mtimeMs).toBe(changedAt);

    // A changed setting changes that stage and those that use it, which are named; nothing is overwritten.
    const changed = await rlt('run', TINY, '--out', out, '--set', 'stages.distill.epochs=1');
    expect([changed.code, changed.stdout]).toEqual([2, '']);
    expect(changed.stderr).toContain('that this recipe would make differently: 06-distill, 07-reinforce, 08-evaluate');
    expect(hashesOf(out)).toEqual(before);

    // One stage anew: without its folder, and those of the stages after it that depend on it.
    for (const stage of ['06-distill', '07-reinforce', '08-evaluate']) rmSync(file(stage), { recursive: true });
    const distilled = await rlt('distill', TINY, '--out', out, '--json', '-q');
    expect(distilled.code, distilled.stderr).toBe(0);
    expect((JSON.parse(distilled.stdout) as Summary).stages.map(({ name }) => name)).toEqual(['distill']);
    expect(hashesOf(file('06-distill'))).toEqual(
      Object.fromEntries(
        Object.entries(before).flatMap(([path, hash]) =>
          path.startsWith('stages/06-distill/') ? [[path.slice('stages/06-distill/'.length), hash]] : [],
        ),
      ),
    );
    // A stage whose input was not made says which.
    const early = await rlt('evaluate', TINY, '--out', out);
    expect([early.code, early.stdout]).toEqual([2, '']);
    expect(early.stderr).toMatch(/the stage reinforce, whose model is needed, has not been run .*\n {2}Run it first/);

    // A damaged artifact is named: of a stage that was done, and of one that only a later stage reads.
    const weights = file('06-distill', 'model', 'model.safetensors');
    appendFileSync(weights, 'x');
    for (const argv of [
      ['run', TINY],
      ['reinforce', TINY],
    ]) {
      const damaged = await rlt(...argv, '--out', out);
      expect([damaged.code, damaged.stdout]).toEqual([1, '']);
      expect(damaged.stderr).toContain('has changed since it was written');
      expect(damaged.stderr).toContain(weights);
      expect(damaged.stderr).toMatch(/Restore it, or delete/);
    }
  },
  5 * MINUTES,
);

test(
  'a run of each stage by itself is equal to one of all to the byte; another seed is another run',
  async () => {
    const folder = temporaryFolder();
    const make = async (name: string, ...argv: readonly string[]) => {
      const out = join(folder, name);
      const stages = ['pretrain', 'warm-up', 'teach', 'explain'];
      for (const stage of stages) {
        const { code, stderr } = await rlt(stage, TINY, '--out', out, '-q', ...argv);
        expect(code, stderr).toBe(0);
      }
      return hashesOf(join(out, 'stages'));
    };
    const first = await make('first');
    const { stages } = await wholeRun();
    expect(first).toEqual(Object.fromEntries(Object.entries(stages).filter(([path]) => /^0[1-4]-/.test(path))));
    const other = await make('other', '--set', 'seed=4');
    const same = Object.keys(first).filter((file) => first[file] === other[file]);
    expect(same.filter((file) => /safetensors|metrics|traces/.test(file))).toEqual(['04-explain/metrics.jsonl']);
  },
  5 * MINUTES,
);

test(
  'a recipe that learns solutions alone needs no traces in its data',
  async () => {
    const folder = temporaryFolder();
    const data = join(folder, 'bare.jsonl');
    writeFileSync(data, '{"question":"1 + 1 = ?","solution":"2"}\n{"question":"1 + 2 = ?","solution":"3"}\n');
    const recipe = join(folder, 'bare.yaml');
    writeFileSync(
      recipe,
      `extends: ${TINY}
name: bare
remove: [stages.warm-up, stages.teach, stages.explain, stages.score, stages.reinforce, stages.evaluate]
set: { stages.distill.traces: bare, stages.distill.learn: solution, stages.distill.steps: 2, stages.base.steps: 2 }
data: { bare: { source: bare.jsonl } }
`,
    );
    const out = join(folder, 'run');
    const { code, stderr, stdout } = await rlt('run', recipe, '--out', out, '--json', '-q');
    expect(code, stderr).toBe(0);
    expect((JSON.parse(stdout) as Summary).stages.at(-1)?.facts).toMatchObject({ examples: 2, tooLong: 0 });
    rmSync(out, { recursive: true });
    const traced = await rlt('run', recipe, '--out', out, '--set', 'stages.distill.learn=trace');
    expect(traced.code).toBe(2);
    expect(traced.stderr).toContain('none of the 2 problems of bare has a trace of its own');
    expect(existsSync(out)).toBe(false);
  },
  5 * MINUTES,
);
