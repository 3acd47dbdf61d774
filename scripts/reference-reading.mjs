/**
 * How well the math grader reads the references of a data set: `npm run build`, then
 *
 *     node scripts/reference-reading.mjs FILE.jsonl [--key answer] [--pairs 200000] [--seed 1] [--list 20]
 *
 * Prints how many references are read whole, in part and not at all, how many are accepted against themselves as plain
 * text and inside \boxed{...}, and which pairs of different references are accepted. The pairs are a seeded sample; one
 * half is drawn from all pairs, the other from pairs of one type (two intervals, two equations, ...), where a false
 * accept is likelier. Accepted pairs are for a person to judge: many are one answer written in two ways.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { mathGrader, readMathAnswer, sameMathAnswer } from '../dist/evaluation/graders/math/math.js';
import { randomKey, uniformAt } from '../dist/random.js';

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    key: { type: 'string', default: 'answer' },
    pairs: { type: 'string', default: '200000' },
    seed: { type: 'string', default: '1' },
    list: { type: 'string', default: '20' },
  },
});
const [file] = positionals;
const [pairs, seed, listed] = [options.pairs, options.seed, options.list].map(Number);
if (file === undefined || ![pairs, seed, listed].every(Number.isSafeInteger))
  throw new Error('usage: reference-reading.mjs FILE.jsonl [--key answer] [--pairs N] [--seed N] [--list N]');

/** A list of references is one answer of several parts. */
const referenceOf = (row) => {
  const value = row[options.key];
  return Array.isArray(value) ? value.join(', ') : value === undefined ? undefined : String(value);
};
const references = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => referenceOf(JSON.parse(line)));
const missing = references.filter((text) => text === undefined).length;
if (missing > 0) throw new Error(`${missing} of ${references.length} lines have no ${JSON.stringify(options.key)}`);

/** Letters and digits, without commands that only mark text or layout and the words that join parts. */
const essence = (text) =>
  text
    .replace(/\\(?:text\w*|math(?:rm|bf|it)|mbox|boxed|left|right|begin|end|displaystyle|quad|qquad)(?![a-z])/g, '')
    .replace(/\b(?:and|or)\b|[^\p{L}\p{N}]/gu, '');

const read = references.map((text) => ({ text, answer: readMathAnswer(text, 'reference') }));
const extentOf = ({ text, answer }) => {
  if (answer === undefined || answer.readings.length === 0) return 'not at all';
  return essence(answer.text).length >= essence(text).length ? 'whole' : 'in part';
};

function report(what, failed) {
  console.log(`${what}: ${references.length - failed.length} of ${references.length}`);
  for (const text of failed.slice(0, listed)) console.log(`    ${JSON.stringify(text)}`);
}

const extents = read.map(extentOf);
const count = (extent) => extents.filter((found) => found === extent).length;
console.log(`${file}: ${references.length} references`);
console.log(`read whole ${count('whole')}, in part ${count('in part')}, not at all ${count('not at all')}`);
for (const extent of ['in part', 'not at all']) {
  console.log(`${extent}:`);
  for (const { text } of read.filter((_, index) => extents[index] === extent).slice(0, listed))
    console.log(`    ${JSON.stringify(text)}`);
}

const accepts = (gold, prediction) => mathGrader.grade(gold, prediction).verdict === 'correct';
report(
  'equal to themselves as plain text',
  references.filter((text) => !accepts(text, text)),
);
report(
  'equal to themselves inside \\boxed{...}',
  references.filter((text) => !accepts(text, `\\boxed{${text}}`)),
);

/** What an answer looks like, so that answers of one type can be paired. */
function typeOf({ readings: [reading] }) {
  if (reading === undefined) return 'text';
  if (reading.kind === 'bracket') return `bracket ${reading.open} ${reading.items.length} ${reading.close}`;
  if (reading.kind === 'relation') return `relation ${reading.operators.join(' ')}`;
  if (reading.kind === 'list' || reading.kind === 'set') return `${reading.kind} ${reading.items.length}`;
  return reading.kind;
}

const seen = new Map();
for (const { text, answer } of read) if (answer !== undefined) seen.set(text.replace(/[\s$]/g, ''), { text, answer });
const different = [...seen.values()];
const byType = new Map();
for (const reference of different) {
  const type = typeOf(reference.answer);
  byType.set(type, [...(byType.get(type) ?? []), reference]);
}
const key = randomKey(seed);
const draw = (items, index) => items[Math.floor(uniformAt(key, index) * items.length)];
const accepted = new Map();
for (let i = 0; i < pairs; i++) {
  const left = draw(different, 2 * i);
  const right = draw(i % 2 === 0 ? different : byType.get(typeOf(left.answer)), 2 * i + 1);
  const name = [left.text, right.text].sort().join('\u0000');
  if (left === right || accepted.has(name)) continue;
  if (sameMathAnswer(left.answer, right.answer).same) accepted.set(name, [left.text, right.text]);
}
console.log(`accepted of ${pairs} sampled pairs of different references: ${accepted.size}`);
for (const pair of accepted.values()) console.log(`    ${pair.map((text) => JSON.stringify(text)).join('  ~  ')}`);
