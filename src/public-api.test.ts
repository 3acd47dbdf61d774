/** What the library exports is changed on purpose only: a new name here is one to keep, with its documentation. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import * as library from './index.js';

const VALUES = `
BusyError ConnectionError Cursor FORMATS InputError InterruptedError LORA_TARGETS NumericError RELEASED RandomStream
RecipeError RltError StorageError TASKS UnsupportedError UsageError alignTokens asLogProbs chatTemplateOf completionMetrics
concatIds connectEngine correctnessReward distinctProblems encodeChat evaluationProblem explanationMetrics
explanationReward exportTraces graderNamed groupAdvantage groupMetrics grpoSampleWeights grpoStep grpoWeights k1 k3 layoutsOf
learningRate loadRecipe loadTokenizer locateModel longestSequence openLocalEngine openRun paperReward parseRecipe positionsOf
promptBuilderFor quietProgress randomKey readExplanation readProblems readStudentCompletion readStudentText
readTeacherCompletion readTraces referenceUpdate renderRecipe rewardMetrics rewardRecord runRecipe scoreExplanations
selectTraces sftLoss sftStep sftWeights sharesTokens sliceIds solve studentLayout studentMessages summarise taggedPromptBuilder
taskNamed teacherLayout textProgress tokenIds tokenShares tokenizerDirectory uniformAt updateMetrics updatePolicy
warmupSteps writeProblems writeTraces
`;

const TYPES = `
AdamSettings AdvantageSettings AlignedPiece Answer AnswerSampling ArithmeticStep Bounds CallOptions CallProgress
ChatMessage ChatOptions ChatSettings ChatTemplate ChoiceColumns ClipSettings Completion CompletionFacts CompletionsListener Connect
ConnectOptions CorrectnessSettings CursorState DirectorySource DrawnProblem DropReason Engine EngineName EngineProfile EngineSettings
ErrorCode ErrorFacts Estimate EvaluationProblem Explanation ExplanationFlaws ExportFacts ExportSettings FrozenCopy GenerateOptions Grade Grader
GraderVerdict GroupAdvantage GrpoSample GrpoSampleWeights GrpoSettings GrpoStepResult GrpoStepSample GrpoStepSettings GrpoWeights
HeldInBits HubOptions Judges KeyKind KlEstimator LaidOutText LastBatch LayoutSettings Layouts LevelSummary LocalSettings LogProbs LoraSettings
LoraTarget Metrics Model ModelFacts ModelSource Normalisation OpenedRun OptimiserSettings Outcome Penalties Place Policy Problem ProblemColumns
ProblemPurpose Progress ProgressOptions PromptBuilder PromptStyle Provider RandomKey ReadLimits ReadProblemsOptions
Recipe RecipeProblem Reduction ReferenceSettings Reward RewardInput RewardPart RewardRecord RewardSettings RewardTerm
RewardTermPart RewardedGroup RunOptions RunStage RunSummary RuntimeSettings SampleOptions SampleRequest SampledLogProbs SampledTokens TokenLogProbs
SamplingSettings ScheduleSettings ScoreRequest ScoredExplanation Selection SelectionSettings ServedSource SftExample
SftStepResult SftStepSettings ShippedTask SolveSettings SomeProblems Span Stage StageKind StageOf StageProgress StageReport
StageResult StageSummary StateReference StepPlace StepResult StudentCompletion StudentLayout StudentProblem
StudentSequence Summary SystemPrompts TagFormat TagPair Task TaskLevel TeacherCompletion TeacherLayout TeacherSequence
TemplateVariables TextPiece TimePhase TokenIds TokenListener Tokenizer Trace TraceEnd TraceFacts TraceKind TraceMix TraceReward
TracedProblem TrainingProfile UpdateFacts UpdateResult Warmup WeightBits WeightDecayTarget
WeightedSequence WrittenExplanation
`;

const names = (text: string): readonly string[] => text.trim().split(/\s+/);

interface Declared {
  readonly name: string;
  readonly isType: boolean;
  readonly module: string;
}

/** What the root's declarations list. */
async function declaredExports(): Promise<readonly Declared[]> {
  const text = await readFile(new URL('index.d.ts', import.meta.url), 'utf8');
  const statements = [...text.matchAll(/^export .*$/gm)];
  const read = [...text.matchAll(/^export (type )?\{ ([^}]*) \} from '([^']*)';$/gm)];
  // `export *` would export what nobody listed.
  expect(read.length).toBe(statements.length);
  return read.flatMap(([, types, list = '', module = '']) =>
    list
      .split(',')
      .filter((entry) => entry.trim() !== '')
      .map((entry): Declared => {
        const [, type, name = ''] = /^(type )?(.+)$/.exec(entry.trim()) ?? [];
        return { name, isType: types !== undefined || type !== undefined, module };
      }),
  );
}

test('the root exports these values and types, by name and under their own names', async () => {
  expect(Object.keys(library).toSorted()).toEqual(names(VALUES).toSorted());
  const declared = await declaredExports();
  expect(
    declared
      .filter(({ isType }) => isType)
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(names(TYPES).toSorted());
  const values = declared.filter(({ isType }) => !isType).map(({ name }) => name);
  expect(values.toSorted()).toEqual(names(VALUES).toSorted());
});

test('every exported function and value says what it is', async () => {
  const undocumented: string[] = [];
  for (const { name, isType, module } of await declaredExports()) {
    if (isType) continue;
    const text = await readFile(new URL(module.replace(/\.js$/, '.d.ts'), import.meta.url), 'utf8');
    const declaration = new RegExp(
      `^(.*)\\nexport declare (?:function|const|class|abstract class) ${name}\\b`,
      'm',
    ).exec(text);
    if (declaration === null || !/\*\/$/.test(declaration[1] ?? '')) undocumented.push(name);
  }
  expect(undocumented).toEqual([]);
});

test("importing the library loads no native code into the caller's thread", async () => {
  const index = fileURLToPath(new URL('index.js', import.meta.url));
  const program = `
    await import(${JSON.stringify(index)});
    const { sharedObjects } = process.report.getReport();
    console.log(JSON.stringify(sharedObjects.filter((file) => /onnx|\\.node$/.test(file))));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  expect(JSON.parse(stdout)).toEqual([]);
});
