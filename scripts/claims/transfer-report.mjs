/** docs/results/transfer.md: which conditions make a teacher explain families that it was not trained on. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../../dist/storage.js';
import { accuracyPanels } from '../plots/svg.mjs';
import { differenceWithInterval, each, interval, percent, table } from './cells.mjs';
import { shownSettings } from './command.mjs';
import { tallies } from './measure.mjs';
import { explanationShares } from './readings.mjs';
import { above, overSeeds, pooledAccuracy, pooledShare, sideOf } from './statistics.mjs';

const FAMILIES = ['word-problems', 'ages', 'journeys', 'prices', 'countdown'];
/** Those whose explanations distil students. */
const DISTILLED = ['journeys', 'prices'];
const CONTROL = 'control';
const EXAMPLES = 2;

/** Written before the runs. */
export const RULE = `For a condition and a family, the share of sound explanations less that of the control is taken in each seed. The condition **helps** the family where Student's 95 % interval over the seeds lies above 0, and **harms** it where it lies below; all else is *not shown*. The family **transfers** to a teacher where the pooled 95 % interval of the student of its explanations lies above that of the student of the family's own traces: of the four comparisons of C6 the one that decided it. Two students differ where their pooled intervals lie apart. Nothing is left out. Where nothing differs, about one comparison in forty shows help by chance, and one in forty harm.`;

const LEGEND =
  'Sound: at least one equation, all of them true, and the last gives the answer; of Countdown, the target, and only the given numbers are used, each once. ' +
  'As in the quickstart, each problem is explained four times, and the explanation with the highest reward is kept and counted; none of the explained problems is one of RL.';

/** What one seed has of a condition, by family. */
async function measured(run, named, condition) {
  const sound = {};
  const accuracy = {};
  for (const family of FAMILIES) {
    const traces = await run.traces(named(`traces-${family}`, condition));
    if (traces !== undefined) sound[family] = explanationShares(traces);
  }
  for (const family of DISTILLED) {
    const own = tallies(await run.answers(named(`evaluate-${family}`, condition)));
    if (own[`rlt/${family}`] !== undefined) accuracy[family] = own[`rlt/${family}`];
  }
  return { sound, accuracy };
}

const VERDICTS = new Map([
  [1, 'helps'],
  [-1, 'harms'],
]);

/** Shares of sound explanations, with the difference to the control. */
function soundRows(conditions, seeds) {
  return Object.entries(conditions).flatMap(([condition, { text, families = [] }]) =>
    FAMILIES.flatMap((family) => {
      const shares = seeds.flatMap(({ of }) => of[condition].sound[family] ?? []);
      if (shares.length === 0) return [];
      const differences = seeds.flatMap(({ of }) => {
        const [own, control] = [of[condition].sound[family], of[CONTROL].sound[family]];
        return condition === CONTROL || own === undefined || control === undefined ? [] : [own.sound - control.sound];
      });
      const difference = overSeeds(differences);
      return {
        condition,
        text,
        family,
        inRl: family === 'word-problems' || families.includes(family),
        perSeed: shares.map(({ sound }) => sound),
        leaks: shares.map(({ leak }) => leak),
        pooled: pooledShare(shares.map(({ sound, explanations }) => ({ share: sound, of: explanations }))),
        differences,
        difference,
        verdict: difference === undefined ? null : (VERDICTS.get(sideOf(difference, seeds.length)) ?? 'not shown'),
      };
    }),
  );
}

/** Whether one student's pooled interval lies above another's, over the seeds that have both. */
function isAbove(seeds, of, other) {
  const both = seeds.filter((seed) => of(seed) !== undefined && other(seed) !== undefined);
  return both.length > 0 && above(pooledAccuracy(both.map(of)), pooledAccuracy(both.map(other)));
}

