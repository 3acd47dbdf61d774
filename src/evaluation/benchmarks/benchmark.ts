/** Benchmarks by name or from a YAML file, and how each asks. */
import { existsSync } from 'node:fs';
import { dirname, extname, isAbsolute, join } from 'node:path';
import { isHubSource } from '../../data/hub/source.js';
import { InputError, UsageError } from '../../errors.js';
import { issueText } from '../../schema-issue.js';
import { readText } from '../../storage.js';
import { suggestion } from '../../suggestion.js';
import { FORMATS } from '../../text/formats.js';
import type { PromptStyle } from '../answers/prompt.js';
import type { PromptFormat } from './formats.js';
import { type Benchmark, benchmarkSchema } from './schema.js';
import { BENCHMARK_NAMES, SHIPPED_BENCHMARKS } from './shipped.js';

/** @throws UsageError for an unknown name, with the nearest one */
export function benchmarkNamed(name: string): Benchmark {
  const found = SHIPPED_BENCHMARKS.find((benchmark) => benchmark.name === name);
  if (found !== undefined) return benchmarkSchema.parse(found);
  throw new UsageError(`there is no benchmark "${name}"`, {
    remedy: `${suggestion(name, BENCHMARK_NAMES, 'benchmarks')} Or give a YAML file of your own (docs/evaluation.md).`,
  });
}

/** Whether it is the path of a YAML file rather than the name of a shipped benchmark. */
export function isBenchmarkFile(nameOrFile: string): boolean {
  return ['.yaml', '.yml'].includes(extname(nameOrFile).toLowerCase());
}

/** A shipped benchmark by its name, or one of the user's in a YAML file. */
export async function loadBenchmark(nameOrFile: string): Promise<Benchmark> {
  return isBenchmarkFile(nameOrFile) ? readBenchmark(nameOrFile) : benchmarkNamed(nameOrFile);
}

/** @throws InputError naming the file and the first field that is wrong; UsageError where it is not there, StorageError where it cannot be read */
async function readBenchmark(file: string): Promise<Benchmark> {
  if (!existsSync(file))
    throw new UsageError('there is no such benchmark', {
      file,
      remedy: `Name a YAML file that is there, or one of: ${BENCHMARK_NAMES.join(', ')}.`,
    });
  const text = await readText(file);
  const { parse, YAMLParseError } = await import('yaml');
  let value: unknown;
  try {
    // Without aliases, so that a short text cannot stand for a huge one.
    value = parse(text, { maxAliasCount: 0 });
  } catch (cause) {
    if (!(cause instanceof YAMLParseError || cause instanceof ReferenceError)) throw cause;
    const line = cause instanceof YAMLParseError ? cause.linePos?.[0].line : undefined;
    throw new InputError(`this is not YAML: ${cause.message.split('\n')[0]}`, {
      file,
      ...(line === undefined ? {} : { line }),
      cause,
    });
  }
  const result = benchmarkSchema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    const keys = issue?.code === 'unrecognized_keys' ? issue.keys : [];
    throw new InputError(issueText(issue, value, 'this is not a benchmark'), {
      file,
      ...(issue === undefined || issue.path.length === 0 ? {} : { field: issue.path.join('.') }),
      remedy:
        keys[0] === undefined || (issue !== undefined && issue.path.length > 0)
          ? 'A benchmark has name, source and grader; docs/evaluation.md shows one, and the forms of its columns.'
          : suggestion(keys[0], Object.keys(benchmarkSchema.shape), 'keys'),
      cause: result.error,
    });
  }
  const benchmark = result.data;
  const { source, columns } = benchmark;
  if (columns !== undefined && (columns.answer === undefined) === (columns.choices === undefined)) {
    throw new InputError('columns must name either answer or choices', {
      file,
      field: 'columns',
      remedy: 'Name the column of the answer, or those of the options.',
    });
  }
  if (typeof source !== 'string' || isHubSource(source) || isAbsolute(source)) return benchmark;
  const beside = join(dirname(file), source);
  return { ...benchmark, source: existsSync(beside) || !existsSync(source) ? beside : source };
}

/** How a benchmark asks in a format, which is its own where none is named. */
export function promptStyle(benchmark: Benchmark, format: PromptFormat = benchmark.format): PromptStyle {
  const { system, prompt } = benchmark;
  return format === 'plain'
    ? { kind: 'plain', system, template: prompt }
    : { kind: 'tagged', system: format === benchmark.format ? system : null, format: FORMATS[format] };
}
