/** What a run is told that goes on where numbers are rounded otherwise than where it was begun. */
import { thisMachine } from '../../machine.js';
import { engineSettings, enginesOf } from '../../recipe/engines.js';
import type { Recipe } from '../../recipe/schema.js';
import { lastMachine, roundingChange } from '../../run/machines.js';
import type { Stage } from '../../stages/index.js';

/** Nothing where the embedded engine has nothing left to compute on the processor. */
export async function aboutOtherMachine(
  recipe: Recipe,
  toMake: readonly Stage[],
  runDirectory: string,
): Promise<readonly string[]> {
  const embedded = toMake
    .flatMap((stage) => enginesOf(recipe, stage))
    .map((name) => engineSettings(recipe, name))
    .filter((settings) => settings.kind === 'local')
    .filter(({ provider }) => provider === 'cpu');
  const before = embedded.length === 0 ? undefined : await lastMachine(runDirectory);
  if (before === undefined) return [];
  const threadsAreCores = embedded.some(({ threads }) => threads === 'auto');
  const change = roundingChange(before, thisMachine(), { threadsAreCores });
  return change === undefined ? [] : [change];
}