/** Students of the explanations, and of the families' own traces. */
function studentRows(conditions, seeds) {
  return DISTILLED.flatMap((family) => {
    const ofTraces = ({ data }) => data[family];
    const rows = [
      ...Object.entries(conditions).map(([condition, { text }]) => ({
        condition,
        text,
        tally: ({ of }) => of[condition].accuracy[family],
      })),
      { condition: 'data-traces', text: "the family's own traces", tally: ofTraces },
    ];
    const control = rows[0].tally;
    return rows.flatMap(({ condition, text, tally }) => {
      const all = seeds.flatMap((seed) => tally(seed) ?? []);
      if (all.length === 0) return [];
      const isOther = condition !== CONTROL && condition !== 'data-traces';
      return {
        family,
        condition,
        text,
        perSeed: all.map(({ accuracy }) => accuracy),
        pooled: pooledAccuracy(all),
        transfers: condition === 'data-traces' ? null : isAbove(seeds, tally, ofTraces),
        better: !isOther
          ? null
          : isAbove(seeds, tally, control)
            ? 'better'
            : isAbove(seeds, control, tally)
              ? 'worse'
              : 'not apart',
      };
    });
  });
}

/** Which conditions lack seeds. */
function missing(conditions, seeds) {
  const lacking = Object.entries(conditions).flatMap(([condition, { text }]) => {
    const there = seeds.filter(({ of }) => of[condition].accuracy[DISTILLED.at(-1)] !== undefined).length;
    return there === seeds.length ? [] : [`${text}: ${there} of ${seeds.length}`];
  });
  return lacking.length === 0
    ? []
    : [`**Not complete.** Seeds that are finished: ${lacking.join('; ')}. What is shown is of what is finished.`];
}

const cell = (text) => text.trim().replaceAll('|', '\\|').replaceAll('\n', ' ');

/** The first problems of each family, as the teachers of the first seed explain them. */
async function examples({ conditions, named }, { recipe, run }) {
  const sections = [];
  for (const family of FAMILIES) {
    const all = [];
    for (const [condition, { text }] of Object.entries(conditions)) {
      const traces = await run.traces(named(`traces-${family}`, condition));
      if (traces !== undefined) all.push({ text, traces: traces.slice(0, EXAMPLES) });
    }
    if (all.length === 0) continue;
    const [{ traces: problems }] = all;
    sections.push(
      table(
        [`${family}, seed ${recipe.seed}`, ...problems.map(({ question, answer }) => `${cell(question)} (${answer})`)],
        all.map(({ text, traces }) => [text, ...traces.map(({ explanation }) => cell(explanation))]),
      ),
    );
  }
  return sections.length === 0 ? [] : ['## What the teachers write', ...sections];
}

function setUp({ data, stages }) {
  const [warmUp, teach] = ['warm-up', 'teach'].map((name) => stages.find((stage) => stage.name === name));
  const explained = FAMILIES.map((family) => `${data[family].count} ${family}`).join(', ');
  return (
    `Teachers differ in the condition alone: ${warmUp.epochs} epochs of warm-up on ${data.train.count} word problems with traces of mixed quality, then ${teach.steps} steps of RL of ${teach.prompts} problems with ${teach.samples} explanations each, ` +
    'whatever these are of. With other families in RL, its problems are word problems and those families in equal parts, as many in all; of them it has questions and solutions, and no trace. ' +
    `Explained in each seed: ${explained}. Students are distilled as in the quickstart, and answer ${data['prices-held-out'].count} held-out problems of the family, 4 samples each. ` +
    'The base has read all families as plain text, Countdown least; that is the same for all, and no other base was tried.'
  );
}

