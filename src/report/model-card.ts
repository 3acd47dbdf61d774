/** The card of a model on the hub: what it is, how it was made, what was measured, how to use it. No paths, no texts of data. */
import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { isHubSource, parseHubSource } from '../data/hub/source.js';
import { InputError, RltError } from '../errors.js';
import { markdownCell } from '../evaluation/answers/report-text.js';
import { trainingRecordOf } from '../pipeline/inputs/training-record.js';
import { counted } from '../printable.js';
import { formatOf } from '../recipe/schema.js';
import { RECIPE_FILE } from '../run/begun-stages.js';
import { DATA_READ } from '../run/directory.js';
import { issueText } from '../schema-issue.js';
import { layoutsOf } from '../stages/layouts.js';
import { eventsIn } from '../views/run-files.js';
import { fenced, learningText, markdownLine, repeatText, studentsText } from './markdown.js';
import { publicPath } from './public-text.js';
import { localBase } from './published-files.js';
import { recordedRecipe, runReport } from './run-report.js';

/** The run that a model was made in, and the folder of its stage. */
export interface Origin {
  readonly run: string;
  /** `03-teach` */
  readonly stage: string;
  /** `step-000012` of a model of an earlier step. */
  readonly step?: string | undefined;
}

/** Where a model lies in its run: `RUN/stages/NN-name/model` or `RUN/kept/NN-name/step-000012/model`. */
export function originOf(directory: string): Origin | undefined {
  for (let at = dirname(resolve(directory)); dirname(at) !== at; at = dirname(at)) {
    if (!['stages', 'kept'].includes(basename(dirname(at)))) continue;
    const run = dirname(dirname(at));
    if (!existsSync(join(run, RECIPE_FILE))) continue;
    const [step] = basename(dirname(at)) === 'kept' ? relative(at, resolve(directory)).split(sep) : [];
    return { run, stage: basename(at), step };
  }
  return undefined;
}

const recipeSchema = z.looseObject({
  name: z.string().default(''),
  models: z.record(z.string(), z.looseObject({ source: z.string().nullish() })).default({}),
  data: z.record(z.string(), z.looseObject({ source: z.string().nullish() })).default({}),
  stages: z
    .array(
      z.looseObject({
        stage: z.string(),
        name: z.string(),
        teacher: z.string().nullish(),
        student: z.string().nullish(),
        students: z.record(z.string(), z.string()).nullish(),
      }),
    )
    .default([]),
});
type CardRecipe = z.output<typeof recipeSchema>;

/** The model that a stage trains starts from this one. */
const startOf = ({ stage, teacher, student, ...rest }: CardRecipe['stages'][number]): string | undefined =>
  stage === 'warm-up' || stage === 'teach'
    ? (teacher ?? undefined)
    : (student ?? (typeof rest.model === 'string' ? rest.model : undefined));

/** The hub's name of the model that a stage's chain of models begins with. */
function baseOf(recipe: CardRecipe, stage: string): string | undefined {
  let name: string | undefined = stage;
  for (let i = 0; i <= recipe.stages.length; i++) {
    const made = recipe.stages.find((one) => one.name === name);
    if (made === undefined) break;
    name = startOf(made);
  }
  const source = name === undefined ? undefined : recipe.models[name]?.source;
  return source?.startsWith('hf:') === true ? source.slice('hf:'.length).split('@')[0] : undefined;
}

function datasetsOf(recipe: CardRecipe): readonly string[] {
  const names = Object.values(recipe.data).flatMap(({ source: given }) => {
    const source = given ?? '';
    if (!isHubSource(source)) return [];
    try {
      const { owner, name } = parseHubSource(source);
      return [`${owner}/${name}`];
    } catch (error) {
      // Another version may have written it.
      if (error instanceof RltError) return [];
      throw error;
    }
  });
  return [...new Set(names)];
}

const dataCounts = z.object({
  event: z.literal(DATA_READ),
  data: z.string(),
  rows: z.number(),
  problems: z.number(),
  used: z.number(),
  heldOut: z.number(),
});
type DataCounts = z.output<typeof dataCounts>;

