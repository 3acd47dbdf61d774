/**
 * The words with which replies weigh values against each other, and what each does to the values beside it. A reply is read only where
 * all of it is made of these: `9 is wrong, so it must be 8` is, `9 is wrong about the weather` is not.
 */

/** What a piece of a reply is, by what it does to the values beside it. */
export type Sort =
  | 'value'
  /** In front of values: says that they are the answer, or that they should be it instead of the one before. */
  | 'says'
  | 'amends'
  /** In front of values: they are not the answer, were thought to be it, or may be it. */
  | 'denies'
  | 'formerly'
  | 'weighs'
  | 'only'
  | 'both'
  /** `all but` and `none but`: what follows is said of the other values. */
  | 'allBut'
  | 'noneBut'
  /** In place of values: all others. */
  | 'others'
  /** Behind values. */
  | 'right'
  | 'wrong'
  | 'wasFormer'
  /** `so is`: the same is said of the values that follow. */
  | 'likewise'
  /** Between values and clauses. */
  | 'and'
  | 'or'
  | 'comma'
  | 'stop'
  | 'turn'
  | 'asked'
  | 'no'
  | 'filler';

const ADVERBS =
  '(?:(?:clearly|obviously|actually|definitely|certainly|surely|probably|simply|also|indeed|still|just|really|therefore|thus|in fact|rather|instead|then|now|exactly|only)\\s+){0,2}';
const NOUN = '(?:answer|one|value|number|result|choice|option|solution|candidate)';
const GOOD = '(?:right|correct|valid|fine|ok(?:ay)?|accurate|it|possible)';
const BEST =
  '(?:(?:final|correct|right|only|best|real|actual|true|new|corrected|updated|revised|remaining|only remaining|one and only)\\s+){0,2}';
const FITS = String.raw`(?:works?|fits?|holds?|makes?\s+sense|checks?\s+out|match(?:es)?)`;
const THAT_FITS = String.raw`(?:\s+(?:that|which)\s+(?:${FITS}|is\s+${GOOD}))?`;
const IT = `(?:it|that|this|(?:the|my|our)\\s+${BEST}${NOUN}${THAT_FITS})`;
const BE = '(?:is|are|was|were|would\\s+be|seems?|looks?|must\\s+be)';
const NEGATED = "(?:(?:is|are|was|were|does|do|did|can|could|would)n['’]t|can(?:not|['’]t|\\s+not)|could\\s+not)";
const TOO =
  'too\\s+(?:big|small|large|little|low|high|many|few|much|long|short|heavy|light|wide|narrow|great|far|early|late)';
const ALSO = '(?:\\s+(?:as\\s+well|too|also|best|perfectly|here|though|instead|after\\s+all|either|at\\s+all))?';
const OLD = '(?:old|previous|former|first|initial|original|earlier|prior)';
const GUESS = '(?:answer|guess|thought|result|attempt|idea|choice)';
const THOUGHT = '(?:thought|guessed|assumed|believed|supposed)';
const ONCE = '(?:first|initially|originally|at\\s+first|mistakenly|wrongly|previously)';
const ALL_OF = `(?:\\s+of\\s+(?:them|these|those|the))?(?:\\s+(?:the\\s+)?(?:other\\s+)?${NOUN}s?)?`;

