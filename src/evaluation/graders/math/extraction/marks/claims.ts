/**
 * Values that a reply says are its answer, where the words stand behind them: `36 is our answer`, `8 is what we were looking for`, `so 18 it
 * is`. They are put in the usual order, so that they are found as every other statement is. Linear in the length of the text.
 */

const TAIL = 1_000;
const NUMBER = String.raw`[-−]?[$€£]?\d(?:[\d.,/:]*\d)?(?:\s?%|°)?(?:\s(?!(?:is|are|was|it|and|or|but|so|more|less|fewer|times|of|out)\b)\p{L}+){0,2}`;
const VALUE = String.raw`(?<value>\*\*${NUMBER}\*\*|${NUMBER}|\$[^$\n]{1,80}\$|\\\([^\n]{1,80}?\\\))`;
/** Where a clause begins whose subject the value is. */
const BEGINS = String.raw`(?<=^|\n\s{0,3}|[.!?:;—–]\s{1,3}|,\s{1,2})(?:(?:and|but|so|thus|hence|therefore|then|now|finally|yes)(?:,?\s(?:so|thus|then|therefore))?,?\s{1,2})?`;
const SURELY = '(?:therefore |thus |then |indeed |clearly |exactly |hence )?';
const OWN = String.raw`(?:(?<answer>(?:our|my)\s(?:(?:final|desired|required|numerical)\s)?answer)|(?:our|my)\s(?:final|desired|required)\s(?:result|solution|value)|(?:the\s)?(?:number|value|result|answer|amount|total|quantity)\s(?:that\s)?(?:we|i|they)(?:['’](?:re|ve|d))?\s(?:(?:are|were|was|have|had|have been|had been)\s)?(?:want(?:ed)?|need(?:ed)?|look(?:ing|ed) for|seek(?:ing)?|sought|after|asked for))`;
const WANTED = String.raw`what\s(?:(?:we|i|they|you)(?:['’](?:re|ve|d))?\s(?:(?:are|were|was|have|had|have been|had been)\s)?(?:want(?:ed)?|need(?:ed)?|look(?:ing|ed) for|seek(?:ing)?|sought|after|asked for|(?:asked|wanted|needed|supposed) to find)|(?:is|was) (?:asked(?: for)?|wanted|needed|sought)|the (?:question|problem) (?:asks|asked|wants|wanted)(?: for)?)`;
const ENDS = String.raw`(?=\s?[.!;:,]|\s(?:since|because|as|and|but|found|after|here)\b|\s?$|\s?\n)`;
const CLAIM = new RegExp(
  String.raw`${BEGINS}${VALUE}\s(?:(?:is|was|must be)\s${SURELY}(?:${OWN}|${WANTED})${ENDS}|it is(?=\s?[.!]|\s?$|\s?\n))`,
  'giu',
);
/** The clause is supposed, asked, denied or that of others. */
const NOT_CLAIMED =
  /\b(?:if|whether|unless|suppose|assume|say|says|thinks?|check|not|either|might|may)\b[^.!?;:\n]{0,60}$|n['’]t\b[^.!?;:\n]{0,60}$/i;

/** What is claimed to be needed may be a step: `6 is the number we need, so each of them gets 3.` */
const CONCLUDES_MORE =
  /\b(?:so|thus|hence|therefore|then|giv(?:es?|ing)|mak(?:es?|ing)|leaves?|leaving|doubl\w+|half|halv\w+|total|altogether|add\w*|multipl\w+|divid\w+|subtract\w*)\b[^\n]*\d|=/i;

/** A text with what it claims as its answer last as a statement of its own: `The answer is 36.` */
export function withClaimStated(source: string): string {
  if (!source.includes(' ')) return source;
  const from = Math.max(0, source.length - TAIL);
  const tail = source.slice(from);
  if (
    !/\b(?:is|was|be)\b[^\n]{0,60}\b(?:answer|result|solution|for|after|what|number|value|amount|total|quantity)\b|\bit is\b/i.test(
      tail,
    )
  )
    return source;
  const claims = [...tail.matchAll(CLAIM)].filter(({ index, 0: claim }) => {
    const sentence = /[^.!?\n]*$/.exec(tail.slice(Math.max(0, index - 120), index))?.[0] ?? '';
    return !NOT_CLAIMED.test(sentence) && !/^[^.!\n]{0,80}\?/.test(tail.slice(index + claim.length));
  });
  const last = claims.at(-1);
  if (last?.groups?.value === undefined) return source;
  const rest = tail.slice(last.index + last[0].length).replace(/^[\s.!;:,]+/, '');
  if (last.groups.answer === undefined && CONCLUDES_MORE.test(rest)) return source;
  const before = tail.slice(0, last.index).replace(/[\s,;:—–]+$/, '');
  return `${source.slice(0, from)}${before}\n\nThe answer is ${last.groups.value}.\n\n${rest}`.trimEnd();
}
