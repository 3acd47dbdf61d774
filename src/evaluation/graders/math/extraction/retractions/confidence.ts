/**
 * How sure the writer is: "I am 100% sure", "Confidence: 95%". The number of such a remark is no result, wherever it stands. Facts
 * that hold a share (`90% of them are sure`, `she is 30% sure`) stay, so only what the writer says of the answer counts. So are
 * remarks without a number behind the answer: `8, I think.`, `8 (probably)`, `8, right?`
 */

const HEDGE = String.raw`(?:about |around |roughly |only |at least |more than |over |almost |nearly |like |~\s?)?`;
const SHARE = String.raw`(?:\d{1,3}(?:[.,]\d{1,4})?\s?(?:\\?%|％|percent\b|per cent\b|pct\b))`;
const LEVEL = HEDGE + SHARE;
const SURE = '(?:sure|certain|confident|positive|convinced)';
const THE_ANSWER = String.raw`(?:this|that|it|(?:this|that|my|the|our) (?:final )?(?:answer|result|solution|calculation|reasoning|value|number))\b`;
const ABOUT = String.raw`(?:\s(?:of|about|in|on|with)\s${THE_ANSWER})?`;
const I_AM = String.raw`I(?:\sam|['’]m)\s(?:now |quite |not )?`;

/** Where a remark begins and ends: at a sentence, or as a clause or in brackets behind the answer. */
const BEGIN = String.raw`(?:(?:^|(?<=[.!?。]))\s{0,3}|\s{0,2}[,;:([—–]\s?|\s-{1,2}\s|\s(?:and|but|though|although|since|because|as)\s)[*_]{0,2}`;
const END = String.raw`[*_]{0,2}(?:\s?[)\]]|\s?[.!]+(?=\s|$)|\s?[,;:—–-](?=\s)|\s(?=(?:and|but|so)\b)|\s?$)`;

const ABROAD = [
  `ich bin (?:mir )?(?:da(?:bei)? )?(?:zu )?${SHARE}(?:ig)? (?:sicher|überzeugt)`,
  `(?:j['’]en|je) suis (?:sûre?|certaine?) à ${SHARE}|(?:j['’]en|je) suis à ${SHARE} (?:sûre?|certaine?)`,
  `estoy (?:un |al )?${SHARE} segur[oa]|tenho ${SHARE} de certeza|estou ${SHARE} (?:cert|segur)[oa]`,
  `(?:ne )?sono sicur[oa] al ${SHARE}|ik ben (?:er )?${SHARE} zeker(?: van)?`,
  `я (?:в этом )?(?:уверена?|убежд[её]на?) на ${SHARE}|я (?:в этом )?на ${SHARE} (?:уверена?|убежд[её]на?)`,
  String.raw`我\s?(?:有\s?)?${SHARE}\s?的?\s?(?:确定|肯定|把握|确信)`,
].join('|');

const REMARK = new RegExp(
  [
    // `I am 100% sure of this`, `12, 90% confident`, `12 (95% confidence)`
    `${BEGIN}(?:(?:${I_AM})?${LEVEL}[ -](?:${SURE}|confidence|certainty)|${I_AM}${LEVEL} (?:right|correct))${ABOUT}${END}`,
    // `I am 100% sure that it is 12`
    String.raw`(?<![A-Za-z])I(?:\sam|['’]m)\s(?:now |quite )?${LEVEL} ${SURE}(?: that\b)?(?=\s(?:it|this|that|the|she|he|they|there|we|x|[-$\\\d])|['’]s)`,
    // `With 95% confidence, it is 12`, `12 with 95% certainty`
    String.raw`(?:${BEGIN}|(?<=\d[^.\n]{0,40})\s)(?:with|at) (?:an? )?${LEVEL} (?:confidence|certainty)${ABOUT}${END}`,
    // `with a probability of 80% that I am right`
    `${BEGIN}(?:with|there(?:['’]s| is)) (?:an? )?(?:${LEVEL} (?:chance|probability|likelihood)|(?:chance|probability|likelihood) of ${LEVEL})(?: that| of)? (?:I(?:['’]m| am)|${THE_ANSWER}(?:['’]s| is| being)?) (?:right|correct|true)${END}`,
    // `My confidence in this answer is 95%`, `Confidence: 9/10`
    String.raw`${BEGIN}(?:my (?:level of )?(?:confidence|certainty)(?: level| score)?${ABOUT}\s?(?:is|:|=)|(?:confidence|certainty)(?: score)?${ABOUT}[*_]{0,2}\s?[:=])[*_]{0,2}\s{0,2}${HEDGE}(?:${SHARE}|\d{1,3}(?:\.\d{1,4})?(?:\s?/\s?| out of )(?:10|100)|[01]?\.\d{1,4}|\d{1,3})${END}`,
    `${BEGIN}(?:${ABROAD})${END}`,
  ].join('|'),
  'gimu',
);
/** A cheap look for what every remark has. */
const MAY_REMARK = /[%％]|per ?cent|pct|confidence|certainty/i;

