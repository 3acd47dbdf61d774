/**
 * The words with which replies weigh values against each other, and what each does to the values beside it. A reply is read only where
 * all of it is made of these: `9 is wrong, so it must be 8` is, `9 is wrong about the weather` is not.
 */

import { NUMBER_WORD, SCALES } from '../number-words.js';

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
  /** In place of values: all others, and those before. */
  | 'others'
  | 'pronoun'
  /** Behind values. */
  | 'right'
  | 'maybe'
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
  | 'yes'
  | 'no'
  | 'filler';

const anyOf = (...phrases: readonly string[]): string => `(?:${phrases.join('|')})`;

/** In the phrases below, a space is any white space. */
const ADVERBS = `(?:${anyOf('clearly|obviously|actually|definitely|certainly|surely|probably|simply|also|indeed|still|just', 'really|therefore|thus|in fact|rather|instead|then|now|exactly|only')} ){0,2}`;
const NOUN = '(?:answer|one|value|number|result|choice|option|solution|candidate)';
const GOOD =
  '(?:a (?:valid )?(?:solution|root)|right|correct|valid|fine|ok(?:ay)?|accurate|possible|plausible|acceptable|true|consistent(?: with (?:the|all|both|every|each|these|this|our) (?:[a-z]+ )?(?:equations?|conditions?|constraints?|requirements?|description|definition|problem|question|statements?|facts|clues|data|passage|text|evidence|observations?|results?))?|it)';
const BEST =
  '(?:(?:final|correct|right|only|best|real|actual|true|new|corrected|updated|revised|remaining|one and only) ){0,2}';
/** What a value fits: `the equation`, `both conditions`. */
const THING =
  '(?:(?:the|all|both|every|each|these|this|our) (?:[a-z]+ )?(?:of them|equations?|inequality|conditions?|constraints?|requirements?|description|definition|problem|question|statement|facts|clues|data)|it|them|all|both)';
const FITS = `(?:(?:works?|fits?|holds?(?: up)?|match(?:es)?)(?: (?:for |in |with )?${THING})?|satisf(?:y|ies) ${THING}|makes? sense|checks? out)`;
const THAT_FITS = `(?: (?:that|which) (?:${FITS}|is ${GOOD}))?`;
const IT = `(?:it|that|this|(?:the|my|our) ${BEST}${NOUN}${THAT_FITS})`;
const BE = '(?:is|are|was|were|would be|must be|has to be)';
const NEGATED = "(?:(?:is|are|was|were|does|do|did|can|could|would)n['’]t|can(?:not|['’]t| not)|could not)";
const REFUSED = `(?:wrong|incorrect|impossible|invalid|mistaken|eliminated|excluded|extraneous|rejected|discarded|ruled out|out of the question|out|almost (?:right|correct)|a mistake|an error|a miscount|the wrong ${NOUN})`;
const TOO =
  'too (?:big|small|large|little|low|high|many|few|much|long|short|heavy|light|wide|narrow|great|far|early|late)';
const ALSO = '(?: (?:as well|too|also|best|perfectly|here|though|instead|after all|either|at all))?';
const OLD = '(?:old|previous|former|first|initial|original|earlier|prior)';
const GUESS = '(?:answer|guess|thought|result|attempt|idea|choice)';
const ONCE = '(?:first|initially|originally|at first|mistakenly|wrongly|previously)';
const IT_WAS = '(?: (?:that )?(?:it|the answer) (?:was|is|would be|to be|had been))?';
const ALL_OF = `(?: of (?:them|these|those|the))?(?: (?:the )?(?:other )?${NOUN}s?)?`;
const BUT = '(?:but|except(?: for)?|other than|besides|apart from)';
const SEVERAL = '(?:two|three|four|five|six|options|choices|answers|values|numbers|candidates)';

