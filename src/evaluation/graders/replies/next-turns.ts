/**
 * The next turn that a base model writes behind its answer, another problem with an answer of its own: `\n\nHuman: …`, `### Instruction`,
 * `Q: … A: …`, `[INST]`. Only what stands in front of it is the reply. A problem that is told again before it is answered is no next
 * turn. Linear in the length of the text.
 */
import { withoutThoughts } from './thoughts.js';

const LONGEST_LINE = 300;
/** More headings than these are no answer and its next turn. */
const MAX_PLACES = 32;
const LINE = String.raw`\n\s{0,3}(?:-{3,}\s{0,3}\n\s{0,3})?[*_]{0,3}(?:#{1,6}\s{0,2})?[*_]{0,3}`;
/** Who speaks, and the marks of templates: these begin no sentence of an answer. */
const TURN = new RegExp(
  [
    String.raw`${LINE}(?:human|user)[*_]{0,3}\s?:`,
    String.raw`\n\s{0,3}#{2,6}\s{0,2}(?:instructions?|human|user)\b`,
    String.raw`(?:\s|<\/?s>|<eos>){0,4}\[INST\]`,
    String.raw`(?:<\/s>|<eos>|<end_of_turn>|<\|(?:im_end|endoftext|eot_id|end_of_text|end)\|>)\s{0,4}(?:<s>|<bos>|<start_of_turn>|<\|(?:im_start|start_header_id|user|begin_of_text)\|>|${LINE}?(?:human|user|question|q|problem)[*_]{0,3}\s?:)`,
    String.raw`<\|user\|>`,
  ].join('|'),
  'giu',
);
/** Another problem, or the one of the reply told again. */
const PROBLEM = new RegExp(
  String.raw`${LINE}(?<heading>(?:(?:next|new|another)\s)?(?:question|problem|exercise|q))\s?(?<number>\d{1,3})?[*_]{0,3}(?:\s?[:.][*_]{0,3}\s|\s{0,3}\n)`,
  'giu',
);
/** Where the answer to a problem begins. */
const ANSWERED = new RegExp(
  String.raw`${LINE}(?:answer|a|solution|response|explanation|assistant)[*_]{0,3}(?:\s?[:.]|\s{0,3}\n)`,
  'iu',
);

const STATED = /\\f?boxed|#{4}|\banswers?\b/iu;
const MAY_ANSWER = /\d|[√π∞∅]|\\|(?<![\p{L}\p{N}'’])[B-J](?![\p{L}\p{N}'’])|\b(?:yes|no|true|false)\b/iu;
const WORDS = /[\p{L}\p{N}]+/gu;
/** A line that is nothing but an answer, or a sentence that concludes with it: `36`, `(B)`, `So she has 36 eggs.` */
const VALUE_LINE = /^[\s*_$("'#>]*(?:\\?[-−+]?[$€£]?\d[\d.,/:]*\s?%?(?:\s\p{L}+){0,3}|[A-Ja-j])[\s*_$).!"']*$/u;
const CONCLUDES =
  /=|\b(?:so|thus|hence|therefore|then|in total|in all|altogether|left|makes?|made|gives?|comes? to|equals?)\b/iu;
/** Words about the problem, which is told again. */
const LEADS_TO = /\b(?:here|steps?|solutions?|solve|problems?|questions?|let|first|given|restate|tasks?)\b/iu;
/** Data of another problem: a number, or options. */
const OWN_DATA = /\d|\([A-D]\)|\b[A-D][).]\s/;

const lastLine = (text: string): string => text.slice(text.lastIndexOf('\n') + 1).slice(-LONGEST_LINE);

/** Whether what stands before a turn may be an answer, rather than words that lead to one. */
const isAnswer = (before: string): boolean =>
  /[\p{L}\p{N}]/u.test(before) && (MAY_ANSWER.test(before) || (before.match(WORDS)?.length ?? 0) <= 3);

/** Whether a problem behind what may be an answer is another one. */
function isOther(
  before: string,
  behind: string,
  { number, isHeading }: { readonly number: string | undefined; readonly isHeading: boolean },
): boolean {
  if (STATED.test(before)) return true;
  const end = ANSWERED.exec(behind)?.index;
  // A question of the reply's own: `Question: what is 36 - 24? It is 12, so the answer is 12.`
  if (end === undefined && STATED.test(behind)) return false;
  const problem = end === undefined ? (/^[^?]*?(?:\?|\n\s*\n|$)/.exec(behind)?.[0] ?? '') : behind.slice(0, end);
  // The first of several problems is the one that was asked.
  if (number === '1') return false;
  if (isHeading && end !== undefined && before === lastLine(before) && !LEADS_TO.test(before)) return true;
  if (!OWN_DATA.test(problem)) return false;
  const line = lastLine(before);
  // What is asked with one number may go on: `There are 5 red ones.\n\nQ: How many with 13 green ones?`
  const hasData = (problem.match(/\d[\d.,]*/g)?.length ?? 0) > 1;
  const isStatement =
    end !== undefined && hasData && before === line && /\d[^?]*\.$/.test(before) && !LEADS_TO.test(before);
  return VALUE_LINE.test(line) || CONCLUDES.test(line) || isStatement;
}

/** Where the first of the places is that is a next turn, of as many as are looked at. */
function first(places: Iterable<RegExpExecArray>, isNext: (place: RegExpExecArray) => boolean): number | undefined {
  let looked = 0;
  for (const place of places) {
    if (++looked > MAX_PLACES) return undefined;
    if (isNext(place)) return place.index;
  }
  return undefined;
}

/** The part of a reply in front of its next turn; the reply itself where there is none. */
export function withoutNextTurn(reply: string): string {
  if (!/[\n>\]]/.test(reply)) return reply;
  // A thought may go through a conversation.
  const { answer, cut } = withoutThoughts(reply);
  if (cut) return reply;
  const start = reply.endsWith(answer) ? reply.length - answer.length : 0;
  const text = reply.slice(start);
  const ends: number[] = [];
  const turn = first(text.matchAll(TURN), ({ index }) => isAnswer(text.slice(0, index)));
  if (turn !== undefined) ends.push(turn);
  const problem = first(text.matchAll(PROBLEM), ({ index, 0: heading, groups }) => {
    const before = text.slice(0, index).trimEnd();
    const behind = text.slice(index + heading.length);
    return isAnswer(before) && isOther(before, behind, { number: groups?.number, isHeading: heading.includes('#') });
  });
  if (problem !== undefined) ends.push(problem);
  return ends.length === 0 ? reply : reply.slice(0, start + Math.min(...ends)).trimEnd();
}
