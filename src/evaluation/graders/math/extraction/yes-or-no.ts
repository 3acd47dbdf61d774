/** Replies that say yes or no, and then the opposite: `No, wait, yes.` is yes, and `Yes, but no.` is neither. */
import { RETRACTION } from '../../replies/retraction-words.js';

const MAX_LENGTH = 300;
const GAP = String.raw`[\s,.:;!…–—-]{1,6}`;
const TAKES_BACK = `(?:${RETRACTION}|hold on|my (?:mistake|bad))`;
const AND = '(?:but|and|or|oh|ah|hm+|um|uh|well|also)';
const SAYS = String.raw`(?:(?:it|that|(?:the|my) (?:final |correct )?answer)(?:['’]s| is| should be)\s{1,3})?`;
/** A reason may follow, but `no` in front of a noun is another word: `Yes, but no proof is known.` */
const SAID_TWICE = new RegExp(
  String.raw`^\W{0,3}(?:(?:the )?(?:final )?answer(?: is|:)\s{1,3})?(yes|no|true|false)((?:${GAP}(?:${AND}|${TAKES_BACK})(?![\p{L}'’])){0,4})${GAP}${SAYS}(yes|no|true|false)\b(?=\W{0,4}$|\s{0,2}[,.;:!–—]|\s(?:because|since|as)\b)`,
  'iu',
);
const TAKEN_BACK = new RegExp(String.raw`(?<![\p{L}'’])${TAKES_BACK}(?![\p{L}'’])`, 'iu');
/** What a reply goes on with that may answer it otherwise. */
const GOES_ON = new RegExp(String.raw`\\boxed|<|#{4}|\b(?:answer|yes|no|true|false|but)\b|${TAKEN_BACK.source}`, 'iu');

/** Whether a reply begins with an answer and then its opposite, and the one of them that stands, if any. */
export function oppositeAnswers(text: string): { readonly standing?: string } | undefined {
  const [said = '', first, between = '', second] = SAID_TWICE.exec(text.slice(0, MAX_LENGTH)) ?? [];
  if (first === undefined || second === undefined || first.toLowerCase() === second.toLowerCase()) return undefined;
  const isLast = text.length <= MAX_LENGTH && !GOES_ON.test(text.slice(said.length));
  return isLast && TAKEN_BACK.test(between) ? { standing: second } : {};
}

/** `No, there are 8.`: the word with which a short reply begins that then says a value. */
const VERDICT_FIRST =
  /^\W{0,3}(yes|no)\s{0,2}[,.:;!–—-]\s{0,3}(?=(?:(?:it|that|this|there|he|she|they|the|i)\b|[-−$€£\d\\])[^?\n]*$)(?=[^\n]*\d)(?![^\n]*\b(?:yes|no|true|false|wait|actually|mean)\b)/i;

/** `Is 21 prime? No, 21 is not prime.`: what a reply of one question and its answer says to it. */
const ANSWERED =
  /^[^.!?\n]{3,200}\?\s{1,3}(yes|no)\s?[,.:;—–-]\s?(?![^\n]*\b(?:yes|no|true|false|wait|actually|mean|but|however|although|unless|if)\b)[^?\n]*$/i;

/** What a reply says where it says a value as well. */
const verdictBeforeValue = (text: string): string | undefined =>
  VERDICT_FIRST.exec(text)?.[1] ?? ANSWERED.exec(text)?.[1];

const AFFIRMS =
  'yep|yeah|yup|(?:absolutely|certainly|definitely|indeed|surely|sure|undoubtedly)|of course|without (?:a )?doubt|it (?:is|does)';
const DENIES =
  "nope|nah|(?:absolutely|certainly|definitely|surely|of course|probably|most certainly) not|not at all|no way|by no means|it (?:is not|isn['’]t|does not|doesn['’]t)";
/** Other words for yes and no, alone or behind them: `Nope.`, `Yes, absolutely.` */
const YES = new RegExp(
  String.raw`^\W{0,3}(?:(?:yes|yep|yeah)[\s,.!]{1,3}(?:${AFFIRMS})|(?!it )(?:${AFFIRMS}))\W{0,3}$`,
  'i',
);
const NO = new RegExp(String.raw`^\W{0,3}(?:(?:no|nope)[\s,.!]{1,3}(?:${DENIES})|(?!it )(?:${DENIES}))\W{0,3}$`, 'i');

/** Yes and no in German, French, Spanish, Portuguese and Italian, alone or in front of a reason. */
const FOREIGN =
  /^\W{0,3}(?:(?<yes>ja|oui|s[íìi]|sim)|(?<no>nein|non|n[ãa]o))(?:[\s.!*]{0,4}$|\s?[,.;:!–—]\s(?!(?:ja|oui|s[íìi]|sim|nein|non?|n[ãa]o)[\s,.!])(?![^\n]*\b(?:aber|doch|mais|pero|mas|ma|oder|moment|attends|espera|aspetta)\b)[^?\n]*$)/i;

/** What such a word says; a Spanish `si` without its accent may begin a condition. */
function foreignVerdict(text: string): string | undefined {
  const { yes, no } = FOREIGN.exec(text)?.groups ?? {};
  if (no !== undefined) return 'no';
  return yes === undefined || (/^si$/i.test(yes) && !/^\W{0,3}si\W{0,3}$/i.test(text)) ? undefined : 'yes';
}

/** What a short reply says to a question of yes or no. */
export function verdictOf(reply: string): string | undefined {
  const text = reply.length > MAX_LENGTH ? '' : reply.trim();
  if (text.endsWith('?')) return undefined;
  return YES.test(text) ? 'yes' : NO.test(text) ? 'no' : (verdictBeforeValue(text) ?? foreignVerdict(text));
}