/** Earlier lines win: `it is not` is no `it is`. */
const WORDS: readonly (readonly [sort: Sort, ...phrases: readonly string[]])[] = [
  ['likewise', '(?:so|neither|nor) (?:is|are|does|do|was)'],
  ['noneBut', `(?:none|nothing|no(?: other)? ${NOUN})${ALL_OF} ${BUT}`],
  ['denies', 'any(?:thing)? (?:but|except)'],
  ['allBut', `(?:all|every(?:thing|one)?|each|any)${ALL_OF} ${BUT}`],
  ['others', `all (?:the )?others?|the (?:others?|rest)|everything else|all other ${NOUN}s?`],
  [
    'formerly',
    `(?:(?:${ONCE}),? )?i (?:had )?(?:${ONCE} )?(?:thought|guessed|assumed|believed|supposed)${IT_WAS}(?: of)?`,
    `i (?:had )?${ONCE} (?:said|got|had|wrote|found|answered)${IT_WAS}`,
    '(?:at first|initially|originally),? (?:i|we) (?:had|got|said|found|wrote)',
    `(?:(?:the|my|our) )?${OLD} ${GUESS}\\s*(?:was|had been|of|[:=])`,
    '(?:was|previously|formerly):?(?= [\\d$(-])',
  ],
  ['formerly', '(?:old|previous|previously|formerly|before)\\s*:'],
  ['says', '(?:new|now|corrected|updated|revised|final|right|correct)\\s*:'],
  ['denies', '(?:wrong|incorrect)(?: (?:answer|result))?\\s*:'],
  ['pronoun', `(?:it|that|this|which)(?= ${BE} ${ADVERBS}${REFUSED})`],
  ['wasFormer', `(?:was|is) (?:just |only )?(?:my|the|our) ${OLD} ${GUESS}`],
  [
    'denies',
    `${IT} ${NEGATED}(?: (?:possibly )?be)?`,
    `${IT} (?:is ${ADVERBS}(?:not|neither)|(?:must|will|would|could) not be)`,
    `${NEGATED} (?:possibly )?be(?= [\\d$])`,
    '(?:(?:and|but) )?(?:not|neither|nor)|rather than|instead of|as opposed to',
    'scratch|strike|(?:(?:i|we) )?(?:take back|reject|discard|rule out|exclude|eliminate)|(?:ruling out|rejecting|discarding|excluding|eliminating)',
  ],
  ['amends', `(?:${IT} )?should (?:be|have been)\\s*${ADVERBS}`, 'i meant?(?: to say)?'],
  [
    'says',
    `${IT}(?:['’]s| (?:is|must be|has to be|will be|would be|equals)|\\s*:)\\s*${ADVERBS}`,
    `${BEST}(?:answer|result)\\s*(?::|is)`,
    '(?:that|this|which) leaves(?: only)?|leaving(?: only)?',
    'i (?:choose|pick|say|said|get|got|take|go (?:with|for)|wrote)|we (?:get|got|have|take)',
  ],
  ['filler', `(?:of|among|out of) (?:all )?(?:the|these|those) ${SEVERAL}(?: ${SEVERAL})?`],
  ['weighs', 'either|between|out of|of|among(?:st)?'],
  ['both', 'both'],
  [
    'only',
    'only|just',
    '(?:all|everything)(?: of them)?(?: (?:are|is))? (?:wrong|incorrect|out|false) (?:but|except(?: for)?)',
  ],
  [
    'wrong',
    `${BE} ${ADVERBS}${anyOf(REFUSED, `not ${ADVERBS}(?:${GOOD}|the ${BEST}${NOUN})|not|${TOO}`)}${ALSO}`,
    `(?:${NEGATED}|(?:does|do|did|will|would) not)(?: (?:possibly )?(?:be )?(?:${GOOD}|${FITS}|the ${BEST}${NOUN}|be))?${ALSO}`,
    'can (?:all )?(?:safely )?be (?:eliminated|excluded|rejected|discarded|ruled out)',
    `fails?|${TOO}`,
  ],
  [
    'right',
    `${BE} ${ADVERBS}(?:${GOOD}|the ${BEST}${NOUN}${THAT_FITS})${ALSO}`,
    `(?:alone )?(?:(?:does|do) )?${FITS}${ALSO}|can be ${GOOD}|remains|is (?:all that(?:['’]s| is) )?left|is all that remains`,
    `(?:does|do|is|are)${ALSO}`,
  ],
  ['maybe', `(?:seems?|looks?|might be|may be|could be)(?: to be)?(?: ${ADVERBS}${GOOD})?(?: at first)?`],
  ['yes', 'yes'],
  ['no', 'no|nope|nah'],
  ['turn', 'but|while|whereas|however|though|although|yet|because|since|as|for|given that'],
  ['and', 'and|&'],
  ['or', 'or'],
  [
    'filler',
    'hm+|well|oh|ah|ok(?:ay)?|so|thus|hence|therefore|then|now|finally|in fact|actually|clearly|rather|instead',
    'in the end|ultimately|consequently|by elimination|(?:which|this) means(?: that)?|it follows that',
    'i (?:now )?(?:think|see|guess|believe)(?: that)?',
  ],
];
const MARKS: readonly (readonly [sort: Sort, pattern: string])[] = [
  ['comma', '[,(]'],
  ['stop', String.raw`[.;:!…)]+|[–—]|-(?=\s)|\n+`],
  ['asked', String.raw`\?`],
  ['yes', '[✓✔✅]'],
  ['no', '[✗✘❌]'],
];