/** Writes transfer.md, its figure and transfer.json to `results`. */
export async function writeTransfer({ results, seeds: numbers, set }, runs, { conditions, named, tried }) {
  const stops = Object.assign({}, ...runs.map((one) => Object.fromEntries(one.stops)));
  const seeds = [];
  for (const { run } of runs) {
    const of = {};
    for (const condition of Object.keys(conditions)) of[condition] = await measured(run, named, condition);
    const data = {};
    for (const family of DISTILLED) {
      const own = tallies(await run.answers(`evaluate-${family}-data`));
      if (own[`data-traces/${family}`] !== undefined) data[family] = own[`data-traces/${family}`];
    }
    seeds.push({ of, data });
  }
  const sound = soundRows(conditions, seeds);
  const students = studentRows(conditions, seeds);
  const command = [
    'node scripts/transfer.mjs',
    ...(numbers.join() === '1,2,3' ? [] : [`--seeds ${numbers.join()}`]),
    ...shownSettings(set),
  ].join(' ');
  const texts = Object.values(conditions).map(({ text }) => text);
  const byFamily = (show) =>
    Object.entries(conditions).flatMap(([condition, { text }]) => {
      const own = sound.filter((row) => row.condition === condition);
      const stopped = stops[condition];
      if (own.length === 0 && stopped === undefined) return [];
      return [
        [
          text,
          ...FAMILIES.map((family) => {
            const row = own.find((one) => one.family === family);
            return row === undefined ? (stopped === undefined ? '–' : `stopped: ${stopped}`) : show(row);
          }),
        ],
      ];
    });
  const page = [
    '# What makes a teacher transfer',
    `Teachers that differ from the quickstart's in one condition each explain families of problems. Made by \`${command}\`; the numbers are also in \`transfer.json\`. Seeds: ${numbers.join(', ')}.`,
    ...missing(conditions, seeds),
    '## The rule',
    RULE,
    '## Set-up',
    setUp(runs[0].recipe),
    ...tried,
    '## Sound explanations',
    `${LEGEND} In percent, pooled over seeds, and in each seed. † of this family there are problems in RL, and of the word problems there are in all.`,
    '![Sound explanations of each family, by condition](transfer.svg)',
    table(
      ['', ...FAMILIES],
      byFamily(({ pooled, perSeed, inRl, family }) => {
        const mark = inRl && family !== 'word-problems' ? ' †' : '';
        return `${percent(pooled.value)}${mark} (${each(perSeed)})`;
      }),
    ),
    "Less the control, in points, with Student's interval over seeds:",
    table(
      ['', ...FAMILIES],
      byFamily(({ difference, verdict }) =>
        difference === undefined
          ? '–'
          : `${differenceWithInterval(difference)}, ${verdict === 'not shown' ? verdict : `**${verdict}**`}`,
      ).filter((_, index) => index > 0),
    ),
    '## Students',
    "Accuracy on held-out problems of the family, in percent; the quickstart's other settings.",
    table(
      ['family', 'student of', 'each seed', 'pooled', '95 % interval', 'beside the control', 'transfers'],
      students.map(({ family, text, perSeed, pooled, better, transfers }) => [
        family,
        text,
        each(perSeed),
        percent(pooled.value),
        interval(pooled),
        better ?? '–',
        transfers === null ? '–' : transfers ? '**yes**' : 'no',
      ]),
    ),
    ...(await examples({ conditions, named }, runs[0])),
  ].join('\n\n');
  await mkdir(results, { recursive: true });
  await writeFileAtomically(join(results, 'transfer.md'), `${page}\n`);
  await writeFileAtomically(
    join(results, 'transfer.json'),
    `${JSON.stringify({ command, rule: RULE, sound, students, stops }, null, 1)}\n`,
  );
  await writeFileAtomically(
    join(results, 'transfer.svg'),
    await accuracyPanels({
      title: 'Sound explanations of each family, 95 % intervals',
      axis: 'sound explanations (%)',
      rows: sound.map(({ text, family, pooled }) => ({ name: text, panel: family, pooled })),
      names: texts,
      panels: FAMILIES,
      width: 150,
      step: 20,
      mark: { type: 'point', filled: true, size: 45, color: '#1F5FA8' },
      rule: { color: '#1F5FA8' },
    }),
  );
}
