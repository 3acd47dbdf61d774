/**
 * Replies that end without answering: with a question or task (`How many of the 7 are red?`), an offer, a plan or what is given. Numbers
 * in such sentences are no answer, nor are the facts in front of them; what is concluded before stands. Questions that are answered
 * behind (`How many are left? 8.`) are not at the end. Linear in the length of the text.
 */
import { asksBack } from './giving-up.js';
import { concludes, type NonAnswer, nonAnswer, statesAnswer } from './non-answers.js';
import { lastSentenceStart, sentencesOf } from './sentences.js';
import { withoutThoughts } from './thoughts.js';

const LONGEST = 400;
const TAIL = 10_000;
const MAX_SENTENCES = 12;
/** These say where the answer is, and are found by themselves. */
const MARKED = /\\f?boxed|#{4}|<\/?answer>/i;

/** `(Problem 20)`, `(See step 2.)`: where something stands. */
const PLACE =
  /(?<=[.!?\p{L}])\s{1,3}\((?:see |cf\.? |from )?(?:also |the )?(?:problem|question|exercise|step|figure|table|page|example|equation|section|chapter|part|line|note)s?\s\d{1,4}(?:\.\d{1,3})?\.?\)[\s.]*$/iu;
/** `Let me think about this. There are 7 days.`: a fact to begin with. */
const BEGINS_TO_THINK =
  /^[\s*_]*(?:(?:ok(?:ay)?|alright|well|hmm+|so|sure)[,.!…]*\s)?let(?:['’]?s| me| us) think(?: about (?:this|it|that)| (?:this|it) through|(?: carefully| step by step))*[.!…:]+\s+(?:there (?:are|is)|we have|an?\s[a-z]+ has)\s(?:[a-z]+\s){0,2}?\d[\d.,]*(?:\s[a-z]+){0,6}\.?\s*$/i;

/** The number of an item, which is no sentence of its own. */
const MARK = /(?:(?<=\n)[\s>*_#-]{0,6}(?:step\s)?\(?\d{1,2}|^[\s>*_#-]{0,6}(?:step\s)?\(?1)[.):]\s{1,3}$/i;

const TITLE = /\b(?:mrs?|ms|dr|st|prof|sq|ft|in|vs|no)\.\s$/i;
const MAX_TITLES = 4;

/** A task about a formula, which may stand on a line of its own: `Simplify $\sqrt{242}$.`; a formula with `=` may be solved there. */
const FORMULA_TASK =
  /(?:^|[.!?\]]\s{0,3}|\n)[\s*_]{0,4}(?:compute|calculate|evaluate|simplify|find|determine|convert|express|factor|expand|rationalize)(?![\p{L}])(?![^$\\]*\b(?:to|as|gets?|gives?|is)\b)[^.!?=\n$\\]{0,80}\s{0,3}(?:\$\$?(?=[^$]*[-+*/\\^])[^=$]{1,400}\$\$?|\\\[(?!\s*[\d.]+\s*\\\])[^=]{1,400}?\\\]|\\\((?!\s*[\d.]+\s*\\\))[^=]{1,400}?\\\))(?:\s[^=\d$\\]{1,60})?[\s.]{0,4}$/iu;

/** A reply that is a note, and no hint, offer or fact to begin with. */
const NOTE_ALONE =
  /^[\s*_]*(?:please )?(?:(?:we |to )?(?:should |can )?(?:note|notice|observe)\b|(?:let me|i can) explain:)/i;

const RANK: Readonly<Record<NonAnswer, number>> = { beside: 0, asks: 1, continues: 2 };

/** Where the last sentence begins, which no title parts: `How much does Mrs. Smith pay?` */
function sentenceStart(text: string): number {
  let start = lastSentenceStart(text, LONGEST);
  for (let left = MAX_TITLES; left > 0 && TITLE.test(text.slice(Math.max(0, start - 8), start)); left--) {
    start = lastSentenceStart(text.slice(0, start).trimEnd().slice(0, -1), LONGEST);
  }
  return start;
}

/** The end of what stands before a position, with a border where it does not begin the text. */
const markBefore = (text: string, end: number): string =>
  end > 30 ? ` ${text.slice(end - 30, end)}` : text.slice(0, end);

/** What a sentence is behind another: `How many pints is that? (There are 8 pints in a gallon.)` asks as well. */
function kindOf(sentence: string, before: string): NonAnswer | undefined {
  if (sentence.length >= LONGEST || !/\p{L}/u.test(sentence)) return undefined;
  const isAside = /\?\s*$/.test(before.slice(-10)) && /^\([^()]*\)?[\s.]*$/.test(sentence);
  return isAside ? 'asks' : nonAnswer(sentence.trim());
}

function answered(text: string): string {
  // Who asks what is meant withdraws what was said.
  if (!/\d/.test(text) || MARKED.test(text) || asksBack(text)) return text;
  const source = text.replace(PLACE, '');
  if (BEGINS_TO_THINK.test(source.slice(0, LONGEST))) return '';
  const task = FORMULA_TASK.exec(source.slice(-2 * LONGEST));
  let rest = (task === null ? source : source.slice(0, source.length - task[0].length)).trimEnd();
  let rank = task === null ? -1 : RANK.asks;
  for (let left = MAX_SENTENCES; left > 0; left--) {
    const begin = sentenceStart(rest);
    const sentence = rest.slice(begin);
    const start = begin - (MARK.exec(markBefore(rest, begin))?.[0].length ?? 0);
    const kind = kindOf(sentence, rest.slice(0, start));
    if (kind === undefined) break;
    rank = Math.max(rank, RANK[kind]);
    rest = rest.slice(0, start).trimEnd();
  }
  if (rank < 0) return source;
  // What stands beside an answer without a number of its own is no matter.
  if (rank === RANK.beside) {
    // A note may be all there is: `Note that there are 7 of them.`
    return /\d/.test(source.slice(rest.length)) && (/\d/.test(rest) || !NOTE_ALONE.test(source)) ? rest : source;
  }
  const isAnswer = rank === RANK.continues ? statesAnswer : concludes;
  return sentencesOf(rest.slice(-TAIL)).some(isAnswer) ? rest : '';
}

/** A reply without the end that answers nothing; empty where nothing in front of it does. */
export function withoutUnanswered(reply: string): string {
  if (!/\d/.test(reply)) return reply;
  const { answer, cut } = withoutThoughts(reply);
  if (cut || answer.trim() === '') return reply;
  const said = answered(answer);
  return said === answer ? reply : said;
}
