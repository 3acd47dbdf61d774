/**
 * Answers that a reply takes back: `The answer is 9. Wait, that is wrong. It is 8.` What only weighs, checks or refuses another value
 * (`Wait, is it 8? No.`) takes nothing back. Linear in the length of the text.
 */

import { NUMBER_WORD } from '../../../number-words.js';
import { CALLED_WRONG, OF_ANSWER, RETRACTION } from '../../../replies/retraction-words.js';

const TAIL = 10_000;
const LAST_WORDS = 400;

/** A cheap look for the words below. */
const MAY_TAKE_BACK =
  /\b(?:again|kidding|errat\w+|corrigend\w+|review|stand|should|inspection|look|re-?(?:check|comput|calculat|consider|examin|evaluat|verif|work|read|think|add)\w*|double-?checking|amended|edit|update|bad|apologi\w*|ignore|strike|disregard|forget|scrap|take|withdraw|retract|cancel|mind|changed|revised|false|incorrect|thoughts?|wait|hm+|no|nope|nah|off|typo|miss?\w*|forgot|\w*count\w*|added|slip|actually|sorry|correct\w*|scratch|second|reflection|mean|meant|(?:wh)?oops|wrong|rather|make|let|change|revise|hold|mistake|error|doch|moment|eigentlich|gesagt|attends|perdón|dicho|espera|anzi|aspetta|aliás|nein|non|não|nee|nevermind)\b|plutôt|en fait|нет|точнее|不对|错了|等等/i;

const GAP = String.raw`(?:[\s,:;.!…–—]|-(?![\d.])){0,6}`;
const AGAIN =
  'let me (?:re-?(?:check|compute|calculate|count|do|think|consider|work)|(?:check|count|calculate|compute|try) (?:that |this |it )?again|fix)(?: (?:that|this|it|myself))?';
/** What went wrong: `off by one`, `wrong sign`, `I counted one twice`. */
const MISHAP = String.raw`(?:i (?:was|am)|i['’]m|(?:it|that|this)(?:['’]s| is| was))?\s{0,3}off by (?:one|two|three|a few|a factor of \w+|\d{1,3})|(?:a )?typo|(?:the )?wrong (?:sign|unit|number|operation|order)|(?:a )?(?:sign|arithmetic|calculation|rounding|counting) (?:error|mistake|slip)|(?:i )?(?:mis(?:counted|read|calculated|added|typed|understood)|(?:added|counted|subtracted|multiplied|divided|computed) (?:it |that |this |them )?(?:wrong(?:ly)?|incorrectly|one (?:twice|too many|too few))|(?:forgot|missed|left out|overlooked|skipped) (?:[a-z]+ ){0,3}[a-z]+)`;
/** Behind a word of regret, in front of a colon, any slip may be named: `Oops, one of them counts twice: 8` */
const REGRET = String.raw`(?:(?:wh)?oops|sorry|my (?:mistake|bad))(?![\p{L}'’])${GAP}(?:[a-z'’-]{1,20}\s){0,7}[a-z'’-]{1,20}(?=\s{0,2}:)`;
/** `False! It is 18`, but no verdict on a question or a statement: `Is 9 prime? False.` */
const FALSE = String.raw`(?<!\?[*_"”)]{0,3}\s{1,3})(?:false|wrong|incorrect)(?=!|[.,;—–-]{1,2}\s{1,3}(?:it|that|(?:the|my) (?:[a-z]+ )?(?:answer|result))(?:['’]s| is| should be)\b)`;
/** A second look at the answer, whose result takes its place: `After recounting: 8`, `Looking again, 8` */
const SECOND_LOOK = String.raw`(?:(?:update|edit)\s)?(?:(?:after|upon|on|by)\s)?(?:(?:quickly|carefully)\s)?(?:re-?(?:count|check|comput|calculat|consider|examin|evaluat|verify|work|read|think|add)ing|double[- ]checking|(?:look|count|check|calculat|comput|think|add)ing (?:it |this |that |them )?again|(?<=(?:after|upon|on)\s)(?:(?:a|an|the|my)\s)?(?:(?:closer|second|further|careful|more careful|another)\s)?(?:inspection|look|count|check|review))(?:\s(?:it|this|that|them|everything|(?:my|the|all)\s(?:work|answer|numbers|calculations?|sum|count)))?(?=\s{0,2}[,:])`;
/** `I stand corrected: 8`, `Erratum: 8`, `Or rather 8`; behind a value also `(should be 8)` */
const CORRECTED_BY = String.raw`i stand corrected|errat(?:um|a)(?=[*_]{0,2}\s{0,2}:)|corrigend(?:um|a)(?=[*_]{0,2}\s{0,2}:)|(?:revised|amended)(?=[*_]{0,2}\s{0,2}:)|or rather|(?:i['’]m |i was )?just kidding|(?<=[\d}$*]\s{0,2}\()(?:it )?should (?:be|have been)(?=\s[$€£]?[-−]?[\d.,/]{1,20}\$?\s?\))`;
const MARKERS = String.raw`(?:${SECOND_LOOK}|${CORRECTED_BY}|${REGRET}|${MISHAP}|${RETRACTION}|hold on|${AGAIN}|${FALSE})(?![\p{L}'’])[*_]{0,2}`;
const FILLERS = String.raw`(?:(?:but|oh|ah|hm+|um|uh|er|well|and|so)(?![\p{L}'’])${GAP}){0,3}`;
const ADVERBS = '(?:(?:actually|really|in fact|rather|only|just|simply|instead|indeed|then|exactly)\\s{1,3}){0,2}';
const IS = String.raw`(?:(?:it|that|this|they|(?:the|my) (?:(?:correct|right|final|real|actual|true|new) )?(?:answer|result|value|total|number|sum|count))(?:['’]s|['’]re| is| are| was| must be| should be| has to be| should have been| would be| equals)|i (?:think|believe|guess|get|mean)(?: (?:that )?it(?:['’]s| is))?|there (?:is|are)|(?:it )?(?:should|must|has to) be|(?:c'|il )?est|es|ist|è|é|sind)\s{1,3}${ADVERBS}`;
/** A retraction up to the value that follows it. */
const CORRECTION = new RegExp(
  String.raw`(?<=^|[.!?…;:,—–\n()\]}*$>-]\s{0,3}|\s-\s)(${FILLERS}(?:${MARKERS}${GAP}){1,4}|不对[\s，。,]*)(${ADVERBS}(?:${IS})?|(?:应该)?是)`,
  'giu',
);

