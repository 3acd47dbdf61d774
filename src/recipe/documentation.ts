/** Generates docs/recipe.md from the schema. */
import { z } from 'zod';
import { engineSchema } from '../engine/kinds.js';
import { STAGES } from '../stages/index.js';
import { TRACKERS, trackSchema } from '../tracking/settings.js';
import { bare, keysOf, typeText } from './introspection.js';
import { dataSchema, formatSchema, modelSchema, recipeSchema } from './schema.js';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function defaultText(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional) return 'none';
  const { fallback } = bare(schema);
  if (fallback === undefined) return 'required';
  const { value } = fallback;
  if (Array.isArray(value) && value.length > 0) return `\`[${value.join(', ')}]\``;
  return `\`${JSON.stringify(value)}\``;
}

/** One row per key; the keys of a nested map follow it with their paths. */
function rows(schema: z.core.$ZodType, path: string): readonly string[] {
  return Object.entries(keysOf(schema, undefined) ?? {}).flatMap(([key, child]) => {
    const here = path === '' ? key : `${path}.${key}`;
    const inner = bare(child);
    const nested = inner.schema instanceof z.ZodObject ? rows(child, here) : [];
    const standard = nested.length > 0 && !inner.nullable && inner.fallback !== undefined ? '' : defaultText(child);
    return [`| \`${here}\` | ${cell(typeText(child))} | ${cell(standard)} | ${cell(inner.description)} |`, ...nested];
  });
}

function table(schema: z.core.$ZodType): string {
  return ['| key | value | default | meaning |', '|---|---|---|---|', ...rows(schema, '')].join('\n');
}

function choices(union: z.core.$ZodType): readonly z.core.$ZodType[] {
  const { schema } = bare(union);
  return schema instanceof z.ZodUnion ? schema.options : [];
}

const INTRODUCTION = `# Recipes

A recipe is one YAML document that defines everything a run depends on. \`rlt run RECIPE\` runs its stages in order.
\`rlt run RECIPE --dry-run\` checks all that a run checks before it computes: sources, the lengths of the data, references
for grading, engines, the run directory. A problem ends it with the message and exit code that the run would have. Otherwise
it prints the plan: how many steps and tokens each stage takes, and roughly how long (times are of models in float32, without gradient checkpointing); [memory](engine.md#memory) and [disk](engine.md#disk) that the run takes. What the run
directory has of it already is said, and totals are of what is left. With \`--print-recipe\` the recipe with
every default written out stands above it, and all of that is a valid recipe again; \`--json\` has both for programs. It reads what is on this machine and writes nothing, so what lies on the hub or with a server is named as
not checked, not refused. Of a command that runs some stages only (\`rlt teach RECIPE --dry-run\`) the plan is printed also where earlier stages have not been run; which they are follows as the message, with exit code 2. This page is generated from the schema (\`node scripts/docs.mjs\`).

\`\`\`yaml
name: my-run
models:
  base: hf:HuggingFaceTB/SmolLM2-135M-Instruct
data:
  train: problems.jsonl            # question, solution, and reasoning_trace for some or all
stages:
  - { stage: warm-up, teacher: base, data: train }
  - { stage: teach, teacher: warm-up, student: base, data: train }
  - { stage: explain, teacher: teach, data: train }
  - { stage: distill, student: base, traces: explain }
\`\`\`

**References.** A stage names its inputs: models and data sets by their keys under \`models\` and \`data\`, and the artifacts
of earlier stages by the name of the stage (its kind, if it has no \`name\`).

**Overrides.** \`--set stages.teach.steps=60\` changes one value. Stages are addressed by name, or by number from 0; the
value is YAML. \`null\` takes back a setting whose default is "none" below (\`--set engine.lookupTokens=null\`), also in a recipe
that extends another. The commands for single stages have one option per setting, for example \`rlt teach RECIPE --steps 60\`.

**Extending.** \`extends: other.yaml\` starts from another recipe. Maps are merged key by key, also those after \`set\` and
\`--set\`; any other value replaces the inherited one, as does a map of another \`kind\` (an engine) or \`stage\`; setting \`engine.kind\` alone to another one takes out what the recipe wrote for the old. \`null\` takes out what stands under a name: a student,
problems, a data set. To replace a map as a whole, take it out first: by \`remove\`, or \`--set PATH=null\` before. \`remove\` is a list of paths to remove, which comes first, \`set\` a map from paths to values, as for \`--set\`, and \`add\` a list
of stages to append.

**Paths** are relative to the folder of the file they are written in; on the command line, to the working directory.

**The run directory** is \`runs/NAME\`, or what \`--out\` names. The \`recipe.yaml\` of a run stands for that run:
\`rlt explain runs/trial/recipe.yaml\` works in \`runs/trial\`; \`--out\` with another directory repeats the run there.

**Resuming.** A run directory holds the results of one recipe on one state of its models and data. A finished stage is not
run again. If a setting or the contents of a source have changed, the run is refused with what has changed and the stages
whose results would change: choose another \`--out\`, put it back, or delete the folders of these
stages. A run that was begun with several \`--set\` goes on without them by \`rlt run runs/NAME/recipe.yaml\`, which has them all. Moving a source or a server changes nothing.

**Data without traces.** \`warm-up\`, and \`distill\` on a data set's own traces, learn from the problems that have a trace. If
none has, they learn from the traces of \`examples\`, a data set: a few that you wrote, or generated problems. Without
\`examples\`, the recipe is refused with the numbers; with \`whenNoTraces: skip\` the stage is left out, stages that refer to
its model take the one that it would start from, and evaluations do not list it. What was decided is printed, and kept in
\`decisions.json\` of the run directory. The recipes \`own-data\` and \`own-data-smollm2\` do this for problems of your own. A
model that follows instructions may need no warm-up: skip it, and see whether the explanations end.

**Little data and much.** \`epochs\` counts passes. \`minSteps\` and \`maxSteps\` bound the steps on both sides, so that a few
dozen problems get enough of them and tens of thousands not too many.

**What a model was trained with** is kept beside it in \`rlt.json\`: format, system messages, and the reward of a teacher.
\`rlt score --teacher DIR --student DIR\` takes these from there, unless options or \`--recipe\` say otherwise. It says which
reward it uses (\`--json\` has it, too). Where the traces have rewards already, a \`score\` stage says with which other settings these were made, or that the file does not say it.

**Defaults** are the released settings of the paper.`;

