/** Single stages of a recipe outside `rlt run`, with an engine of the caller's: what bench/rl-step.mjs measures with. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelOf } from '../dist/pipeline/inputs/models.js';
import { ProblemSource } from '../dist/pipeline/inputs/problems.js';
import { sourceContents } from '../dist/pipeline/inputs/source-contents.js';
import { stageIdentities } from '../dist/recipe/identity.js';
import { renderRecipe } from '../dist/recipe/load.js';
import { RunDirectory } from '../dist/run/directory.js';
import { quietProgress } from '../dist/run/progress.js';
import { FORMATS } from '../dist/text/formats.js';

/**
 * Gives `work` the context of the stage `name` in a run directory of its own; returns what it returns and the seconds and
 * phases of its optimiser steps. `models` maps names of the recipe to directories, before those of the recipe.
 */
export async function withStage({ recipe, name, engine, directory, models = {} }, work) {
  const contents = await sourceContents(recipe, directory);
  const identities = stageIdentities(recipe, contents);
  const identity = identities.find((one) => one.name === name);
  const stage = recipe.stages.find((one) => one.name === name);
  const run = await RunDirectory.open({ directory, recipe: renderRecipe(recipe), stages: identities });
  const problems = new ProblemSource(recipe);
  const folder = await run.stage(identity);
  const context = {
    name,
    seed: recipe.seed,
    engine,
    format: typeof recipe.format === 'string' ? FORMATS[recipe.format] : recipe.format,
    prompts: recipe.prompts,
    directory: folder,
    progress: quietProgress.stage({ name, index: 0, count: 1, unit: 'step' }),
    signal: new AbortController().signal,
    model: async (reference) => models[reference] ?? (await modelOf(recipe.models[reference])),
    problems: (reference) => problems.problems(reference),
    traces: async () => {
      throw new Error('no stage here reads traces');
    },
  };
  let value;
  try {
    value = await work(context, stage);
  } finally {
    await folder.close();
    await run.close();
  }
  const events = (await readFile(join(directory, 'events.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { value, steps: events.filter(({ event, stage }) => event === 'step' && stage === name) };
}

/** Makes an engine's calls count under the phase of a reinforcement step that they belong to; `seconds` is cleared by the reader. */
export function clocked(engine) {
  const seconds = { sampling: 0, scoring: 0, reference: 0, update: 0 };
  const count = (object, method, phase) => {
    const original = object[method].bind(object);
    object[method] = async (...values) => {
      const began = performance.now();
      try {
        return await original(...values);
      } finally {
        seconds[phase] += (performance.now() - began) / 1000;
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
