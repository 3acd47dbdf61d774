/** The letter of an option where a reply gives its answer, and what may stand behind it. Linear in the length of the text. */

export interface Found {
  readonly letter: string;
  readonly where: string;
  readonly position: number;
}

/** `(C)`, `C`, `**C**`. Only an end, punctuation or a reason may follow; otherwise it is a word and not an option. */
const LETTER =
  /([A-Z])(?![\p{Script=Latin}\p{N}])(?!'[a-z])(?:[)\]}*_"'`$>」】]*)(?=\s?[.:,;!)\]}*_"'`$。，；：、]|\s*$|\s*\n|\s+(?:because|since|as|and not|and\s+I(?=['’]m|['’]d|['’]ve|['’]ll|\s+(?:am|would|will|have|think|know|feel|believe)\b)|rather than|instead of|not|non(?!\s+(?:è|sono|corrisponde|può))|nicht(?!\s+(?:richtig|korrekt))|не(?!\s+(?:е|верн|правилн))|which|with|for|based|given|due|here|overall)\b|\s+over(?=\s(?:(?:option|choice|answer)\s)?[(*_]*[A-Z](?![\p{L}\p{N}]))|\s+(?:perché|porque|parce|weil|plutôt que|au lieu de|et non|en (?:lugar|vez) de|antes que|y no|statt|anstatt|und nicht|anziché|piuttosto che|invece di|e non|em vez de|ao invés de|e não)(?!\p{L})|\s+(?:then|exactly|perfectly|precisely)(?=\s*[.,;!]|\s*$)|\s+(?:です|だ|である|है|입니다|이다)(?![\p{L}\p{M}])|\s*[-–—(（]|<|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Hangul}])/uy;
/** A small letter could be an article or a variable, so only marks or an end may follow. */
const SMALL_LETTER = /([a-z])(?=[)\]}*_"'`$>]+|\s*[.!。]?\s*(?:$|\n)|[.:]\s)/y;

const ALTERNATIVE =
  /^[\s)\]}*_"'`$,]*(?:(?:or|and|\/|,|、|或者?|和|以及|と|または|및|또는|ou|et|oder|und|o|y|e|и|или)(?:\s+(?:maybe|perhaps|possibly|even|also|else))?|\(?(?:or\s+)?(?:maybe|perhaps|possibly)|\(?(?:but|though|although|or)\s+(?:it|that|the answer)\s+(?:could|might|may)\s+(?:also\s+)?be)[\s(*"'`[]*(?:option\s+|choice\s+)?(?!I(?:['’]|\s+(?:am|would|will|have|think|know|feel|believe)\b))[A-Z](?![\p{L}\p{N}])/u;

/** Behind a letter: a range of options, as a form shows it (`[A-D]`), of which none is given. */
const RANGE =
  /^[)*_"'`]*\s?(?:[-–—‑~～]|\.{2,3}|…|to|through)\s?[(*_"'`]*[A-J][)*_"'`]*[\]}>]?(?:[.,;:!?。)]|\s*$|\s*\n|\s\()/u;

/** Behind a letter in brackets: `(B)?` is as little of an answer as `B?`. */
const ASKED = /^[)\]}*_"'`$]+\s?\?/;

/** Behind a letter that stands for any: `"Answer: X", where X is the letter of the option`. */
const STANDS_FOR =
  /^[)\]*_"'”`]*,?\s{1,2}where\s[*_("'“`]*([A-Z])[*_)"'”`]*\s(?:is|stands for|represents|denotes)\s(?:the|your|one|an?|any)\s(?:[a-z]+\s){0,2}(?:letters?|options?|choices?|answer)\b/;

/** The letter at a position after a statement; 'unclear' where several are named. */
export function letterAt(text: string, position: number, small: boolean): Found | 'unclear' | undefined {
  for (const pattern of small ? [LETTER, SMALL_LETTER] : [LETTER]) {
    pattern.lastIndex = position;
    const letter = pattern.exec(text)?.[1];
    if (letter === undefined) continue;
    if (ASKED.test(text.slice(position + 1, position + 10))) return undefined;
    const behind = text.slice(position + 1, position + 60);
    if (STANDS_FOR.exec(text.slice(position + 1, position + 90))?.[1] === letter) return undefined;
    if (ALTERNATIVE.test(behind) || RANGE.test(behind)) return 'unclear';
    return { letter: letter.toUpperCase(), where: 'stated', position };
  }
  return undefined;
}

/** A letter where only an answer is expected, and what may follow it: `C`, `(C)`, `C.`, `C) 42 km`, `C: because`. */
const GIVEN =
  /^[\s*("'[{<]*(?:(?:the\s+)?(?:final\s+|correct\s+)?(?:answer|option|choice)\s*(?:is\s*)?(?::\s*)?[("'[{*]*)?([A-Za-z])\s*(?:$|[)\].:,*'"}>]|\s[-–—])/i;

/** Of `A, B` and `A or B` neither is given. */
export function givenLetter(content: string): string | undefined {
  const plain = content.replace(/\$/g, '');
  const match = GIVEN.exec(plain);
  if (match?.[1] === undefined) return undefined;
  const end = match.index + match[0].lastIndexOf(match[1]) + 1;
  const behind = plain.slice(end, end + 30);
  return ALTERNATIVE.test(behind) || RANGE.test(behind) ? undefined : match[1].toUpperCase();
}

/** So many characters of a text in front of a position, or fewer where it begins. */
export const inFront = (text: string, position: number, length: number): string =>
  text.slice(Math.max(0, position - length), position);