/** `82 problems in 85 rows, 66 used and 16 held out`: what is unremarkable is left out. */
function countsText({ rows, problems, used, heldOut }: DataCounts): string {
  const inRows = rows === problems ? '' : ` in ${counted(rows, 'row')}`;
  if (used === problems) return `${counted(problems, 'problem')}${inRows}`;
  return `${counted(problems, 'problem')}${inRows}, ${used} used${heldOut === 0 ? '' : ` and ${heldOut} held out`}`;
}

/** The data sets, with the numbers that the run recorded: a recipe's `count` is of generated problems only. */
async function dataText(recipe: CardRecipe, run: string): Promise<string> {
  const found = (await eventsIn(run)).flatMap((event) => dataCounts.safeParse(event).data ?? []);
  const counts = new Map(found.map((one) => [one.data, one]));
  return Object.entries(recipe.data)
    .map(([name, { source }]) => {
      const own = counts.get(name);
      const many = own === undefined ? '' : `, ${countsText(own)}`;
      return `- ${markdownCell(name)}: ${markdownLine(publicPath(source ?? ''))}${many}`;
    })
    .join('\n');
}

type Role = 'teacher' | 'student' | 'model';

const roleOf = (kind: string | undefined): Role =>
  kind === 'warm-up' || kind === 'teach' ? 'teacher' : kind === 'distill' || kind === 'reinforce' ? 'student' : 'model';

const EXAMPLE = { question: 'What is 17 + 25?', solution: '42' };

const ROLES: Readonly<Record<Role, string>> = {
  teacher:
    'a teacher: it reads a question **and its solution**, and writes the explanation that leads from one to the other',
  student: 'a student: it reads a question, thinks, and answers',
  model: 'a language model',
};

/** Where the tokenizer of a model or of an adapter's base is on this machine. */
async function tokenizerOf(directory: string): Promise<string | undefined> {
  const base = await localBase(directory);
  return [directory, ...(base === undefined ? [] : [base])].find((at) => existsSync(join(at, 'tokenizer.json')));
}

/** The exact prompt of an example, where this machine has the tokenizer. */
async function examplePrompt(directory: string, role: Role): Promise<string | undefined> {
  const [record, tokenizer] = [await trainingRecordOf(directory), await tokenizerOf(directory)];
  if (record === undefined || tokenizer === undefined) return undefined;
  const source = { kind: 'directory', directory: tokenizer } as const;
  const layouts = await layoutsOf(source, formatOf({ format: record.format }), record.prompts);
  const { question, solution } = EXAMPLE;
  const ids = role === 'teacher' ? layouts.teacher.prompt(question, solution) : layouts.student.prompt(question);
  return layouts.tokenizer.decode(ids);
}

function usageText(repository: string, base: string | undefined, prompt: string | undefined, role: Role): string {
  // JSON's strings are strings of Python too.
  const text = JSON.stringify(prompt ?? `(the prompt that ${role === 'model' ? 'it' : `a ${role}`} was trained with)`);
  const load =
    base === undefined
      ? `model = AutoModelForCausalLM.from_pretrained(${JSON.stringify(repository)})`
      : `model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(${JSON.stringify(base)}), ${JSON.stringify(repository)})`;
  const imports = base === undefined ? '' : 'from peft import PeftModel\n';
  const transformers = `${imports}from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(${JSON.stringify(base ?? repository)})
${load}
prompt = ${text}
inputs = tokenizer(prompt, add_special_tokens=False, return_tensors="pt")
output = model.generate(**inputs, max_new_tokens=512, do_sample=True, temperature=0.7)
print(tokenizer.decode(output[0, inputs["input_ids"].shape[1]:]))`;
  const serve =
    base === undefined
      ? `vllm serve ${repository}`
      : `vllm serve ${base} --enable-lora --lora-modules ${repository}=${repository}`;
  const convert =
    base === undefined
      ? `hf download ${repository} --local-dir model
python convert_hf_to_gguf.py model --outfile model.gguf`
      : `hf download ${base} --local-dir base
hf download ${repository} --local-dir adapter
python convert_hf_to_gguf.py base --outfile model.gguf
python convert_lora_to_gguf.py adapter --base base --outfile adapter.gguf`;
  const run = base === undefined ? 'llama-server -m model.gguf' : 'llama-server -m model.gguf --lora adapter.gguf';
  return [
    'The prompt matters: the model was trained behind this very text, control tokens included, and ends its turn with the end of turn of its chat template.',
    `With transformers${base === undefined ? '' : ' and PEFT'}:\n\n${fenced(transformers, 'python')}`,
    `With vLLM, whose completions API takes the same prompt:\n\n${fenced(serve, 'sh')}`,
    `With llama.cpp, whose \`/completion\` takes the same prompt:\n\n${fenced(`${convert}\n${run}`, 'sh')}`,
    'Where the converter does not recognise the pre-tokenizer, as of models that `rlt` trained from nothing, `scripts/interop/to-gguf.py` of `rlt` calls it with the right one.',
  ].join('\n\n');
}

