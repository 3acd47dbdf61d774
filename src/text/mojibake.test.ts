import { expect, test } from 'vitest';
import { mojibakeIn } from './mojibake.js';
import { WINDOWS_1252 } from './windows-1252.js';

/** A text whose UTF-8 is read in another encoding. */
function misread(text: string, encoding: string): string {
  const latin1 = Buffer.from(text, 'utf8').toString('latin1');
  if (encoding === 'latin1') return latin1;
  return latin1.replaceAll(/[\x80-\x9f]/g, (control) => WINDOWS_1252[control.charCodeAt(0) - 0x80] ?? control);
}

test.each([
  ['Für wie viele Tage reicht es?', 'Für'],
  ['Combien coûte le café ?', 'coûte'],
  ['Le cœur bat', 'cœur'],
  ['Zem saulē', 'saulē'],
  ["It's the shop’s price: 5 € each", 'shop’s'],
  ['¿Cuántas manzanas?', '¿Cuántas'],
  ['Сколько яблок?', 'Сколько'],
  ['有多少个苹果', '有多少个苹果'],
])('%s is seen where it was misread', (text, word) => {
  for (const encoding of ['windows-1252', 'latin1']) {
    const { written, meant } = mojibakeIn(misread(text, encoding)) ?? {};
    expect(meant, encoding).toBe(word);
    expect(written).not.toBe(meant);
  }
});

test.each([
  'Für wie viele Tage reicht es?',
  'NÃO É PRECISO… “SÉ”',
  '« café » – c’est l’été… déjà',
  'Zażółć gęślą jaźń',
  'Сколько яблок?',
  '有多少个苹果',
  '5 × 3 = 15 °C ± 2 µm²',
  'Ä“ Ö” Ü…',
  '',
])('%s is a text of its own', (text) => {
  expect(mojibakeIn(text)).toBeUndefined();
});
