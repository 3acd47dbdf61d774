import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSumsModel } from '../../evaluation/testing/sums-model.js';
import { writeManifest } from '../../manifest.js';
import { runCommandLine } from '../testing/run-command.js';
import { modelDirectory } from './evaluate/folders.js';

let folder: string;
let model: string;
let benchmark: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-evaluate-'));
  ({ model, benchmark } = await writeSumsModel(join(folder, 'sums')));
}, 120_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const rlt = (...argv: readonly string[]) => runCommandLine(argv);

/** The folder of a finished stage with a model in it, as `rlt run` leaves it. */
async function finishedStage(name: string): Promise<string> {
  const stage = join(folder, name, 'stages', '01-teach');
  await cp(model, join(stage, 'model'), { recursive: true });
  await writeFile(join(stage, 'stage.json'), '{}');
  await writeManifest(stage);
  return join(stage, 'model');
}

async function flipBit(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
  await writeFile(file, bytes);
}

describe('the model of a finished stage', () => {
  const evaluated = (source: string, name: string) =>
    rlt(
      'evaluate',
      '--model',
      source,
      '--benchmark',
      benchmark,
      '--threads',
      '1',
      '--samples',
      '1',
      '-q',
      '--out',
      join(folder, name),
    );

  it('is refused once a bit of its weights has changed, whatever opens it', async () => {
    const source = await finishedStage('flipped');
    const intact = await evaluated(source, 'intact');
    expect([intact.code, intact.stderr]).toEqual([0, '']);
    const weights = join(source, 'model.safetensors');
    await flipBit(weights);
    const link = join(folder, 'link');
    await symlink(source, link);
    const served = ['serve', source, '--port', '0', '--dir', join(folder, 'served')];
    for (const refused of [await evaluated(source, 'damaged'), await evaluated(link, 'linked'), await rlt(...served)]) {
      expect(refused.stderr).toContain('the file has changed since it was written: wrong checksum');
      expect(refused.stderr).toContain(join('01-teach', 'model', 'model.safetensors'));
      expect([refused.code > 0, refused.stdout]).toEqual([true, '']);
    }
  });

  it('is refused when a file of it is missing or was edited', async () => {
    const source = await finishedStage('edited');
    const config = join(source, 'config.json');
    const text = await readFile(config, 'utf8');
    await writeFile(config, `${text}\n`);
    expect((await evaluated(source, 'longer')).stderr).toContain('the file has changed since it was written');
    await writeFile(config, text);
    await rm(join(source, 'tokenizer_config.json'));
    expect((await evaluated(source, 'missing')).stderr).toContain('a file that the manifest names is missing');
  });
});

