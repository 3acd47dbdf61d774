/** Text answers. */
const ARTICLES = /\b(?:the|a|an|is|are|it|answer|option|choice)\b/g;

/** Words without case, punctuation, articles and spaces. */
export function wordsOf(text: string): string {
  // In formulas that are compared as words, capitals are other names.
  const isFormula = /\p{Sm}/u.test(text);
  const joined = (isFormula ? text : text.toLowerCase())
    .replace(/\\(?:text|mathrm|textbf|mbox)\b/g, ' ')
    .replace(/[^\p{L}\p{N}\p{Sm}<>=*/^]+/gu, ' ')
    .trim();
  // `red, blue and green` as `red, blue, green`
  const bare = isFormula ? joined : joined.replace(/ and(?= )/g, '');
  const short = bare.replace(ARTICLES, ' ').replace(/\s+/g, '');
  return short === '' ? bare.replace(/\s+/g, '') : short;
}

/** What a sentence says of its subject: `even` in `The function is even`. */
const PREDICATE =
  /^(?:the|this|that|it|they|he|she|[A-Z]\w*)\b.*\b(?:is|are|was|were|(?:will|would|must|should) be)\s+(?!not\b)(.+)$/is;

/** The words, and where they are a sentence, those of its predicate. */
export function saidIn(text: string): readonly string[] {
  const predicate =
    text.length <= 300 ? PREDICATE.exec(text.replace(/\\text\s*\{|[{}$]/g, ' ').trim())?.[1] : undefined;
  return predicate === undefined ? [wordsOf(text)] : [wordsOf(text), wordsOf(predicate)];
}

export function sameWords(a: string, b: string): boolean {
  const left = wordsOf(a);
  return left !== '' && left === wordsOf(b);
}

/** Words that are listed, `red, blue and green`, one by one; undefined for one alone. */
export function listedWords(text: string): readonly string[] | undefined {
  const words = text.split(/\s*,\s*(?:and\s+)?|\s+and\s+/).map(wordsOf);
  return words.length < 2 || words.includes('') ? undefined : words;
}
