/**
 * Replies that give two answers in two sentences (`The answer is 6. Or 8.`, `One answer is 6. Another is 8.`), make their answer hang on a
 * case (`12 if the driver counts, otherwise 11`), or only tell something of it (`The answer starts with 6.`, `12 is one possibility.`).
 * Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../replies/sentences.js';

const LONGEST = 300;
/** A cheap look for the words below. */
const MAY_HEDGE =
  /\b(?:or|maybe|possibly|perhaps|another|other|second|unless|otherwise|sonst|sinon|altrimenti|contrario|contr[aá]rio|else|not|too|starts|begins|ends|possibilit\w+|possible)\b/i;

const NUMBER = String.raw`[-−]?[$€£]?\d(?:[\d.,:/]*\d)?%?`;
const VALUE = String.raw`(?:\\boxed\{${NUMBER}\}|[*_$]{0,3}${NUMBER}[*_$]{0,3})`;
const NOUN = String.raw`(?:\s(?!(?:or|and|if|unless|but|is|are|not|too)\b)[a-z]{2,20})?`;
const END = String.raw`[\s.!?*_)]*$`;
const UNSURE = '(?:maybe|possibly|perhaps)';

/** A second value in a sentence of its own, or behind a box. */
const OR_ANOTHER = new RegExp(
  String.raw`(?<first>${VALUE})(?<of>${NOUN})(?:[.!…][*_]{0,2}\s{1,3}(?:or,?(?:\s(?:else|is it|it (?:could|might|may) be))?(?:\s${UNSURE})?|${UNSURE}),?|(?<=\\boxed\{[^{}\n]{1,40}\}),?\sor(?:\s${UNSURE})?)\s(?<second>${VALUE})(?<also>${NOUN})${END}`,
  'i',
);
const THING = '(?:(?:possible|valid) )?(?:answer|solution|possibility|value|root|option|choice)';
const ONE_AND_ANOTHER = new RegExp(
  String.raw`\bone ${THING}\s(?:is|would be|could be)\s(?<first>${VALUE})${NOUN}(?:[.;,]\s|\s)(?:and\s|but\s)?(?:another|the other|a second)(?:\s(?:one|${THING}))?\s(?:is|would be|could be)\s(?<second>${VALUE})${NOUN}${END}`,
  'i',
);

/** Two values for two cases. A rule with letters gives both: `x if x > 0, otherwise 0`. */
const BY_CASE = [
  String.raw`(?<first>${VALUE})[^.!?\n]{0,20},?\s\(?unless\s[^.!?\n\d]{2,120}[,;]\s(?:in which case|and then|then)[^.!?\n\d]{0,40}\s(?<second>${VALUE})[^.!?\n\d]{0,30}${END}`,
  String.raw`(?:\b(?:if|when)\s[^.!?\n\d=<>]{2,120}(?<first>${VALUE})[^.!?\n\d=<>]{0,40}|(?<=^|\s)(?<before>${VALUE})[^.!?\n\d=<>]{0,30}\s(?:if|when)\s[^.!?\n\d=<>]{2,120})[,;]\s(?:and\s|but\s)?(?:otherwise|or else|else|if not)[,:]?\s[^.!?\n\d]{0,30}?(?<second>${VALUE})[^.!?\n\d]{0,30}${END}`,
].map((form) => new RegExp(form, 'i'));

/** What tells something of the answer, and not which it is. */
const SAYS_OF_ANSWER = [
  String.raw`\b(?:close|near|nearly|almost)(?:\sto)?\s${VALUE}${NOUN},?\sbut\snot\s(?:exactly|quite|precisely|equal)\b[^.!?\n\d]{0,40}${END}`,
  String.raw`\b(?:answer|result|total|sum|value)\s(?:is|was)\s${VALUE}${NOUN}\stoo\s(?:small|large|big|high|low|many|few|much|little|great)${END}`,
  String.raw`\banswer\s(?:starts|begins|ends)\s(?:with|in|on|by)\s${VALUE}${END}`,
  String.raw`(?:^|\s)${VALUE}${NOUN}\sis\s(?:just\s|only\s)?(?:(?:one|a)\s(?:possibility|possible\sanswer)|one\sof\s(?:the|several|many|two|three)\s(?:possibilities|possible\sanswers))${END}`,
  String.raw`\b(?:one|a)\s(?:possibility|possible\sanswer)\s(?:is|would be)\s${VALUE}${NOUN}${END}`,
].map((form) => new RegExp(form, 'i'));
const STATED = /\\f?boxed|#{4}|\banswers?\b[^?\n]*\d/i;

/** What would follow in another case, behind a result that hangs on none: `She needs 12 eggs; otherwise she could bake only 3 cakes.` */
const OTHERWISE_BEHIND =
  /(?:[.!][*_]{0,2}|[;,])\s{1,3}(?:otherwise|or else|sonst|sinon|altrimenti|de lo contrario|caso contr[aá]rio),?\s[^.!?\n=\\]{2,160}[.!]?\s*$/i;
const HANGS = /\b(?:if|when|unless|whether|where|for|wenn|falls|si|quand|se|quando|cuando)\b|[<>≤≥]/i;

/** A reply without such an end. */
function withoutOtherwise(text: string): string {
  const from = Math.max(0, text.length - LONGEST);
  const found = OTHERWISE_BEHIND.exec(text.slice(from));
  if (found === null) return text;
  const before = text.slice(0, from + found.index);
  const sentence = before.slice(lastSentenceStart(before.replace(/[.!;,\s]+$/, ''), LONGEST));
  return /\d/.test(sentence) && !HANGS.test(sentence) ? `${before}.` : text;
}

/** A value without marks. */
const bare = (value: string): string => value.replace(/\\boxed|[{}*_\s]/g, '').replace(/^\$(.*)\$$/, '$1');

/** A reply with both of its answers in one sentence, or without a last one that does not say which it is. */
export function withoutHedges(text: string): string {
  const near = text.slice(-LONGEST);
  if (!MAY_HEDGE.test(near) || !/\d/.test(near)) return text;
  for (const form of [OR_ANOTHER, ONE_AND_ANOTHER]) {
    const { first, second, of = '', also = '' } = form.exec(near)?.groups ?? {};
    if (first === undefined || second === undefined || bare(first) === bare(second)) continue;
    // Perhaps the same in another unit: `90 minutes. Or 1.5 hours.`
    if (of !== '' && also !== '' && of !== also) continue;
    return `Answer: ${bare(first)} or ${bare(second)}`;
  }
  const end = withoutOtherwise(text).trimEnd();
  const start = lastSentenceStart(end, LONGEST);
  const sentence = end.slice(start);
  if (sentence.length >= LONGEST) return end;
  const isByCase = BY_CASE.some((form) => {
    const { first, before, second = '' } = form.exec(sentence)?.groups ?? {};
    const value = first ?? before;
    return value !== undefined && bare(value) !== bare(second);
  });
  if (!isByCase && !SAYS_OF_ANSWER.some((form) => form.test(sentence))) return end;
  const rest = end.slice(0, start).trimEnd();
  return STATED.test(rest) ? rest : '';
}
