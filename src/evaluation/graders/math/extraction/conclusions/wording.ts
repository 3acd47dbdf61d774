/**
 * Ordinary words round a value: adverbs in front of it, asides behind it, lists in sentences, and sentences that state
 * nothing. Everything is linear in the length of the text.
 */
import { NUMBER_WORD } from '../../../number-words.js';
import { unitOf } from '../../tree/units.js';
import { isVocabulary } from '../../tree/vocabulary.js';
import { type Passage, valuesIn } from '../values/prose.js';

const MAX_LENGTH = 300;

/** Adverbs and fillers between "is" and the value, in the languages of the statements. */
const ADVERB = [
  'clearly|simply|indeed|obviously|evidently|certainly|definitely|surely|actually|therefore|thus|hence|then|just|precisely|exactly|necessarily|finally|consequently|accordingly|again|also|always|of course|in fact|as (?:expected|required|desired|we saw|seen|shown|stated|above|before)|naturally|plainly|merely|indubitably|undoubtedly|apparently|(?:most |very )?(?:probably|likely)|perhaps|maybe|presumably|I (?:think|guess|believe|suppose)',
  'donc|bien|ainsi|alors|clairement|évidemment|simplement|exactement|bien sûr|par conséquent',
  'also|somit|daher|folglich|demnach|genau|offensichtlich|natürlich|einfach|eindeutig|damit',
  'entonces|claramente|simplemente|exactamente|por (?:lo )?tanto|por consiguiente|evidentemente|obviamente|portanto|logo|então|exatamente|por isso',
  'quindi|dunque|pertanto|perciò|chiaramente|ovviamente|semplicemente|esattamente|dus|duidelijk|więc|zatem|просто|очевидно|значит|следовательно',
  '就|显然|当然|应该|便|正好|恰好|明らかに',
].join('|');
const LEADING = new RegExp(
  String.raw`^(?:[\s,:(]*(?:${ADVERB})(?![\p{Script=Latin}\p{Script=Cyrillic}])[\s,:)]*){1,4}`,
  'iu',
);

/** What follows a number in Chinese, Japanese and Korean without changing it: counters, and the end of the sentence. */
const CJK_END =
  /(?<=[\d)}一二三四五六七八九十])\s*(?:[个個只隻本人名位件匹头頭条條张張棵支次种種つ枚개명])?\s*(?:です|である|だ|でした|となります|になります|입니다|이다|है)?\s*[。！．｡।]*$/u;

const HTML = /<\/?(?:b|i|u|em|strong|span|code|mark|p|br|div|big|small)\s*\/?>/gi;
const EMPHASIS = /^([_*])(?=[^\s_*])([^_*\n]{1,100})\1([.。]?)$/;

/** Without tags of HTML and marks of emphasis round the whole. */
export function withoutTags(text: string): string {
  const plain = text.includes('<') ? text.replace(HTML, '') : text;
  return plain.length <= MAX_LENGTH ? plain.trim().replace(EMPHASIS, '$2$3') : plain;
}

/** Emoji behind an answer, but for those that refuse it. */
const EMOJI =
  /(?<=[\p{L}\p{N}.!)\]}$%*_])(?:\s*(?![❌❎❓❔❗🚫👎⛔])(?:\p{Emoji_Presentation}|[✓✔☑☺❤])(?:\uFE0F|\u200D|[\u{1F3FB}-\u{1F3FF}]){0,2}){1,8}(\s?[.!]?)\s*$/u;

/** A text without the emoji at its end, and without the marks of emphasis that were opened in front of it. */
export function withoutDecoration(source: string): string {
  const plain = /[^\0-\x7f]/.test(source.slice(-40))
    ? source.slice(0, -40) + source.slice(-40).replace(EMOJI, '$1')
    : source;
  return plain.replace(/^([-−+]?[$€£]?\d[\d.,/]{0,30}%?)(\*{1,3}|__?)(?=\s+\p{L}[^*_\d]*$)/u, '$1');
}

