/** Words with which a reply takes back an answer, or says what the answer is not. The graders put their own kinds of answers beside them. */

/** Within a clause these say what the answer is not: `C, non A`. */
export const DENIAL = String.raw`(?<=^|[.;:!?…>–—-]\s{0,3}|\n\s{0,3}|,\s)(?:(?:no\s{1,3}){0,2}no|nope|nah|nein|non|não|nee|нет)(?=\s*[,.:;!–—…-]|\s+(?:doch|wait|actually|plutôt)\b)`;

/** An answer by its name, and any other word for what stands before. */
const NAMED = '(?:my|the|this|that) (?:(?:previous|last|first|earlier|above) )?(?:answer|reply|response)';
const WHAT = `(?:${NAMED}|that|this|it|the above|what i (?:said|wrote))`;
const disregard = (what: string): string => `(?:ignore|strike|disregard|forget|scrap|scratch|cancel) ${what}`;
/** `I take it back`, `ignore that answer`: the answer of the writer, whatever stands between. */
export const WITHDRAWN = `(?:i(?:['’]ll| will| have to| must)? (?:take ${WHAT} back|take back ${WHAT}|(?:withdraw|retract) ${WHAT})|${disregard(NAMED)})`;
/** Also `ignore that`, `never mind`, which may be about something else. */
export const DISREGARD = `(?:${WITHDRAWN}|${disregard(WHAT)}|never ?mind(?: that| it)?)`;

/** Words that take back what stands before them, in front of another answer. */
export const RETRACTION = [
  `${DENIAL}|wait|actually|sorry|correction|scratch that|on (?:second thoughts?|reflection)|i meant?|(?:wh)?oops|rather|make that`,
  String.raw`(?:edit|update|corrected)(?=[*_]{0,2}\s*:)|(?:my )?apologies|i apologi[sz]e|my (?:bad|mistake)|${DISREGARD}`,
  `let me (?:correct|reconsider|rethink|think again)(?: (?:that|this|it|myself))?|i(?:['’]ll| will)? (?:changed?|correct(?:ed)?|revised?) (?:my|the) (?:answer|choice|mind)(?: to)?`,
  'doch|einen moment|moment mal|eigentlich|besser gesagt|plutôt|attends|en fait|perdón|mejor dicho|espera|anzi|aspetta|aliás|точнее',
].join('|');

/** `not` and `but` of `not B but C`. */
export const NOT = 'not|nicht|pas|no|non|não|niet|не';
export const BUT = 'but(?: rather)?|sondern|mais|sino|ma|bensì|mas|maar|а';

/** The answer, as a reply speaks of it. */
export const OF_ANSWER = '(?:that|this|it|(?:my|the|that|this) (?:(?:final|first) )?(?:answer|result|value|number))';
export const SURELY =
  '(?:still |clearly |just |all |obviously |actually |simply |definitely |certainly |surely |also |probably )?';
export const RIGHT =
  '(?:quite |really |at all )?(?:right|correct|true|accurate|(?:the|my) (?:(?:right|correct|final) )?answer)';
const WRONG = `(?:wrong|incorrect|false|mistaken|a mistake|an error|the wrong (?:answer|result|value)|not ${SURELY}(?:${RIGHT}|it(?=[.!]|$)))`;
/** Behind an answer: `is wrong`, `isn't right`, `can't be right`. */
export const CALLED_WRONG = `(?:(?:(?:is|was|seems|looks)|(?<=that|this|it)['’]s) ${SURELY}${WRONG}|(?:(?:is|was)n['’]t|(?:can|could)(?:n['’]t| not|['’]t) (?:possibly )?be|cannot (?:possibly )?be|(?:does not|doesn['’]t) (?:look|seem)) ${SURELY}${RIGHT})`;
