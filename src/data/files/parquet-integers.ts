/** Integers in columns of a Parquet file that stand for something else: decimals, and times of the day. */
import type { FileMetaData } from 'hyparquet';
import { losslessNumber } from './lossless-json.js';

/** What a stored integer of a column means. */
type Meaning = (stored: bigint) => unknown;

/**
 * Decimal columns, and those of times of the day, are from here on read as the integers that are stored: hyparquet multiplies decimals
 * as doubles, which changes their value, and knows no times.
 */
export function takeIntegers({ schema }: FileMetaData): ReadonlyMap<string, Meaning> {
  const meanings = new Map<string, Meaning>();
  let nested = 0;
  for (const element of schema.slice(1)) {
    const isTop = nested === 0;
    nested += (element.num_children ?? 0) - (isTop ? 0 : 1);
    const meaning = meaningOf(element);
    if (!isTop || meaning === undefined || element.repetition_type === 'REPEATED') continue;
    meanings.set(element.name, meaning);
    delete element.converted_type;
    delete element.logical_type;
  }
  return meanings;
}

function meaningOf(element: FileMetaData['schema'][number]): Meaning | undefined {
  const { type, converted_type: converted, logical_type: logical, scale = 0 } = element;
  if (type !== 'BYTE_ARRAY' && (converted === 'DECIMAL' || logical?.type === 'DECIMAL'))
    return (stored) => decimalValue(stored, scale);
  if (logical?.type === 'TIME') return (stored) => timeOfDay(stored, DIGITS[logical.unit]);
  if (converted === 'TIME_MILLIS') return (stored) => timeOfDay(stored, DIGITS.MILLIS);
  return converted === 'TIME_MICROS' ? (stored) => timeOfDay(stored, DIGITS.MICROS) : undefined;
}

/** Digits of a second that a unit has. */
const DIGITS = { MILLIS: 3, MICROS: 6, NANOS: 9 } as const;

/** `09:30:00`, `09:30:00.250`; null for what is no time of a day. */
function timeOfDay(stored: bigint, digits: number): string | null {
  const perSecond = 10n ** BigInt(digits);
  if (stored < 0n || stored >= 86_400n * perSecond) return null;
  const seconds = Number(stored / perSecond);
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) =>
    String(Math.floor(part)).padStart(2, '0'),
  );
  // In groups of three digits, as many as the time needs.
  const fraction = String(stored % perSecond)
    .padStart(digits, '0')
    .replace(/(?:000)+$/, '');
  return `${clock.join(':')}${fraction === '' ? '' : `.${fraction}`}`;
}

export function withMeanings(
  row: Record<string, unknown>,
  meanings: ReadonlyMap<string, Meaning>,
): Record<string, unknown> {
  if (meanings.size === 0) return row;
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      const meaning = meanings.get(name);
      const stored = meaning === undefined ? undefined : storedInteger(value);
      return [name, meaning === undefined || stored === undefined ? value : meaning(stored)];
    }),
  );
}

function storedInteger(value: unknown): bigint | undefined {
  if (value instanceof Uint8Array)
    return BigInt.asIntN(value.length * 8, BigInt(`0x0${Buffer.from(value).toString('hex')}`));
  return typeof value === 'bigint' || typeof value === 'number' ? BigInt(value) : undefined;
}

/** A stored integer over a power of ten; beyond what a double holds, the decimal as text. */
function decimalValue(digits: bigint, scale: number): unknown {
  const sign = digits < 0n ? '-' : '';
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  return losslessNumber(scale === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`);
}