describe('rlt evaluate', () => {
  const one = (...more: readonly string[]) =>
    rlt('evaluate', '--model', model, '--benchmark', benchmark, '--threads', '1', ...more);

  it('with a model prints figures, and with --json what repeats them; then rlt compare compares', async () => {
    const [cold, warm] = [join(folder, 'cold'), join(folder, 'warm')];
    const dry = await one('--out', cold, '--dry-run');
    expect(dry.code, dry.stderr).toBe(0);
    expect([dry.stdout.startsWith('Plan of evaluation'), existsSync(cold)]).toEqual([true, false]);
    const first = await one('--out', cold, '--temperature', '0', '--samples', '1', '--quiet');
    expect([first.code, first.stderr]).toEqual([0, '']);
    expect(first.stdout).toContain('12 problems, 1 sample each.');
    const second = await one('--out', warm, '--max-tokens', '10', '--json');
    expect(second.code).toBe(0);
    const { directory, results, timings } = JSON.parse(second.stdout);
    expect(directory).toBe(warm);
    expect(results).toMatchObject({ samples: 3, sampling: { temperature: 1, maxTokens: 10 } });
    expect(results.rows.map(({ level }: { readonly level: string }) => level)).toEqual(['sums']);
    expect(results.rows[0].passAtK.map(({ k }: { readonly k: number }) => k)).toEqual([2, 3]);
    expect(timings.tokens).toBeGreaterThan(0);
    expect(timings.tokensPerSecond).toBeCloseTo(timings.tokens / timings.seconds, 9);

    const page = join(folder, 'page.html');
    const compared = await rlt('compare', cold, warm, '--html', page);
    expect([compared.code, compared.stderr]).toEqual([0, '']);
    expect(compared.stdout).toMatch(/^# warm against cold\n/);
    expect(await readFile(page, 'utf8')).toContain('<h1>warm against cold</h1>');
    const json = await rlt('compare', cold, warm, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      names: ['cold', 'warm'],
      problems: 12,
      samples: [1, 3],
      levels: [{ level: 'learnt' }, { level: 'new' }],
    });

    const again = await rlt('evaluate', '--regrade', '--out', warm, '--json');
    const { graders: gradersBefore } = results;
    const stages = [{ name: 'evaluate', results, gradersBefore }];
    expect(JSON.parse(again.stdout)).toEqual({ directory: warm, stages });
    const text = await rlt('evaluate', '--regrade', '--out', warm);
    expect(text.stdout).toMatch(/^avg@3 .*12 problems, 3 samples each\./ms);
    expect(text.stdout).toContain(`Graded by ${gradersBefore}, as before.`);

    // The command that made the folder, with --regrade behind it, names nothing that contradicts it.
    const named = await one('--out', warm, '--regrade', '--json');
    expect(named.stderr).toContain('--threads cannot be used with --regrade');
    const whole = await rlt(
      'evaluate',
      '--model',
      model,
      '--benchmark',
      benchmark,
      '--out',
      warm,
      '--regrade',
      '--json',
    );
    expect(JSON.parse(whole.stdout)).toMatchObject({ stages: [{ results }] });
    for (const [argv, message] of [
      [['--samples', '5'], '--samples cannot be used with --regrade, which samples nothing'],
      [['--temperature', '0.1'], '--temperature cannot be used with --regrade'],
      [['--problems', 'x.jsonl'], '--problems cannot be used with --regrade'],
      [['--seed', '2'], '--seed cannot be used with --regrade'],
      [['--model', 'builtin:base'], '--model names another model than the evaluation is of'],
      [['--benchmark', 'gsm8k'], '--benchmark names another benchmark than the evaluation is of'],
    ] as const) {
      const { code, stdout, stderr } = await rlt('evaluate', '--regrade', '--out', warm, ...argv);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain(message);
    }
    expect((await rlt('evaluate', '--regrade', '--out', warm, '--grader', 'integer', '--json')).code).toBe(0);
  });

  it('evaluations of two models of one name have two folders, and each is found again', async () => {
    const of = async (...parts: readonly string[]) => {
      const directory = join(folder, ...parts, 'model');
      await cp(model, directory, { recursive: true });
      return directory;
    };
    const [first, second] = [await of('a', 'small'), await of('b', 'small')];
    const before = process.cwd();
    process.chdir(await mkdtemp(join(tmpdir(), 'rlt-evaluations-')));
    try {
      const ran = async (source: string) => {
        const argv = ['--model', source, '--benchmark', benchmark, '--threads', '1', '--samples', '1', '--json', '-q'];
        const { stdout, stderr } = await rlt('evaluate', ...argv);
        return stderr === '' ? (JSON.parse(stdout) as { directory: string }).directory : stderr;
      };
      const [one, two] = [join('evaluations', 'small-model-sums'), join('evaluations', 'small-model-sums-2')];
      expect([await ran(first), await ran(second), await ran(first), await ran(second)]).toEqual([one, two, one, two]);
      // A model that has moved keeps its folder.
      await rename(second, join(folder, 'b', 'model'));
      await rm(join(folder, 'a', 'small'), { recursive: true });
      await cp(join(folder, 'b', 'model'), second, { recursive: true });
      expect(await ran(second)).toBe(one);
    } finally {
      process.chdir(before);
    }
  });

  it('takes a model of a run by its name, and the folder of its stage, in one folder of its own', async () => {
    const run = join(folder, 'simple');
    await cp(model, join(run, 'stages', '01-student-rlt', 'model'), { recursive: true });
    const recipe = {
      name: 'simple',
      models: { base: 'builtin:base' },
      data: { sums: 'sums.jsonl' },
      stages: [
        { stage: 'distill', name: 'student-rlt', student: 'base', traces: 'sums' },
        { stage: 'evaluate', students: { rlt: 'student-rlt' }, problems: { sums: 'sums' } },
      ],
    };
    await writeFile(join(run, 'recipe.yaml'), JSON.stringify(recipe));
    const before = process.cwd();
    process.chdir(await mkdtemp(join(tmpdir(), 'rlt-evaluations-')));
    try {
      const evaluated = (...argv: readonly string[]) =>
        rlt('evaluate', ...argv, '--benchmark', benchmark, '--threads', '1', '--samples', '1', '--json', '-q');
      const first = await evaluated('--model', `${run}:rlt`);
      expect([first.code, first.stderr]).toEqual([0, '']);
      const { directory, results } = JSON.parse(first.stdout);
      expect(directory).toBe(join('evaluations', 'simple-01-student-rlt-sums'));
      const stage = join(run, 'stages', '01-student-rlt');
      for (const argv of [
        ['--model', run, 'rlt'],
        ['rlt', '--model', run],
        ['--model', stage],
        ['--model', join(stage, 'model')],
      ])
        expect(JSON.parse((await evaluated(...argv)).stdout)).toMatchObject({ directory, results });
      const regraded = await rlt('evaluate', '--model', `${run}:rlt`, '--benchmark', benchmark, '--regrade', '--json');
      expect(JSON.parse(regraded.stdout)).toMatchObject({ directory });
      const other = await evaluated('--model', run, 'rtl');
      expect([other.code, other.stderr]).toEqual([
        2,
        expect.stringMatching(/has no model "rtl".*\n {2}Did you mean "rlt"/),
      ]);
      expect((await evaluated('--model', join(run, 'nowhere'))).stderr).toMatch(/there is no such model or run/);
      // What stands where the recipe belongs.
      for (const given of [stage, join(stage, 'model'), `${run}:rlt`])
        expect((await evaluated(given)).stderr).toBe(
          `usage: a model stands where the recipe belongs (${given})\n` +
            `  Write rlt evaluate --model ${given} --benchmark ${benchmark}.\n`,
        );
      const onOwn = await rlt('evaluate', `${run}:rlt`, '--problems', 'my problems.jsonl');
      expect(onOwn.stderr).toContain(`Write rlt evaluate --model ${run}:rlt --problems "my problems.jsonl".`);
      expect((await rlt('evaluate', run)).stderr).toBe(
        `usage: a run directory stands where the recipe belongs (${run})\n` +
          `  Write rlt evaluate ${run} --problems FILE (or --benchmark NAME) for all of its students side by side, ` +
          `rlt evaluate --model ${run}:NAME --benchmark NAME for one model of it, ` +
          `or rlt evaluate ${join(run, 'recipe.yaml')} for its own evaluate stages.\n`,
      );
    } finally {
      process.chdir(before);
    }
  });

  it('takes all students of a run and their base side by side on a file of problems, each as it answers alone, and pairs them', async () => {
    const run = join(folder, 'several');
    for (const stage of ['01-student-rlt', '02-student-other'])
      await cp(model, join(run, 'stages', stage, 'model'), { recursive: true });
    const distill = (name: string) => ({ stage: 'distill', name, student: 'base', traces: 'sums' });
    const recipe = {
      name: 'several',
      models: { base: model },
      data: { sums: 'sums.jsonl' },
      stages: [
        distill('student-rlt'),
        distill('student-other'),
        distill('to-come'),
        { stage: 'evaluate', name: 'first', students: { rlt: 'student-rlt' }, problems: { sums: 'sums' } },
        { stage: 'evaluate', name: 'second', students: { rlt: 'student-other' }, problems: { sums: 'sums' } },
      ],
    };
    await writeFile(join(run, 'recipe.yaml'), JSON.stringify(recipe));
    const problems = join(folder, 'own-sums.jsonl');
    const rows = Array.from({ length: 6 }, (_, i) => ({
      uid: `s${i}`,
      ask: `${i} + 1 = ?`,
      result: String(i + 1),
      kind: 'own',
    }));
    await writeFile(problems, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const before = process.cwd();
    process.chdir(await mkdtemp(join(tmpdir(), 'rlt-evaluations-')));
    try {
      const options = [
        '--benchmark',
        benchmark,
        '--problems',
        problems,
        '--threads',
        '1',
        '--samples',
        '2',
        '--max-tokens',
        '12',
      ];
      const evaluated = (...argv: readonly string[]) => rlt('evaluate', ...argv, ...options);
      const ran = await evaluated(run);
      expect(ran.code, ran.stderr).toBe(0);
      expect(ran.stderr).toContain('evaluated side by side: base, rlt and rlt-student-other');
      expect(ran.stderr).toContain('left out, since they have not been trained: to-come');
      const [table = '', paired = ''] = ran.stdout.split('Paired differences, on the same problems:');
      expect(table.match(/^(?:base|rlt|rlt-student-other) +own-sums\.jsonl +6 .*%/gm)).toHaveLength(3);
      expect(paired.match(/^(\S+ +\S+) +0\.0 /gm)?.map((row) => row.trim().split(/ +/).slice(0, 2))).toEqual([
        ['rlt', 'base'],
        ['rlt-student-other', 'base'],
        ['rlt-student-other', 'rlt'],
      ]);
      expect(ran.stdout).toContain('p is not corrected for the number of comparisons.');
      const all = JSON.parse((await evaluated(run, '--json', '-q')).stdout);
      expect(all.directory).toMatch(/^evaluations.several-[\w-]+-own-sums$/);
      expect(all.comparisons).toHaveLength(3);
      expect(all.comparisons[0]).toMatchObject({ a: 'base', b: 'rlt', problems: 6, difference: 0, better: null });
      // The same samples as by itself.
      const alone = JSON.parse((await evaluated('--model', `${run}:first:rlt`, '--json', '-q')).stdout);
      const { student: _, ...figures } = alone.results.rows[0];
      expect(all.results.rows.map(({ student }: { student: string }) => student)).toEqual([
        'base',
        'rlt',
        'rlt-student-other',
      ]);
      expect(all.results.rows[1]).toEqual({ student: 'rlt', ...figures });
      expect([all.results.seed, all.results.samples]).toEqual([alone.results.seed, alone.results.samples]);
      // Another student since then is another evaluation.
      await cp(model, join(run, 'stages', '03-to-come', 'model'), { recursive: true });
      expect(JSON.parse((await evaluated(run, '--json', '-q')).stdout).directory).toBe(`${all.directory}-2`);
      // So are other settings.
      const others = await evaluated(run, '--seed', '5', '--json', '-q');
      expect(JSON.parse(others.stdout).directory).toBe(`${all.directory}-3`);
      const wrong = await evaluated(run, '--adapter', 'some');
      expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--adapter cannot be used where all')]);
      const planned = await evaluated(run, '--dry-run', '--json');
      expect(Object.keys(JSON.parse(planned.stdout).recipe.models)).toHaveLength(4);
    } finally {
      process.chdir(before);
    }
  });

  it('holds models in the bits of their run, and samples as its engine does, in a folder of their own', async () => {
    const run = join(folder, 'few-bits');
    await cp(model, join(run, 'stages', '01-student-rlt', 'model'), { recursive: true });
    const recipe = {
      name: 'few-bits',
      engine: { kind: 'local', integerProducts: true },
      models: { base: { source: model, bits: 8 }, plain: model },
      data: { sums: 'sums.jsonl' },
      stages: [
        { stage: 'distill', name: 'student-rlt', student: 'base', traces: 'sums', lora: {} },
        {
          stage: 'evaluate',
          students: { rlt: 'student-rlt', base: 'base', plain: 'plain' },
          problems: { sums: 'sums' },
        },
      ],
    };
    await writeFile(join(run, 'recipe.yaml'), JSON.stringify(recipe));
    const before = process.cwd();
    process.chdir(await mkdtemp(join(tmpdir(), 'rlt-evaluations-')));
    try {
      const planned = async (...argv: readonly string[]) => {
        const { code, stdout, stderr } = await rlt(
          'evaluate',
          ...argv,
          '--benchmark',
          benchmark,
          '--dry-run',
          '--json',
        );
        expect(code, stderr).toBe(0);
        const { models, engine } = JSON.parse(stdout).recipe;
        const bits = Object.entries(models as Record<string, { bits?: number }>).map(([name, own]) => [name, own.bits]);
        return { bits: Object.fromEntries(bits), integers: engine.integerProducts, stderr };
      };
      const all = await planned(run);
      expect(all).toMatchObject({ bits: { rlt: 8, base: 8 }, integers: true });
      expect(all.bits.plain).toBeUndefined();
      expect(all.stderr).toContain('held as in the run: base in 8 bits, rlt in 8 bits, with products of integers');
      // Each student as on its own engine, or none: they are evaluated on one.
      const apart = { ...recipe, engines: { exact: { kind: 'local' } } };
      const lives = (models: object) => writeFile(join(run, 'recipe.yaml'), JSON.stringify({ ...apart, models }));
      const onExact = { source: model, bits: 8, engine: 'exact' };
      await lives({ base: onExact, plain: model });
      expect(await planned(run)).toMatchObject({ bits: { rlt: 8, base: 8 }, integers: undefined });
      await lives({ base: { source: model, bits: 8 }, plain: onExact });
      const refused = await rlt('evaluate', run, '--benchmark', benchmark, '--dry-run');
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('live on engines that differ in integerProducts');
      // What the refusal advises.
      expect(await planned(run, '--bits', '8')).toMatchObject({ bits: { rlt: 8, plain: 8 }, integers: undefined });
      expect((await planned(run, '--bits', '4', '--integer-products')).integers).toBe(true);
      await writeFile(join(run, 'recipe.yaml'), JSON.stringify(recipe));
      const one = await planned('--model', `${run}:rlt`);
      expect(one).toMatchObject({ bits: { model: 8 }, integers: true });
      expect(one.stderr).toContain('the model is held in 8 bits, with products of integers, as in its run');
      const otherBits = ['--model', `${run}:rlt`, '--bits', '4'];
      expect(await planned(...otherBits)).toMatchObject({ bits: { model: 4 }, integers: undefined });
      expect(await planned(...otherBits, '--integer-products')).toMatchObject({ bits: { model: 4 }, integers: true });
      const inFloat32 = await rlt('evaluate', '--model', model, '--benchmark', benchmark, '--integer-products');
      expect(inFloat32).toMatchObject({ code: 2, stderr: expect.stringContaining('the model is read in float32') });
      expect(inFloat32.stderr).toContain('Add --bits 8');
      const set = await rlt('evaluate', '--model', model, '--set', 'engine.integerProducts=true');
      expect(set.stderr).toContain('--integer-products');
      // Nobody who evaluates it asked for a setting that is about other models of the run.
      const inFloats = await planned('--model', `${run}:plain`);
      expect(inFloats).toMatchObject({ bits: {}, integers: undefined });
      expect(inFloats.stderr).not.toContain('integerProducts');
      expect((await planned('--model', join(run, 'stages', '01-student-rlt', 'model'))).bits).toEqual({});
      const trace = { id: 'a', question: '1 + 1 = ?', solution: '2', explanation: 'One and one.' };
      await writeFile(join(run, 'traces.jsonl'), `${JSON.stringify(trace)}\n`);
      const models = ['--teacher', `${run}:rlt`, '--student', `${run}:base`, '--traces', join(run, 'traces.jsonl')];
      // The context of these models is too short to score anything, which comes after what is told of them.
      const scored = (...argv: readonly string[]) =>
        rlt('score', ...models, '--scores', join(run, 'scores.jsonl'), ...argv);
      const told = 'held as in the run: the teacher in 8 bits, the student in 8 bits, with products of integers';
      expect((await scored()).stderr).toContain(told);
      expect((await scored('--bits', '8')).stderr).not.toContain('held as in the run');
      expect(await scored('--bits', '4', '--integer-products')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--integer-products changes nothing here'),
      });
      const evaluated = async (...argv: readonly string[]) => {
        const options = ['--benchmark', benchmark, '--threads', '1', '--samples', '1', '--limit', '2', '--json', '-q'];
        const { code, stdout, stderr } = await rlt('evaluate', ...argv, ...options);
        expect(code, stderr).toBe(0);
        return JSON.parse(stdout).directory;
      };
      const folders = [
        await evaluated('--model', `${run}:rlt`),
        await evaluated('--model', `${run}:rlt`, '--bits', '4'),
        await evaluated('--model', join(run, 'stages', '01-student-rlt', 'model')),
      ];
      expect(new Set(folders).size).toBe(3);
      expect(await evaluated('--model', `${run}:rlt`)).toBe(folders[0]);
      const [byIntegers = '', inFour = '', exact = ''] = folders;
      const compared = async (a: string, b: string) => (await rlt('compare', a, b)).stdout;
      const difference =
        'Warning: the weights of A are held in 8 bits, products of integers, those of B in float32: the difference is of that, too.';
      expect(await compared(byIntegers, exact)).toContain(difference);
      expect(await compared(byIntegers, inFour)).toMatch(/held in 8 bits, products of integers, those of B in 4 bits:/);
      // Beside the model, wherever its figures stand.
      const named = 'model (8 bits, products of integers)';
      expect((await rlt('report', byIntegers)).stdout).toContain(named);
      expect((await rlt('report', exact)).stdout).not.toContain('bits)');
      expect(await readFile(join(byIntegers, 'stages', '01-evaluate', 'report.md'), 'utf8')).toContain(named);
      const again = await rlt('evaluate', '--regrade', '--out', byIntegers, '--grader', 'integer');
      expect(again.stdout).toContain('Weights in 8 bits, products of integers.');
      expect((await rlt('evaluate', join(inFour, 'recipe.yaml'))).stdout).toContain('model (4 bits)');
    } finally {
      process.chdir(before);
    }
  });

  it('gives the same answers and figures of a copy of the model, of which it is not known what it was trained on', async () => {
    const run = join(folder, 'trained');
    await cp(model, join(run, 'stages', '01-own', 'model'), { recursive: true });
    const trained = { question: '0 + 0 = ?', solution: '0', reasoning_trace: '0.' };
    await writeFile(join(run, 'sums.jsonl'), `${JSON.stringify(trained)}\n`);
    const stages = [{ stage: 'distill', name: 'own', student: 'base', traces: 'sums' }];
    const recipe = {
      name: 'trained',
      models: { base: 'builtin:base' },
      data: { sums: join(run, 'sums.jsonl') },
      stages,
    };
    await writeFile(join(run, 'recipe.yaml'), JSON.stringify(recipe));
    const leftBy = async (source: string, name: string) => {
      const out = join(folder, name);
      const { code, stderr } = await one('--model', source, '--out', out, '-q');
      expect(code, stderr).toBe(0);
      const file = (of: string) => readFile(join(out, 'stages', '01-evaluate', of), 'utf8');
      return { results: JSON.parse(await file('results.json')), answers: await file('answers.jsonl') };
    };
    const inRun = await leftBy(join(run, 'stages', '01-own', 'model'), 'in-run');
    const copied = await leftBy(model, 'copied');
    const [{ trainedOn, ...row }] = inRun.results.rows;
    expect(trainedOn).toEqual({ problems: 1, rows: [1], lines: [1] });
    expect(copied).toEqual({ answers: inRun.answers, results: { ...inRun.results, rows: [row] } });
  });

  it('of one model on other problems has a folder for each file of them', async () => {
    const before = process.cwd();
    process.chdir(await mkdtemp(join(tmpdir(), 'rlt-evaluations-')));
    try {
      const problem = (result: string) => `${JSON.stringify({ uid: 'm', ask: '1 + 2 = ?', result, kind: 'learnt' })}\n`;
      await writeFile('mine.jsonl', problem('3'));
      await mkdir('other');
      await writeFile(join('other', 'mine.jsonl'), problem('4'));
      const ran = async (...argv: readonly string[]) => {
        const { stdout, stderr } = await one('--samples', '1', '--json', '-q', ...argv);
        return stderr === '' ? (JSON.parse(stdout) as { directory: string }).directory : stderr;
      };
      const own = join('evaluations', 'sums-model-sums');
      const commands = [[], ['--problems', 'mine.jsonl'], ['--source', join('other', 'mine.jsonl')]];
      const directories = [own, `${own}-mine`, `${own}-mine-2`];
      for (const _ of ['new', 'again'])
        for (const [index, argv] of commands.entries()) expect(await ran(...argv)).toBe(directories[index]);
    } finally {
      process.chdir(before);
    }
  });

  it('of one model with other settings has a folder for each of them, names what differs, and asks which to regrade', async () => {
    const before = process.cwd();
    process.chdir(await mkdtemp(join(tmpdir(), 'rlt-evaluations-')));
    try {
      const ran = async (...argv: readonly string[]) => {
        const { code, stdout, stderr } = await one('--json', ...argv);
        expect(code, stderr).toBe(0);
        return { directory: (JSON.parse(stdout) as { directory: string }).directory, stderr };
      };
      const own = join('evaluations', 'sums-model-sums');
      const settings = [
        ['--samples', '1'],
        ['--samples', '1', '--limit', '4'],
        ['--samples', '1', '--limit', '4', '--seed', '7'],
        ['--samples', '1', '--max-tokens', '9'],
        ['--samples', '1', '--temperature', '0.5'],
        ['--samples', '1', '--grader', 'math'],
      ];
      const regrading = `; without sampling anew: rlt evaluate --regrade --out ${own} --grader math`;
      const notes = [
        undefined,
        'limit null (here 4)',
        'seed 1 (here 7)',
        'sampling.maxTokens 12 (here 9)',
        'sampling.temperature 1 (here 0.5)',
        'grader auto (here math)',
      ];
      for (const time of ['new', 'again']) {
        for (const [index, argv] of settings.entries()) {
          const { directory, stderr } = await ran(...argv);
          const expected = index === 0 ? own : `${own}-${index + 1}`;
          expect(directory).toBe(expected);
          const note = time === 'again' ? undefined : notes[index];
          if (note === undefined) expect(stderr).not.toContain('other settings');
          else
            expect(stderr).toContain(
              `holds an evaluation with other settings: ${note}; this one is in ${expected}${argv.includes('math') ? regrading : ''}\n`,
            );
        }
      }
      const again = await rlt('evaluate', '--model', model, '--benchmark', benchmark, '--regrade');
      expect([again.code, again.stdout]).toEqual([2, '']);
      expect(again.stderr).toContain('there are 6 evaluations of this model');
      const command = `rlt evaluate --regrade --out ${own}`;
      expect(again.stderr).toContain(`Name one of them: ${command}; ${command}-2; `);
    } finally {
      process.chdir(before);
    }
  });

  it.each([
    [[], 'neither a recipe nor a model is given'],
    [['quickstart', '--model', 'm'], '--model and a recipe cannot be given together'],
    [['nowhere', '--benchmark', 'gsm8k'], 'there is no such run or recipe (nowhere)'],
    [['nowhere', '--problems', 'mine.jsonl'], 'there is no such run or recipe (nowhere)'],
    [['nowhere', '--threads', '1'], 'no such recipe (nowhere)'],
    [
      ['quickstart', '--provider', 'webgpu', '--threads', '1'],
      'write --set engine.threads=1 --set engine.provider=webgpu.',
    ],
    [['quickstart', '--provider', 'webgpu', '--benchmark', 'gsm8k'], 'Write rlt evaluate RECIPE; '],
    [['builtin:base'], 'Write rlt evaluate --model builtin:base --benchmark NAME.'],
    [['hf:owner/name', '--benchmark', 'gsm8k'], 'Write rlt evaluate --model hf:owner/name --benchmark gsm8k.'],
    [['--model', 'm'], '--benchmark is missing'],
    [['--model', 'm', '--grader', 'maht'], 'unknown grader "maht"\n  Did you mean "math"?'],
    [['--model', 'm', '--problems', 'x', '--grader', 'f1'], 'The graders: math, integer, choice, countdown.'],
    [['--benchmark', 'gsm8k'], '--model is missing'],
    [['--model', 'builtin:base', '--benchmark', 'math-500'], 'Did you mean "math500"?'],
    [['--model', 'builtin:bas', '--benchmark', 'gsm8k'], '--model: there is no builtin:bas'],
    [['--model', 'builtin:base', '--benchmark', 'gsm8k', '--samples', 'many'], '--samples must be a whole number'],
    [['--model', 'builtin:base', '--benchmark', 'gsm8k', '--max-tokens', '0'], '--max-tokens must be at least 1'],
    [['--model', 'builtin:base', '--benchmark', 'gsm8k', '--provider', 'cpy'], 'Did you mean "cpu"?'],
    [['--model', 'builtin:base', '--benchmark', 'gsm8k', '--bits', '5'], '--bits must be'],
    [['--model', 'builtin:base', '--benchmark', 'gsm8k', '--bits', 'null'], '--bits must be one of 8, 4, not null'],
    [['--model', 'builtin:base', '--benchmark', 'gsm8k', '--problems', 'x', '--source', 'y'], 'are the same; give one'],
    [['--regrade'], 'Write rlt evaluate --regrade --out DIR'],
    [['quickstart', '--regrade', '--out', 'mine'], 'Write rlt evaluate --regrade --out mine.'],
  ])('%j is wrong usage', async (argv, message) => {
    const { code, stdout, stderr } = await rlt('evaluate', ...argv);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('a recipe beside --regrade is wrong usage, whatever was run in this folder', async () => {
    // `quickstart` would be one that runs/quickstart may be of.
    const recipe = join(folder, 'not-run.yaml');
    await writeFile(recipe, 'extends: quickstart\nname: a-recipe-that-is-not-run\n');
    const { code, stdout, stderr } = await rlt('evaluate', recipe, '--regrade');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Write rlt evaluate --regrade --out DIR');
  });

  it('a few solutions in words do not decide how the others are asked and graded, answers do', async () => {
    const file = join(folder, 'words.jsonl');
    const planned = async (words: object) => {
      const numbers = Array.from({ length: 12 }, (_, i) => ({ question: `${i} + 1?`, solution: `It is ${i + 1}.` }));
      await writeFile(file, [...numbers, words].map((row) => `${JSON.stringify(row)}\n`).join(''));
      return (await rlt('evaluate', '--model', model, '--problems', file, '--dry-run')).stderr;
    };
    expect(await planned({ question: 'Who?', solution: 'The cat sat on the mat.' })).toContain('as those of gsm8k');
    expect(await planned({ question: 'Who?', solution: 'It was Ann.', answer: 'Ann' })).toContain(
      'do not say which one',
    );
  });

  describe('without --benchmark', () => {
    const given = async (rows: readonly object[]) => {
      const file = join(folder, 'own.jsonl');
      await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      return ['evaluate', '--model', 'builtin:base', '--problems', file];
    };
    const planned = async (rows: readonly object[], ...more: readonly string[]) =>
      rlt(...(await given(rows)), '--dry-run', '--json', ...more);
    const answered = (...answers: readonly unknown[]) =>
      answers.map((answer, i) => ({ question: `What is ${i}?`, solution: `It is ${answer}.`, answer }));

    it.each([
      [answered(12, '1,234', '3.5', '-7'), 'gsm8k', 'their answers are numbers'],
      [[{ question: 'How many?', solution: 'There are 7 and 5 more. #### 12' }], 'gsm8k', 'their answers are numbers'],
      [answered('12', '\\frac{3}{4}', '(1, 2)'), 'math500', 'their answers are numbers and formulas'],
      [[{ nums: [3, 5, 2], target: 13 }], 'countdown', 'they have numbers and a target'],
      [
        [{ question: 'How long?', solution: 'It takes 2 * 3 = 6 hours for the 2.' }],
        'gsm8k',
        'their answers are numbers',
      ],
      [[{ question: 'How much is 2 + 2?', answer: 4 }], 'gsm8k', 'their answers are numbers'],
      [
        [
          { question: 'Which is prime? (A) 4 (B) 5', answer: 'B' },
          { question: 'Which?\nA. 4\nB. 5', solution: 'B' },
        ],
        'gpqa-diamond',
        'their answers are letters of options in the questions',
      ],
      [
        answered(...Array(201).fill(3)).map((row, i) => ({ ...row, question: `${i}?` })),
        'gsm8k',
        'their answers are numbers (the first 200 were looked at)',
      ],
    ])('%j is asked and graded as %s', async (rows, chosen, why) => {
      const { code, stdout, stderr } = await planned(rows);
      expect(code, stderr).toBe(0);
      expect(stderr).toContain(`the problems are graded as those of ${chosen}, since ${why};`);
      const [stage] = JSON.parse(stdout).recipe.stages;
      expect(Object.values(stage.problems)).toEqual([`benchmark:${chosen}`]);
    });

    it.each([
      [answered('A', 'C', 'B')],
      [answered('Paris', 'Rome')],
      [answered('12', 'yes')],
      [answered('2024-05-03')],
    ])('%j does not decide, and the candidates are named', async (rows) => {
      const { code, stdout, stderr } = await planned(rows);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/--benchmark is missing, and the answers in the file do not say which one fits/);
      expect(stderr).toMatch(
        /: (?:"(?:yes|2024-05-03)" is|3 of 3 are|2 of 2 are) no number, formula or letter of listed options(?:, such as "(?:A|Paris)")? /,
      );
      for (const line of [
        'gpqa-diamond: letters of options',
        'gsm8k: numbers, formulas',
        'aime24: whole numbers',
        'FILE.yaml: a benchmark of your own',
      ])
        expect(stderr).toContain(`\n  - ${line}`);
    });

    it('a model is asked as it was trained, where it says so, unless an option says otherwise', async () => {
      const promptOf = async (...more: readonly string[]) => {
        const { code, stdout, stderr } = await planned(answered(12), ...more);
        expect(code, stderr).toBe(0);
        const { format, prompts, stages } = JSON.parse(stdout).recipe;
        return { prompt: stages[0].prompt, student: prompts.student, format, stderr };
      };
      const asTrained = await promptOf();
      expect(asTrained).toMatchObject({ prompt: 'format', student: 'Solve the problem.', format: 'paper' });
      expect(asTrained.stderr).toContain(
        'the model is asked in the format and with the system message that it was trained',
      );
      expect(await promptOf('--benchmark', 'gsm8k')).toMatchObject({ prompt: 'benchmark', student: null });
      expect(await promptOf('--format', 'benchmark')).toMatchObject({ prompt: 'benchmark', student: null });
      expect(await promptOf('--format', 'plain')).toMatchObject({ prompt: 'plain' });
      const untrained = await rlt(...(await given(answered(12))), '--model', model, '--dry-run', '--json');
      expect(untrained.stderr).toContain('the problems are asked and graded as those of gsm8k');
    });

    it.each([
      [['--benchmark', 'word-problems'], undefined],
      [['--benchmark', 'word-problems', '--format', 'format'], /trained with \(rlt\.json\)\n/],
      [['--benchmark', 'word-problems', '--format', 'plain'], /in the format plain\. To ask it .* --format format\./],
      [['--benchmark', 'countdown'], /as the benchmark asks\. To ask it .* --format format\./],
      [['--benchmark', 'countdown', '--format', 'format'], /\(rlt\.json\); --format benchmark asks as the benchmark/],
    ])('another way to ask is named only where it is another one: %j', async (argv, told) => {
      const { code, stderr } = await rlt('evaluate', '--model', 'builtin:base', ...argv, '--dry-run', '--json');
      expect(code, stderr).toBe(0);
      if (told === undefined) expect(stderr).not.toContain('the model is asked');
      else expect(stderr).toMatch(told);
    });

    it('a dry run reads the problems of a file, and generated ones', async () => {
      const planOf = async (...argv: readonly string[]) => {
        const { stdout, stderr } = await rlt('evaluate', '--model', 'builtin:base', ...argv, '--dry-run', '--json');
        const { plan } = JSON.parse(stdout);
        return { ...plan, items: plan.stages[0].items, samples: plan.stages[0].samples, stderr };
      };
      const [, , , problems, file] = [...(await given(answered(12, 5, 7)))] as [string, string, string, string, string];
      const own = await planOf(problems, file, '--samples', '2');
      expect(own).toMatchObject({ items: 3, samples: 6, secondsAre: 'an estimate', unknown: [] });
      expect(await planOf('--benchmark', 'word-problems', '--limit', '10')).toMatchObject({ items: 10, samples: 40 });
      const hub = await planOf('--benchmark', 'gsm8k');
      expect([hub.items, hub.seconds]).toEqual([undefined, undefined]);
      expect(hub.stderr).toContain(
        'not checked, because it is on the hub: benchmark:gsm8k (hf:openai/gsm8k/main/test)',
      );
    });

    const answerless = [
      { question: 'How many are 2 and 3?', answer: '5' },
      { question: 'How many are 2 and 4?', solution: 'One counts them: that makes 6.' },
      { question: 'How many are 2 and 5?' },
      { question: 'Why is that?', solution: 'Because whoever counts on from two by five ends there.', answer: '' },
    ];

    it('rows that repeat a problem are told of, and asked once', async () => {
      const row = (result: number, answer = result) => ({ question: `${result - 1} + 1 = ?`, answer: String(answer) });
      const planned = async (...rows: readonly object[]) => {
        const { code, stdout, stderr } = await rlt(...(await given(rows)), '--dry-run', '--json');
        expect(code, stderr).toBe(0);
        return { items: JSON.parse(stdout).plan.stages[0].items, stderr };
      };
      const repeated = await planned(row(2), row(3), row(2), row(4), row(2));
      expect(repeated.items).toBe(3);
      expect(repeated.stderr).toContain(
        '2 rows of own.jsonl repeat a problem in all that is read of it, which is asked once\n',
      );
      const once = await planned(row(2), row(3), row(2));
      expect([once.items, once.stderr]).toEqual([
        2,
        expect.stringContaining('1 row of own.jsonl repeats a problem in all'),
      ]);
      // Another answer to a question is another problem.
      const other = await planned(row(2), row(3), row(2, 5));
      expect([other.items, other.stderr]).toEqual([3, expect.not.stringContaining('repeat')]);
    });

    it('rows that nothing can grade are left out, told of and counted', async () => {
      const out = join(folder, 'answerless');
      const argv = [
        ...(await given(answerless)),
        '--benchmark',
        'gsm8k',
        '--samples',
        '1',
        '--max-tokens',
        '4',
        '--threads',
        '1',
        '--out',
        out,
      ];
      const why = 'they have neither answer nor solution; or they have no answer and no solution that states one';
      const left = `2 of 4 problems of own.jsonl are left out, since ${why}: lines 3 and 4. Add a column "answer"`;
      const dry = await rlt(...argv, '--dry-run');
      expect([dry.code, dry.stderr]).toEqual([0, expect.stringContaining(left)]);
      const ran = await rlt(...argv, '--json');
      expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining(left)]);
      expect(ran.stderr).toMatch(/1 of 2 problems of \S+ have no "answer", so \S+ reads it from their solutions: 1 /);
      const [row] = JSON.parse(ran.stdout).results.rows;
      expect(row).toMatchObject({
        problems: 2,
        file: 'own.jsonl',
        ungraded: { problems: 2, rows: [3, 4], lines: [3, 4] },
      });
      const regraded = await rlt('evaluate', '--regrade', '--out', out);
      expect(regraded.stdout).toContain(
        'Note: 2 more problems are left out, since nothing grades answers to them (lines 3 and 4).',
      );
    });

    it.each([[[]], [['--benchmark', 'gsm8k']], [['--benchmark', 'aime24']]])(
      'a file of which nothing can be graded is refused (%j)',
      async (more) => {
        const { code, stdout, stderr } = await rlt(...(await given(answerless.slice(2))), ...more);
        expect([code, stdout]).toEqual([1, '']);
        expect(stderr).toContain(
          'none of the 2 problems can be graded: they have neither answer nor solution; or they',
        );
        expect(stderr).toContain('Add a column "answer"');
      },
    );

    it.each([
      'It appeared in 1808, in Weimar, and made him famous.',
      'In 1871 he found that short waves are scattered more than long ones are.',
    ])('a number in the prose of a solution is no answer: %s', async (solution) => {
      const { code, stderr } = await planned([{ question: 'Why?', solution }]);
      const why = 'can be graded: they have no answer and no solution that states one';
      expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
    });

    it('a benchmark of another kind than the answers is refused before anything is sampled', async () => {
      const kinds = [
        ['countdown', answered(12, 5), 'the reference 12 has no numbers and target, so countdown cannot grade with it'],
        ['aime24', answered('\\frac{1}{2}'), 'is not a whole number, so integer cannot grade with it'],
      ] as const;
      for (const [benchmark, rows, message] of kinds) {
        const { code, stdout, stderr } = await planned(rows, '--benchmark', benchmark);
        expect([code > 0, stdout]).toEqual([true, '']);
        expect(stderr).toContain(message);
        expect(stderr).toContain('name another --benchmark or --grader');
      }
    });
  });

  it('more samples than greedy sampling can give are wrong usage', async () => {
    const { code, stderr } = await one('--out', join(folder, 'greedy'), '--temperature', '0');
    expect(code).toBe(2);
    expect(stderr).toContain('--samples asks for 3 samples at temperature 0, which gives the same answer each time');
  });
});

