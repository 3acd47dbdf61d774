/**
 * Which linear layers a PEFT adapter changes, with which rank and scale: the rules of `check_target_module_exists` and
 * `get_pattern_key` in peft, for the fields of adapter_config.json.
 */
import { createContext, Script } from 'node:vm';
import { InputError, UnsupportedError } from '../../../errors.js';

/** A linear layer that an adapter may change; its weight is [outputSize, inputSize]. */
export interface AdaptableLayer {
  /** `model.layers.0.self_attn.q_proj`. */
  readonly module: string;
  /** `q_proj`. */
  readonly kind: string;
  readonly inputSize: number;
  readonly outputSize: number;
}

/** A linear layer with low-rank factors A [rank, inputSize] and B [outputSize, rank]: W + scale * B A. */
export interface AdaptedLayer extends AdaptableLayer {
  readonly rank: number;
  readonly scale: number;
}

/** The fields of an adapter_config.json that say which layers are adapted, and how. */
export interface AdapterTargets {
  readonly r: number;
  readonly lora_alpha: number;
  /** Names or ends of names; or a regular expression; or `all-linear`. */
  readonly target_modules: string | readonly string[];
  /** Scales by alpha / sqrt(rank) (Kalajdzievski, arXiv 2312.03732) instead of alpha / rank. */
  readonly use_rslora: boolean;
  /** Ranks and alphas that differ, by regular expressions for ends of names. */
  readonly rank_pattern?: Readonly<Record<string, number>> | undefined;
  readonly alpha_pattern?: Readonly<Record<string, number>> | undefined;
  readonly layers_to_transform?: number | readonly number[] | undefined;
  /** What stands before the number of a layer in its name, as a regular expression. */
  readonly layers_pattern?: string | readonly string[] | undefined;
  readonly exclude_modules?: string | readonly string[] | undefined;
}

/** Modules that peft can adapt and this engine cannot: they are named when an adapter asks for them. */
const BEYOND = ['model.embed_tokens', 'lm_head'];

/** A pattern may take exponential time; module names are short, so that a sensible one needs none of this. */
const PATTERN_MILLISECONDS = 500;

interface Field {
  readonly file: string;
  readonly field: string;
}

const asList = <T extends string | number>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : typeof value === 'string' || typeof value === 'number' ? [value] : value;

/**
 * For each name, the groups that a Python pattern captures in it, or null where it does not match.
 * @throws {UnsupportedError} when JavaScript has no such pattern, or it takes too long
 */
