/**
 * Whether a server of llama.cpp gives texts the ids that we give them.
 *
 *     node scripts/interop/tokens.mjs http://127.0.0.1:18300 MODEL-DIRECTORY TEXTS.jsonl...
 *
 * The texts are all strings in the JSON lines, without control tokens, which a server reads differently on purpose.
 */
import { readFile } from 'node:fs/promises';
import { loadTokenizer } from '../../dist/text/tokenizer/tokenizer.js';

const [url, directory, ...files] = process.argv.slice(2);
const tokenizer = await loadTokenizer(directory);
const stringsIn = (value) =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(stringsIn)
      : [];
const texts = [
  "It's 12+3=15.\n\nThen (so) 'RE \t we've\r\n  done  …",
  '\n \n\n \n\n\n \t \t\t',
  'naïve 日本語 🦙🦙 3.3',
];
for (const file of files)
  for (const line of (await readFile(file, 'utf8')).split('\n'))
    if (line !== '') texts.push(...stringsIn(JSON.parse(line)).filter((text) => text !== ''));
let [tokens, differ] = [0, 0];
for (const text of texts) {
  const response = await fetch(new URL('/tokenize', url), {
    method: 'POST',
    body: JSON.stringify({ content: text, add_special: false, parse_special: false }),
  });
  const theirs = (await response.json()).tokens;
  const ours = [...tokenizer.encode(text)];
  tokens += ours.length;
  if (String(theirs) === String(ours)) continue;
  differ += 1;
  if (differ <= 3) console.log(`differs: ${JSON.stringify(text)}\n  ours   ${ours}\n  theirs ${theirs}`);
}
console.log(`${texts.length} texts, ${tokens} tokens: ${differ === 0 ? 'all the same' : `${differ} texts differ`}`);
process.exitCode = differ === 0 ? 0 : 1;