describe('answers that are graded again', () => {
  const out = () => join(folder, 'graded');
  const regraded = (...argv: readonly string[]) => rlt('evaluate', '--regrade', '--out', out(), ...argv);
  const bytes = async () => {
    const stage = join(out(), 'stages', '01-evaluate');
    return Promise.all(['answers.jsonl', 'results.json', 'manifest.json'].map((name) => readFile(join(stage, name))));
  };
  beforeAll(async () => {
    const argv = ['--model', model, '--benchmark', benchmark, '--samples', '1', '--threads', '1', '--out', out()];
    const { code, stderr } = await rlt('evaluate', ...argv);
    expect(code, stderr).toBe(0);
  });

  it.each([
    ['choice', 'names no option, so choice cannot grade with it'],
    ['countdown', 'has no numbers and target, so countdown cannot grade with it'],
  ])('by %s, which cannot read the references, are refused, and nothing is changed', async (grader, message) => {
    const before = await bytes();
    const { code, stdout, stderr } = await regraded('--grader', grader);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/answers\.jsonl:1, field gold.*--grader math or --grader integer/s);
    expect(await bytes()).toEqual(before);
  });

  it('by the reference of another grader, which is no text of an answer, are refused', async () => {
    const file = join(out(), 'stages', '01-evaluate', 'answers.jsonl');
    const before = await readFile(file, 'utf8');
    await writeFile(file, before.replace(/"gold":"\d+"/, '"gold":"{\\"numbers\\":[1,2],\\"target\\":3}"'));
    const { code, stderr } = await regraded('--grader', 'math');
    await writeFile(file, before);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/is of another grader.*\(--grader countdown\)/s)]);
  });

  it('by another grader say so, then and when the evaluation is asked for again', async () => {
    const now = await regraded('--grader', 'math');
    expect(now.stdout).toMatch(
      /^Graded by math\/\d+ now, which the folder keeps; before, by integer\/\d+\. To go back: /m,
    );
    const back = `rlt evaluate --regrade --out ${out()} --grader integer`;
    expect(now.stdout).toContain(`To go back: \`${back}\`.`);
    const argv = ['--model', model, '--benchmark', benchmark, '--samples', '1', '--threads', '1', '--out', out()];
    const told = 'its answers were graded again by math; the evaluation itself graded by integer, as rlt evaluate';
    expect((await rlt('evaluate', ...argv)).stderr).toContain(told);
    expect((await regraded()).stdout).toMatch(/^Graded by math\/\d+, as before\.$/m);
    const again = await rlt(...back.split(' ').slice(1));
    expect(again.stdout).toMatch(/^Graded by integer\/\d+ now/m);
    expect((await rlt('evaluate', ...argv)).stderr).not.toContain('graded again');
  });

  it('are named by a folder, which the hints say in commands that work', async () => {
    const recipe = join(out(), 'recipe.yaml');
    const hint = `Write rlt evaluate --regrade --out ${out()} --grader math.`;
    for (const word of [recipe, out()])
      expect((await rlt('evaluate', word, '--regrade', '--grader', 'math')).stderr).toContain(hint);
    const stage = await rlt('evaluate', '--regrade', '--out', join(out(), 'stages', '01-evaluate'));
    const [, command = ''] = /Write rlt (.*)\.$/m.exec(stage.stderr) ?? [];
    expect(await rlt(...command.split(' '))).toMatchObject({ code: 0, stderr: '' });
  });

  it('and are damaged are called that, and nothing is changed', async () => {
    const file = join(out(), 'stages', '01-evaluate', 'answers.jsonl');
    const before = await readFile(file, 'utf8');
    const { level } = JSON.parse(before.slice(0, before.indexOf('\n')));
    const lines = before.split(/(?<=\n)/);
    const answersMissing = (there: number) =>
      `answers are missing: ${there} of ${lines.length} of model on ${level} are there`;
    const damages = [
      [`${before.slice(0, -9)}`, 'the line is not JSON'],
      [before.replace(/"grader":"[^"]*"/, '"grader":"other/1"'), 'there is no grader "other/1"'],
      ['', 'it is empty'],
      [lines.slice(0, -1).join(''), answersMissing(lines.length - 1)],
    ] as const;
    for (const [text, message] of damages) {
      await writeFile(file, text);
      const { code, stderr } = await regraded();
      expect([code, stderr]).toEqual([1, expect.stringContaining(`this file of an evaluation is damaged: ${message}`)]);
      expect(stderr).toContain(`let the models answer again: rlt evaluate ${join(out(), 'recipe.yaml')}`);
      expect(await readFile(file, 'utf8')).toBe(text);
    }
    await writeFile(file, before);
  });
});