function matches(pattern: string, names: readonly string[], place: Field): readonly (readonly string[] | null)[] {
  const source = pattern
    .replaceAll(/\(\?P</g, '(?<')
    .replaceAll(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replaceAll('\\A', '^')
    .replaceAll('\\Z', '$');
  try {
    const context = createContext({ source, names: [...names], found: '' });
    new Script(
      'const pattern = new RegExp(source); found = JSON.stringify(names.map((name) => { const match = pattern.exec(name); return match && [...match].map(String); }));',
    ).runInContext(context, { timeout: PATTERN_MILLISECONDS });
    return JSON.parse(String(context.found));
  } catch (cause) {
    throw new UnsupportedError(`the pattern ${JSON.stringify(pattern)} cannot be applied`, {
      ...place,
      remedy: 'Write the names of the modules, or a simpler regular expression.',
      cause,
    });
  }
}

/** Whether each module is named by a list of names and ends of names, or by a pattern for whole names. */
function named(names: string | readonly string[], modules: readonly string[], place: Field): readonly boolean[] {
  if (typeof names === 'string') return matches(`^(?:${names})$`, modules, place).map((match) => match !== null);
  return modules.map((module) => names.some((name) => module === name || module.endsWith(`.${name}`)));
}

/** Whether layers_to_transform and layers_pattern keep each module that a list names by its end. */
function inLayers(targets: AdapterTargets, modules: readonly string[], file: string): readonly boolean[] {
  const layers = asList(targets.layers_to_transform);
  const patterns = asList(targets.layers_pattern);
  if (layers.length === 0) return modules.map(() => true);
  const place = { file, field: 'layers_pattern' };
  const found =
    patterns.length === 0
      ? [matches('^.*?\\.[^.]*\\.(\\d+)\\.', modules, place)]
      : patterns.map((pattern) => matches(`^(?:^|.*?\\.)(?:${pattern})\\.(\\d+)\\.`, modules, place));
  return modules.map((_, i) => {
    const match = found.map((of) => of[i]).find((groups) => groups != null);
    return match != null && layers.includes(Number(match.at(-1)));
  });
}

/** The value of the first pattern that an end of each module's name matches, or the common one. */
function valuesByPattern(
  patterns: Readonly<Record<string, number>> | undefined,
  common: number,
  modules: readonly string[],
  place: Field,
): readonly number[] {
  const found = Object.entries(patterns ?? {}).map(
    ([pattern, value]) => [matches(`^(.*\\.)?(${pattern})$`, modules, place), value] as const,
  );
  return modules.map((_, i) => found.find(([of]) => of[i] != null)?.[1] ?? common);
}

function selected(targets: AdapterTargets, modules: readonly string[], file: string): readonly boolean[] {
  const { target_modules: names, exclude_modules: excluded } = targets;
  const without =
    excluded === undefined ? modules.map(() => false) : named(excluded, modules, { file, field: 'exclude_modules' });
  if (names === 'all-linear') return modules.map((module, i) => !BEYOND.includes(module) && without[i] === false);
  const asked = named(names, modules, { file, field: 'target_modules' });
  // A full name in the list counts whatever layers_to_transform says.
  const kept = typeof names === 'string' ? modules.map(() => true) : inLayers(targets, modules, file);
  return modules.map(
    (module, i) => without[i] === false && asked[i] === true && (kept[i] === true || names.includes(module)),
  );
}

/**
 * The layers that an adapter changes, in the order of the model.
 * @throws {InputError} when the fields contradict each other, or name no layer of the model
 * @throws {UnsupportedError} when modules are targeted that cannot be adapted here
 */
export function adaptedLayersOf(
  targets: AdapterTargets,
  layers: readonly AdaptableLayer[],
  file: string,
): readonly AdaptedLayer[] {
  const field = 'target_modules';
  const { target_modules: names } = targets;
  if (asList(targets.layers_pattern).length > 0 && asList(targets.layers_to_transform).length === 0) {
    throw new InputError('layers_pattern without layers_to_transform', { file, field: 'layers_pattern' });
  }
  if (typeof names === 'string' && asList(targets.layers_to_transform).length > 0) {
    throw new InputError('layers_to_transform needs a list of target_modules', { file, field: 'layers_to_transform' });
  }
  const modules = layers.map(({ module }) => module);
  const kinds = [...new Set(layers.map(({ kind }) => kind))].join(', ');
  const chosen = selected(targets, [...modules, ...BEYOND], file);
  const beyond = BEYOND.filter((_, i) => chosen[modules.length + i]);
  if (beyond.length > 0) {
    throw new UnsupportedError(`adapters of ${beyond.join(' and ')}`, {
      file,
      field,
      remedy: `Supported are the linear layers of the blocks: ${kinds}.`,
    });
  }
  const found = layers.filter((_, i) => chosen[i]);
  if (found.length === 0) {
    throw new InputError(`${JSON.stringify(names)} names no linear layer of this model`, {
      file,
      field,
      remedy: `Its linear layers are ${kinds}; the adapter must have been trained on this model.`,
    });
  }
  const own = found.map(({ module }) => module);
  const ranks = valuesByPattern(targets.rank_pattern, targets.r, own, { file, field: 'rank_pattern' });
  const alphas = valuesByPattern(targets.alpha_pattern, targets.lora_alpha, own, { file, field: 'alpha_pattern' });
  return found.map((layer, i) => {
    const [rank, alpha] = [ranks[i] ?? targets.r, alphas[i] ?? targets.lora_alpha];
    return { ...layer, rank, scale: alpha / (targets.use_rslora ? Math.sqrt(rank) : rank) };
  });
}
