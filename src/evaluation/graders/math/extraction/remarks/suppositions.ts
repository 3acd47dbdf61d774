/**
 * Sentences about what would be, or what somebody else may have got: `If you got 20, check the carrying.`, `It would be 20 if she had
 * kept them.` Their values are not the answer. What follows from a case that is given (`If she buys 4, she pays 20.`) may be. Linear in
 * the length of the text.
 */

const TAIL = 600;
/** Where a sentence ends, with the space behind it: also behind a box and a formula. */
const BORDER = /((?<=[.!?…][*_"”)}$]{0,3})\s+|(?<=[}$])\s+(?=(?:If|It|Had)\b)|\n\s*)/;
/** A cheap look for the words below. */
const MAY_SUPPOSE = /\b(?:if|had|otherwise|who)\b/i;

const VALUE = String.raw`[^\s,]{1,60}(?:\s[a-z]{2,20}){0,3}`;
const YOU = '(?:you|someone|somebody|anyone|anybody|one|a (?:student|pupil|person))';
const GOT =
  "(?:(?:['’]ve |have |had )?(?:got|gotten|get|gets|said|say|says|have|has|had|wrote|write|answered|answer|found|find|think|thought|reached|obtained|obtain|came up with|come up with|arrived at|arrive at|ended up with|end up with))";
/** What somebody with a wrong answer is told. */
const ADVICE = [
  '(?:please |then |just |simply )?(?:check|try|look|re-?(?:read|check|do|count|consider)|remember|note|go|see|review|be careful|make sure|double[- ]check|think|start|watch)',
  "(?:you|they|he|she)(?:['’]ve)? (?:probably |likely |may |might |must |just |simply |have )*(?:[a-z]{2,}ed|forgot|forgotten|left|did|did not|didn['’]t|made|took|got|misread|swapped|put|lost|need to (?:check|look|try)|should (?:check|look|try)|(?:are|were) (?:wrong|off|mistaken))",
  "(?:that|this|it)(?:['’]s| is| was) (?:wrong|incorrect|not right|a mistake|because)",
  'something (?:is|went) wrong',
].join('|');
/** What went wrong for those who got another answer. */
const FAULT =
  "(?:probably |likely |simply |just |have )*(?:forgot|forgotten|added|subtracted|multiplied|divided|made an? (?:[a-z]+ )?(?:mistake|error)|did not|didn['’]t|misread|overlooked|missed|confused|mixed|swapped|left out|(?:are|were|is) (?:wrong|mistaken)|should check)";
const ANSWER_OF_OTHERS = String.raw`if (?:${YOU} ${GOT}|(?:your|the|their) (?:answer|result) (?:is|was)) ${VALUE}, (?:${ADVICE})\b|(?:(?:students|pupils|people|those|anyone|anybody|everyone|many|some) (?:who|that) )${GOT} ${VALUE} ${FAULT}\b`;

const PARTICIPLE =
  '(?:[a-z]{2,}ed|kept|given|lost|bought|sold|eaten|taken|been|gone|got|gotten|made|paid|spent|left|found|won|done|brought|caught|seen|broken|driven|drunk|forgotten|written|worn|grown|drawn|come|run|put|cut|had|read|thrown|stolen|begun|chosen|lent|sent|built|met|told|held|fed|led)';
const SUBJECT = String.raw`(?:[\p{L}'’]{1,20}\s){1,4}?`;
/** What did not happen, as only a supposition says it. */
const UNREAL = String.raw`${SUBJECT}(?:(?:had|['’]d) (?:not |never |only |also |all |instead )?${PARTICIPLE}|hadn['’]t|had not|(?:were|was)(?:n['’]t| not| no)(?!\s[$€£]?\d)|didn['’]t|did not)(?![\p{L}])`;
const IF_UNREAL = new RegExp(
  String.raw`\bif ${UNREAL}|^\W{0,3}had ${SUBJECT}(?:not |never |only )?${PARTICIPLE}\b|\shad (?:he|she|it|they|we|you|i) (?:not |never |only )?${PARTICIPLE}\b|\sotherwise\W{0,3}$`,
  'iu',
);
const WOULD = /\bwould(?![\p{L}])|\b(?:could|might) have\b|['’]d (?:be|have)\b/iu;
/** Behind an answer: `If she sold all 16, she would make $32 instead.` */
const INSTEAD = /^\W{0,3}if\s[^.!?\n]{3,120}\swould\s[^.!?\n]{1,80}\sinstead\W{0,4}$/i;
/** Behind a stated one: `If order mattered, the answer would be 144.` */
const ANSWER_WOULD =
  /^\W{0,3}(?:if|had|were)\s[^.!?\n]{3,120},\s(?:then\s)?the (?:final |correct )?(?:answer|result) would (?:have been|be)\s[^!?\n]{1,60}$/i;
const STATED = /\banswer\s(?:is|=)\s[^.!?\n]*\d|\banswer:\s[^\n]*\d|\*\*[^*\n]*\d/i;
const OF_OTHERS = new RegExp(String.raw`^(?:(?:but|so|and|note(?: that)?|now),?:?\s)?(?:${ANSWER_OF_OTHERS})`, 'iu');

const supposes = (sentence: string): boolean =>
  /\d/.test(sentence) && (OF_OTHERS.test(sentence) || (WOULD.test(sentence) && IF_UNREAL.test(sentence)));

/** A reply without the sentences at its end that only suppose their value; empty where it is nothing else. */
export function withoutSuppositions(text: string): string {
  const from = Math.max(0, text.length - TAIL);
  const tail = text.slice(from);
  if (!MAY_SUPPOSE.test(tail)) return text;
  const sentences = tail.split(BORDER);
  const kept = sentences.map((sentence, index) => {
    // The border behind a sentence is an item of its own.
    if (index % 2 === 1) return sentence;
    const clause = sentence.lastIndexOf(';');
    if (clause > 0 && supposes(sentence.slice(clause + 1).trim())) return sentence.slice(0, clause);
    const before = sentences.slice(0, index);
    const isOtherwise =
      (INSTEAD.test(sentence) && before.some((one) => /\d/.test(one))) ||
      (ANSWER_WOULD.test(sentence) && before.some((one) => STATED.test(one)));
    return isOtherwise || supposes(sentence) ? '' : sentence;
  });
  return kept.some((part, index) => part !== sentences[index]) ? text.slice(0, from) + kept.join('').trimEnd() : text;
}