it('a model named beside the run of a recipe is refused when it is regraded', async () => {
  const run = await mkdtemp(join(folder, 'recipe-run-'));
  await writeFile(join(run, 'recipe.yaml'), 'extends: quickstart\nname: mine\n');
  const argv = ['evaluate', '--regrade', '--out', run, '--model', 'builtin:base', '--benchmark', 'gsm8k'];
  const { code, stdout, stderr } = await rlt(...argv);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('--model, --benchmark cannot be used here: the run is of a recipe, not of one model');
});

it.each([
  ['builtin:base', undefined, 'gsm8k', 'builtin-base-gsm8k'],
  ['hf:owner/name@main', undefined, 'my/sums.yaml', 'hf-owner-name@main-sums'],
  ['models/SmolLM2-135M', 'tuned/lora', 'gsm8k', 'SmolLM2-135M-lora-gsm8k'],
  ['runs/one/stages/04-distill/model', undefined, 'gsm8k', 'one-04-distill-gsm8k'],
  ['runs/two/stages/04-distill/model', undefined, 'gsm8k', 'two-04-distill-gsm8k'],
  ['small/model', undefined, 'gsm8k', 'small-model-gsm8k'],
  ['small/model', undefined, 'gsm8k', 'small-model-gsm8k-mine.v2', 'data/mine.v2.jsonl'],
  ['builtin:base', 'tuned/lora', 'my/sums.yaml', 'builtin-base-lora-sums-hf-owner-name-test', 'hf:owner/name/test'],
])('%s with the adapter %s on %s is evaluated in evaluations/%s', (of, adapter, on, expected, problems?: string) => {
  expect(modelDirectory({ model: of, adapter, benchmark: on, problems })).toBe(join('evaluations', expected));
});
