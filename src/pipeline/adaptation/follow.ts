/**
 * Settings that follow what an engine can do: where a recipe does not write them, or its engine says `whenUnsupported:
 * replace`, they take the nearest values that the engine can meet. What is written otherwise stays, and is refused.
 */
import { plain, treeOf, withValue } from '../../recipe/document.js';
import { type EngineName, engineOfModel, engineSettings } from '../../recipe/engines.js';
import type { Recipe } from '../../recipe/schema.js';
import { isWritten } from '../../recipe/written.js';
import { definitionOf, type Stage } from '../../stages/index.js';
import { type Abilities, lacking } from '../requirements.js';
import type { Decision } from './adapt.js';

export interface Followed {
  readonly recipe: Recipe;
  readonly decisions: readonly Decision[];
  /** Fields that have no effect on their engine, and were accepted as that. */
  readonly ignored: ReadonlySet<string>;
}

interface Change {
  readonly stage: string;
  readonly field: string;
  /** What became of it and why, in words that are the same for all stages of which it holds. */
  readonly text: string;
}

/**
 * The recipe with its settings as its engines can meet them. `given` is the recipe as it was loaded: it knows what was
 * written. Stages on engines whose abilities are not known stay as they are.
 */
export function followEngines(
  given: Recipe,
  recipe: Recipe,
  abilitiesOf: (engine: EngineName) => Abilities | undefined,
): Followed {
  const changes: Change[] = [];
  const ignored = new Set<string>();
  const stages = recipe.stages.map((stage) => {
    let followed = stage;
    // One change may lead to the next: an adapter needs less of an optimiser than all weights.
    for (let next = changeOf(given, recipe, followed, abilitiesOf, ignored); next !== undefined; ) {
      followed = next.stage;
      changes.push(...next.changes);
      next = changeOf(given, recipe, followed, abilitiesOf, ignored);
    }
    return followed;
  });
  return { recipe: { ...recipe, stages }, decisions: decisionsOf(changes), ignored };
}

/** The first requirement that a stage can meet with another setting, and the stage with that setting. */
function changeOf(
  given: Recipe,
  recipe: Recipe,
  stage: Stage,
  abilitiesOf: (engine: EngineName) => Abilities | undefined,
  ignored: Set<string>,
): { readonly stage: Stage; readonly changes: readonly Change[] } | undefined {
  for (const requirement of definitionOf(stage).requirements(stage)) {
    const engine = engineOfModel(recipe, requirement.model);
    const abilities = abilitiesOf(engine);
    const found = abilities && lacking(requirement, abilities);
    if (found === undefined) continue;
    const settings = engineSettings(recipe, engine);
    const replaces = settings.kind !== 'local' && settings.whenUnsupported === 'replace';
    const mayChange = (field: string) => replaces || !isWritten(given, stage.name, field);
    if (found.nearest?.every(({ field }) => mayChange(field)) === true) {
      const changes = found.nearest.map(({ field, value }) => ({
        stage: stage.name,
        field,
        text: `${field} is ${shown(value)} instead of ${shown(settingAt(stage, field))}, since ${found.message}${adviceOn(field)}`,
      }));
      return { stage: withSettings(stage, found.nearest), changes };
    }
    const fields = (found.ignored ?? []).filter((field) => !ignored.has(`stages.${stage.name}.${field}`));
    if (fields.length === 0 || !fields.every(mayChange)) continue;
    for (const field of fields) ignored.add(`stages.${stage.name}.${field}`);
    const text = `${fields.join(', ')} ${fields.length === 1 ? 'has' : 'have'} no effect, since ${found.message}`;
    return { stage, changes: [{ stage: stage.name, field: fields[0] ?? '', text }] };
  }
  return undefined;
}

const ADAPTER_ADVICE =
  '; adapters learn well at about ten times the learning rate of full fine-tuning, which stays as it is in the recipe';
const adviceOn = (field: string): string => (field === 'lora' ? ADAPTER_ADVICE : '');

const settingAt = (stage: Stage, field: string): unknown =>
  field.split('.').reduce<unknown>((value, key) => Reflect.get(Object(value), key), stage);

/** Values of the schema of the stage, at fields of it. */
function withSettings<S extends Stage>(stage: S, settings: readonly { field: string; value: unknown }[]): S {
  const tree = settings.reduce(
    (changed, { field, value }) => withValue(changed, field.split('.'), treeOf(value, {}), {}),
    treeOf(stage, {}),
  );
  return plain(tree) as S;
}

function shown(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'object' && value !== null && 'rank' in value) return `an adapter of rank ${String(value.rank)}`;
  return String(value);
}

/** One for each stage and setting; the same change in several stages is told once. */
function decisionsOf(changes: readonly Change[]): readonly Decision[] {
  const byText = new Map<string, string[]>();
  for (const { stage, text } of changes) byText.set(text, [...(byText.get(text) ?? []), stage]);
  return [...byText].map(([text, stages]) => ({ stage: stages.join(', '), text: `${stages.join(', ')}: ${text}` }));
}
