/**
 * What a reply says of the options one by one, where it names no answer: `Only B accounts for the tax.`, `Option C gives 5, which
 * matches.`, `A: false, B: true, C: false`, `15 apples (B)`. Of claims for two options nothing is concluded. Linear in the length of
 * the text.
 */
const TAIL = 2_000;
const MAX_ITEMS = 12;

const LETTER = String.raw`[*_(]{0,3}([A-H])[*_)]{0,3}(?![\p{L}\p{N}'’])`;
const OPTION = String.raw`(?:(?:option|choice|answer)\s)?${LETTER}`;
/** In front of a claim that is none: `If only B ...`, `not only B ...`. */
const NOT_CLAIMED = String.raw`(?<!\b(?:if|not|whether|when|suppose|say|says|think|thinks)\s(?:(?:option|choice|answer)\s)?)`;
const SUITS =
  '(?:accounts? for|includes?|covers?|considers?|explains?|satisf(?:y|ies)|meets?|addresses|respects?|uses? (?:all|both|the right|the correct)|takes? (?:[a-z]+ ){1,4}into account|agrees? with|is consistent with|follows from|answers)';
/** `Only B accounts for the tax.` */
const ONLY = new RegExp(
  String.raw`(?<![\p{L}])${NOT_CLAIMED}only\s${OPTION}\s(?:correctly |properly |actually |fully |really )?${SUITS}(?!\s(?:none|no|nothing|neither|only|part|half|some)\b)(?![^.,;!?\n]*\b(?:not|twice|only|case|wrong)\b)(?:\s[^.,;!?\n]{1,100})?(?:[.!]|\n|$|,\s(?:because|since|as)\b)`,
  'giu',
);
/** Every option of which `only` is said. */
const ANY_ONLY = new RegExp(String.raw`\bonly\s${OPTION}`, 'giu');
const MATCHES =
  '(?:(?:exactly )?(?:matches|fits|works|agrees|is (?:exactly )?(?:correct|right|true|the (?:right |correct )?answer|what we (?:found|need|want|got)))(?: (?:exactly|perfectly|our (?:answer|result)|the (?:given |required )?(?:total|answer|result|value|condition|question))){0,2})';
/** `Option C gives 5, which matches.` */
const GIVES = new RegExp(
  String.raw`(?<![\p{L}\p{N}'’])${NOT_CLAIMED}${OPTION}\s(?:gives|yields|is|equals|says|has|makes|leads to|comes to|results in)\s(?![^.!?\n]{0,60}(?:\b(?:not|never|would)\b|n['’]t\b))[^.,!?;\n]{1,60},\s(?:which|and (?:that|this|it)) ${MATCHES}\s?(?:[.!]|\n|$)`,
  'giu',
);
/** `A: false`, as one of a list. */
const JUDGED =
  /^[-*•\s]*(?:and\s)?(?:(?:option|choice)\s)?[*_(]{0,3}([A-H])[*_).:]{0,4}\s?(?:is\s|[-–—=]\s)?[*_]{0,2}(true|right|correct|yes|false|wrong|incorrect|no|not (?:true|right|correct))[*_]{0,2}[.!]?$/i;
const ITEM_END = /\s*(?:\n|[;,](?=\s)|\.(?=\s+[*_(]{0,3}[A-H][).:\s]))\s*/;
const IS_TRUE = /^(?:true|right|correct|yes)$/i;
/** A value with its option in brackets, which ends the reply: `15 apples (B)`, `So he has $15 (B).` */
const LABELLED =
  /(?:^|\n|[.!?]\s)(?![^\n]{0,80}\b(?:not|never|or|if|than)\b)(?:[^\n()=]{0,60}=\s?|[^\d\n()]{0,80}?)[-−]?[$€£]?\d[\d.,/]*\s?%?(?:\s(?!(?:is|are|was|were|be|would|will|in|at|on|of|to|from|by|for|and|class|group|team|room|box|section|row|step|part|question|figure|point|angle|side|type|grade|line|case|set|bag|jar|plan)\b)[a-z][a-z/]*){0,3}\s\(([A-H])\)[.!]?\s*$/i;

