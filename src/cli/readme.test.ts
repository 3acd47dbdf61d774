import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const scripts: Readonly<Record<string, string>> = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;
const main = join(root, 'dist/cli/main.js');

/** Lines of the README's shell blocks, without their comments. */
const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
  block
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== ''),
);

function rlt(args: readonly string[], cwd: string) {
  return spawnSync(process.execPath, [main, ...args], { cwd, encoding: 'utf8', timeout: 170_000 });
}

/** The smallest quickstart: every stage, a step or a few problems each. */
const SMALL = [
  ['data.train.count', 160],
  // Enough steps for the teacher to learn to end what it writes.
  ['stages.warm-up.batch', 4],
  ['data.held-out.count', 4],
  ['data.larger-numbers.count', 4],
  ['data.more-steps.count', 4],
  ['stages.teach.steps', 1],
  ['stages.teach.prompts', 2],
  ['stages.teach.samples', 4],
  ['stages.evaluate.samples', 1],
  ...['warm-up', 'reader', 'student-solutions', 'student-data-traces', 'student-warm-up', 'student-rlt'].map(
    (stage) => [`stages.${stage}.epochs`, 1],
  ),
].flatMap(([path, value]) => ['--set', `${path}=${value}`]);

describe('the README', () => {
  it('names only scripts that exist, npm ci first', () => {
    expect(commands.length).toBeGreaterThan(4);
    expect(commands[0]).toBe('npm ci');
    for (const [, script = ''] of commands.join('\n').matchAll(/^npm (?:run )?(\S+)$/gm)) {
      if (script !== 'ci') expect(Object.keys(scripts)).toContain(script);
    }
  });

  it('has a quickstart that ends in a table of students, explanations and summary.json, made small here by --set', () => {
    expect(scripts.quickstart).toContain('dist/cli/main.js quickstart');
    const folder = mkdtempSync(join(tmpdir(), 'rlt-readme-'));
    const { status, stdout, stderr } = rlt(['quickstart', ...SMALL], folder);
    expect(stderr).toContain('teach');
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(
      /^Explanations before reinforcement \(the best of \d by reward\) and after it \(the best of \d/,
    );
    expect(stdout).toContain('before RL');
    // What it names as the next step works.
    const [, next = ''] = /`rlt (compare [^`]+)`\.\n$/.exec(stdout) ?? [];
    const compared = rlt(next.split(' '), folder);
    expect(compared.status, compared.stderr).toBe(0);
    expect(stdout).toMatch(/rlt +more-steps/);
    const summary = JSON.parse(readFileSync(join(folder, 'runs/quickstart/summary.json'), 'utf8'));
    const names = summary.students.map(({ name, level }: { name: string; level: string }) => `${name}/${level}`);
    const students = ['base', 'solutions', 'data-traces', 'warm-up', 'rlt'];
    const levels = ['held-out', 'larger-numbers', 'more-steps'];
    expect(names.sort()).toEqual(students.flatMap((name) => levels.map((level) => `${name}/${level}`)).sort());
  }, 180_000);

  it('has a command that is there before the first build, and says then what is missing', () => {
    const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: { rlt: string } };
    const built = spawnSync(process.execPath, [join(root, bin.rlt), '--help'], { encoding: 'utf8' });
    expect([built.status, built.stdout]).toEqual([0, expect.stringContaining('Usage: rlt')]);
    const folder = mkdtempSync(join(tmpdir(), 'rlt-readme-'));
    const copy = join(folder, 'bin', 'rlt.mjs');
    mkdirSync(join(folder, 'bin'));
    copyFileSync(join(root, bin.rlt), copy);
    const bare = spawnSync(process.execPath, [copy, '--help'], { encoding: 'utf8' });
    expect([bare.status, bare.stdout, bare.stderr]).toEqual([2, '', expect.stringContaining('npm run build')]);
  });

  it('runs own problems with the three lines that it shows', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rlt-readme-'));
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(readme) ?? [];
    writeFileSync(join(folder, 'mine.yaml'), yaml);
    const problems = [1, 2, 3].map((n) => ({
      question: `What is ${n} + 1?`,
      solution: `It is ${n + 1}.`,
      reasoning_trace: `${n} + 1 = ${n + 1}.`,
    }));
    writeFileSync(join(folder, 'my-problems.jsonl'), problems.map((problem) => JSON.stringify(problem)).join('\n'));
    const { status, stdout, stderr } = rlt(['run', 'mine.yaml', '--dry-run'], folder);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^Plan of mine\./);
    expect(stdout).toMatch(/^train: 3 questions with a trace each, 1 held out/m);
  });

  it.each(commands.filter((command) => command.startsWith('npx rlt') && !command.includes('mine.yaml')))(
    '%s resolves',
    (command) => {
      const args = command.split(' ').slice(2);
      const { status, stderr } = rlt(args.includes('--dry-run') ? args : [...args, '--dry-run'], root);
      expect(status, stderr).toBe(0);
    },
  );
});
