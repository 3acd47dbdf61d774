/** The row of totals at the end of a sheet, which is no problem. */
import { InputError } from '../errors.js';
import type { DataRecord } from './files/record.js';
import { isGiven } from './problem.js';

const words = (...lines: readonly string[]): ReadonlySet<string> => new Set(lines.flatMap((line) => line.split(', ')));

/** What such rows are called, in the languages in which columns are proposed and some more. */
const CALLED = words(
  'total, totals, grand total, subtotal, sub-total, sum, average',
  'summe, gesamt, gesamtsumme, zwischensumme, insgesamt, durchschnitt, mittelwert',
  'total général, sous-total, somme, moyenne, suma, promedio, totale, somma, totaal, gemiddelde',
  'razem, suma końcowa, итого, всего, сумма, среднее, toplam, genel toplam, ortalama',
  '合计, 总计, 小计, 合計, 總計, 小計, 総計, 平均, 합계, 총계, 평균',
);

/** A number, with a currency or a unit: `12,345`, `€ 12`, `87 %`, `6 questions`. */
const NUMBER = /^[^\p{L}\d]*(?:\p{L}{1,3}\s)?[-+]?\d[\d.,'’\s]*\s*[^\s\d]*$/u;

function isTotals(row: DataRecord['value']): boolean {
  const [first, ...others] = Object.values(row).filter(isGiven);
  const called =
    typeof first === 'string'
      ? first
          .normalize('NFC')
          .toLowerCase()
          .trim()
          .replace(/\s*[:=]$/, '')
      : '';
  return CALLED.has(called) && others.every((cell) => NUMBER.test(String(cell).trim()));
}

/**
 * The rows, of which the last is refused where it has totals: a word for them, and beside it only numbers.
 * @throws {InputError} with the place of that row
 */
export async function* withoutTotals(records: AsyncIterable<DataRecord>): AsyncGenerator<DataRecord> {
  let held: DataRecord | undefined;
  let rows = 0;
  for await (const record of records) {
    if (held !== undefined) yield held;
    held = undefined;
    if (++rows > 1 && isTotals(record.value)) held = record;
    else yield record;
  }
  if (held === undefined) return;
  throw new InputError('the last row is one of totals, and no problem', {
    ...held.place,
    remedy: 'Delete it. If it is a problem, move it up: only a last row is taken for totals.',
  });
}