const ENDED = String.raw`(?:(?<![\p{L}'’])|(?![\p{L}\p{N}'’]))`;
const SORTS = [...WORDS, ...MARKS].map(([sort]) => sort);
const WORD = new RegExp(
  [
    ...WORDS.map(([, ...phrases]) => `(${phrases.join('|').replaceAll(' ', '\\s+')})${ENDED}`),
    ...MARKS.map(([, pattern]) => `(${pattern})`),
  ].join('|'),
  'iuy',
);

/** What every weighing of values has, so that other replies cost nothing. */
export const MAY_WEIGH =
  /n['’]t|\((?:was|previously|formerly)|[✓✔✅✗✘❌]|\b(?:not?|neither|nor|cannot|fails?|works?|fits?|holds?|wrong|incorrect|right|correct|out|but|except|only|both|too|instead|rather|old|previous|former|first|initial(?:ly)?|original(?:ly)?|earlier|prior|should|meant?|it is|eliminat\w+|exclud\w+|reject\w*|discard\w*|rul(?:e|ed|ing) out|extraneous|impossible|invalid|strike|scratch|take back|opposed|must be|has to be|can be|remains|left|satisf\w+|new|alone|just|yes)\b/i;

const NUMBER = String.raw`(?:[A-Za-z]\s?=\s?)?[-−+]?[$€£]?(?:\d(?:[\d.,:/]*\d)?|\.\d+)|\\[dt]?frac\s?\{[^{}\n]{1,30}\}\s?\{[^{}\n]{1,30}\}`;
/** `one` may be a thing, and a scale goes on with what stands before it. */
const IN_WORDS = String.raw`(?!one(?![\p{L}])|${[...SCALES.keys()].join('|')})${NUMBER_WORD}(?![\p{L}-])`;
/** What is counted, but for the words that go on. */
const COUNTED = String.raw`(?:\s?[%°]|(?: (?!(?:hm+|well|oh|ah|ok(?:ay)?|no|yes|wait|oops|sorry|then|now|actually|is|are|was|were|be|would|does|do|did|can|could|cannot|has|have|had|works?|fits?|fails?|holds?|makes?|match\w*|seems?|looks?|checks?|must|should|will|and|or|nor|but|so|because|since|as|while|whereas|however|though|although|yet|not|neither|rather|instead|too|out|it|that|this|which|who|only|for|of|by|in|at|to|hence|thus|therefore|then|if|when|right|wrong|in?correct)\b)[a-z]{2,20}){1,2}(?=\s(?:is|are|was|were|works?|fits?|does|do|did|fails?|can|cannot|could|would|seems?)\b|n['’]t|\s?[.,;:!)]|\s?$))?`;

/** Numbers, formulas, boxes and points. */
export const NUMBERS = new RegExp(
  String.raw`(?:(?:the\s)?(?:value|number|candidate)\s)?[*_"“]{0,3}\$?(?<core>\\f?boxed\s?\{(?:[^{}\n]|\{[^{}\n]{0,40}\}){1,60}\}|\$[^$\n]{1,40}\$|\\\([^\n]{1,40}?\\\)|\([-−+\d.,/\s]{2,30}\)|${NUMBER}|(?:minus\s)?${IN_WORDS})${COUNTED}\$?[*_"”]{0,3}(?![\p{L}\p{N}^=+*/<>\\]|\s?[-+*/=^×÷<>]\s?[\d(A-Za-z]|\.\d)`,
  'iuy',
);

/** Letters of options; an I without brackets is a person. */
export const LETTERS =
  /(?:(?:[Tt]he\s)?(?:[Oo]ption|[Cc]hoice|[Aa]nswer|[Ll]etter)\s)?[*_"“$]{0,3}(?<core>\\boxed\s?\{\(?[A-Z]\)?\}|\([A-Z]\)|[A-HJ-Z](?![\p{L}\p{N}'’]))[*_"”$]{0,3}/uy;

export interface Lexeme {
  readonly sort: Sort;
  readonly text: string;
  /** What tells a value from others. */
  readonly key: string;
}

/** What tells a value from others: its digits or letter, without marks and what is counted. */
const keyOf = (core: string): string =>
  core
    .replace(/\\f?boxed|[\s$*_{}()"“”\\]/g, '')
    .replace(/−/g, '-')
    .toLowerCase();

/** The pieces of a text whose values have a form, as `NUMBERS` and `LETTERS`; undefined where any of it is no piece. */
export function lexemes(text: string, form: RegExp): readonly Lexeme[] | undefined {
  const found: Lexeme[] = [];
  for (let at = 0; at < text.length; ) {
    if (/[^\S\n]/.test(text.charAt(at))) {
      at++;
      continue;
    }
    form.lastIndex = at;
    const value = form.exec(text);
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
