/**
 * The only option that a reply leaves, where it says so of all others as well: `Only C; A, B and D all fail.`, `B is the only one that holds;
 * the others are wrong.` Linear in the length of the text.
 */
const TAIL = 400;
const LETTER = String.raw`[*_(]{0,3}[A-H][*_)]{0,3}(?![\p{L}\p{N}'’])`;
const OPTION = String.raw`(?:(?:option|choice|statement|answer)\s)?${LETTER}`;
const LIST = String.raw`(?:options\s|choices\s|statements\s)?${LETTER}(?:(?:,\s(?:and\s)?|,?\sand\s)${LETTER}){1,6}`;
const REST = String.raw`(?<rest>(?:all\s)?(?:the\s)?(?:others?|rest|other\s(?:options|choices|answers|statements|ones|two|three|four))|${LIST})`;
const FAILS = String.raw`\s(?:(?:all|both|each)\s)?(?:fails?|contradicts?|violates?|conflicts?|(?:(?:is|are|were)\s(?:all\s|both\s|clearly\s|each\s)?|can\s(?:all\s)?be\s)(?:wrong|false|incorrect|invalid|impossible|out|ruled out|eliminated|excluded|not\s(?:right|correct|true|valid))|(?:do|does)(?:\snot|n['’]t)(?:\s(?:hold|work|fit|match|apply|qualify))?)\b`;
const HOLDS = String.raw`(?:holds?|works?|fits?|matches|survives|remains|stands|passes|qualifies|(?:satisf|fulfil)[^.;,!?\n]{1,60}|meets\s[^.;,!?\n]{1,60}|(?:is\s)?(?:left|correct|right|true|valid|consistent[^.;,!?\n]{0,60}))`;
const NOT_CLAIMED = String.raw`(?<![\p{L}])(?<!\b(?:if|not|whether|unless|suppose|say|says)\s)`;
const claim = (name: string): string =>
  String.raw`${NOT_CLAIMED}(?:only\s(?<${name}1>${OPTION})(?:\s${HOLDS})?|(?<${name}2>${OPTION})\s(?:is\sthe\sonly\s(?:one|option|choice|statement|answer)\s(?:(?:that|which)\s)?${HOLDS}|alone\s${HOLDS}))`;
const BEFORE = new RegExp(
  String.raw`${claim('a')}(?:[;,.]|\s[—–-])\s(?:(?:while|whereas|and|but|as|since|because)\s)?${REST}${FAILS}[^.!?\n]{0,80}[.!]?\s*$`,
  'iu',
);
/** `only C satisfies the condition; A, B and D all give negative values` */
const OTHERWISE = new RegExp(
  String.raw`${NOT_CLAIMED}only\s(?<a1>${OPTION})\s${HOLDS}(?:[;,.]|\s[—–-])\s(?:(?:while|whereas|and|but|as|since|because)\s)?${REST}\s(?:all|both)\s(?!(?:hold|work|fit|match|satisf|meet|pass|do|(?:are|seem|look)\s(?:right|correct|true|fine|valid|plausible|possible))\w*)[a-z]+[^.!?\n]{0,80}[.!]?\s*$`,
  'iu',
);
const BEHIND = new RegExp(
  String.raw`(?<=^|[.!?\n]\s{0,3})${REST}${FAILS}(?:[^.,;!?\n]{0,40}[,;.]\s)(?:(?:so|thus|hence|therefore|and|which\sleaves|leaving|that\sleaves)\s)?${claim('b')}[.!]?\s*$`,
  'iu',
);
const UNDECIDED = /\b(?:if|unless|whether|maybe|perhaps|or|would|might|except|either)\b|\?/i;

/** In front of the claim, in its sentence. */
const DENIED = /(?:\b(?:not|cannot|never|nobody|no one|nor)\b|n['’]t\b)[^.!?;\n]*$/i;

/** The letter; undefined for any other text. */
export function onlyOptionLeft(text: string): string | undefined {
  const tail = text.trimEnd().slice(-TAIL);
  if (!/\bonly\b|\balone\b/i.test(tail)) return undefined;
  const found = BEFORE.exec(tail) ?? OTHERWISE.exec(tail) ?? BEHIND.exec(tail);
  if (found === null || UNDECIDED.test(found[0]) || DENIED.test(tail.slice(0, found.index))) return undefined;
  const { a1, a2, b1, b2, rest = '' } = found.groups ?? {};
  const letter = /[A-H](?=[*_)]{0,3}$)/.exec(a1 ?? a2 ?? b1 ?? b2 ?? '')?.[0];
  // The others are others.
  return letter === undefined || rest.match(/(?<!\p{L})[A-H](?!\p{L})/gu)?.includes(letter) === true
    ? undefined
    : letter;
}