/** Settings that are often changed, as they stand below `set` in a recipe that extends `own-data`, or after --set. */
export const COMMON_CHANGES: readonly { readonly what: string; readonly path: string; readonly value: string }[] = [
  { what: 'problems of your own', path: 'data.train.source', value: 'my-problems.jsonl' },
  { what: 'steps of reinforcement', path: 'stages.teach.steps', value: '24' },
  { what: 'explanations per problem in a step', path: 'stages.teach.samples', value: '8' },
  { what: 'the learning rate of reinforcement', path: 'stages.teach.optimiser.learningRate', value: '3.0e-4' },
  { what: 'lambda = 2: the weight of r_KL', path: 'stages.teach.reward.kl', value: '{ mean: 2, max: 0.02 }' },
  { what: 'no r_KL', path: 'stages.teach.reward.kl', value: '{ mean: 0, max: 0 }' },
  { what: 'the k3 estimator in r_KL', path: 'stages.teach.reward.estimator', value: 'k3' },
  { what: 'another model', path: 'models.base', value: 'hf:HuggingFaceTB/SmolLM2-135M-Instruct' },
];

const COMMON = `Below \`set\` in a recipe that extends \`own-data\`, and after \`--set\` (\`--set 'stages.teach.reward.kl={ mean: 0, max: 0 }'\`):

\`\`\`yaml
${COMMON_CHANGES.map(({ what, path, value }) => `${path}: ${value}`.padEnd(62).concat(` # ${what}`)).join('\n')}
\`\`\`

With lambda as in the paper, \`kl.mean\` is lambda and \`kl.max\` lambda / 100. An \`explain\` stage that keeps the best of several explanations has a
\`reward\` of its own: in \`own-data\` these are \`traces-warm-up\` and \`traces-rlt\`.

The reward is a formula whose coefficients the recipe sets. A recipe cannot name a function of your own: where the reward itself is to be
another, write the loop as a program ([examples](../examples/README.md), \`own-reward.ts\`), or add a term to \`rlt\` (CONTRIBUTING.md, "A reward term").`;

/** The whole page, as Markdown. */
export function recipeDocumentation(): string {
  const sections = [INTRODUCTION, '## Common changes', COMMON, '## The recipe', table(recipeSchema)];
  sections.push('## `engine`');
  for (const engine of choices(engineSchema)) sections.push(bare(engine).description, table(engine));
  sections.push('## `models.NAME`', bare(modelSchema).description, table(modelSchema));
  sections.push('## `data.NAME`', bare(dataSchema).description, table(dataSchema));
  const ownFormat = choices(formatSchema).find((choice) => bare(choice).schema instanceof z.ZodObject);
  sections.push('## `format`', bare(formatSchema).description);
  if (ownFormat !== undefined) sections.push(table(ownFormat));
  sections.push('## `track`', bare(trackSchema).description);
  for (const [kind, schema] of Object.entries(TRACKERS)) {
    sections.push(`### \`${kind}\``, bare(schema).description);
    if (rows(schema, '').length > 0) sections.push(table(schema));
  }
  sections.push(
    '## `stages`',
    'In the order of the method. Every stage has a `stage`, which is its kind, and a `name`.',
  );
  for (const [kind, { schema }] of Object.entries(STAGES)) {
    sections.push(`### \`${kind}\``, bare(schema).description, table(schema));
  }
  return `${sections.join('\n\n')}\n`;
}
