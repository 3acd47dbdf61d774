/** Answers between tags, or under their key in JSON. */
import { withoutCutTag } from '../../../../../text/cut-tags.js';

/** Pairs of tags that hold the answer. */
const TAGS: readonly (readonly [open: string, close: string])[] = [
  ['<answer>', '</answer>'],
  ['<final_answer>', '</final_answer>'],
  ['<|begin_of_solution|>', '<|end_of_solution|>'],
  ['<solution>', '</solution>'],
];

/** All of these tags, each once. */
export const ANSWER_TAGS: readonly string[] = TAGS.flat();

const IN_JSON = /["'](?:final_?)?answer["']\s*:\s*(?:"([^"\n]{1,500})"|'([^'\n]{1,500})'|(-?[\d.]+))\s*[},]/i;

/** `{"answer": "5"}` */
function inJson(text: string): string | undefined {
  if (!text.includes('answer"') && !text.includes("answer'")) return undefined;
  const found = text.includes('\\boxed') ? null : IN_JSON.exec(text.slice(-2_000));
  return found?.[1] ?? found?.[2] ?? found?.[3];
}

/** What the last pair of answer tags holds, where no box follows it; an answer that was cut has no closing tag. */
export function taggedAnswer(text: string): string | undefined {
  const named = inJson(text);
  if (named !== undefined) return named;
  if (!text.includes('<')) return undefined;
  const small = text.toLowerCase();
  for (const [opening, closing] of TAGS) {
    const close = small.lastIndexOf(closing);
    const open = small.lastIndexOf(opening, close < 0 ? undefined : close);
    if (open < 0 || text.indexOf('\\boxed', close < 0 ? open : close) >= 0) continue;
    const from = open + opening.length;
    const inner = close < open ? withoutCutTag(text.slice(from), closing) : text.slice(from, close);
    if (inner.trim() !== '') return inner;
  }
  return undefined;
}
