/** Adapters that models come with, where training would have to merge them into weights that never change. */
import { type LoraForm, otherAdapter } from '../engine/model-files.js';
import type { RecipeProblem } from '../errors.js';
import { engineOfModel, engineSettings } from '../recipe/engines.js';
import type { Recipe } from '../recipe/schema.js';
import type { CheckContext } from '../stages/definition/stage.js';
import { definitionOf, type Stage } from '../stages/index.js';

/**
 * The stages that train another adapter than the one that their model of few bits comes with, by its `adapter` or its folder.
 * What earlier stages leave is compared by the recipe alone. `readerOf`: undefined where a model is not on this machine.
 * @throws {RltError} when an adapter does not fit its model
 */
export async function unmergedAdapters(
  recipe: Recipe,
  stages: readonly Stage[],
  readerOf: CheckContext['reader'],
): Promise<readonly RecipeProblem[]> {
  const problems: RecipeProblem[] = [];
  for (const stage of stages) {
    const lora = 'lora' in stage ? stage.lora : null;
    if (lora === null) continue;
    for (const { need, model } of definitionOf(stage).requirements(stage)) {
      const settings = model === null ? undefined : recipe.models[model];
      if (need !== 'lora' || model === null || settings?.bits === undefined) continue;
      if (engineSettings(recipe, engineOfModel(recipe, model)).kind !== 'local') continue;
      const source = (await readerOf(model))?.source;
      const other = source?.kind === 'directory' ? await otherAdapter(source, lora) : undefined;
      if (other === undefined) continue;
      problems.push({
        message: `the adapter of models.${model} cannot be merged into weights of ${settings.bits} bits to train another`,
        field: `stages.${stage.name}.lora`,
        remedy:
          other.form === undefined
            ? 'No lora has its form, with which it would be trained further: leave out the bits of the model, or its adapter.'
            : `Give lora the form of the adapter, which is trained further then: ${formText(other.form)}; or leave out the bits of the model.`,
      });
    }
  }
  return problems;
}

const formText = ({ rank, alpha, targets }: LoraForm): string =>
  `{ rank: ${rank}, alpha: ${alpha}, targets: [${targets.join(', ')}] }`;
