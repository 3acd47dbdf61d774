/** Optional settings without a default: null stands for their absence, so that a recipe or --set can take back what another has. */
import { z } from 'zod';
import { plain, type Tree, withValue } from './document.js';
import { childSchema } from './introspection.js';

/** The tree without the nulls at such settings; any other null stays for the schema to judge. */
export function withoutAbsent(schema: z.core.$ZodType, tree: Tree): Tree {
  if (tree.kind === 'scalar') return tree;
  const value = plain(tree);
  const keys = tree.kind === 'list' ? tree.items.keys() : [...tree.entries.keys()];
  let current: Tree = tree;
  for (const key of keys) {
    const child = childSchema(schema, value, key);
    const inside = tree.kind === 'list' ? tree.items[Number(key)] : tree.entries.get(String(key))?.tree;
    if (child === undefined || inside === undefined) continue;
    const isAbsent = child instanceof z.ZodExactOptional && inside.kind === 'scalar' && inside.value === null;
    const left = isAbsent ? undefined : withoutAbsent(child, inside);
    if (left !== inside) current = withValue(current, [key], left, inside.place);
  }
  return current;
}
