/**
 * Packs the package, installs it from the registry into empty projects in each way that the README gives, and trains the
 * bundled model for a step there: `npm run check:install`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The first npm that obeys allowScripts. */
const ALLOW_SCRIPTS_SINCE = [11, 16];

const WAYS = [
  { name: 'ignore-scripts', argv: ['--ignore-scripts'] },
  { name: 'variable', variables: { ONNXRUNTIME_NODE_INSTALL: 'skip' } },
  { name: 'allow-scripts', project: { allowScripts: { 'onnxruntime-node': false } }, since: ALLOW_SCRIPTS_SINCE },
];

/** Without what the npm that runs this script tells it, which would configure the one that is run here. */
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));

function run(cwd, [command, ...argv], variables = {}) {
  const env = { ...environment, ...variables };
  const shell = process.platform === 'win32';
  return execFileSync(command, argv, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], shell });
}

const atLeast = (version, [major, minor]) => {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
};

const scratch = mkdtempSync(join(tmpdir(), 'rlt-install-'));
try {
  const npm = run(ROOT, ['npm', '--version']).trim();
  const [{ filename, size }] = JSON.parse(run(ROOT, ['npm', 'pack', '--json', '--pack-destination', scratch]));
  console.log(`${filename}: ${(size / 1e6).toFixed(1)} MB, npm ${npm}`);
  for (const { name, argv = [], variables, project = {}, since } of WAYS) {
    if (since !== undefined && !atLeast(npm, since)) {
      console.log(`${name}: skipped, it needs npm ${since.join('.')}`);
      continue;
    }
    const folder = join(scratch, name);
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, ...project }));
    const set = { 'data.train.count': 8, 'stages.warm-up.batch': 4, 'stages.warm-up.epochs': 1 };
    writeFileSync(join(folder, 'mine.yaml'), JSON.stringify({ extends: 'quickstart', name: 'mine', set }));
    const start = Date.now();
    run(folder, ['npm', 'install', '--prefer-offline', ...argv, join(scratch, filename)], variables);
    run(folder, ['npx', '--no', '--', 'rlt', 'warm-up', 'mine.yaml']);
    console.log(`${name}: installed and trained in ${((Date.now() - start) / 1000).toFixed(0)} s`);
    rmSync(folder, { recursive: true });
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
