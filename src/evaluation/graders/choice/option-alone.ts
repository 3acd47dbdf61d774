/**
 * The option that a reply gives without a word about it: its letter on a line of its own, or in front of its text as the whole reply or
 * the last line (`(c) 12 m/s`, `**C.** 12 m/s`). Of a list of options none is given. Linear in the length of the text.
 */

const LONGEST_LETTER_LINE = 40;
const LONGEST_LAST_LINE = 300;
const MAX_LINES = 200;
const TAIL = 2_000;

/** `C`, `(c)`, `**Option C**`, `Definitely C.` */
const LETTER_ALONE =
  /^[*_("'`[$#\s]*(?:(?:option|choice)\s+[*_("'`]*)?([A-Za-z])[*_)"'`\]$.!\s]*(?:,?\s(?:definitely|certainly|for sure|surely|of course|i think|i guess|probably|then)[.!\s]*)?(?:[:;]-?\))?\s*$/i;
const SURE =
  /^(?:(?:so|thus|then|hence|therefore|ok(?:ay)?|well)[,:]?\s+)?(?:(?:most\s+)?(?:definitely|certainly|surely|clearly|obviously|probably|likely|undoubtedly)|no doubt)[,:]?\s+(?:option\s+|choice\s+)?[*_(]*([A-HJ-Z])[*_)]*[.!\s]*$/i;
const SO = /^(?:so|thus|hence|therefore)[,:]?\s+[*_(]*([b-h])[*_)]*[.!\s]*$/;
/** A last sentence that is nothing but a letter, behind a whole word: no `30 deg. C`. */
const LAST_SENTENCE =
  /(?<!\b(?:[Jj]r|sr|inc|co|ltd|deg|fig|vit|approx|prof|eq|sec|ref|vol|temp|no|dr|mr|mrs|st|vs|etc|al|cf)|\b\p{L})(?:[.!]|[.!][*_)"”]{1,3})\s+[*_(]{0,3}([B-HJ]|A(?=[*_).!]))[*_)]{0,3}[.!]?\s*$/u;
/** A last sentence that is an option: `The mass is 2 kg. (b) 3.5 J` */
const LAST_OPTION =
  /(?<=\p{L}{2}|\d)[.!]\s+[*_]{0,3}\(([A-Ja-j])\)[*_]{0,3}\s(?!(?:is|are|was|were|has|does|and|or)\b)(?:[^.!?\n(]|\.(?=\d)){1,80}[.!]?\s*$/u;
/** One option after the other, the last of which was cut: `Option A states that mass is conserved, which is true. Option B` */
const CUT_OPTION =
  /(?<=(?:^|[.!?:]\s|\n)[*_]{0,2}(?:option|choice)\s[*_(]{0,3}[A-J][*_)]{0,3}\s(?!is\s(?:the\s)?(?:correct|right|best|answer)\b)(?:(?!\b(?:wrong|incorrect|false|out|not|answer|eliminat\w+|so|thus|hence|therefore|leaves|leaving)\b|n['’]t\b)[^.!?\n]){2,300}[.!?]\s)[*_]{0,2}(?:option|choice)\s[*_(]{0,3}[A-J][*_)]{0,3}\s*$/i;

/** A reply without the option that it was cut behind while it goes through all of them. */
export const withoutCutOption = (text: string): string =>
  /(?:option|choice)\s\S{1,7}\s*$/i.test(text.slice(-20))
    ? text.slice(0, -LONGEST_LAST_LINE - 40) + text.slice(-LONGEST_LAST_LINE - 40).replace(CUT_OPTION, '')
    : text;

/** `C, not A`, `C rather than A` */
const RATHER =
  /^[*_(]*([A-Z])[)*_]*\s*,?\s*(?:and )?(?:not|rather than|instead of|over(?=\s\(?[A-Z]\b)|non|nicht|pas|不是)(?![a-z])/;

const MARKS =
  String.raw`(?:\s*(?:[-•>→⇒]|=>|\*(?=\s))\s|[\s*_]*(?:[Ss]o|[Tt]hus|[Hh]ence|[Tt]herefore|[Ii]n conclusion|[Ff]inally|[Oo]verall)[,:]?\s+(?=[*_(]*[A-Ha-h]\)(?!\s[a-z]{2,}s\s)))?[\s*_$` +
  '`' +
  String.raw`]*[(\[]?`;
const PLACES = [
  ['one', 'first', '1'],
  ['two', 'second', '2'],
  ['three', 'third', '3'],
  ['four', 'fourth', '4'],
  ['five', 'fifth', '5'],
];
/** `Option two, i.e. B.`, `The third option, that is, C.` */
const PLACED =
  /^[*_\s]{0,4}(?:(?:so|thus|hence|therefore),?\s)?(?:(?:it(?:['’]s|\sis)|i(?:['’]d)?\s(?:choose|pick|say))\s)?(?:the\s)?(?:(?:option|choice|answer)\s(?:number\s)?(?<number>one|two|three|four|five|[1-5])|(?<ordinal>first|second|third|fourth|fifth)\s(?:option|choice|answer|one)),?\s\(?(?:i\.\s?e\.?|that is|namely|which is|or|so),?\s(?:(?:option|choice|letter)\s)?[*_("']{0,3}(?<letter>[A-E])[*_)"'.!\s]{0,5}$/i;

/** The letter of an option that is named by its place as well, where both are the same. */
function placedLetter(line: string): string | undefined {
  const { number, ordinal, letter = '' } = PLACED.exec(line)?.groups ?? {};
  const place = (number ?? ordinal)?.toLowerCase();
  const isSame = place !== undefined && PLACES['ABCDE'.indexOf(letter.toUpperCase())]?.includes(place);
  return isSame === true ? letter : undefined;
}

/** A letter in front of its text; an I with a full stop is the first letter of a name. */
const CAPITAL = new RegExp(
  String.raw`^${MARKS}([A-Z])(?:(?<!(?<![(\[])I)[).:\]][*_:]*(?=[\s$]|$)|[)\]](?=[-−]?[\d$\\])|[。：、]|\s[-–—]\s(?![^\n]*=)(?![A-Z]\b)|(?=\s\([^()\n]{1,60}\)[.!]?\s*$))`,
);
/** A small letter may be an abbreviation (`a. m.`, `c. 1900`) or the name of a part of the question (`(a) is hard`). */
const SMALL = new RegExp(
  String.raw`^${MARKS}([a-hj])(?:[)\]][*_:]*(?:\s+|(?=[-−]?[\d$\\]))|\.[*_]*\s+(?!\d{4}\b))(?![A-Za-z]\.)(?!(?:is|are|was|were|has|does|can|should|and|or|part)\b)\S`,
);
/** A first line that is short and begins with an option: `C) 42 km\nThe train …`. */
const FIRST = /^\s*[*_]*\(?(?:([A-Z])[).]|([b-hj])\))(?=[*_\s])/;
const OPTION_LINE = new RegExp(String.raw`^${MARKS}[A-Za-z][).:\]](?=[\s*_$:]|$)`);
/** `A) 3, B) 5` is a list on one line; what stands behind `because` is none. */
const SECOND = /(?:(?:(?<=\(|[,;]\s|\b(?:and|or)\s)[A-Ja-j]|(?<=\s)[Bb])\)|(?<=[,;]\s)[A-Ja-j]\.)(?=\s|$)/;
/** So are `A: 30%, B: 70%` and `A - no, B - yes`, where the first has such a mark as well. */
const SECOND_JUDGED = /^[*_)]{0,3}(?::|\s[-–—])\s[^\n]*?[,;]\s(?:and\s|but\s)?[A-J](?:\s?:|\s[-–—])\s/;
const GIVES_REASON = /\b(?:because|since|as|not|while|whereas|but|than)\b/i;

interface GivenLetter {
  readonly letter: string;
  readonly where: 'alone' | 'given';
}

const given = (letter: string): GivenLetter => ({ letter: letter.toUpperCase(), where: 'given' });

/** The letter in front of a text that is nothing but an option. */
function letterOfOption(line: string): string | undefined {
  const letter = CAPITAL.exec(line)?.[1] ?? SMALL.exec(line)?.[1];
  if (letter === undefined) return undefined;
  const behind = line.slice(line.indexOf(letter) + 2);
  const second = SECOND.exec(behind);
  const isList = second !== null && !GIVES_REASON.test(behind.slice(0, second.index));
  return isList || SECOND_JUDGED.test(line.slice(line.indexOf(letter) + 1)) ? undefined : letter;
}

/** The letter that stands alone in a reply, or in front of its option. */
export function letterAlone(text: string): GivenLetter | undefined {
  const trimmed = text.trim();
  const lines = trimmed.split(/\n+/, MAX_LINES);
  const [first = ''] = lines;
  const last = trimmed.slice(trimmed.lastIndexOf('\n') + 1);
  for (const line of [last, first]) {
    const short = line.trim();
    if (short.length > LONGEST_LETTER_LINE) continue;
    const alone = LETTER_ALONE.exec(short)?.[1] ?? SURE.exec(short)?.[1] ?? SO.exec(trimmed)?.[1];
    if (alone !== undefined) return { letter: alone.toUpperCase(), where: 'alone' };
  }
  const placed = last.length <= LONGEST_LAST_LINE ? placedLetter(last) : undefined;
  if (placed !== undefined) return given(placed);
  const rather = lines.length === 1 ? RATHER.exec(trimmed.slice(0, 30))?.[1] : undefined;
  if (rather !== undefined) return given(rather);
  const options = lines.filter((line) => OPTION_LINE.test(line)).length;
  if (lines.length === 1) {
    const whole = letterOfOption(trimmed);
    if (whole !== undefined) return given(whole);
  } else if (options === 1) {
    const letter = last.length <= LONGEST_LAST_LINE ? letterOfOption(last) : undefined;
    const leading = first.length <= LONGEST_LETTER_LINE ? FIRST.exec(first)?.slice(1).find(Boolean) : undefined;
    if (letter !== undefined || leading !== undefined) return given(letter ?? leading ?? '');
  }
  const sentence = LAST_SENTENCE.exec(last.slice(-LONGEST_LAST_LINE))?.[1];
  if (sentence !== undefined) return given(sentence);
  const labels = new Set(trimmed.slice(-TAIL).match(/\([A-Ja-j]\)/g));
  const option = labels.size === 1 ? LAST_OPTION.exec(last.slice(-LONGEST_LAST_LINE))?.[1] : undefined;
  return option === undefined ? undefined : given(option);
}