const NUMBER = String.raw`[-−+]?[$€£¥₹]?\s?(?:\d(?:[\d.,:/]*\d)?|\.\d+|\\[dt]?frac\s{0,3}\{[^{}\n]{1,40}\}\s{0,3}\{[^{}\n]{1,40}\}|\\?sqrt\s{0,3}[({]?[^\s(){}]{1,20}[)}]?|[√π]\d*|\\pi)(?:\s?[%°€£¢])?`;
const FORMULA = String.raw`\$[^$\n?]{1,80}\$|\\\([^\n?]{1,80}?\\\)|\\boxed\{[^\n?]{1,80}\}`;
/** What is counted or measured; a verb or preposition goes on with another thought (`8 is too small`, `8 of them`). */
const NOUNS = String.raw`(?:\s{1,3}(?!(?:is|are|was|were|be|does|do|did|can|cannot|could|would|will|has|have|had|works?|fails?|gives?|makes?|seems?|comes?|of|in|at|on|to|by|from|for|with|than|if|when|before|after|and|or|but|because|since|as|not|rather|instead)\b)[A-Za-z]+){0,3}`;
const EXPRESSION = String.raw`(?=\S{0,20}\d)[-−+]?[\w.^+*/()√π−-]{2,40}`;
const BRACKETS = String.raw`[([{][-−+\w.,;/\s^√π∞]{1,60}[)\]}]`;
const ONE = String.raw`(?:[A-Za-z]\w{0,2}\s{0,3}=\s{0,3})?(?:${FORMULA}|${NUMBER}${NOUNS}|${BRACKETS}|${EXPRESSION})`;
const WORDED = String.raw`(?:minus |negative )?${NUMBER_WORD}(?:(?:[- ]|\s{1,3}and\s{1,3})${NUMBER_WORD}){0,5}(?:\s{1,3}[a-z]+)?|no (?:real |integer |whole |positive )?(?:solutions?|roots?|answer)`;
const VALUE = String.raw`([*_"']{0,3}(?:${ONE}(?:\s{0,3}(?:,|,?\s{1,3}(?:and|or))\s{1,3}${ONE}){0,5}|${WORDED})[*_"']{0,3})`;
/** Nothing but the end, a reason or what it is not may follow. */
const END = String.raw`(?:\s{1,3}(?:is|was)\s{1,3}(?:the\s{1,3})?(?:correct|right|answer|final)\b[^.!\n]{0,30}|\s{1,3}after all)?\s{0,3}(?:,?\s{0,3}(?:because|since|as|not|and not|rather than|instead of)\b[^.!?\n]{0,120})?\)?(?:[.!。]+(?=\s|$)|\n|$)`;
const CORRECTED = new RegExp(`^${VALUE}${END}`, 'iu');
/** A calculation is a correction only where it is said to be it: `Wait, 9 - 4 = 5` may check the answer. */
const CALCULATED = new RegExp(
  String.raw`^([*_]{0,3}\d[\d\s.+*/×·÷()−-]{0,60}=\s{0,3}${NUMBER}${NOUNS}[*_]{0,3})${END}`,
  'iu',
);
const WORDS = new RegExp(String.raw`^([*_"']{0,3}\p{L}+(?: \p{L}+){0,2}[*_"']{0,3})${END}`, 'u');
/** What is said of the answer itself. */
const JUDGEMENT =
  /\b(?:correct|right|fine|sure|wrong|good|great|ok|okay|done|perfect|true|false|incorrect|thanks|thank|sorry|never|nothing|mind|that|this|it|not|wait|let|we|i|you)\b/i;
