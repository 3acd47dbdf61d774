/** docs/recipe.md, made from the schema. */
import { z } from 'zod';
import { engineSchema } from '../engine/kinds.js';
import { STAGES } from '../stages/index.js';
import { bare, keysOf, typeText } from './introspection.js';
import { dataSchema, formatSchema, modelSchema, recipeSchema } from './schema.js';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function defaultText(schema: z.core.$ZodType): string {
  const { fallback } = bare(schema);
  if (fallback === undefined) return 'required';
  const { value } = fallback;
  if (Array.isArray(value) && value.length > 0) return `\`[${value.join(', ')}]\``;
  return `\`${JSON.stringify(value)}\``;
}

/** A row a key; the keys of a map within follow it with their path. */
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

A recipe is one YAML document that says everything a run depends on. \`rlt run RECIPE\` runs its stages in order;
\`rlt run RECIPE --dry-run\` checks it and prints it resolved, with every default written out, and what it is
going to do: how many steps and tokens, and how long it takes about. Data on this machine are read for it; the hub is not asked.
This page is generated from the schema (\`node scripts/docs.mjs\`).

\`\`\`yaml
name: my-run
models:
  base: hf:HuggingFaceTB/SmolLM2-135M-Instruct
data:
  train: problems.jsonl            # question, solution, reasoning_trace
stages:
  - { stage: warm-up, teacher: base, data: train }
  - { stage: teach, teacher: warm-up, student: base, data: train }
  - { stage: explain, teacher: teach, data: train }
  - { stage: distill, student: base, traces: explain }
\`\`\`

**References.** A stage names what it takes: models and data sets by their keys under \`models\` and \`data\`, and results of
earlier stages by the name of the stage (its kind, where it has no \`name\`).

**Overrides.** \`--set stages.teach.steps=60\` changes one value; stages are named or numbered from 0, and the value is YAML.
The commands of single stages have an option for each value, for example \`rlt teach RECIPE --steps 60\`.

**Extending.** \`extends: other.yaml\` takes another recipe as base. Maps are merged with it, anything else replaces what is
there; \`remove\` is a list of paths that are taken out, \`set\` a map from paths to values, as for \`--set\`, and \`add\` a list
of stages that come last.

**Paths** are meant from the folder of the file they are written in; those on the command line, from the working directory.

**Going on.** A run directory holds the results of one recipe on one content of its models and data. A stage that is done is not
run again; where a setting or the bytes of a source have changed, the run is refused, with the stages that would
come out otherwise, until it has another \`--out\` or the folders of these stages are deleted. Where a source lies makes no difference.

**Defaults** are the released settings of the paper.`;

/** The whole page. */
export function recipeDocumentation(): string {
  const sections = [INTRODUCTION, '## The recipe', table(recipeSchema)];
  sections.push('## `engine`');
  for (const engine of choices(engineSchema)) sections.push(bare(engine).description, table(engine));
  sections.push('## `models.NAME`', bare(modelSchema).description, table(modelSchema));
  sections.push('## `data.NAME`', bare(dataSchema).description, table(dataSchema));
  const ownFormat = choices(formatSchema).find((choice) => bare(choice).schema instanceof z.ZodObject);
  sections.push('## `format`', bare(formatSchema).description);
  if (ownFormat !== undefined) sections.push(table(ownFormat));
  sections.push('## `stages`', 'In the order of the method. Each has a `stage`, its kind, and a `name`.');
  for (const [kind, { schema }] of Object.entries(STAGES)) {
    sections.push(`### \`${kind}\``, bare(schema).description, table(schema));
  }
  return `${sections.join('\n\n')}\n`;
}
