/** `--format`: how a model is asked. The commands that take it differ in the formats that they offer and in the default. */
import { Option } from 'commander';
import { UsageError } from '../errors.js';
import { suggestion } from '../suggestion.js';
import { FORMAT_NAMES } from '../text/formats.js';

const isTagFormat = (name: string): boolean => FORMAT_NAMES.some((format) => format === name);

/** Of the names that are not those of tags. */
const MEANINGS: Readonly<Record<string, string>> = {
  plain: 'through its chat template alone',
  format: 'as it was trained',
  benchmark: 'as the benchmark asks',
};

/** The option with these formats; `otherwise` is what holds without it. Another name is a UsageError. */
export function formatOption(names: readonly string[], otherwise: string): Option {
  const tags = `${names.filter(isTagFormat).join(', ')} (in these tags)`;
  const others = names.flatMap((name) => (isTagFormat(name) ? [] : [`${name} (${MEANINGS[name] ?? name})`]));
  const text = `how a model is asked: ${[tags, ...others].join(', ')} (default: ${otherwise})`;
  return new Option('--format <name>', text).argParser((value: string) => {
    if (names.includes(value)) return value;
    throw new UsageError(`--format must be one of ${names.join(', ')}, not "${value}"`, {
      remedy: suggestion(value, names, 'formats'),
    });
  });
}
