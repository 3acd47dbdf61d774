/** What finished stages of a run directory left: metrics, tokens, traces, answers. */
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTraces } from '../../dist/data/trace-file.js';
import { sourceContents } from '../../dist/pipeline/inputs/source-contents.js';
import { stageIdentities } from '../../dist/recipe/identity.js';
import { stageFolder } from '../../dist/run/begun-stages.js';

/** A run directory of a recipe; a stage is there once its manifest is, and is of this recipe. */
export class Run {
  constructor(recipe, directory, identities) {
    this.recipe = recipe;
    this.directory = directory;
    this.identities = new Map(identities.map((identity) => [identity.name, identity]));
  }

  static async open(recipe, directory) {
    const contents = await sourceContents(recipe, directory);
    return new Run(recipe, directory, stageIdentities(recipe, contents));
  }

  /** The folder of a finished stage; undefined where it is not finished, or was made with other settings. */
  folder(name) {
    const identity = this.identities.get(name);
    if (identity === undefined) return undefined;
    const folder = join(this.directory, 'stages', stageFolder(identity));
    const manifest = join(folder, 'manifest.json');
    if (!existsSync(manifest)) return undefined;
    return JSON.parse(readFileSync(manifest, 'utf8')).facts.fingerprint === identity.fingerprint ? folder : undefined;
  }

  /** Metrics of every step of a finished stage; undefined where it is not finished. */
  async metrics(name) {
    const folder = this.folder(name);
    return folder === undefined ? undefined : lines(join(folder, 'metrics.jsonl'));
  }

  async traces(name) {
    const folder = this.folder(name);
    return folder === undefined ? undefined : readTraces(join(folder, 'traces.jsonl'));
  }

  /** SHA-256 of the students of an evaluation. */
  async models(name) {
    const folder = this.folder(name);
    return folder === undefined ? undefined : JSON.parse(await readFile(join(folder, 'results.json'), 'utf8')).models;
  }

  /** By "student/level": samples a problem, and how many of them were right, of each problem. */
  async answers(name) {
    const folder = this.folder(name);
    if (folder === undefined) return undefined;
    const problems = new Map();
    for (const { student, level, id, verdict } of await lines(join(folder, 'answers.jsonl'))) {
      const key = `${student}/${level}`;
      const ofKey = problems.get(key) ?? new Map();
      const tally = ofKey.get(id) ?? { right: 0, samples: 0 };
      ofKey.set(id, { right: tally.right + (verdict === 'correct' ? 1 : 0), samples: tally.samples + 1 });
      problems.set(key, ofKey);
    }
    return new Map(
      [...problems].map(([key, ofKey]) => {
        const tallies = [...ofKey.values()];
        return [key, { samples: tallies[0].samples, right: tallies.map(({ right }) => right) }];
      }),
    );
  }

  /**
   * Tokens that finished stages computed, by name: those of sequences trained on, sampled with their prompts in RL, and
   * read by the reward's student; an explain stage counts what it sampled. A step that a killed process did twice counts once.
   */
  async tokens(names) {
    if (names.some((name) => this.folder(name) === undefined)) return undefined;
    const parts = new Map();
    for (const { event, stage, step, batch, tokens } of await lines(join(this.directory, 'events.jsonl'))) {
      if (event === 'step' || event === 'batch') parts.set(`${stage} ${step ?? batch}`, { stage, tokens });
    }
    return Object.fromEntries(
      names.map((name) => [
        name,
        [...parts.values()].filter(({ stage }) => stage === name).reduce((total, { tokens }) => total + tokens, 0),
      ]),
    );
  }

  /** Minutes that finished stages took, by every process that worked on them. */
  async minutes() {
    const file = join(this.directory, 'events.jsonl');
    if (!existsSync(file)) return 0;
    const took = (await lines(file)).filter(({ event }) => event === 'stage took');
    return took.reduce((total, { seconds }) => total + seconds, 0) / 60;
  }
}

async function lines(file) {
  const text = await readFile(file, 'utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
}

const EQUATION = /(\d+) ([+\-*/]) (\d+) = (\d+)/g;
const OPERATIONS = { '+': (a, b) => a + b, '-': (a, b) => a - b, '*': (a, b) => a * b, '/': (a, b) => a / b };

/** Whether the answer stands in an explanation; those of Countdown are expressions. */
export const statesAnswer = ({ explanation, answer }) =>
  new RegExp(`(?<![\\d.])${String(answer).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\d])`).test(explanation);

/** The first problems that are explained in both, with both explanations. */
export function bothExplanations(before, after, count) {
  const afterById = new Map(after.map((trace) => [trace.id, trace.explanation]));
  return before
    .filter(({ id }) => afterById.has(id))
    .slice(0, count)
    .map(({ id, question, solution, answer, explanation }) => ({
      question,
      solution,
      answer,
      before: explanation,
      after: afterById.get(id),
    }));
}

/** The numbers and the target of a Countdown problem. */
const COUNTDOWN = /^Use (.+) to make (\d+)\.$/;

/**
 * Whether equations lead from the given numbers to the target: each takes two numbers that are there, and leaves its
 * result in their place. Elsewhere an operand may come from a word such as "half", so that there is nothing to compare.
 */
function usesWhatIsGiven(question, steps) {
  const numbers = COUNTDOWN.exec(question)[1].match(/\d+/g);
  return steps.every(([, a, , b, result]) => {
    for (const operand of [a, b]) {
      const at = numbers.indexOf(operand);
      if (at < 0) return false;
      numbers.splice(at, 1);
    }
    numbers.push(result);
    return true;
  });
}

/**
 * Whether an explanation has at least one equation, all of them are true, and the last gives the answer; of Countdown,
 * whose answers are expressions, the target, from the numbers that are given.
 */
function isSound({ task, question, answer, explanation }) {
  const steps = equationsOf(explanation);
  const isTrue = ([, a, operator, b, result]) => OPERATIONS[operator](Number(a), Number(b)) === Number(result);
  if (steps.length === 0 || !steps.every(isTrue)) return false;
  if (task !== 'countdown') return steps.at(-1)[4] === answer;
  return steps.at(-1)[4] === COUNTDOWN.exec(question)[2] && usesWhatIsGiven(question, steps);
}

const equationsOf = (explanation) => [...explanation.matchAll(EQUATION)];

/**
 * Shares of explanations, all told from the text: `ended` with the end tag; `leak`: the answer stands in it and no equation;
 * `copied`: the solution stands in it word for word; `sound`: see `isSound`.
 */
export function explanationShares(traces) {
  const of = (test) => traces.filter(test).length / traces.length;
  return {
    explanations: traces.length,
    ended: of(({ ended }) => ended === 'stop'),
    leak: of((trace) => equationsOf(trace.explanation).length === 0 && statesAnswer(trace)),
    copied: of(({ explanation, solution }) => explanation.includes(solution)),
    sound: of(isSound),
  };
}