export interface CardSettings {
  readonly repository: string;
  readonly origin: Origin | undefined;
  /** Of an adapter: the name of its base on the hub. */
  readonly adapterBase: string | undefined;
  readonly license: string | undefined;
}

const PAPER = '2506.08388';

/** The card as Markdown with its metadata. */
export async function modelCard(directory: string, settings: CardSettings): Promise<string> {
  const { repository, origin, adapterBase, license } = settings;
  const recorded = origin === undefined ? {} : await recordedRecipe(origin.run);
  const parsed = recipeSchema.safeParse(recorded ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(`the recipe of the run cannot be read: ${issueText(issue, recorded, 'not a recipe')}`, {
      file: join(origin?.run ?? '', 'recipe.yaml'),
      ...(issue === undefined ? {} : { field: issue.path.join('.') }),
    });
  }
  const recipe = parsed.data;
  const name = origin?.stage.replace(/^\d+-/, '');
  const stage = recipe.stages.find((one) => one.name === name);
  const role = roleOf(stage?.stage);
  const base = adapterBase ?? (name === undefined ? undefined : baseOf(recipe, name));
  const datasets = datasetsOf(recipe);
  const metadata = {
    library_name: adapterBase === undefined ? 'transformers' : 'peft',
    pipeline_tag: 'text-generation',
    ...(license === undefined ? {} : { license }),
    ...(base === undefined ? {} : { base_model: base }),
    ...(datasets.length === 0 ? {} : { datasets }),
    tags: ['rlt', 'reinforcement-learned-teachers', `arxiv:${PAPER}`],
  };
  const title = `# ${markdownLine(repository.split('/')[1] ?? repository)}`;
  const made =
    stage === undefined
      ? 'Made by [Reinforcement-Learned Teachers](https://arxiv.org/abs/2506.08388) with `rlt`.'
      : `This is ${ROLES[role]}. It was made by the stage \`${stage.name}\` (${stage.stage}) of the recipe ${markdownLine(recipe.name)} with \`rlt\`, which implements [Reinforcement-Learned Teachers](https://arxiv.org/abs/${PAPER}).`;
  const kept =
    origin?.step === undefined
      ? []
      : [
          `It was kept during training, at \`${origin.step}\`. What follows is of the whole run; its students and its last metrics are not of this step.`,
        ];
  const sections = [`---\n${stringify(metadata)}---`, title, made, ...kept];
  sections.push('## Use', usageText(repository, adapterBase, await examplePrompt(directory, role), role));
  if (origin !== undefined) {
    const report = await runReport(origin.run);
    const students = studentsText(report, '###');
    const labels = recipe.stages.flatMap(({ students }) =>
      Object.entries(students ?? {}).flatMap(([label, of]) => (of === name ? [label] : [])),
    );
    if (students !== undefined) {
      const which =
        labels.length === 0
          ? 'This model is none of these students; they were trained in the same run.'
          : `This model is the student ${[...new Set(labels)].map((label) => markdownCell(label)).join(', ')}.`;
      sections.push('## Figures', `${which} Intervals take the problem as the unit.`, students);
    }
    const own = { stages: report.stages.filter((one) => one.name === name) };
    const learning = learningText(own, '###');
    if (learning !== '') sections.push('## Training', learning);
    if (Object.keys(recipe.data).length > 0) sections.push('## Data', await dataText(recipe, origin.run));
    sections.push('## How to repeat it', repeatText(report));
  }
  return `${sections.join('\n\n')}\n`;
}
