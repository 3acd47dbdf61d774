import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ADAPTER_NAMES } from './adapters.js';
import { RECORD_FILE_ENDINGS } from './files/records.js';
import { TASKS } from './tasks/index.js';

const page = readFileSync(new URL('../../docs/data.md', import.meta.url), 'utf8');

test('docs/data.md has every layout, every file ending and every level of every task', () => {
  for (const name of ADAPTER_NAMES) expect(page).toContain(`| \`${name}\` |`);
  for (const ending of RECORD_FILE_ENDINGS) expect(page).toContain(`\`${ending}\``);
  const [, tables = ''] = page.split('The levels of each task:');
  for (const { name, levels } of TASKS) {
    const [, table = ''] = tables.split(`\`${name}\``);
    for (const level of levels) expect(table).toContain(`\`${level.name}\``);
  }
});