/** Words behind a correction that go on with something else. */
const GOES_ON = /\d|\?|[$\\]|\b(?:wait|no|not|wrong|but|however|original|first|check|answer)\b/i;

const INTERJECTION = String.raw`(?:(?:but|oh|ah)[\s,]{1,3})?(?:(?:wait|no|nope|hm+|(?:wh)?oops|sorry|actually|hold on|on (?:second thoughts?|reflection)|(?:my )?apologies)(?![\p{L}'’])[\s,.!…–—-]{1,4}){1,4}`;
const MISTAKEN = String.raw`i(?:['’]ve| have)?\s{1,3}(?:just\s{1,3})?(?:made|see|found|notice[d]?|realiz?s?ed?)\s{1,3}(?:a|an|my|the)\s{1,3}(?:[a-z]+\s{1,3})?(?:mistake|error)(?! (?:before|earlier|when|at first)\b)|i (?:was|am) wrong(?!\s{1,3}(?:about|that|to|in|when))|i (?:miscounted|miscalculated|misread|misunderstood)|my (?:mistake|bad)|correction(?=\s{0,3}[:.,!–—-])|scratch that|(?:i (?:was|am)|i['’]m)\s{1,3}off by (?:one|two|\d{1,3})`;
/** Says that the answer before is wrong. Without an interjection it may speak of something else: `Some say 8. That is wrong.` */
const TAKEN_BACK = new RegExp(
  String.raw`(?<=[.!…;*)\]}$>\d—–]\s{0,3}|,\s(?=no\b|wait\b|oops\b|sorry\b)|\n\s{0,3})(?:${INTERJECTION}(?:${OF_ANSWER}\s?${CALLED_WRONG}|${MISHAP})|(?:${INTERJECTION})?(?:${MISTAKEN}))(?![\p{L}'’]|\s{0,3}\?)|(?<=[。.！!\n，,]\s{0,3})(?:等等[，,。\s]*)?(?:不对|(?:我|这)?(?:算)?错了)(?![一-鿿\d])`,
  'giu',
);
/** As above where the reply then comes to another value. */
const AMENDED = new RegExp(
  String.raw`(?<=[.!…\n}$]\s{0,3})${INTERJECTION}i(?:['’]ve| have)? (?:forgot|forgotten|missed|overlooked|left out|(?:over|under)counted|(?:double|twice)[- ]counted|counted [^.!?\n]{1,40} twice)(?![\p{L}'’])`,
  'giu',
);
const CONCLUDED = new RegExp(
  String.raw`(?:^|[.;:!\n]\s{0,3}|,\s{0,3})(?:(?:so|thus|therefore|hence),?\s{1,3}(?:${IS})?|${IS})${VALUE}${END}\s{0,3}$`,
  'iu',
);
/** Behind a box a second thought counts that ends in a conclusion about the answer: `Wait, 3 is one of them too, so the answer is 8.` */
const SECOND_THOUGHT = new RegExp(String.raw`(?<=\}[$.!)\]\s]{0,8}|[.!…\n]\s{0,3})${INTERJECTION}`, 'giu');
const SO_ANSWER_IS = new RegExp(
  String.raw`(?:^|[.;:!\n]\s{0,3}|,\s{0,3}|\s)(?:so|thus|therefore|hence),?\s{1,3}${IS}${VALUE}${END}\s{0,3}$`,
  'iu',
);
const CHECKS = /\b(?:check\w*|verif\w+|confirm\w*|if|would|could|might)\b|\?/i;
/** The answer stands after all. */
const STANDS = /\b(?:is|was|were)\s{1,3}(?:indeed |in fact |actually |still )?(?:right|correct)\b/i;