/** A value as a reply states it: with its sign, unit and name, in digits, in words, or as a formula without spaces. */
const PLAIN = String.raw`(?:[A-Za-z]\s*=\s*)?[-−+]?[$€£]?[\d.][\d.,/]*\s*(?:%|°)?(?:\s+[A-Za-z]+){0,3}?`;
/** What an aside begins with. `or`, `mod`, `base` and `if` say something else. */
const ASIDE = String.raw`(?:as|see|since|because|given|rounded|using|from|by|which|that|this|i\.?e\.?|so|done|qed|up from|down from|where|when|after|obviously|of course|rather than|instead of|(?:and |but |und |et |y |e )?(?:not|nicht|non|pas|no|não|niet|nie|не)\s+[-−]?[$€£]?(?:\d|[a-z])|to the nearest|nearest|approximately|approx|about|exactly|clearly|in total|in all|altogether|thanks|hope|easy|trivial)`;
/** `(12/2=6)`: a calculation in brackets behind its result. */
const CALCULATION = String.raw`\s*[([][^()[\]=\n]{0,80}\d\s?[-−+*/×·÷^]\s?[^()[\]=\n]{1,80}=[^()[\]\n]{1,80}[)\]]`;
const BEHIND = new RegExp(
  String.raw`^(${PLAIN}|[^\s,;]{1,40})(?:${CALCULATION}|\s*[([](?:${ASIDE})(?![A-Za-z])[^()[\]\n]{0,120}[)\]]|\s*[,;]\s*(?:${ASIDE})(?![A-Za-z])[^\n]{0,200}|\s+(?:rather than|instead of|(?:and |but )?not)\s+[-−]?\d[^\n]{0,60}|(?:，|、|,)?\s*(?:而)?不是[^\n]{0,40})\.?$`,
  'iu',
);
/** An amount with a verb, from which another follows: `5 failed, so 15 passed`. */
const CONCLUDES_OTHERWISE = /[,;]\s*so\s(?!that\b)[^\n]*\d/i;
const LEAVES =
  /^\d[\d.,]*\s+(?:[a-z]+\s+){0,2}?(?:are|were|is|was|have|has|had|left|went|[a-z]{2,}ed|broke|sold|ate|lost|gone|died|quit)\b/i;
/** `x = 8, so the larger number is 12`, `x = 4, so the area is 4 * 3 = 12`: what is found behind the variable is the result. */
const IS_RESULT = String.raw`[^=,;\n]{0,60}\b(?:is|are|was|were|has|have|had|gets?|needs?|costs?|pays?)\s(?:[$€£]?\d[-−+*/×·÷^x().,$€£\d\s]{1,60}=\s?)?[-−]?[$€£]?\d[\d.,]*(?:\s[a-z]+){0,3}?`;
const FINDS_MORE = new RegExp(
  String.raw`^(?:so\s)?[a-z]\s*=[^,;]{1,30}[,;]\s*so\s(?!the (?:check|equation|left|right|two sides|sides|lhs|rhs)\b)(?:the|his|her|their|its|there|he|she|it|they|\p{Lu}\p{L}+)\b${IS_RESULT}(?:,?\s(?:and|so)\s${IS_RESULT}){0,2}\.?$`,
  'iu',
);
/** `7 - done`: words alone behind a dash. */
const DASHED = new RegExp(String.raw`^(${PLAIN})\s+[-–—]+\s+([A-Za-z][A-Za-z ',.!-]{2,120})$`);
const NUMBER_WORDS = new RegExp(
  String.raw`\b(?:${NUMBER_WORD}|\w+teen|\w+ty|half|dozen|thirds?|quarters?|or|mod|base)\b`,
  'i',
);
/** `x equals twenty-five` */
const NAMED_WORDS = /^(?:[a-z]|it|that|this|the [a-z]{2,20}) (?:equals|is|=) ([a-z]+(?:[- ][a-z]+){0,5})\.?$/i;
/** `7 (seven)` and `seven (7)`. */
const TWICE = /^([-−]?\d[\d,.]*|[a-z]+(?:[- ][a-z]+){0,3})\s*\(([-−]?\d[\d,.]*|[a-z]+(?:[- ][a-z]+){0,3})\)$/i;