const THINK =
  "I (?:think|guess|believe|suppose|hope|reckon|assume|suspect|would (?:say|guess))(?: so)?|I['’]d (?:say|guess)";
const OPINION = [
  THINK,
  String.raw`I(?:\sam|['’]m) (?:now |quite |pretty |very |fairly |almost |absolutely |totally |completely )?${SURE}${ABOUT}`,
  '(?:very |quite |most )?(?:probably|likely)|perhaps|maybe|possibly|presumably|definitely|certainly|surely|for sure|without (?:a )?doubt|no doubt',
  "in my (?:humble )?(?:opinion|view)|if I(?: am|['’]m) (?:not mistaken|right|correct)|as far as I (?:know|can tell|can see)|to be honest",
].join('|');
const ASKED = "(?:right|correct|yes|no|okay|isn['’]t it|is it not|aren['’]t they|don['’]t you think)\\?";
const ANSWERED = String.raw`(?<=[\p{L}\d)\]}$%°*_"'!])`;
const ENDS = String.raw`(?=[*_]{0,2}(?:\s?[.!]+(?:\s|["”}$]|$)|\s*[}\n<]|\s*$|,?\s(?:because|since|as)\b|,\sso\b))`;
/** `8, I think.`, `8 - probably`, `8 (I am sure)`, `8, right?`, and `8 I think.` behind a number or formula. */
const REMARK_BEHIND = new RegExp(
  [
    String.raw`${ANSWERED}(?:\s?[,;]\s?|\s[–—-]{1,2}\s|[–—])[*_]{0,2}(?:(?:but|and|though) )?(?:(?:${OPINION})${ENDS}|${ASKED}(?=\s|$|[}"”])(?!\s{1,3}(?:no(?! doubt| problem| worries)|nope|not|wrong|incorrect)\b))`,
    String.raw`${ANSWERED}\s?\((?:${OPINION}|${ASKED})[.!]?\)`,
    String.raw`(?<=[\d)\]}$%°*])\s(?:${THINK})${ENDS}`,
  ].join('|'),
  'giu',
);
const LAST_REMARK = 100;
/** `Nine. No doubt about it.`: a sentence of its own at the end. */
const REMARK_AT_END = new RegExp(
  String.raw`(?<=[\p{L}\d)\]}$%°*_"'][.!])\s{1,3}(?:${OPINION})(?: (?:about|of) (?:it|this|that))?[.!]{1,3}\s*$`,
  'iu',
);
/** A cheap look for what those have. */
const MAY_OPINE = /[,;(–—-]\s?[*_]{0,2}\p{L}|\bI(?:['’]d|\s)/iu;

/** The text without remarks on how sure the writer is, unless it is nothing else. */
export function withoutConfidence(reply: string): string {
  const remark = REMARK_AT_END.exec(reply.slice(-LAST_REMARK));
  const source = remark === null ? reply : reply.slice(0, reply.length - remark[0].length);
  // The question mark ends the sentence, and a retraction may follow.
  const text = MAY_OPINE.test(source)
    ? source.replace(REMARK_BEHIND, (remark) => (remark.endsWith('?') ? '.' : ''))
    : source;
  if (!MAY_REMARK.test(text)) return text;
  const plain = text.replace(REMARK, (remark: string, at: number) => {
    if (remark.trim() === '') return remark;
    const isClause = at > 0 && !/[.!?。\n]/.test(text.charAt(at - 1));
    if (/^[.,;:!?)]/.test(text.slice(at + remark.length))) return '';
    return isClause && /[.!][*_]*\s?$/.test(remark) ? '. ' : ' ';
  });
  return /[\p{L}\p{N}]/u.test(plain) ? plain : text;
}