/** A letter that can only be an option: in marks, or no article. */
const MARKED = String.raw`(?:\(|[*_]{1,3}\(?)([A-H])(?:\)[*_]{0,3}|[*_]{1,3})`;
const BARE = String.raw`[*_(]{0,3}([A-H])[*_)]{0,3}(?![\p{L}\p{N}'’])`;
const CALLED = String.raw`(?:(?:option|choice|statement|answer)\s)?`;
/** What a question asks for. */
const ASKED = String.raw`\b(?:statement|option|choice|answer|guess|alternative|closest|description|conclusion|left)\b[^.!?\n]{0,80}`;
/** A last sentence that comes to an option: `The most accurate statement is B.`, `C is the only option consistent with both.` */
const COMES_TO = [
  String.raw`\s(?:is|are|be|as|by|with)\s(?:(?:only|indeed|therefore|clearly|most likely)\s)?${CALLED}${MARKED}(?:\s[^.!?\n]{1,60})?[.!]?$`,
  String.raw`${ASKED}\s(?:is|are|be|as|with)\s(?:(?:only|indeed|therefore|clearly)\s)?${CALLED}${BARE}[.!]?$`,
  String.raw`\bonly\s${CALLED}${BARE}\s(?:is (?!in|un|im|false)|satisfies|fulfils|fulfills|meets|works|fits|matches|holds)\b[^.!?\n]{0,80}[.!]?$`,
  String.raw`(?:^|,\s(?:but|and|so)\s)${CALLED}${BARE}\s(?:is the only|is the best|is the most|seems (?:the )?(?:most|best|right)|looks (?:the )?(?:most|best|right)|appears (?:the )?(?:most|best|right)|makes the most sense)\b[^.!?\n]{0,80}[.!]?$`,
  String.raw`\b(?:in|of|by)\s${CALLED}${MARKED}\sis the (?:accurate|correct|right|true|best) one[.!]?$`,
  String.raw`^(?:[✅☑✔⇒→∴]\s?|=>\s?|looks like\s)${CALLED}${BARE}(?:\sto me)?[.!]?$`,
].map((form) => new RegExp(form, 'iu'));
const LAST = 240;
/** What makes it no claim, or one of several options; a question may ask for what is NOT true. */
const UNSURE =
  /\b(?:not|never|or|if|unless|except|nor|neither|either|would|depends|cannot|unsure|perhaps|maybe|worst|wrong|common|tempting|distractor|first|second|previous)\b|n['’]t\b|\?/;

/** The option that the last sentence comes to, where it names no other. */
function concludedOption(text: string): string | undefined {
  const tail = text.trimEnd().slice(-LAST);
  const sentence =
    tail
      .split(/(?<=[.!?][*_]{0,2})\s+|\n\s*/)
      .at(-1)
      ?.trim() ?? '';
  if (UNSURE.test(sentence)) return undefined;
  const letters = new Set(
    [...sentence.matchAll(/(?<![\p{L}\p{N}'’])([B-H]|(?<=[(*_])A(?=[)*_]))(?![\p{L}\p{N}'’])/gu)].map(([, one]) => one),
  );
  for (const form of COMES_TO) {
    const letter = form.exec(sentence)?.[1];
    if (letter !== undefined && /[A-H]/.test(letter) && [...letters].every((one) => one === letter)) return letter;
  }
  return undefined;
}

/** The letter that the only claims of a kind name. */
function named(text: string, pattern: RegExp): string | undefined {
  const letters = new Set([...text.matchAll(pattern)].map(([, letter]) => letter));
  const [letter, ...others] = letters;
  return others.length > 0 ? undefined : letter;
}

/** The option that alone is said to suit, or behind which its value stands. */
export function claimedOption(source: string): string | undefined {
  const text = source.slice(-TAIL);
  const only = named(text, ANY_ONLY) === undefined ? undefined : named(text, ONLY);
  const claimed = only ?? named(text, GIVES);
  if (claimed !== undefined) return claimed;
  const labelled = LABELLED.exec(text)?.[1];
  return labelled !== undefined && text.match(/\([A-H]\)/g)?.length === 1 ? labelled : concludedOption(text);
}

/** Of a reply that is nothing but a list of three or more options with a verdict on each, the only one that is called right. */
export function onlyTrueOption(text: string): string | undefined {
  if (text.length > TAIL) return undefined;
  const items = text.trim().split(ITEM_END, MAX_ITEMS);
  const judged = items.map((item) => JUDGED.exec(item));
  const letters = new Set(judged.map((match) => match?.[1]));
  if (items.length < 3 || letters.has(undefined) || letters.size < items.length) return undefined;
  const [right, ...others] = judged.filter((match) => IS_TRUE.test(match?.[2] ?? ''));
  return others.length > 0 ? undefined : right?.[1];
}