/** Earlier lines win: `it is not` is no `it is`. */
const WORDS: readonly (readonly [Sort, string])[] = [
  ['likewise', '(?:so|neither|nor)\\s+(?:is|are|does|do|was)'],
  [
    'noneBut',
    `(?:none|nothing|no(?:\\s+other)?\\s+${NOUN})${ALL_OF}\\s+(?:but|except(?:\\s+for)?|other\\s+than|besides)`,
  ],
  ['denies', '(?:any(?:thing)?)\\s+(?:but|except)'],
  [
    'allBut',
    `(?:all|every(?:thing|one)?|each|any)${ALL_OF}\\s+(?:but|except(?:\\s+for)?|other\\s+than|besides|apart\\s+from)`,
  ],
  ['others', `(?:all\\s+(?:the\\s+)?others?|the\\s+(?:others?|rest)|everything\\s+else|all\\s+other\\s+${NOUN}s?)`],
  [
    'formerly',
    `(?:(?:at\\s+first|initially|originally|first),?\\s+)?i\\s+(?:had\\s+)?(?:(?:${ONCE}\\s+)?${THOUGHT}|${ONCE}\\s+(?:said|got|had|wrote|found|answered))(?:\\s+(?:that\\s+)?(?:it|the\\s+answer)\\s+(?:was|is|would\\s+be|to\\s+be|had\\s+been))?(?:\\s+of)?`,
  ],
  ['formerly', `(?:at\\s+first|initially|originally),?\\s+(?:i|we)\\s+(?:had|got|said|found|wrote)`],
  [
    'formerly',
    `(?:(?:the|my|our)\\s+)?${OLD}\\s+${GUESS}\\s*(?:was|had\\s+been|of|[:=])|(?:was|previously|formerly):?(?=\\s+[\\d$(-])`,
  ],
  ['wasFormer', `(?:was|is)\\s+(?:just\\s+|only\\s+)?(?:my|the|our)\\s+${OLD}\\s+${GUESS}`],
  [
    'denies',
    `${IT}\\s+(?:${NEGATED}(?:\\s+(?:possibly\\s+)?be)?|is\\s+${ADVERBS}(?:not|neither)|(?:must|will|would|could)\\s+not\\s+be)|${NEGATED}\\s+(?:possibly\\s+)?be(?=\\s+[\\d$])|(?:(?:and|but)\\s+)?(?:not|neither|nor)|rather\\s+than|instead\\s+of|as\\s+opposed\\s+to`,
  ],
  ['amends', `(?:${IT}\\s+)?should\\s+(?:be|have\\s+been)\\s*${ADVERBS}|i\\s+meant?(?:\\s+to\\s+say)?`],
  [
    'says',
    `${IT}(?:['’]s|\\s+(?:is|must\\s+be|has\\s+to\\s+be|will\\s+be|would\\s+be|equals)|\\s*:)\\s*${ADVERBS}|${BEST}(?:answer|result)\\s*(?::|is)|(?:that|this|which)\\s+leaves(?:\\s+only)?|leaving(?:\\s+only)?|i\\s+(?:choose|pick|say|said|get|got|take|go\\s+(?:with|for)|wrote)|we\\s+(?:get|got|have|take)`,
  ],
  [
    'filler',
    '(?:of|among|out\\s+of)\\s+(?:all\\s+)?(?:the|these|those)\\s+(?:two|three|four|five|six|options|choices|answers|values|numbers|candidates)(?:\\s+(?:options|choices|answers|values|numbers|candidates))?',
  ],
  ['weighs', 'either|between|out\\s+of|of|among(?:st)?'],
  ['both', 'both'],
  ['only', 'only'],
  [
    'wrong',
    `${BE}\\s+${ADVERBS}(?:wrong|incorrect|impossible|invalid|mistaken|ruled\\s+out|out\\s+of\\s+the\\s+question|out|eliminated|excluded|a\\s+mistake|an\\s+error|a\\s+miscount|the\\s+wrong\\s+${NOUN}|not\\s+${ADVERBS}(?:${GOOD}|the\\s+${BEST}${NOUN})|not|${TOO})${ALSO}`,
  ],
  [
    'wrong',
    `(?:${NEGATED}|(?:does|do|did|will|would)\\s+not)(?:\\s+(?:possibly\\s+)?(?:be\\s+)?(?:${GOOD}|${FITS}|the\\s+${BEST}${NOUN}|be))?${ALSO}|fails?|${TOO}`,
  ],
  [
    'right',
    `${BE}\\s+${ADVERBS}(?:${GOOD}|the\\s+${BEST}${NOUN}${THAT_FITS})${ALSO}|(?:does|do)\\s+${FITS}${ALSO}|${FITS}${ALSO}|(?:does|do|is|are)${ALSO}`,
  ],
  ['no', '(?:no|nope|nah)'],
  ['turn', '(?:but|while|whereas|however|though|although|yet|because|since|as|for|given\\s+that)'],
  ['and', '(?:and|&)'],
  ['or', 'or'],
  [
    'filler',
    `(?:hm+|well|oh|ah|ok(?:ay)?|so|thus|hence|therefore|then|now|in\\s+the\\s+end|finally|in\\s+fact|actually|clearly|rather|instead|ultimately|consequently|by\\s+elimination|which\\s+means(?:\\s+that)?|this\\s+means(?:\\s+that)?|it\\s+follows\\s+that|i\\s+(?:now\\s+)?(?:think|see|guess|believe)(?:\\s+that)?)`,
  ],
];
const MARKS: readonly (readonly [Sort, string])[] = [
  ['comma', '[,(]'],
  ['stop', String.raw`[.;:!…)]+|[–—]|-(?=\s)|\n+`],
  ['asked', String.raw`\?`],
];

/** A kind of values, and how one is written. */
export interface ValueForm {
  /** Sticky; `core` is the value without what is counted. */
  readonly pattern: RegExp;
  /** Looks for what every weighing of such values has, so that other replies cost nothing. */
  readonly seldom: RegExp;
}

