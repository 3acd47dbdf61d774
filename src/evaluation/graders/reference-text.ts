/** A reference as messages and tables show it. */
import { excerpt, type Grader } from './verdict.js';

/**
 * A reference in at most `limit` characters: all of it, else the answer that the grader reads in it, else its end, where
 * solutions state their answers.
 */
export function referenceText(gold: string, grader: Grader | undefined, limit: number): string {
  const text = gold.replace(/\s+/g, ' ').trim();
  if (text.length <= limit) return text;
  const { verdict, answer = '' } = grader?.grade(gold, gold) ?? {};
  if (verdict === 'correct' && answer.trim() !== '') return excerpt(answer, limit);
  return `…${text.slice(text.length - limit + 1).trimStart()}`;
}