/** Whether what stands before a retraction is a question, which the retraction answers. */
function isAsked(before: string): boolean {
  return /\?[\s{0,3}_)"']{0,10}$/.test(before.slice(-20));
}

/** `Yes, it is 8.` */
const AGREED = new RegExp(String.raw`^\W{0,3}(?:yes|yeah|yep)\s{0,2}[,.:;!–—-]\s{0,3}${ADVERBS}(?:${IS})?`, 'iu');

/** The value of a reply that begins with yes. */
function agreedAnswer(text: string): string | undefined {
  const rest = text.length > LAST_WORDS ? undefined : text.slice(AGREED.exec(text)?.[0].length ?? text.length);
  const found = rest === undefined || !/^[^.!?]{0,20}\d/.test(rest) ? null : CORRECTED.exec(rest);
  return found === null || GOES_ON.test(rest?.slice(found[0].length) ?? '') ? undefined : found[1];
}

/** A value that replaces the answer before it, at the end of a text. */
function replacement(text: string): string | undefined {
  const from = Math.max(0, text.length - LAST_WORDS);
  const tail = text.slice(from);
  for (const match of [...tail.matchAll(CORRECTION)].reverse()) {
    const [whole, markers = '', says = ''] = match;
    const before = text.slice(0, from + match.index);
    const rest = tail.slice(match.index + whole.length);
    // `Wait 8 minutes.`
    if (/(?:wait|espera|aspetta|attends)\s{1,3}$/i.test(markers) && says.trim() === '') continue;
    // `No, it is red.` answers yes or no.
    if (before.trim() === '' && !/^[^.!?]{0,40}\d/.test(rest)) continue;
    const near = before.slice(-200);
    const sentence = near.slice(near.search(/[^.!?\n]*[.!?,;:…—–\s-]*$/));
    const isInWords = !/\d/.test(sentence) && says + markers !== '';
    const found =
      CORRECTED.exec(rest) ??
      (says.trim() === '' ? null : CALCULATED.exec(rest)) ??
      (isInWords && !JUDGEMENT.test(rest.slice(0, 40)) ? WORDS.exec(rest) : null);
    const value = found?.[1];
    if (found === null || value === undefined || GOES_ON.test(rest.slice(found[0].length))) continue;
    return value;
  }
  return undefined;
}

/** The text behind the last place at which the reply says that its answer is wrong. */
function remainder(text: string): string | undefined {
  const from = Math.max(0, text.length - TAIL);
  const tail = text.slice(from);
  const behind = (match: RegExpMatchArray) =>
    tail
      .slice((match.index ?? 0) + match[0].length)
      .replace(/^[\s,.:;!…–—-]+/, '')
      .replace(/^no\s{0,3}[,.:;!–—-]\s{0,3}(?=[^.!?]*\d)/i, '');
  const isAnswered = (match: RegExpMatchArray) => {
    const before = text.slice(0, from + (match.index ?? 0));
    return !isAsked(before) && /[\p{L}\d]/u.test(before);
  };
  const taken = [...tail.matchAll(TAKEN_BACK)].reverse().find(isAnswered);
  if (taken !== undefined) {
    const rest = behind(taken);
    return STANDS.test(rest) && !/\d/.test(rest) ? undefined : rest;
  }
  const amended = [...tail.matchAll(AMENDED)].reverse().find(isAnswered);
  const value = amended === undefined ? undefined : CONCLUDED.exec(behind(amended))?.[1];
  return value ?? secondThought(text);
}

/** The value that a thought behind a box concludes to be the answer. */
function secondThought(text: string): string | undefined {
  const box = text.lastIndexOf('\\boxed');
  const from = Math.max(box, text.length - LAST_WORDS);
  if (box < 0 || text.length - box > 2 * LAST_WORDS) return undefined;
  const tail = text.slice(from);
  for (const match of [...tail.matchAll(SECOND_THOUGHT)].reverse()) {
    const rest = tail.slice(match.index + match[0].length);
    if (!CHECKS.test(rest)) return SO_ANSWER_IS.exec(rest)?.[1];
  }
  return undefined;
}

/** What a reply says in place of an answer that it takes back, or behind its first word; undefined where it does neither. */
export function correctedAnswer(text: string): string | undefined {
  const replaced = MAY_TAKE_BACK.test(text.slice(-TAIL)) ? (replacement(text) ?? remainder(text)) : undefined;
  return replaced ?? agreedAnswer(text);
}
