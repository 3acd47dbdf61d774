/** Texts that questions are about, in a column of their own: an article, a policy. They stand in front of the question. */
import { isGiven } from './problem.js';

/** What such columns are called. */
const NAMES = ['passage', 'article', 'context', 'paragraph', 'story'] as const;
/** Shorter texts are likelier to be a subject: `context: algebra`. */
const SHORTEST = 20;

const isName = (name: string): boolean => (NAMES as readonly string[]).includes(name.toLowerCase());

/** Whether a column holds a passage by its name and text, of which the question says nothing itself. */
export function isPassage(name: string, value: unknown, question: unknown): boolean {
  if (!isName(name) || typeof value !== 'string' || !isGiven(value)) return false;
  const text = value.trim();
  return text.length >= SHORTEST && !(typeof question === 'string' && question.includes(text));
}

/** The column of the passage that a question of this row is about; undefined where there is none. */
export const passageIn = (row: Readonly<Record<string, unknown>>, question: string): string | undefined =>
  Object.keys(row).find((name) => name !== question && isPassage(name, row[name], row[question]));

/** A question with the passage in front of it, and a blank line between them. */
export const withPassage = (passage: string | undefined, question: string): string =>
  passage === undefined ? question : `${passage.trim()}\n\n${question.trim()}`;
