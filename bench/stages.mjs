/** What bench/rl-step.mjs measures with: an engine with clocks, training outside a run, and what steps left behind. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sourceContents } from '../dist/pipeline/inputs/source-contents.js';
import { stageIdentities } from '../dist/recipe/identity.js';
import { renderRecipe } from '../dist/recipe/load.js';
import { RunDirectory } from '../dist/run/directory.js';
import { quietProgress } from '../dist/run/progress.js';

/**
 * Gives `work` what the training loop of the stage `name` needs of its context, in a run directory of its own, and the
 * stage's settings. The caller brings models, data and rewards, which a run would take from the recipe.
 */
export async function withTrainingContext({ recipe, name, directory }, work) {
  const identities = stageIdentities(recipe, await sourceContents(recipe, directory));
  const index = recipe.stages.findIndex((one) => one.name === name);
  const run = await RunDirectory.open({ directory, recipe: renderRecipe(recipe), stages: identities });
  try {
    const folder = await run.stage(identities[index]);
    try {
      const context = {
        name,
        seed: recipe.seed,
        directory: folder,
        progress: quietProgress.stage({ name, index, count: recipe.stages.length, unit: 'step' }),
        signal: new AbortController().signal,
        note: quietProgress.note,
      };
      await work(context, recipe.stages[index]);
    } finally {
      await folder.close();
    }
  } finally {
    await run.close();
  }
}

const jsonLines = async (file) =>
  (await readFile(file, 'utf8')).split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));

/** The events of a stage's optimiser steps, with their seconds and phases. */
export const stepsOf = async (runDirectory, name) =>
  (await jsonLines(join(runDirectory, 'events.jsonl'))).filter(
    ({ event, stage }) => event === 'step' && stage === name,
  );

/** The metrics of each step of a stage. */
export const metricsOf = (stageDirectory) => jsonLines(join(stageDirectory, 'metrics.jsonl'));

/**
 * Makes an engine's calls count under the phase of a reinforcement step that they belong to; `seconds` is cleared by the
 * reader. Calls of a phase may be in flight together (a gradient and its step): their common time counts once.
 */
export function clocked(engine) {
  const seconds = { sampling: 0, scoring: 0, reference: 0, update: 0 };
  const inFlight = { sampling: 0, scoring: 0, reference: 0, update: 0 };
  const began = {};
  const count = (object, method, phase) => {
    const original = object[method].bind(object);
    object[method] = async (...values) => {
      if (inFlight[phase]++ === 0) began[phase] = performance.now();
      try {
        return await original(...values);
      } finally {
        if (--inFlight[phase] === 0) seconds[phase] += (performance.now() - began[phase]) / 1000;
      }
    };
  };
  const inner = { open: engine.open.bind(engine), train: engine.train.bind(engine) };
  engine.open = async (source) => {
    const student = await inner.open(source);
    count(student, 'logProbs', 'scoring');
    return student;
  };
  engine.train = async (source, options) => {
    const policy = await inner.train(source, options);
    count(policy, 'sample', 'sampling');
    count(policy, 'logProbs', 'scoring');
    count(policy, 'accumulate', 'update');
    count(policy, 'step', 'update');
    count(policy, 'blendInto', 'reference');
    const freeze = policy.freeze.bind(policy);
    policy.freeze = async () => {
      const reference = await freeze();
      count(reference, 'logProbs', 'reference');
      return reference;
    };
    return policy;
  };
  return { engine, seconds };
}