const NUMBER = String.raw`(?:[A-Za-z]\s?=\s?)?[-−+]?[$€£]?(?:\d(?:[\d.,:/]*\d)?|\.\d+)|\\[dt]?frac\s?\{[^{}\n]{1,30}\}\s?\{[^{}\n]{1,30}\}`;
const IN_WORDS =
  '(?:zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty)(?![\\p{L}-])';
/** What is counted, but for the words that go on. */
const COUNTED = String.raw`(?:\s?[%°]|(?: (?!(?:hm+|well|oh|ah|ok(?:ay)?|no|yes|wait|oops|sorry|then|now|actually|is|are|was|were|be|would|does|do|did|can|could|cannot|has|have|had|works?|fits?|fails?|holds?|makes?|match\w*|seems?|looks?|checks?|must|should|will|and|or|nor|but|so|because|since|as|while|whereas|however|though|although|yet|not|neither|rather|instead|too|out|it|that|this|which|who|only|for|of|by|in|at|to|hence|thus|therefore|then|if|when|right|wrong|in?correct)\b)[a-z]{2,20}){1,2}(?=\s(?:is|are|was|were|works?|fits?|does|do|did|fails?|can|cannot|could|would|seems?)\b|n['’]t|\s?[.,;:!)]|\s?$))?`;

const WEIGHED =
  "(?:n['’]t|\\(was|\\b(?:not?|neither|nor|cannot|fails?|works?|fits?|holds?|wrong|incorrect|right|correct|out|but|except|only|both|too|instead|rather|old|previous|former|first|initial(?:ly)?|original(?:ly)?|earlier|prior|should|meant?|it is|eliminated|excluded|impossible|invalid)\\b)";

/** Numbers, formulas, boxes and points. */
export const NUMBERS: ValueForm = {
  pattern: new RegExp(
    String.raw`[*_"“]{0,3}\$?(?<core>\\f?boxed\s?\{(?:[^{}\n]|\{[^{}\n]{0,40}\}){1,60}\}|\$[^$\n]{1,40}\$|\\\([^\n]{1,40}?\\\)|\([-−+\d.,/\s]{2,30}\)|${NUMBER}|(?:minus\s)?${IN_WORDS})${COUNTED}\$?[*_"”]{0,3}(?![\p{L}\p{N}^=+*/<>\\]|\s?[-+*/=^×÷<>]\s?[\d(A-Za-z]|\.\d)`,
    'iuy',
  ),
  seldom: new RegExp(WEIGHED, 'i'),
};

/** Letters of options; an I without brackets is a person. */
export const LETTERS: ValueForm = {
  pattern:
    /(?:(?:[Tt]he\s)?(?:[Oo]ption|[Cc]hoice|[Aa]nswer|[Ll]etter)\s)?[*_"“$]{0,3}(?<core>\\boxed\s?\{\(?[A-Z]\)?\}|\([A-Z]\)|[A-HJ-Z](?![\p{L}\p{N}'’]))[*_"”$]{0,3}/uy,
  seldom: new RegExp(WEIGHED, 'i'),
};

export interface Lexeme {
  readonly sort: Sort;
  readonly text: string;
  /** What tells a value from others. */
  readonly key: string;
}

const ENDED = String.raw`(?:(?<![\p{L}'’])|(?![\p{L}\p{N}'’]))`;
const SORTS = [...WORDS, ...MARKS].map(([sort]) => sort);
const WORD = new RegExp(
  [...WORDS.map(([, pattern]) => `(${pattern})${ENDED}`), ...MARKS.map(([, pattern]) => `(${pattern})`)].join('|'),
  'iuy',
);

/** What tells a value from others: its digits or letter, without marks and what is counted. */
const keyOf = (core: string): string =>
  core
    .replace(/\\f?boxed|[\s$*_{}()"“”\\]/g, '')
    .replace(/−/g, '-')
    .toLowerCase();

/** The pieces of a text; undefined where any of it is none of them. */
export function lexemes(text: string, { pattern }: ValueForm): readonly Lexeme[] | undefined {
  const found: Lexeme[] = [];
  for (let at = 0; at < text.length; ) {
    if (/[^\S\n]/.test(text.charAt(at))) {
      at++;
      continue;
    }
    pattern.lastIndex = at;
    const value = pattern.exec(text);
    if (value !== null) {
      found.push({ sort: 'value', text: value[0].trim(), key: keyOf(value.groups?.core ?? value[0]) });
      at += value[0].length;
      continue;
    }
    WORD.lastIndex = at;
    const word = WORD.exec(text);
    const sort = SORTS[word === null ? -1 : word.slice(1).findIndex((group) => group !== undefined)];
    if (word === null || sort === undefined) return undefined;
    found.push({ sort, text: word[0].trim().toLowerCase(), key: '' });
    at += word[0].length;
  }
  return found;
}
