import { copyFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linesOf } from '../pipeline/testing/rlt.js';
import { columnsOf } from './columns-option.js';
import { runCommandLine } from './testing/run-command.js';

describe('--columns', () => {
  it('names columns, whose names may have spaces and equals signs', () => {
    expect(columnsOf('question=Frage, solution = Lösung,answer=a=b,level=How hard')).toEqual({
      question: 'Frage',
      solution: 'Lösung',
      answer: 'a=b',
      level: 'How hard',
    });
    expect(columnsOf('question=q', 'question')).toEqual({ question: 'q' });
  });

  it.each([
    ['Frage', '"Frage" is not KEY=NAME'],
    ['question=', '"question=" is not KEY=NAME'],
    ['', '"" is not KEY=NAME'],
    ['qestion=Frage,answer=a', 'there is no "qestion" of a problem'],
    ['question=a,question=b,answer=c', 'names question twice'],
    ['question=a', '--columns names neither solution nor answer'],
    ['answer=a', 'question'],
    ['toString=a', 'there is no "toString" of a problem'],
  ])('refuses %j', (text, message) => {
    expect(() => columnsOf(text)).toThrow(message);
  });
});

describe('a table that no layout fits', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rlt-columns-'));
    writeFileSync(
      at('table.csv'),
      'Frage;Lösung;Ergebnis\nWie viel ist 1 + 1?;Es ist 2.;2\nWie viel ist 1 + 2?;Es ist 3.;3\n',
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const model = ['--threads', '1', '--max-tokens', '4'];
  const generate = (...argv: readonly string[]) =>
    runCommandLine([
      'generate',
      'builtin:base',
      '--in',
      at('table.csv'),
      '--out',
      at('out.jsonl'),
      '--overwrite',
      ...model,
      ...argv,
    ]);
  const evaluate = (...argv: readonly string[]) =>
    runCommandLine([
      'evaluate',
      '--model',
      'builtin:base',
      '--problems',
      at('table.csv'),
      '--samples',
      '1',
      ...model,
      ...argv,
    ]);

  it('is refused with the option that names its columns, and read with it: generate', async () => {
    const refused = await generate();
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('Name the columns with --columns "question='),
    ]);
    const graded = await generate('--columns', 'question=Frage,solution=Lösung,answer=Ergebnis');
    expect(graded.code, graded.stderr).toBe(0);
    expect(linesOf(at('out.jsonl')).map(({ gold }) => gold)).toEqual(['2', '3']);
    const asked = await generate('--columns', 'question=Frage');
    expect([asked.code, asked.stdout]).toEqual([0, expect.stringContaining('2 answers, 2 not graded')]);
    const explained = await generate('--teacher', '--columns', 'question=Frage,solution=Lösung');
    expect([explained.code, explained.stdout]).toEqual([0, expect.stringContaining('2 explanations of 2 problems')]);
    for (const [columns, message] of [
      ['question=Frag', 'the column "Frag" is missing'],
      ['question=Frage,level=Stufe', 'the column "Stufe" is missing'],
      ['question=Frage,answer=Ergebnis,level=Stufe', 'the column "Stufe" is missing'],
    ] as const)
      expect((await generate('--columns', columns)).stderr).toContain(message);
  });

  it('is refused with the option that names its columns, and read with it: evaluate', async () => {
    expect((await evaluate('--dry-run')).stderr).toContain('Name the columns with --columns "question=');
    const columns = ['--columns', 'question=Frage,answer=Ergebnis'];
    const out = ['--out', at('run')];
    const first = await evaluate(...columns, ...out, '--json');
    expect([first.code, first.stderr]).toEqual([
      0,
      expect.stringContaining('as those of gsm8k, since their answers are numbers'),
    ]);
    expect(linesOf(at('run/stages/01-evaluate/problems.jsonl')).map(({ gold }) => gold)).toEqual(['2', '3']);
    expect(linesOf(at('run/stages/01-evaluate/problems.jsonl')).map(({ id }) => id)).toEqual([
      expect.stringMatching(/^table\//),
      expect.stringMatching(/^table\//),
    ]);
    // What the file is called changes no sample.
    copyFileSync(at('table.csv'), at('2nd name.csv'));
    const renamed = [
      'evaluate',
      '--model',
      'builtin:base',
      '--problems',
      at('2nd name.csv'),
      '--samples',
      '1',
      ...model,
    ];
    const second = await runCommandLine([...renamed, ...columns, '--out', at('renamed')]);
    expect(second.code, second.stderr).toBe(0);
    const told = (run: string) =>
      linesOf(at(`${run}/stages/01-evaluate/answers.jsonl`)).map(({ level, text }) => [level, text]);
    expect(told('renamed')).toEqual(told('run').map(([, text]) => ['file-2nd-name', text]));
    // The recipe of the run directory has them too.
    const again = await runCommandLine(['run', at('run/recipe.yaml'), '--out', at('again')]);
    expect(again.code, again.stderr).toBe(0);
    expect(linesOf(at('again/stages/01-evaluate/answers.jsonl'))).toEqual(
      linesOf(at('run/stages/01-evaluate/answers.jsonl')),
    );
    const choices = await evaluate(
      '--benchmark',
      'gpqa-diamond',
      '--columns',
      'question=Frage,answer=Nix',
      '--dry-run',
    );
    expect(choices.stderr).toContain('the column "Nix" is missing');
    const alone = await runCommandLine([
      'evaluate',
      '--model',
      'builtin:base',
      '--benchmark',
      'countdown',
      ...columns,
      '--dry-run',
    ]);
    expect([alone.code, alone.stderr]).toEqual([
      2,
      expect.stringContaining('--columns names the columns of source, which is not given'),
    ]);
  });
});
