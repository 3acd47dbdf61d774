/** Kinds of replies that are told apart by what they say in passing. */
import type { Kind } from './kinds/kind.js';

/** Every reply is right for one reference and wrong for the other. */
export const told = (kind: string, right: string, wrong: string, replies: readonly string[]): Kind => ({
  kind: `${kind}: ${right}, not ${wrong}`,
  equal: replies.map((reply) => [right, reply] as const),
  different: replies.map((reply) => [wrong, reply] as const),
});

/** Replies that give none of these references. */
export const none = (kind: string, references: readonly string[], replies: readonly string[]): Kind => ({
  kind,
  equal: [],
  different: replies.flatMap((reply) => references.map((reference) => [reference, reply] as const)),
});
