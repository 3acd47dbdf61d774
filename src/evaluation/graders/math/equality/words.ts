/** Text answers. */
const ARTICLES = /\b(?:the|a|an|is|are|it|answer|option|choice)\b/g;

/** Words without case, punctuation, articles and spaces. */
export function wordsOf(text: string): string {
  const bare = text
    .toLowerCase()
    .replace(/\\(?:text|mathrm|textbf|mbox)\b/g, ' ')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  const short = bare.replace(ARTICLES, ' ').replace(/\s+/g, '');
  return short === '' ? bare.replace(/\s+/g, '') : short;
}

export function sameWords(a: string, b: string): boolean {
  const left = wordsOf(a);
  return left !== '' && left === wordsOf(b);
}