const WORDED = /[a-z]{3}|[^\0-\x7f]|[<_*]|\d\s?[([][^=]{1,80}=/i;

/** The value of a statement without the words that say nothing of it. `sameNumber` tells whether words are a number. */
export function withoutRemarks(source: string, sameNumber: (left: string, right: string) => boolean): string {
  // Most answers are formulas or numbers, which need no more than this look.
  if (!WORDED.test(source) || (source.includes('\\') && !/^[\s,:(]*[a-z\u3040-\u9fff]/i.test(source))) return source;
  const text = withoutTags(source);
  if (text.length > MAX_LENGTH) return text;
  const bare = text
    .replace(LEADING, '')
    .replace(/[^\0-\x7f]/.test(text) ? CJK_END : '', '')
    .replace(/^(?:equal to|igual a|égale? à|gleich)\s+/i, '')
    .trim();
  if (bare === '') return text;
  const plain = withoutTags(bare.replace(/^(?:\*\*|__)(.{1,100})(?:\*\*|__)(\.?)$/, '$1$2'));
  const kept = /[([,;，、不]|\b(?:not|than|instead)\b/.test(plain) ? BEHIND.exec(plain)?.[1] : undefined;
  const isPassed = FINDS_MORE.test(plain) || (CONCLUDES_OTHERWISE.test(plain) && LEAVES.test(kept ?? ''));
  if (kept !== undefined && !isPassed) return kept.trim();
  const named = NAMED_WORDS.exec(plain)?.[1];
  if (named !== undefined && sameNumber(named, named)) return named;
  const [, value, words = ''] = DASHED.exec(plain) ?? [];
  if (
    value !== undefined &&
    !NUMBER_WORDS.test(words) &&
    /[A-Za-z]{4}/.test(words) &&
    !words.split(' ').some(isVocabulary)
  )
    return value.trim();
  const [, first, second] = TWICE.exec(plain) ?? [];
  if (first !== undefined && second !== undefined && sameNumber(first, second))
    return /\d/.test(first) ? first : second;
  return plain;
}

/** A bullet before something that is counted, which cannot be negative: `- 7 pears`. */
export function withoutBullet(text: string): string {
  const [, counted, noun = ''] = /^[-*•–]\s+(\d[\d.,]*\s+([A-Za-z]{3,20})\.?)$/.exec(text.slice(0, 80)) ?? [];
  if (counted !== undefined && text.length <= 80 && unitOf(noun).counted.length > 0) return counted;
  // `A: 7`, as people answer `Q: ...`.
  if (/^A:\s+[-−$]?\d[\d.,]*\.?$/.test(text.slice(0, 40))) return text.slice(2).trim();
  return /^[*•]\s+-?\d[\d.,]*\.?$/.test(text.slice(0, 40)) ? text.replace(/^[*•]\s+/, '') : text;
}

/** A number that the sentence only compares its value with: `..., up from 3.` */
const COMPARED =
  /(?:,\s*(?:up from|down from|rather than|instead of|compared (?:to|with)|(?:and )?not)|\s(?:rather than|instead of)|\s\((?:up from|down from|rounded from|rather than|instead of|not))\s[^.,;()\n]{1,30}\)?\s*\.?$/i;

/** Likewise with decimals or thousands, where that sentence is the whole text and supposes nothing: `It costs $0.05, not $0.10.` */
const COMPARED_WHOLE = /(?:,\s*(?:and )?not|,?\s(?:rather than|instead of))\s(?:[^.,;()\n]|[.,](?=\d)){1,30}\.?$/i;
const IS_MORE = /[.!?]\s|\n|\b(?:if|unless|would|were|had)\b/i;

/** The sentence up to what its value is compared with. */
export function withoutComparison(text: string): string {
  const compared = COMPARED.test(text.slice(-80)) || IS_MORE.test(text.slice(0, 300)) ? COMPARED : COMPARED_WHOLE;
  const at = text.length > 10_000 ? -1 : text.slice(-80).search(compared);
  if (at < 0) return text;
  const kept = text.slice(0, Math.max(0, text.length - 80) + at);
  return /\d[^.\n]*$/.test(kept.slice(-200)) ? kept : text;
}

/** Says that the writer has no answer. */
const NO_COMMITMENT = new RegExp(
  [
    String.raw`\bI(?:['’]m| am)? (?:really |honestly |simply |just )?(?:do not|don['’]t|cannot|can['’]t|can not|could not|couldn['’]t|unable to|not able to|not sure|unsure|uncertain|not certain|have no idea|doubt)\b(?! see any)`,
    String.raw`^(?:not sure|unsure|no idea|unable to)\b|\b(?:it is|it['’]s) (?:impossible|not possible|unclear|uncertain|hard) (?:to (?:tell|say|determine|know|decide)|whether|if)\b`,
    String.raw`\b(?:cannot|can not|can['’]t) be (?:determined|known|found|computed|decided)\b`,
    String.raw`\bje ne (?:le )?sais pas\b|\bich wei(?:ß|ss) (?:es )?nicht|\bno (?:lo )?sé(?![\p{L}])|\bnão (?:o )?sei\b|\bnon (?:lo )?so\b|не знаю|\bnie wiem\b|\bik weet (?:het )?niet\b`,
    '不知道|不清楚|不确定|无法确定|わからない|わかりません|分かりません|모르겠',
  ].join('|'),
  'giu',
);
/** A cheap look for what the pattern above needs. */
const MAY_SAY_SO =
  /\bI\b|\b(?:sure|unsure|idea|unable|impossible|possible|unclear|uncertain|hard|determined|known|found|computed|decided|know|sais|sei|wiem|weet)\b|sé|non (?:lo )?so|wei(?:ß|ss) |[\u0400-\uffff]/i;
/** Says that an answer follows all the same. */
const COMMITS =
  /\b(?:but|so|thus|therefore|hence|however|still|nevertheless|anyway|then|mais|donc|aber|also|pero|mas|quindi|но|поэтому)\b|[=]|[.!…]\s[^.!?]*:\s*[$€£]?\d[\d.,]*\s*$|但|所以|因此|しかし|#{4}/iu;

/** Whether a reply ends by saying that it gives no answer: "I cannot determine whether it is 7". */
export function givesNoAnswer(text: string): boolean {
  const end = text.slice(-MAX_LENGTH).trim();
  if (!MAY_SAY_SO.test(end)) return false;
  const last = [...end.matchAll(NO_COMMITMENT)].at(-1);
  if (last === undefined || COMMITS.test(end.slice(last.index + last[0].length))) return false;
  // A number that was stated in a sentence before stays the answer.
  const sentence = Math.max(...['. ', '.\n', '! ', '。', '\n'].map((stop) => end.lastIndexOf(stop, last.index)));
  return /\d/.test(end.slice(sentence + 1)) || !/\d/.test(text.slice(-MAX_LENGTH * 4));
}

const JOINS =
  /^\s*(?:[,、;]|[,;]?\s*(?:and|or|und|oder|et|ou|y|o|e|i|и|или)(?![\p{L}])|[和或与])\s*(?:(?:maybe|possibly|perhaps|also|even)\s+)?$/iu;
/** Before the first of several values that are all said of one thing. */
const SAYS_ALL =
  /(?:\b(?:is|are|was|were|be|being|either|both|include|includes|sind|ist|sont|est|son|es|são|sono|sein|être|ser)|[:：是为是]|between|maybe|perhaps|one of|entre|zwischen)\s*(?:either|both|exactly|only|just|one of|between|entweder|soit)?\s*(?:the (?:numbers|values)\s+)?$/i;

/** A cheap look for a separator with a digit or name behind it and one before. */
const MAY_LIST =
  /\d\D{0,30}(?:[,;、和或与]|\b(?:and|or|und|oder|et|ou|y|o|e|i)\b|\s(?:и|или)\s)\s*(?:[a-z]+\s+)?[-−$√\\a-z]{0,6}\s*[=_]?\s*\d/i;

/** The values that a sentence at the end of a text lists as its answers: "The roots are 1 and 2." */
export function listedValues(text: string): string | undefined {
  const tail = text.slice(-400);
  if (!MAY_LIST.test(tail)) return undefined;
  const values = valuesIn(tail);
  const last = values.at(-1);
  if (values.length < 2 || last === undefined) return undefined;
  let first: Passage = last;
  for (let i = values.length - 2; i >= 0; i--) {
    const value = values[i];
    if (value === undefined || !JOINS.test(tail.slice(value.end, first.start))) break;
    first = value;
  }
  if (first === last || !SAYS_ALL.test(tail.slice(Math.max(0, first.start - 40), first.start))) return undefined;
  const listed = values.filter(({ start }) => start >= first.start).map(({ inner }) => inner.replace(/[.\s]+$/, ''));
  // The sum of a list is not listed: `3 and 4 = 7`.
  if (listed.some((inner) => inner.includes('=') && !/^[A-Za-z]\w{0,2}\s*=[^=]+$/.test(inner))) return undefined;
  const bounds = /(?:between|entre|zwischen)\s*$/i.test(tail.slice(0, first.start));
  return bounds ? `between ${listed.join(' and ')}` : listed.join(', ');
}

/** `There are 15 girls and 12 boys.` as its amounts. */
export function listedAmounts(text: string): string | undefined {
  if (text.length > 160) return undefined;
  return /^(?:there (?:are|is|were)|it is|(?:he|she|they|we|[A-Z][a-z]+) (?:has|have|had|sees?|needs?|gets?|bought|buys?))\s+(?:exactly |only )?(\d[\d.,]*(?: [a-z]+){1,2}(?:,? and |, )\d[\d.,]*(?: [a-z]+){1,2}(?:(?:,? and |, )\d[\d.,]*(?: [a-z]+){1,2}){0,4})\.?$/i.exec(
    text,
  )?.[1];
}

/** Negation and comparison, in the languages of the statements: the number is then not the one that is stated. */
const OTHERWISE =
  /\b(?:not|no|never|than|least|most|below|above|under|over|nicht|kein\w*|pas|non|não|nie|niet|mehr|weniger|plus|moins|más|menos|mais|more|less|fewer|half|or|oder|ou|option|figure|theorem|page|step|case|question|problem|part|base|mod)\b|[^\p{L}\p{N}\s.,'’-]/iu;
const ANY_SENTENCE = /^\p{L}[\p{L}'’]*(?:\s+\p{L}[\p{L}'’]*){0,5}\s+[-−]?\d[\d.,]*(?:\s+\p{L}+){0,3}[.!]?$/u;

/** The one number of a short sentence in any language with letters: `Tom hat 7 Birnen.` */
export function shortSentenceValue(text: string): string | undefined {
  if (text.length > 80 || !/\d/.test(text) || !/^\p{Lu}/u.test(text) || !ANY_SENTENCE.test(text)) return undefined;
  if (OTHERWISE.test(text)) return undefined;
  const words = text.match(/\p{L}[\p{L}'’]*/gu) ?? [];
  const plain = words.filter((word) => word.length > 2 && !isVocabulary(word));
  const values = valuesIn(text);
  return words.length >= 2 && plain.length > 0 && values.length === 1 ? values[0]?.inner.replace(/\.$/, '') : undefined;
}
