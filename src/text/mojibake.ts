/** Mojibake: UTF-8 that was read as Windows-1252 or Latin-1 and written again, such as `FÃ¼r` for `Für`; and letters that are lost. */

import { beginningOf } from './far-longer.js';
import { WINDOWS_1252 } from './windows-1252.js';

export interface Mojibake {
  /** The word as it is written. */
  readonly written: string;
  /** As it was meant; undefined where letters are lost. */
  readonly meant: string | undefined;
}

/** The byte that each character beyond ASCII stands for in Latin-1 and in Windows-1252. */
const BYTES: ReadonlyMap<string, number> = new Map([
  ...Array.from({ length: 128 }, (_, i) => [String.fromCharCode(128 + i), 128 + i] as const),
  ...Array.from(WINDOWS_1252, (character, i) => [character, 128 + i] as const),
]);
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** What the second and later bytes of a letter of UTF-8 look like. */
const LATER = `[\\x80-\\xbf${[...WINDOWS_1252].filter((character) => character > '\xff').join('')}]`;
/** Letters of UTF-8, each of two to four characters, and what stands for one that could not be read. */
const RUNS = new RegExp(`(?:[\\xc2-\\xdf]${LATER}|[\\xe0-\\xef]${LATER}{2}|[\\xf0-\\xf4]${LATER}{3})+|\\ufffd`, 'gu');

/** What one letter is likely to be: what it looks like misread is hardly ever written. Of other scripts it takes two. */
const LIKELY_ALONE =
  /^[\x80-\u017f\u0192\u0218-\u021b\u02c6\u02dc\u0391-\u03c9\u1e00-\u1eff\u2000-\u24ff\u2580-\u2bff\ufeff\u{1f000}-\u{1faff}]+$/u;
const LIKELY = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\ufeff]{2,}$/u;

/** Letters and what may stand behind each: marks of print at the end of a word in capitals, signs of formulas, quotations that end. */
const MAY_BE_MARKED = /^(?:[\xc2-\xdf][\u2013\u2014\u2018-\u201e\u2026\u2039\u203a\u2122]|[\xc2\xc4-\xdf]\xa0)+$/u;
const MAY_BE_SIGNED = /^(?:[\xc2-\xdf][\xb2\xb3\xab\xbb]|[\xc2\xc4-\xdf]\xb7|\xc5\xb1)+$/u;
const MAY_END_QUOTATION = /^[\xe0-\xef](?:[\xa0\xbb\u2019\u201d\u2026].|[^\u20ac][\xa0\xbb\u2019\u201d\u2026])$/u;

/** Whether what looks misread may be letters and marks of their own: `AMANHÃ”`, `LULEÅ–KIRUNA`, `Â²`, `é »`. */
function mayBeOwn(run: string, before: string, after: string): boolean {
  const isAlone = before === '' && after === '';
  if (isAlone && (run === '\xc3\u2014' || run === '\xc2\xb7')) return false;
  const isBehindSmall = /\p{Ll}$/u.test(before);
  const isBehind = isBehindSmall || /\p{N}$/u.test(before);
  if (MAY_BE_MARKED.test(run)) {
    const begins = before === '' ? /^\p{Ll}/u : /^\p{Ll}{2}/u;
    return !(isBehind || (!/\p{L}$/u.test(before) && begins.test(after)));
  }
  if (MAY_BE_SIGNED.test(run)) return !(run.startsWith('\xc2') ? isBehind : isBehindSmall);
  if (!MAY_END_QUOTATION.test(run)) return false;
  // Small a with a hat stands alone in no language, nor is a dash or a quotation mark within a word.
  if (run.startsWith('\xe2')) return /\p{L}$/u.test(before);
  return !/^\p{L}/u.test(after) || /^.\xbb[\u2010-\u203a]/u.test(run);
}

function readRight(run: string): string | undefined {
  try {
    const text = UTF8.decode(Uint8Array.from(run, (character) => BYTES.get(character) ?? 0));
    return LIKELY_ALONE.test(text) || LIKELY.test(text) ? text : undefined;
  } catch {
    // It is no UTF-8, so these are letters of their own.
    return undefined;
  }
}

/** How often a text is read wrong at most. */
const MOST_READINGS = 3;

function meantBy(written: string): string {
  let meant = written;
  for (let reading = 0; reading < MOST_READINGS; reading++) {
    const next = meant.replaceAll(RUNS, (run) => (run === '\ufffd' ? run : (readRight(run) ?? run)));
    if (next === meant) break;
    meant = next;
  }
  return meant;
}

/** Characters of a word beside what was misread, in what is shown. */
const BESIDE = 12;
/** Characters that are looked at: who misreads a text misreads its beginning. */
const MOST_CHARACTERS = 20_000;

/** The first word of a text that was read in another encoding than it was written in; undefined where there is none. */
export function mojibakeIn(whole: string): Mojibake | undefined {
  const text = beginningOf(whole, MOST_CHARACTERS);
  for (const { 0: run, index } of text.matchAll(RUNS)) {
    const isLost = run === '\ufffd';
    if (!isLost && readRight(run) === undefined) continue;
    const end = index + run.length;
    const before = /[^ \t\r\n]*$/u.exec(text.slice(Math.max(0, index - BESIDE), index))?.[0] ?? '';
    const after = /^[^ \t\r\n]*/u.exec(text.slice(end, end + BESIDE))?.[0] ?? '';
    if (!isLost && mayBeOwn(run, before, after)) continue;
    const written = before + run + after;
    return { written, meant: isLost ? undefined : meantBy(written) };
  }
  return undefined;
}
