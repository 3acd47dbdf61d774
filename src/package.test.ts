/** The package as others get it: packed from a clone that was never built, and installed into an empty project. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, normalize, relative } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MINUTES = 60_000;

let scratch = '';
let clone = '';
let project = '';
let packed: readonly string[] = [];
let packedBytes = 0;

/** The environment without what npm tells the scripts that it runs: it would configure the npm that is run here. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const options = { cwd, env, maxBuffer: 2 ** 26, shell: process.platform === 'win32' };
  try {
    return (await promisify(execFile)(command, args, options)).stdout;
  } catch (error) {
    // The compiler writes its errors to standard output.
    throw new Error(`${error}\n${(error as { stdout?: string }).stdout ?? ''}`);
  }
}

/** What a clone does not have. */
const NOT_CLONED = ['.git', '.venv', '__pycache__', 'node_modules', 'dist', 'evaluations', 'runs', 'site'];
const isCloned = (path: string): boolean => {
  const below = relative(ROOT, path);
  return !NOT_CLONED.includes(basename(below)) && !/^models\/(?!base(\/|$))/.test(below);
};

/** Every package that the package needs at run time, at any depth, as a dependency on the folder that is here. */
async function installedHere(): Promise<Record<string, string>> {
  const lock: { packages: Record<string, { dev?: boolean; devOptional?: boolean }> } = JSON.parse(
    await readFile(join(ROOT, 'package-lock.json'), 'utf8'),
  );
  const needed = Object.entries(lock.packages).filter(([path, { dev, devOptional }]) => path && !dev && !devOptional);
  return Object.fromEntries(
    await Promise.all(
      needed.map(async ([path]) => [
        path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
        `file:${await realpath(join(ROOT, path))}`,
      ]),
    ),
  );
}

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'rlt-package-'));
  clone = join(scratch, 'clone');
  await cp(ROOT, clone, { recursive: true, filter: isCloned });
  await symlink(await realpath(join(ROOT, 'node_modules')), join(clone, 'node_modules'), 'junction');
  // What an earlier version left behind.
  await mkdir(join(clone, 'dist'));
  await writeFile(join(clone, 'dist', 'left-behind.js'), '');

  const [made] = JSON.parse(await run('npm', ['pack', '--json', '--pack-destination', scratch], clone));
  packed = made.files.map(({ path }: { path: string }) => path);
  packedBytes = made.size;

  project = join(scratch, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, overrides: await installedHere() }));
  await run('npm', ['install', '--offline', '--ignore-scripts', join(scratch, made.filename)], project);
}, 5 * MINUTES);
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('what is packed', () => {
  it('is every module, compiled from its source, and nothing else in dist', async () => {
    const modules = (await readdir(join(clone, 'src'), { recursive: true }))
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|(^|\/)testing\//.test(file))
      .map((file) => `dist/${file.replace(/\.ts$/, '')}`);
    const isOfPage = (file: string): boolean => file.startsWith('dist/studio/page/');
    expect(packed.filter((file) => file.startsWith('dist/') && !isOfPage(file)).sort()).toEqual(
      modules.flatMap((module) => [`${module}.d.ts`, `${module}.js`, `${module}.js.map`]).sort(),
    );
  });

  it('has the page of the studio, bundled with its fonts', () => {
    const page = packed.filter((file) => file.startsWith('dist/studio/page/')).map((file) => basename(file));
    expect(page.filter((file) => !/^KaTeX_[\w-]+\.woff2$/.test(file)).sort()).toEqual([
      'index.html',
      'main.css',
      'main.js',
    ]);
    expect(page.length).toBeGreaterThan(15);
  });

  it('is small, and has no golden values', () => {
    expect(packedBytes).toBeLessThan(7.8e6);
    expect(packed.filter((file) => file.includes('goldens/') && !file.startsWith('scripts/'))).toEqual([]);
  });

  it('has every place that its pages link to', async () => {
    const pages = packed.filter((file) => file.endsWith('.md'));
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'docs/method.md']));
    const texts = new Map<string, string>();
    for (const page of pages) texts.set(page, await readFile(join(ROOT, page), 'utf8'));
    const broken = [...texts].flatMap(([page, text]) =>
      [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
        if (/^[a-z]+:/.test(link)) return [];
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? page : normalize(join(dirname(page), path));
        const isThere = packed.some((file) => file === target || file.startsWith(`${target}/`));
        const hasAnchor = anchor === undefined || anchorsOf(texts.get(target) ?? '').includes(anchor);
        return isThere && hasAnchor ? [] : [`${page}: ${link}`];
      }),
    );
    expect(broken).toEqual([]);
  });
});

/** The anchors of a page's headings, as GitHub makes them. */
const anchorsOf = (page: string): readonly string[] =>
  [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('what is installed', () => {
  const rlt = (...args: readonly string[]) => run('npx', ['--no', '--', 'rlt', ...args], project);

  it('has the command, with its version', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    expect(await rlt('--version')).toBe(`${version}\n`);
  });

  it('grades', async () => {
    await writeFile(join(project, 'pairs.jsonl'), '{"gold":"0.5","prediction":"\\\\boxed{\\\\frac12}"}\n');
    await rlt('grade', 'math', '--in', 'pairs.jsonl', '--out', 'graded.jsonl');
    expect(JSON.parse(await readFile(join(project, 'graded.jsonl'), 'utf8'))).toMatchObject({ correct: true });
  });

  it(
    'trains the model that comes with it, by a recipe that comes with it',
    async () => {
      await writeFile(
        join(project, 'mine.yaml'),
        `{ extends: quickstart, name: mine, set: { data.train.count: 8, stages.warm-up.batch: 4, stages.warm-up.epochs: 1 } }`,
      );
      await rlt('warm-up', 'mine.yaml', '--out', 'run');
      expect(await readFile(join(project, 'run/stages/01-warm-up/model/config.json'), 'utf8')).toContain(
        '"hidden_size"',
      );
    },
    MINUTES,
  );

  it.each([
    // As a program for Node, and as one for a bundler that knows browsers only.
    [
      'nodenext',
      { module: 'nodenext', lib: ['es2023'], types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')] },
    ],
    ['bundler', { module: 'esnext', lib: ['es2023', 'dom'], types: [] }],
  ])(
    'has types for a program under %s, with every declaration checked',
    async (moduleResolution, environment) => {
      const folder = join(project, moduleResolution);
      await mkdir(folder);
      const options = { ...environment, moduleResolution, strict: true, noEmit: true, skipLibCheck: false };
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }));
      await writeFile(join(folder, 'package.json'), '{"type":"module"}');
      await writeFile(
        join(folder, 'program.ts'),
        `import { type Engine, openLocalEngine, tokenIds } from 'rlt';
        export const engine: Engine = await openLocalEngine({ threads: 1 });
        const model = await engine.open({ kind: 'directory', directory: 'model' });
        const [values] = await model.logProbs([{ ids: tokenIds([1, 2]), positions: [1], temperature: 1 }]);
        export const first: number | undefined = values?.[0];
        // @ts-expect-error: the settings have types.
        await openLocalEngine({ threads: 'many' });`,
      );
      await run('npx', ['--no', '--', 'tsc', '-p', folder], ROOT);
    },
    MINUTES,
  );
});
