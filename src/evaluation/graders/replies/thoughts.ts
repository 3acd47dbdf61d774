/**
 * Thoughts in front of an answer, in the tags of reasoning models. What stands in a thought is no answer, least of all in one that was
 * cut before it came to its end.
 */

const OPENING = /<(?:think|thinking|thought|reasoning)>|<\|begin_of_thought\|>/i;
/** The solution of the paper's format ends a thought whose closing tag is missing, as where its tags are read (text/completions.ts). */
const CLOSING = /<\/(?:think|thinking|thought|reasoning)>|<\|(?:end_of_thought|begin_of_solution)\|>/gi;

/** A reply by what its thoughts leave. */
interface Thoughtful {
  /** What stands behind the last thought, up to one that was cut; what stands before all of them where that is nothing. */
  readonly answer: string;
  /** Whether the reply ends within a thought. */
  readonly cut: boolean;
}

/** A reply without its thoughts. Linear in the length of the text. */
export function withoutThoughts(reply: string): Thoughtful {
  if (!/<\/?(?:th|reason)|_thought\|>/i.test(reply)) return { answer: reply, cut: false };
  const closing = [...reply.matchAll(CLOSING)].at(-1);
  // The tag of a solution stays, which tells where the answer is.
  const isSolution = closing?.[0].includes('solution') === true;
  const from = closing === undefined ? 0 : closing.index + (isSolution ? 0 : closing[0].length);
  const rest = reply.slice(from);
  const opening = rest.search(OPENING);
  if (opening >= 0) return { answer: rest.slice(0, opening), cut: true };
  // `The answer is 20. <think>Or 5?</think>`
  const first = rest.trim() === '' ? reply.search(OPENING) : -1;
  return { answer: first > 0 ? reply.slice(0, first) : rest, cut: false };
}

/** As above, but of a reply that is nothing but a finished thought what stands in the last one that holds anything. */
export function withoutThoughtsBeforeAnswer(reply: string): string {
  const { answer, cut } = withoutThoughts(reply);
  if (cut || answer.trim() !== '') return answer;
  return (
    reply
      .split(CLOSING)
      .findLast((thought) => !/^\s*$/.test(thought.replace(OPENING, '')))
      ?.replace(OPENING, '') ?? reply
  );
}
