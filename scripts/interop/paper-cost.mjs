/**
 * Time and cost of recipes/paper-7b.yaml on servers, as docs/engines.md has them.
 *
 *     npm run build && node scripts/interop/paper-cost.mjs > docs/results/interop/paper-cost.md
 *
 * The recipe's data is on the hub and is not read here: lengths are assumptions, in tokens, and stand in the output.
 * Speeds and prices are examples. Yours go into the lines of the engine (`tokensPerSecond`, `prices`), and
 * `rlt run paper-7b --dry-run` prints the same plan with them.
 */
import { loadRecipe } from '../../dist/recipe/load.js';
import { planRecipe } from '../../dist/recipe/plan.js';

/** Of Bespoke-Stratos-17k and of Countdown, rounded; completions of teacher and students are taken to be as long as traces. */
const LENGTHS = {
  stratos: { count: 16_710, question: 150, explanation: 4500, solution: 350 },
  countdown: { count: 5000, question: 60, explanation: 1500, solution: 30 },
  'countdown-test': { count: 500, question: 60, explanation: 1500, solution: 30 },
};
/** System messages and tags. */
const AROUND = { teacher: 150, student: 80 };
const known = new Map(
  Object.entries(LENGTHS).map(([name, { count, question, explanation, solution }]) => [
    name,
    {
      count,
      lengths: {
        teacherPrompt: AROUND.teacher + question + solution,
        studentPrompt: AROUND.student + question,
        explanation,
        solution,
        explanationsAs: 'traces',
        unit: 'tokens',
      },
    },
  ]),
);

/** The 32B takes four times the work of the 7B, per token. */
const LARGER = 4;
const scaled = (values, factor) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value * factor]));
const SERVERS = [
  {
    name: 'hosted, at the price of Qwen3-8B (October 2026, dollars)',
    prices: { prefill: 0.195, sample: 0.6, train: 0.44 },
    tokensPerSecond: { prefill: 200_000, sample: 40_000, train: 50_000 },
  },
  {
    name: 'one node with eight H100, at 24 dollars an hour',
    perHour: 24,
    tokensPerSecond: { prefill: 120_000, sample: 25_000, train: 30_000 },
  },
];

const large = new Set(['student-32b']);
const whole = (value) => Math.round(value).toLocaleString('en-US');
const hours = (seconds) => (seconds === undefined ? '?' : (seconds / 3600).toFixed(1));
const millions = (tokens) => (tokens === 0 ? '-' : whole(tokens / 1e6));

const settings = (server, factor) => ({
  kind: 'tinker',
  url: 'http://localhost:8000',
  whenUnsupported: 'replace',
  tokensPerSecond: scaled(server.tokensPerSecond, 1 / factor),
  ...(server.prices && { prices: scaled(server.prices, factor) }),
});
const plans = [];
for (const server of SERVERS) {
  const recipe = await loadRecipe('paper-7b', [
    `engine=${JSON.stringify(settings(server, 1))}`,
    `engines={"large": ${JSON.stringify(settings(server, LARGER))}}`,
    ...[...large].map((name) => `models.${name}.engine=large`),
  ]);
  plans.push(planRecipe(recipe, undefined, known));
}

const [first] = plans;
console.log("# Time and cost of the paper's recipe\n");
console.log('Written by `scripts/interop/paper-cost.mjs`. Tokens in millions; hours and dollars by these examples:\n');
for (const {
  name,
  tokensPerSecond: { prefill, sample, train },
  prices,
} of SERVERS) {
  const cost = prices === undefined ? '' : `; ${prices.prefill}, ${prices.sample} and ${prices.train} per million`;
  console.log(
    `- ${name}: ${whole(prefill)} read, ${whole(sample)} sampled and ${whole(train)} trained tokens per second${cost}.`,
  );
}
console.log(`- The 32B: a quarter of the speed, ${LARGER} times the price. Speeds are assumptions, not measurements.`);
for (const [name, { question, explanation, solution }] of Object.entries(LENGTHS))
  console.log(`- ${name}: questions of ${question}, explanations of ${explanation}, solutions of ${solution} tokens.`);
console.log('- Benchmarks are not read here, so that the stage `scores` is not counted.\n');
console.log('| stage | kind | sampled | read | trained | hosted, h | hosted, $ | node, h | node, $ |');
console.log('|---|---|--:|--:|--:|--:|--:|--:|--:|');
const row = (name, kind, tokens, [hosted, node]) => {
  const own = node.seconds === undefined ? '?' : whole((node.seconds / 3600) * SERVERS[1].perHour);
  const cells = [millions(tokens.sampled), millions(tokens.read), millions(tokens.trained)];
  const paid = hosted.cost === undefined ? '?' : whole(hosted.cost);
  console.log(`| ${[name, kind, ...cells, hours(hosted.seconds), paid, hours(node.seconds), own].join(' | ')} |`);
};
/** Estimated tokens, from the costs of one kind at a time: a plan shows upper bounds only. */
const tokensOf = async (kind) => {
  const prices = { prefill: 0, sample: 0, train: 0, [kind]: 1e6 };
  const recipe = await loadRecipe('paper-7b', [
    `engine=${JSON.stringify({ kind: 'tinker', url: 'http://localhost:8000', prices })}`,
  ]);
  return planRecipe(recipe, undefined, known).stages.map(({ cost }) => cost ?? 0);
};
const [sampled, read, trained] = await Promise.all(['sample', 'prefill', 'train'].map(tokensOf));
first.stages.forEach(({ name, kind }, i) => {
  const tokens = { sampled: sampled[i], read: read[i], trained: trained[i] };
  row(
    name,
    kind,
    tokens,
    plans.map(({ stages }) => stages[i]),
  );
});
const sum = (values) => values.reduce((total, value) => total + value, 0);
row('**all**', '', { sampled: sum(sampled), read: sum(read), trained: sum(trained) }, plans);
