/** Which settings of a recipe its author wrote; all others have the defaults of the schema. */
import { type Tree, treeAt } from './document.js';
import type { Recipe } from './schema.js';

const documents = new WeakMap<Recipe, Tree>();

/** Remembers the document that a recipe was read from. */
export function readFrom(recipe: Recipe, document: Tree): Recipe {
  documents.set(recipe, document);
  return recipe;
}

/** Whether a recipe was read from a document, and so is valid; one that a program made of it by another setting was not. */
export const wasRead = (recipe: Recipe): boolean => documents.has(recipe);

/** Whether a setting of a stage was written. In a recipe that was not read from a document, all are. */
export function isWritten(recipe: Recipe, stage: string, field: string): boolean {
  const document = documents.get(recipe);
  if (document === undefined) return true;
  const index = recipe.stages.findIndex(({ name }) => name === stage);
  return treeAt(document, ['stages', index, ...field.split('.')]) !== undefined;
}
