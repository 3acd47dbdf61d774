/** Finds formulas in text. The studio's page and reports set them; this module uses nothing that a browser lacks. */

export type TextPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'formula'; readonly tex: string; readonly display: boolean };

/** How KaTeX sets what models write: no links, no pictures, and no macros that grow without bound. */
export const FORMULA_SETTINGS = { trust: false, strict: 'ignore', maxSize: 20, maxExpand: 200 } as const;

/**
 * `$$…$$`, `\[…\]`, `\(…\)`, and `$…$` as pandoc reads it: nothing blank inside the dollars, no digit behind
 * them. Longer formulas are text: the search for an end takes time with the square of the length.
 */
const MARKED =
  /\$\$([^$]{1,2000})\$\$|\\\[([\s\S]{1,2000}?)\\\]|\\\(([\s\S]{1,2000}?)\\\)|(?<![\\$])\$(?![\s$])([^$\n]{0,500}?[^$\s\\])\$(?!\d)/g;
/** A formula in single dollars has something that words and prices lack. */
const TELLING = /[\\^_=+*/<>{}]|^[A-Za-z]$/;

/** The pieces of a text in order; joined with their marks they are the text. */
export function textPieces(text: string): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let end = 0;
  for (const match of text.matchAll(MARKED)) {
    const [whole, dollars, brackets, parentheses, inline] = match;
    if (inline !== undefined && !TELLING.test(inline)) continue;
    if (match.index > end) pieces.push({ kind: 'text', text: text.slice(end, match.index) });
    const tex = dollars ?? brackets ?? parentheses ?? inline ?? '';
    pieces.push({ kind: 'formula', tex, display: (dollars ?? brackets) !== undefined });
    end = match.index + whole.length;
  }
  if (end < text.length) pieces.push({ kind: 'text', text: text.slice(end) });
  return pieces;
}
