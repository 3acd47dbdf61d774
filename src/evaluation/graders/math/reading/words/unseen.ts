/** What is in a text and is not seen, or only changes the look of what is: characters without width, phantoms, colours. */

const UNSEEN = /[\u200b-\u200d\u2060\ufeff\u00ad\ufffd]|\\[hv]?phantom|\\(?:text)?color(?![a-z])/;
/** Characters without width within a number or a word. */
const WITHOUT_WIDTH = /(?<=[\p{L}\p{N}])(?:[\u200b-\u200d]|[\u2060\ufeff\u00ad])+(?=[\p{L}\p{N}])/gu;
/** A character that was cut at the end of a text. */
const CUT = /(?<=[\w.})$*])\s?\ufffd+\s*$/;
const PHANTOM = /\\[hv]?phantom\s?\{[^{}]{0,60}\}/g;
const COLOURED = /\\textcolor\s?(?:\[[^[\]]{0,20}\]\s?)?\{[^{}]{0,40}\}\s?(?:\{([^{}]{0,400})\})?/g;
const COLOUR = /\\color\s?(?:\[[^[\]]{0,20}\]\s?)?\{[^{}]{0,40}\}\s?(?:\{([^{}]{0,400})\})?/g;

/** Without its colour; a letter would otherwise go on with the name of the command in front. */
const apart = (_: string, inner = ' '): string => (/^[A-Za-z]/.test(inner) ? ` ${inner}` : inner);

/** The text as it is seen. Linear in its length. */
export function withoutUnseen(text: string): string {
  if (!UNSEEN.test(text)) return text;
  return text
    .replace(WITHOUT_WIDTH, '')
    .replace(CUT, '')
    .replace(PHANTOM, '')
    .replace(COLOURED, apart)
    .replace(COLOUR, apart);
}
