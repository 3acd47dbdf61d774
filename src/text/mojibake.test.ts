import { expect, test } from 'vitest';
import { mojibakeIn } from './mojibake.js';
import { WINDOWS_1252 } from './windows-1252.js';

/** A text whose UTF-8 is read in another encoding. */
function misread(text: string, encoding: string): string {
  const latin1 = Buffer.from(text, 'utf8').toString('latin1');
  if (encoding === 'latin1') return latin1;
  return latin1.replaceAll(/[\x80-\x9f]/g, (control) => WINDOWS_1252[control.charCodeAt(0) - 0x80] ?? control);
}

test('a letter that is lost is seen', () => {
  expect(mojibakeIn('Das ist f\ufffdr Ann.')).toEqual({ written: 'f\ufffdr', meant: undefined });
});

test.each([
  ['Für wie viele Tage reicht es?', 'Für'],
  ['Österreich hat 9 Länder', 'Österreich'],
  ['Combien coûte le café ?', 'coûte'],
  ['Le cœur bat', 'cœur'],
  ['C’est « déjà » vu', 'C’est'],
  ['Zem saulē', 'saulē'],
  ["It's the shop’s price: 5 € each", 'shop’s'],
  ['¿Cuántas manzanas?', '¿Cuántas'],
  ['Сколько яблок?', 'Сколько'],
  ['有多少个苹果', '有多少个苹果'],
  ['हिन्दी में', 'हिन्दी'],
  ['Tiếng Việt', 'Tiếng'],
  ['Ann has 3 🍎.', '🍎.'],
  ['If x ≤ 5', '≤'],
  ['20 °C', '°C'],
  ['x² + y²', 'x²'],
  ['3 × 4 = 12', '×'],
  ['x − 5 = 7', '−'],
  ['a — b', '—'],
  ['a → b', '→'],
  ['π r²', 'π'],
  ['É uma', 'É'],
  ['Öl', 'Öl'],
  ['Škoda', 'Škoda'],
  ['à Paris', 'à'],
])('%s is seen where it was misread, once, twice or three times', (text, word) => {
  for (const encoding of ['windows-1252', 'latin1']) {
    let wrong = text;
    for (let times = 1; times <= 3; times++) {
      wrong = misread(wrong, encoding);
      const { written, meant } = mojibakeIn(wrong) ?? {};
      expect(written, `${encoding}, ${times}`).toBeDefined();
      if (times === 1) expect(meant, encoding).toBe(word);
    }
  }
});

test('signs that were read right beside a word hide nothing', () => {
  expect(mojibakeIn('Er sagte “cafÃ©”…')).toEqual({ written: '“cafÃ©”…', meant: '“café”…' });
  expect(mojibakeIn('FÃƒÂ¼r')?.meant).toBe('Für');
});

test.each([
  'Für wie viele Tage reicht es?',
  'NÃO É PRECISO… “SÉ”',
  'O jornal publicou “ATÉ AMANHÃ” 4 vezes: “IRMÔ, MAÇÃ—sim, MANHÃ… CAMPEÃ–2024 «IRMû IRMÃ™',
  'SÓ… É… “PÉ” ‘FÉ’ ÀS – 5',
  'LULEÅ–KIRUNA UMEÅ—LULEÅ UMEÅ’s ISÄ–POIKA ISÄ’s TYÖTÄ—JA A–Ä–O',
  'XÃ” XÃ… XÃ’ «HÂLÂ»',
  'The operator Â² is ⟨ψ|Â²|ψ⟩, V³ and Å·fs',
  '« café » – c’est l’été… déjà « là », « voilà… », «é»…',
  'Él dijo: «está»… «¿qué?» y «así».',
  'Zażółć gęślą jaźń',
  '1.5Å² 0,5Å² 1Å³ 1Å·s d=2Å±0.1, 10\u00a0Å\u00a0x, 1,5\u00a0Å\u00a0à 2, lettre Â\u00a0: x',
  '«Mamá»—dijo, «Olá»—disse, «está»…y, «sofá»“x”',
  '“hâlâ”—dedi, hâlâ…”dedi',
  'É…É…Écoutez, Ä–Ö–Ü, Í–Ó–Ú, Ñ–Ñ–Ñ, A–É–Í–Ó, Å–Ä–Ö, »Ä«, »Ö«',
  'Tiếng Việt, Đường, người',
  'Сколько яблок?',
  '有多少个苹果',
  '5 × 3 = 15 °C ± 2 µm² 😀',
  'Ä“ Ö” Ü…',
  '',
])('%s is a text of its own', (text) => {
  expect(mojibakeIn(text)).toBeUndefined();
});
