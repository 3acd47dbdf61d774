// `npm run example NAME ARGUMENTS` builds everything, then runs examples/dist/NAME.js through this file.
import { readdirSync } from 'node:fs';

const names = readdirSync(new URL('dist', import.meta.url)).flatMap((file) => /^(.+)\.js$/.exec(file)?.[1] ?? []);
const [name] = process.argv.splice(2, 1);
if (names.includes(name)) await import(`./dist/${name}.js`);
else {
  console.error(`usage: npm run example NAME [ARGUMENTS]\n  NAME is one of ${names.join(', ')}`);
  process.exitCode = 2;
}
