// Writes the generated pages of docs/. Run it after `npm run build`: node scripts/docs.mjs
import { mkdir, writeFile } from 'node:fs/promises';
import { recipeDocumentation } from '../dist/recipe/documentation.js';

await mkdir(new URL('../docs/', import.meta.url), { recursive: true });
await writeFile(new URL('../docs/recipe.md', import.meta.url), recipeDocumentation());
