// How much each departure from the released code changes the reward (docs/method.md): `npm run build`, then
//
//     node scripts/deviations.mjs MODEL GSM8K.jsonl [problems]
//
// Scores the worked solutions of GSM8K as explanations of the bare answers, with one model as teacher and student, in
// the released conventions and in ours, and prints mean differences of the reward and its terms in nats.
import { FORMATS, layoutsOf, openLocalEngine, paperReward, readProblems, scoreExplanations } from '../dist/index.js';

const [directory, file, count = '32'] = process.argv.slice(2);
if (directory === undefined || file === undefined) throw new Error('give a model directory and a file of GSM8K');
const problems = await readProblems(file, { adapter: 'gsm8k-steps', first: Number(count) });
const engine = await openLocalEngine({});
const source = { kind: 'directory', directory };
const model = await engine.open(source);

/** Rewards of the explanations in a format, with system messages of its own or given ones. */
async function rewards(format, prompts, { ended = true, reward = paperReward() } = {}) {
  const layouts = await layoutsOf(source, format, prompts);
  const side = { model, layouts };
  const judges = { teacher: side, student: side, settings: reward, temperature: 0.7 };
  const explained = problems.map(({ question, solution, reasoningTrace = '' }) => ({
    question,
    solution,
    explanation: ended ? reasoningTrace : reasoningTrace.slice(0, reasoningTrace.length >> 1),
    ended,
  }));
  return (await scoreExplanations(judges, explained)).map(({ reward: { total, solution, kl } }) => [
    total,
    solution.value,
    kl.value,
  ]);
}

function report(what, ours, released) {
  const differences = [0, 1, 2].map((k) => ours.map((row, i) => row[k] - released[i][k]));
  const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
  const cells = differences.map((d) => `${mean(d).toFixed(3)} (${mean(d.map(Math.abs)).toFixed(3)})`);
  console.log(`| ${what} | ${cells.join(' | ')} |`);
}

const { paper, released } = FORMATS;
const own = { teacher: released.systemPrompts.teacher, student: released.systemPrompts.student };
const base = await rewards(released, own);
const mean = (k) => (base.reduce((sum, row) => sum + row[k], 0) / base.length).toFixed(3);
console.log(`${problems.length} problems; released: reward ${mean(0)}, r_SS ${mean(1)}, r_KL ${mean(2)}\n`);
console.log('| ours minus released | reward | r_SS | r_KL |\n|---|---:|---:|---:|');
report('blank lines around contents are not counted', await rewards(paper, own), base);
report(
  'the same, for explanations that were cut',
  await rewards(paper, own, { ended: false }),
  await rewards(released, own, { ended: false }),
);
report('system messages made from the tags', await rewards(paper, {}), await rewards(paper, own));
report('both: format paper', await rewards(paper, {}), base);
await engine.close();
