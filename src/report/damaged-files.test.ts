/** A run whose files were cut short or damaged: everything that reads it says so, and shows the rest. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RltError } from '../errors.js';
import { groupSummaries, groupView, problemSteps, tokensView } from '../views/groups.js';
import { metricsView } from '../views/metrics-view.js';
import { runView } from '../views/run-view.js';
import { answersView, evaluationsIn } from '../views/students.js';
import { writeRun } from '../views/testing/recorded-run.js';
import { reportHtml } from './html.js';
import { reportMarkdown } from './markdown.js';
import { runReport } from './run-report.js';

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rlt-damaged-'));
  await writeRun(at('whole'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const filesBelow = (path: string): readonly string[] =>
  readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(path, name)).isFile())
    .map((name) => name.replaceAll('\\', '/'))
    .sort();

const DAMAGES: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  empty: () => Buffer.alloc(0),
  'cut in half': (bytes) => bytes.subarray(0, bytes.length >> 1),
  'followed by something else': (bytes) => Buffer.concat([bytes, Buffer.from('{bad\n')]),
  'another object': () => Buffer.from('{"a":1}\n'),
};

/** A report shows no scores, and events that were cut off look like those of a process that was killed. */
const isUnseen = (file: string, damage: string): boolean =>
  file.startsWith('rollouts/04-score/') || (file === 'events.jsonl' && damage === 'cut in half');

/** What the studio and reports show. */
function views(run: string): readonly (readonly [string, () => Promise<unknown>])[] {
  const teach = { of: 'rollouts', run, folder: '01-teach', kind: 'step', step: 0 } as const;
  const asked = { level: 'held-out', first: 'base', second: 'rlt', filter: 'all', offset: 0 } as const;
  return [
    ['runView', () => runView('', run)],
    ['metricsView', () => metricsView(run)],
    ['evaluationsIn', () => evaluationsIn(run)],
    ['groupSummaries', () => groupSummaries(teach, '')],
    ['groupView', () => groupView(teach, 0)],
    ['traces', () => groupSummaries({ of: 'traces', run, folder: '02-explain' }, '')],
    ['problemSteps', () => problemSteps(run, '01-teach', 'p1')],
    ['tokensView', () => tokensView(teach, 0, 0)],
    ['answersView', () => answersView(run, '03-evaluate', asked)],
  ];
}

test('a report of whole files tells of no damage', async () => {
  expect((await runReport(at('whole'))).damage).toEqual([]);
});

test.each(Object.entries(DAMAGES))(
  'files that are %s are named, and are no bugs',
  async (name, damage) => {
    const silent: string[] = [];
    for (const file of filesBelow(at('whole'))) {
      const run = at('damaged');
      rmSync(run, { recursive: true, force: true });
      cpSync(at('whole'), run, { recursive: true });
      writeFileSync(join(run, file), damage(readFileSync(join(run, file))));
      for (const [view, look] of views(run))
        await look().catch((error: unknown) => {
          expect(error, `${view} with ${file} ${name}`).toBeInstanceOf(RltError);
          expect((error as RltError).facts.file, `${view} with ${file} ${name}`).toBe(join(run, file));
        });
      const report = await runReport(run).catch((error: unknown) => {
        expect([error, file]).toEqual([expect.any(RltError), 'recipe.yaml']);
        return undefined;
      });
      if (report === undefined) continue;
      expect(report.stages.length, file).toBeGreaterThan(0);
      if (report.damage.length === 0) silent.push(...(isUnseen(file, name) ? [] : [file]));
      else {
        expect(report.damage.join('\n'), file).toContain(file);
        expect(reportMarkdown(report)).toContain('this report may be incomplete');
        expect(reportHtml(report)).toContain('this report may be incomplete');
        expect(reportMarkdown(report)).not.toContain('has no finished evaluation');
      }
    }
    expect(silent).toEqual([]);
  },
  60_000,
);

test('figures that are not those that were written are left out, and the report says why', async () => {
  const results = 'stages/03-evaluate/results.json';
  const tampered = (name: string, change: (text: string) => string): string => {
    cpSync(at('whole'), at(name), { recursive: true });
    writeFileSync(join(at(name), results), change(readFileSync(join(at(name), results), 'utf8')));
    return at(name);
  };
  const shown = (await runReport(at('whole'))).evaluations;
  expect(shown).toHaveLength(1);
  const digit = (text: string): string =>
    text.replace(/("accuracy": ?0\.\d*)(\d)/, (_, begin, last) => `${begin}${9 - last}`);
  for (const [name, change, how] of [
    ['longer', (text: string) => `${text} `, 'bytes instead of'],
    ['of-the-same-size', digit, 'wrong checksum'],
  ] as const) {
    const report = await runReport(tampered(name, change));
    expect(report.evaluations).toEqual([]);
    expect(report.damage).toEqual([
      expect.stringMatching(
        new RegExp(`^${results} has changed .*${how}.*: its figures may not be those of the run, and are left out$`),
      ),
    ]);
  }
  // The figures are those of results.json: answers that were changed are told of alone.
  const answers = join(at('answers'), 'stages/03-evaluate/answers.jsonl');
  cpSync(at('whole'), at('answers'), { recursive: true });
  writeFileSync(answers, readFileSync(answers, 'utf8').replace('"wrong"', '"right"').replace('"correct"', '"another"'));
  const report = await runReport(at('answers'));
  expect(report.evaluations).toEqual(shown);
  expect(report.damage.join()).toMatch(
    /answers\.jsonl has changed since it was written \(.*may not be what the run wrote/,
  );
});

test('the recipe of a run that cannot be read is refused by its name', async () => {
  cpSync(at('whole'), at('recipe'), { recursive: true });
  for (const text of ['{bad\n', '', 'just words\n', 'stages: 7\n']) {
    writeFileSync(at('recipe/recipe.yaml'), text);
    await expect(runReport(at('recipe'))).rejects.toMatchObject({
      code: 'input',
      facts: { file: at('recipe/recipe.yaml') },
    });
  }
});
