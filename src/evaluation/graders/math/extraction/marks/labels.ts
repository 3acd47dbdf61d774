/** Answers of several parts with a label in words each: `maximum at $-1$, minimum at $1$`. */

export interface LabelledPart {
  readonly label: string;
  readonly formula: string;
}

const MAX_LENGTH = 300;
const MAX_PARTS = 6;
/** Words in formulas, or formulas in words. */
const TEXT = /\\text(?:bf|it|rm)?\s*\{([^{}]*)\}/g;
const FORMULA = /\$([^$]+)\$|\\\(([^$]+?)\\\)/g;
/** Words of running sentences, also in other languages, whose formulas are not parts of one answer. */
const SENTENCE =
  /\b(?:is|are|was|were|we|get|gets|have|has|so|then|thus|hence|for|if|of|where|because|since|let|the|that|which|gives?|means|answers?|solutions?|or|and|by|with|est|ist|sind|sono|folgt|ergibt|obtient|obtenemos|obtemos|ottiene|otteniamo|que|che|dass|wir|nous|donc|quindi|portanto|tanto)\b/;

/** The parts of an answer in which every formula has its own label; undefined for any other text. */
export function labelledParts(text: string): readonly LabelledPart[] | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const parts = text.includes('$') || text.includes('\\(') ? aroundFormulas(text) : aroundWords(text);
  if (parts.length < 2 || parts.length > MAX_PARTS) return undefined;
  const labels = new Set(parts.map(({ label }) => label));
  if (labels.size < parts.length) return undefined;
  const complete = parts.every(
    ({ label, formula }) => /[a-z]{3}/.test(label) && label.length <= 40 && !SENTENCE.test(label) && formula !== '',
  );
  return complete ? parts : undefined;
}

function aroundFormulas(text: string): LabelledPart[] {
  const parts: LabelledPart[] = [];
  let from = 0;
  for (const match of text.matchAll(FORMULA)) {
    parts.push({ label: labelOf(text.slice(from, match.index)), formula: formulaOf(match[1] ?? match[2] ?? '') });
    from = match.index + match[0].length;
  }
  return /[A-Za-z\d]/.test(text.slice(from)) ? [] : parts;
}

function aroundWords(text: string): LabelledPart[] {
  if (!text.includes('\\text')) return [];
  const words = [...text.matchAll(TEXT)];
  if (words.length === 0 || text.slice(0, words[0]?.index).trim() !== '') return [];
  return words.map((match, index) => ({
    label: labelOf(match[1] ?? ''),
    formula: formulaOf(text.slice(match.index + match[0].length, words[index + 1]?.index)),
  }));
}

function labelOf(words: string): string {
  return words
    .toLowerCase()
    .replace(/[^a-z]+/g, ' ')
    .trim()
    .replace(/^and /, '')
    .replace(/ (?:is|are|equals)$/, '');
}

function formulaOf(text: string): string {
  return text.replace(/\\(?:quad|qquad|[,;:! ])/g, ' ').replace(/^[\s:=]+|[\s,;.]+$/g, '');
}
