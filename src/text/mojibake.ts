/** Mojibake: UTF-8 that was read as Windows-1252 or Latin-1 and written again, such as `FÃ¼r` for `Für`. */

import { WINDOWS_1252 } from './windows-1252.js';

export interface Mojibake {
  /** The word as it is written. */
  readonly written: string;
  /** As it was meant. */
  readonly meant: string;
}

/** The byte that each character beyond ASCII stands for in Latin-1 and in Windows-1252. */
const BYTES: ReadonlyMap<string, number> = new Map([
  ...Array.from({ length: 128 }, (_, i) => [String.fromCharCode(128 + i), 128 + i] as const),
  ...Array.from(WINDOWS_1252, (character, i) => [character, 128 + i] as const),
]);
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * What comes out where bytes are read right, at least so much of it: letters of Latin scripts and marks of print, of which one is
 * enough, since what they are made of is hardly ever written; several of other scripts.
 */
const LIKELY = [
  /^[\u00a0-\u017f\u2010-\u203a\u20ac\u2122]+$/,
  /^[\u0370-\u03ff\u0400-\u04ff\u0590-\u05ff\u0600-\u06ff\u00a0-\u00bf]{3,}$/,
  /^[\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7af\uff00-\uffef]{2,}$/,
];

function readRight(run: string): string | undefined {
  const bytes = Uint8Array.from(run, (character) => BYTES.get(character) ?? 0);
  if (bytes.includes(0)) return undefined;
  try {
    const text = UTF8.decode(bytes);
    return LIKELY.some((likely) => likely.test(text)) ? text : undefined;
  } catch {
    // It is no UTF-8, so these are letters of their own.
    return undefined;
  }
}

/** Characters beyond ASCII, of which a misread one is two at least. */
const RUNS = /[^\p{ASCII}]{2,}/gu;

/** Characters of a word beside what was misread, in what is shown. */
const BESIDE = 12;

/** The first word of a text that was read in another encoding than it was written in; undefined where there is none. */
export function mojibakeIn(text: string): Mojibake | undefined {
  for (const { 0: run, index } of text.matchAll(RUNS)) {
    const right = readRight(run);
    if (right === undefined) continue;
    const end = index + run.length;
    const before = /\S*$/u.exec(text.slice(Math.max(0, index - BESIDE), index))?.[0] ?? '';
    const after = /^\S*/u.exec(text.slice(end, end + BESIDE))?.[0] ?? '';
    // `Ä“` may end a quotation, but not within a word or after a small letter.
    const mayBeQuoted = /^[\u0100-\u017f]$/.test(right);
    if (mayBeQuoted && !/\p{Ll}$/u.test(before) && !/^\p{L}/u.test(after)) continue;
    const written = before + run + after;
    return { written, meant: written.replaceAll(RUNS, (other) => readRight(other) ?? other) };
  }
  return undefined;
}
