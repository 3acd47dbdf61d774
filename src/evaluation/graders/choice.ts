/**
 * The grader for multiple choice: a letter that is stated as the answer, never one that merely occurs in a sentence.
 */
import { boxesIn } from '../../text/boxed.js';
import { excerpt, type Grade, type Grader } from './verdict.js';

const TAIL = 60_000;

/** A letter where only an answer is expected, and what may follow it: `C`, `(C)`, `C.`, `C) 42 km`, `C: because`. */
const GIVEN = /^[\s*("'[{<]*([A-Za-z])\s*(?:$|[)\].:,*'"}>]|\s[-–—])/;

/** A statement of the answer, up to the position of the letter. */
const STATEMENT =
  /(?:(?:final|correct|right|best)\s+)?(?:answer|option|choice)(?:\s+(?:letter|choice|option))?[\s*_]*(?:is|:|=|would be|should be|must be)[\s*_:]*(?:\\boxed\{|\\text\{|[*_"'`$({[<]|(?:option|choice|letter|answer)\s)*/gi;

/** `(C)`, `C`, `**C**`. Only an end, punctuation or a reason may follow; otherwise it is a word and not an option. */
const LETTER =
  /([A-Z])(?![A-Za-z0-9])(?=[)\]}*_"'`$>.:,;!\s]|$)(?!'[a-z])(?:[)\]}*_"'`$>]*)(?=[.:,;!)\]}*_"'`$]|\s*$|\s*\n|\s+(?:because|since|as|and not|which|with|for|is correct|is right)\b|\s+[-–—(])/y;

interface Found {
  readonly letter: string;
  readonly where: string;
}

function normalised(text: string): string {
  return text
    .slice(-TAIL)
    .replace(/\\(?:text|textbf|mathrm|mathbf|mbox|rm)\s*\{([^{}]{0,200})\}/g, '$1')
    .replace(/\\[()[\],;! ]/g, ' ');
}

function boxedLetter(text: string): Found | 'unclear' | undefined {
  const box = boxesIn(text).at(-1);
  if (box === undefined) return undefined;
  const letter = GIVEN.exec(box.content.replace(/\$/g, ''))?.[1];
  return letter === undefined ? 'unclear' : { letter: letter.toUpperCase(), where: 'boxed' };
}

function statedLetter(text: string): Found | 'unclear' | undefined {
  let last: Found | 'unclear' | undefined;
  for (const match of text.matchAll(STATEMENT)) {
    LETTER.lastIndex = match.index + match[0].length;
    const found = LETTER.exec(text);
    if (found?.[1] === undefined) continue;
    const rest = text.slice(LETTER.lastIndex, LETTER.lastIndex + 30);
    const alternative = /^[\s)\]}*_"'`$,]*(?:or|and|\/|,)[\s(*"'`[]*[A-Z](?![A-Za-z0-9])/.test(rest);
    last = alternative ? 'unclear' : { letter: found[1], where: 'stated' };
  }
  return last;
}

/** A letter alone on the last line that is not blank, or in front of its option as the whole text. */
function loneLetter(text: string): Found | undefined {
  const trimmed = text.trim();
  const line = trimmed.slice(trimmed.lastIndexOf('\n') + 1).trim();
  const alone = /^[*_("'`[$\s]*([A-Za-z])[*_)"'`\]$.\s]*$/.exec(line.slice(0, 40))?.[1];
  if (alone !== undefined && line.length <= 40) return { letter: alone.toUpperCase(), where: 'alone' };
  const leading = /^[*_]*\(?([A-Z])[).:][*_]*(?=\s|$)/.exec(trimmed)?.[1];
  return leading !== undefined && trimmed.length <= 300 && !trimmed.includes('\n')
    ? { letter: leading, where: 'given' }
    : undefined;
}

/** The letter that a text states as its answer. */
export function readChoice(source: string): Found | undefined {
  const thinking = source.lastIndexOf('</think>');
  const text = normalised(thinking < 0 ? source : source.slice(thinking + 8));
  for (const found of [boxedLetter(text), statedLetter(text), loneLetter(text)]) {
    if (found === 'unclear') return undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function grade(gold: string, prediction: string): Grade {
  const wanted = readChoice(gold.slice(0, 10_000));
  if (wanted === undefined) {
    return { verdict: 'unparsable', reason: `the reference ${excerpt(gold)} names no option` };
  }
  const found = readChoice(prediction);
  if (found === undefined) return { verdict: 'unparsable', reason: 'no option is given as the answer' };
  const right = found.letter === wanted.letter;
  const reason = right
    ? `${found.letter} (${found.where})`
    : `${found.letter} (${found.where}) against ${wanted.letter}`;
  return { verdict: right ? 'correct' : 'wrong', reason, answer: found.letter };
}

export const choiceGrader: Grader = {
  name: 'choice',
  version: 'choice/2',
  grade,
  same: (left, right) => left === right,
};
