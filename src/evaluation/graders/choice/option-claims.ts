/**
 * What a reply says of the options one by one, where it names no answer: `Only B accounts for the tax.`, `Option C gives 5, which
 * matches.`, `A: false, B: true, C: false`, `15 apples (B)`. Of claims for two options nothing is concluded. Linear in the length of
 * the text.
 */
import { sentencesOf } from '../replies/sentences.js';
import { onlyOptionLeft } from './only-option.js';
import { rightOfTable } from './verdict-tables.js';

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
/** `Only A is a vertebrate. B, C, and D are invertebrates.` */
const ONLY_OF_ALL = new RegExp(
  String.raw`(?<![\p{L}])${NOT_CLAIMED}only\s${OPTION}\s(?:is|has|can|does)\s(?!not\b|wrong\b|false\b|incorrect\b)[^.!?;\n]{1,80}[.;,]\s(?:(?:while|whereas|and|but)\s)?(?:(?:the|all) (?:others?|rest|other (?:options|choices|answers))|(?:[*_(]{0,3}[A-H][*_)]{0,3},\s){1,4}(?:and\s)?[*_(]{0,3}[A-H][*_)]{0,3})\s(?:are|is|have|do|does|cannot|can)\b[^.!?\n]{0,80}[.!]?\s*$`,
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
  /^[-*•\s]*(?:and\s)?(?:(?:option|choice)\s)?[*_(]{0,3}([A-H])[*_).:]{0,4}\s?(?:is\s|[-–—=]\s)?[*_]{0,2}(true|right|correct|yes|false|wrong|incorrect|no|not (?:true|right|correct)|[✓✔✅✗✘❌])[*_]{0,2}[.!]?$/i;
const ITEM_END = /\s*(?:\n|[;,](?=\s)|\.(?=\s+(?:(?:[Oo]ption|[Cc]hoice)\s)?[*_(]{0,3}[A-H][).:\s]))\s*/;
const IS_TRUE = /^(?:true|right|correct|yes|[✓✔✅])$/i;
/** An option on a line of its own with what is said of it: `B. Incorrect, since mass matters.` */
const LINE = /^[-*•\s]*(?:(?:option|choice)\s)?[*_(]{0,3}([A-H])[*_).:]{1,4}\s?(?:[-–—]\s)?[*_]{0,2}(\S.*)$/i;
const LINE_IS_TRUE =
  /^(?:(?:this|it)\sis\s)?(?:true|right|correct|yes)(?![\p{L}'’]|\s(?:if|for|but|when|only|in|or))|[✓✔✅]\s*$|[(–—:-]\s?[*_]{0,2}(?:correct|right)[*_)]{0,3}[.!]?$/iu;
const LINE_IS_OPEN = /\?|\b(?:maybe|perhaps|possibly|unsure|also|partly|partially)\b|\btoo\W*$/i;
const LINE_IS_FALSE =
  /^(?:(?:this|it)\sis\s)?(?:false|wrong|incorrect|no|not (?:true|right|correct))(?![\p{L}'’])|[✗✘❌]/iu;
/** Lines in front of the options: `Let's go through the choices.` */
const MAX_PREAMBLE = 2;
/** What is looked for is not what is true. */
const ASKS_OTHERWISE = /\b(?:not|never|incorrect|wrong|false|except|untrue|least|which|what|answer)\b|n['’]t\b|\?/i;
/** A value with its option in brackets, which ends the reply: `15 apples (B)`, `So he has $15 (B).` */
const LABELLED =
  /(?:^|\n|[.!?]\s)(?![^\n]{0,80}\b(?:not|never|or|if|than)\b)(?:[^\n()=]{0,60}=\s?|[^\d\n()]{0,80}?)[-−]?[$€£]?\d[\d.,/]*\s?%?(?:\s(?!(?:is|are|was|were|be|would|will|in|at|on|of|to|from|by|for|and|class|group|team|room|box|section|row|step|part|question|figure|point|angle|side|type|grade|line|case|set|bag|jar|plan)\b)[a-z][a-z/]*){0,3}\s\(([A-H])\)[.!]?\s*$/i;

/** A letter that can only be an option: in marks, or no article. */
const MARKED = String.raw`(?:\(|[*_]{1,3}\(?)([A-H])(?:\)[*_]{0,3}|[*_]{1,3})`;
const BARE = String.raw`[*_(]{0,3}([A-H])[*_)]{0,3}(?![\p{L}\p{N}'’])`;
const CALLED = String.raw`(?:(?:option|choice|statement|answer)\s)?`;
/** What a question asks for. */
const ASKED = String.raw`\b(?:statement|option|choice|answer|guess|alternative|closest|description|conclusion|left)\b[^.!?\n]{0,80}`;
/** Where a clause begins whose subject an option is. */
const BEGINS = String.raw`(?:^|[,;:]\s(?:(?:but|and|so)\s)?)(?:(?:so|thus|hence|therefore|clearly|overall|then),?\s)?`;
/** A last sentence that comes to an option: `The most accurate statement is B.`, `C is the only option consistent with both.` */
const COMES_TO = [
  String.raw`\s(?:is|are|be|as|by|with)\s(?:(?:only|indeed|therefore|clearly|most likely)\s)?${CALLED}${MARKED}(?:\s[^.!?\n]{1,60})?[.!]?$`,
  String.raw`${ASKED}\s(?:is|are|be|as|by|with)\s(?:(?:only|indeed|therefore|clearly)\s)?${CALLED}${BARE}[.!]?$`,
  String.raw`\bonly\s${CALLED}${BARE}\s(?:is (?!in|un|im|false)|satisfies|fulfils|fulfills|meets|works|fits|matches|holds)\b[^.!?\n]{0,80}[.!]?$`,
  String.raw`(?:^|,\s(?:but|and|so)\s)${CALLED}${BARE}\s(?:is the only|is the best|is the most(?! (?:in(?:accurate|appropriate|complete|consistent|correct)|im(?:plausible|probable|precise)|un(?:likely|suitable|reasonable)|illogical|misleading|problematic)\b)|(?:seems|looks|appears) (?:to be )?(?:the )?(?:most|best|right|correct)|makes the most sense)\b[^.!?\n]{0,80}[.!]?$`,
  String.raw`${BEGINS}${CALLED}${BARE}\s(?:best|better|most (?:accurately|closely|directly)|correctly|accurately)\s(?:describes|explains|fits|matches|represents|captures|answers|reflects|characteri[sz]es|summari[sz]es|completes|defines|expresses|accounts for|corresponds to)\b[^.!?\n]{0,100}[.!]?$`,
  String.raw`${BEGINS}${CALLED}${BARE}\s(?:(?:is|must be)|(?:is|has|does|can)\s[^.,;!?\n]{1,60}\sand\s(?:so\s)?(?:is|must be)) the one(?:\s(?:that\s|which\s)?(?:(?:we|i)(?:['’]re| are)? (?:want(?:ed)?|need(?:ed)?|looking for|after)|is (?:asked for|wanted|sought)|the question (?:asks for|wants)))?[.!]?$`,
  String.raw`${BEGINS}${CALLED}${BARE}\sis (?:exactly )?what (?:(?:we|i)(?:['’]re| are| were)? (?:want|need|look(?:ing)? for|found|got)|the question (?:asks for|wants))[.!]?$`,
  String.raw`${BEGINS}${CALLED}${BARE}\sis (?:the )?closest(?:\sto (?:the|our|this|that|what)\b\s?(?:[a-z]+\s){0,3}?(?:result|value|answer|number|estimate|figure|we (?:found|got|computed)|one))?[.!]?$`,
  String.raw`\bmak(?:es|ing)\s${CALLED}${BARE}\s(?:the\s)?(?:only\s)?(?:correct|right|best|answer)(?:\s(?:answer|choice|option|one))?[.!]?$`,
  String.raw`\bwhat\s${CALLED}${BARE}\s(?:says|states|describes|claims|shows|gives)[.!]?$`,
  String.raw`\b(?:is|are) consistent with\s${CALLED}${BARE}[.!]?$`,
  String.raw`\bone (?:that|which) (?:(?:best )?(?:fits|works|matches)|makes (?:the most )?sense|is (?:right|correct|consistent))\b[^.!?\n]{0,60}\sis\s${CALLED}${BARE}[.!]?$`,
  String.raw`\b(?:in|of|by)\s${CALLED}${MARKED}\sis the (?:accurate|correct|right|true|best) one[.!]?$`,
  String.raw`^(?:[✅☑✔⇒→∴]\s?|=>\s?|looks like\s)${CALLED}${BARE}(?:\sto me)?[.!]?$`,
].map((form) => new RegExp(form, 'iu'));
/** Of options that are weighed, one is preferred: `Between B and C, C is more accurate.`, `B looks tempting, but C is the better option.` */
const OF_THESE = String.raw`(?:of (?:these|those|them|the two|both),?\s)?`;
const PREFERS = new RegExp(
  String.raw`(?:[,;]|,?\s(?:but|yet|though|although|however,?|whereas|while)|[,;]\s(?:and|but))\s${OF_THESE}${CALLED}${BARE}\s(?:(?:fits|matches|suits|describes|explains|answers|works)\s(?:[a-z]+\s){0,3}?(?:better|best|more closely)|is\s(?:(?:clearly|slightly|much|probably|still|even)\s)?(?:(?:the\s|an?\s)?(?:better|closer|stronger|preferable)|the\s(?:best|closest|strongest)|(?:the\s)?(?:more|most)\s(?:accurate|precise|specific|complete|comprehensive|likely|plausible|appropriate|suitable|reasonable|consistent|convincing|relevant|direct))|it\sis(?=[.!]?$))\b(?!\s(?:to|known|off)\b)[^.!?\n]{0,60}[.!]?$`,
  'iu',
);
/** `Both A and C look plausible, but only C mentions the nucleus.` */
const ONLY_PREFERRED = new RegExp(
  String.raw`^[^.!?\n]{0,100}\b(?:plausible|tempting|possible|reasonable|attractive|similar|close|correct|right|true)\b[^.!?\n]{0,40},?\s(?:but|yet)\sonly\s${CALLED}${BARE}\s(?!(?:has|is|does|can|would)\b)[a-z]+s\s[^.!?\n]{1,80}[.!]?$`,
  'iu',
);
/** `Only B and C are plausible; C wins.` */
const WINS = new RegExp(
  String.raw`\b(?:plausible|tempting|possible|reasonable|remain|left|candidates|contenders|in the running)\b[^.!?;\n]{0,40}(?:[;,:]|\s[–—-])\s(?:(?:and|but)\s)?${OF_THESE}${CALLED}${BARE}\s(?:wins|prevails|comes out on top)[.!]?$`,
  'iu',
);
/** `All except D are true, so the false statement is D.`: what the others are tells what is asked for. */
const ODD_ONE = new RegExp(
  String.raw`\b(?:all|every(?:thing)?|each)\b[^.,;!?\n]{0,40}\s(?:except(?:\sfor)?|but|other than|besides|apart from)\s${CALLED}(?<odd>${BARE})\s(?:is|are|holds?)\s?(?<others>true|correct|right|valid|false|incorrect|wrong)?[,;]\s(?:so|thus|hence|therefore|which means|meaning)(?:\sthat)?,?\sthe\s(?:(?:one|only)\s)?(?<kind>true|correct|right|valid|false|incorrect|wrong|untrue|invalid)\s(?:statement|claim|one|option)\s(?:is|must be)\s${CALLED}${BARE}[.!]?$`,
  'iu',
);
const IS_FALSE_KIND = /^(?:false|incorrect|wrong|untrue|invalid)$/i;
/** The second best, behind the best. */
const RUNNER_UP = new RegExp(
  String.raw`^${CALLED}${BARE}\s(?:is|comes|was)\s(?:(?:a|the)\s)?(?:(?:close|distant|good)\s)?(?:second(?:\s(?:best|choice|place))?|runner-up|next(?:\sbest)?)[.!]?$`,
  'iu',
);
const SUITS_BEST =
  '(?:describes|explains|fits|matches|represents|captures|answers|reflects|characteri[sz]es|summari[sz]es|completes|defines|expresses|accounts for)';
/** `Option B is more accurate than option D.` */
const PREFERRED_TO = new RegExp(
  String.raw`${BEGINS}(?:here,?\s|of these,?\s)?${CALLED}${BARE}\s(?:(?:fits|matches|suits|describes|explains|answers|works)\s(?:[a-z]+\s){0,3}?better|is\s(?:(?:clearly|slightly|much|probably|still|even)\s)?(?:an?\s)?(?:better|closer|stronger|preferable|more\s(?:accurate|precise|specific|complete|comprehensive|likely|plausible|appropriate|suitable|reasonable|consistent|convincing|relevant|direct))(?:\s(?:answer|choice|option|fit|match|description|explanation))?)\s(?:than|to)\s${CALLED}${BARE}[.!]?$`,
  'iu',
);
/** `D best describes the process, whereas B describes its reverse.` */
const BEST_OF_TWO = new RegExp(
  String.raw`${BEGINS}(?:(?:here|of these|of the (?:two|four|options)),?\s)?${CALLED}${BARE}\s(?:best|most (?:accurately|closely|directly)|correctly|accurately)\s${SUITS_BEST}\s[^.,;!?\n]{1,80},?\s(?:whereas|while)\s${CALLED}${BARE}\s(?!(?:best|better|most|also|correctly|accurately)\b)[^.!?\n]{1,80}[.!]?$`,
  'iu',
);
const ANY_LETTER = /(?<![\p{L}\p{N}'’])([B-H]|(?<=[(*_])A(?=[)*_]))(?![\p{L}\p{N}'’])/gu;
const LAST = 240;
/** What makes it no claim, or one of several options; a question may ask for what is NOT true. */
const UNSURE =
  /\b(?:not|never|or|if|unless|except|nor|neither|either|would|depends|cannot|unsure|perhaps|maybe|worst|wrong|common|tempting|distractor|first|second|previous)\b|n['’]t\b|\?/;

/** What leaves open which option is preferred. */
const UNDECIDED =
  /\b(?:not|never|or|if|unless|except|nor|neither|would|depends|cannot|unsure|perhaps|maybe|worst|wrong|false|incorrect)\b|n['’]t\b|\?/;

/** Of two comparisons neither decides: `B is better for cars, but D is better for bikes.` */
const COMPARES = /\b(?:better|best|more|most|closer|closest)\b/gi;

/** The options that a sentence names. */
const namedIn = (sentence: string): readonly (string | undefined)[] =>
  [...sentence.matchAll(ANY_LETTER)].map(([, one]) => one);

/** The last sentence, or the one in front of it where the last one names the second best only. */
function lastSentence(text: string): string {
  const sentences = sentencesOf(text.trimEnd().slice(-LAST)).map((sentence) => sentence.trim());
  const last = sentences.at(-1) ?? '';
  const second = RUNNER_UP.exec(last)?.[1];
  const before = sentences.at(-2) ?? '';
  return second === undefined || namedIn(before).includes(second) ? last : before;
}

/** Whether a sentence leaves open which option is preferred. */
const isUndecided = (sentence: string): boolean =>
  UNDECIDED.test(sentence) || (sentence.match(COMPARES)?.length ?? 0) > 1;

/** Of several options that a reply names, the one that its last sentence prefers. */
export function preferredOption(text: string): string | undefined {
  const sentence = lastSentence(text);
  if (isUndecided(sentence)) return undefined;
  const preferred = (PREFERS.exec(sentence) ?? ONLY_PREFERRED.exec(sentence) ?? WINS.exec(sentence))?.[1];
  // What is preferred is the last option that the sentence names.
  const isLast = preferred === 'A' || namedIn(sentence).at(-1) === preferred;
  return preferred !== undefined && /[A-H]/.test(preferred) && isLast ? preferred : undefined;
}

/** The one option of another kind than all others, where it is what is asked for. */
function oddOption(sentence: string): string | undefined {
  const found = ODD_ONE.exec(sentence);
  const { odd = '', others, kind = '' } = found?.groups ?? {};
  const letter = /[A-H]/.exec(odd)?.[0];
  const isOtherKind = others !== undefined && IS_FALSE_KIND.test(others) !== IS_FALSE_KIND.test(kind);
  return isOtherKind && namedIn(sentence).every((one) => one === letter) && found?.at(-1) === letter
    ? letter
    : undefined;
}

/** The option that the last sentence comes to, where it names no other. */
function concludedOption(text: string): string | undefined {
  const preferred = preferredOption(text);
  if (preferred !== undefined) return preferred;
  const sentence = lastSentence(text);
  const odd = oddOption(sentence);
  if (odd !== undefined) return odd;
  const named = namedIn(sentence);
  const isOpen = isUndecided(sentence);
  const [, better, worse] = isOpen ? [] : (PREFERRED_TO.exec(sentence) ?? BEST_OF_TWO.exec(sentence) ?? []);
  const isOfTwo = new Set([...named, better, worse]).size === 2 && better !== worse;
  if (better !== undefined && isOfTwo && /[A-H]/.test(better)) return better;
  if (UNSURE.test(sentence)) return undefined;
  const letters = new Set(named);
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
  const left = onlyOptionLeft(text);
  if (left !== undefined) return left;
  const only = named(text, ANY_ONLY) === undefined ? undefined : (named(text, ONLY) ?? named(text, ONLY_OF_ALL));
  const claimed = only ?? named(text, GIVES);
  if (claimed !== undefined) return claimed;
  const labelled = LABELLED.exec(text)?.[1];
  return labelled !== undefined && text.match(/\([A-H]\)/g)?.length === 1 ? labelled : concludedOption(text);
}

/** The only option that is called right, where every line is an option with what is said of it, and others are called wrong. */
function onlyTrueLine(text: string): string | undefined {
  const all = text.trim().split(/\s*\n\s*/, MAX_ITEMS + MAX_PREAMBLE + 1);
  const from = all.findIndex((line) => LINE.test(line));
  if (from > MAX_PREAMBLE || all.slice(0, from).some((line) => ASKS_OTHERWISE.test(line))) return undefined;
  const lines = all.slice(Math.max(0, from));
  const options = lines.map((line) => LINE.exec(line));
  const letters = new Set(options.map((match) => match?.[1]));
  if (lines.length < 3 || lines.length > MAX_ITEMS || letters.has(undefined) || letters.size < lines.length)
    return undefined;
  const [right, ...others] = options.filter((match) => LINE_IS_TRUE.test(match?.[2] ?? ''));
  const isAnyFalse = options.some((match) => LINE_IS_FALSE.test(match?.[2] ?? ''));
  if (lines.some((line) => LINE_IS_OPEN.test(line))) return undefined;
  return others.length > 0 || !isAnyFalse ? undefined : right?.[1]?.toUpperCase();
}

/** Of a reply that is nothing but a list of three or more options with a verdict on each, the only one that is called right. */
export function onlyTrueOption(text: string): string | undefined {
  if (text.length > TAIL) return undefined;
  const row = rightOfTable(text);
  if (row !== undefined) return row;
  const items = text.trim().split(ITEM_END, MAX_ITEMS);
  const judged = items.map((item) => JUDGED.exec(item));
  const letters = new Set(judged.map((match) => match?.[1]));
  if (items.length < 3 || letters.has(undefined) || letters.size < items.length) return onlyTrueLine(text);
  const [right, ...others] = judged.filter((match) => IS_TRUE.test(match?.[2] ?? ''));
  return others.length > 0 ? undefined : right?.[1];
}

/** At the end of a reply: `That is D.`, `The sum is 5, that is (D).` */
const POINTED =
  /(?:^|[.,;:!]\s{1,3}|\n)(?:so\s)?(?:that|this)\s(?:is|must\sbe)\s(?:(?:option|choice)\s)?[*_("']{0,4}([A-HJ])[)*_"'.!\s]{0,6}$/i;
const ANY_OPTION = /(?<![\p{L}\p{N}'’])(?:\(([A-Ha-h])\)|([B-H]|A(?=[.,;:)!*\s]*(?:$|\n)))(?![\p{L}\p{N}'’-]))/gu;
/** Another case, another's choice, or a refusal. */
const NOT_MEANT =
  /\b(?:not|no|nor|never|neither|if|unless|when|once|had|should|would|could|might|case|provided|otherwise|mistake|many|some|others?|nobody|students|people|wrong|first|naive|either|try|doubt|whether|wonder)\b|n['’]t\b|\?/i;

/** The only option of a short reply, at whose end it is pointed to. */
export function pointedOption(text: string): string | undefined {
  if (text.length > 300 || NOT_MEANT.test(text)) return undefined;
  const letter = POINTED.exec(text)?.[1]?.toUpperCase();
  const named = [...text.matchAll(ANY_OPTION)].map(([, small, large]) => (small ?? large)?.toUpperCase());
  return letter !== undefined && named.every((one) => one === letter) ? letter : undefined;
}
