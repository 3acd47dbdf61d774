/**
 * A formula in plain text with functions, which a last sentence ends with: `The derivative is 2x sin(x) + x^2 cos(x).` It is one value, and no
 * number or term in it is. Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../replies/sentences.js';

const LONGEST = 300;
const FUNCTION = '(?:arc|a)?(?:sin|cos|tan|sec|csc|cot)h?|ln|log|exp|sqrt';
const HAS_FUNCTION = new RegExp(String.raw`(?<![A-Za-z])(?:${FUNCTION}|e(?=\^))(?![A-Za-z])`);
const FUNCTIONS = new RegExp(`${FUNCTION}|d[a-z](?![a-z])`, 'g');
const WORD = /[A-Za-z]{2}/;
/** `d/dx sin(x)`, `f'(x)`: what is found is its other side. */
const DERIVATIVE = /^\s*d\/d[a-z](?![a-z])|['’′](?:\([a-z]\))?\s*$/;
/** What is said ends with it. */
const SAID =
  /(?:=|(?<![\p{L}'’])(?:is|are|be|gets?|have|gives?|equals?|becomes?|obtain|yields?|to)(?::|(?![\p{L}'’])))\s*/giu;
const TOKEN = new RegExp(
  String.raw`(?:${FUNCTION})(?:\^\(?-?\d+\)?|[⁰¹²³⁴-⁹⁻]+)?(?=[\s(])|pi(?![A-Za-z])|\d+(?:\.\d+)?|(?<![A-Za-z])[A-Za-z](?![A-Za-z'’])|(?<=\d)[A-Za-z](?![A-Za-z'’])|[-+*/^()·×−⋅πθ√⁰¹²³⁴-⁹⁻]|\s+`,
  'y',
);
const DENIED = /\b(?:not|never|neither|nor|or|unless|would|wrong|incorrect)\b|n['’]t\b|\?/i;
const BEGINS = /^[\s(]*[-−]?[\s(]*(?:[\dA-Za-zπθ√])/;
/** A sign that lacks its right side. */
const UNFINISHED = /[-+*/^·×−⋅(√]\s*$/;

/** Whether a text is nothing but a formula with a function, and its brackets are closed. */
function isFormula(text: string): boolean {
  let open = 0;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) return false;
    open += token === '(' ? 1 : token === ')' ? -1 : 0;
    if (open < 0) return false;
  }
  return open === 0 && BEGINS.test(text) && !UNFINISHED.test(text) && HAS_FUNCTION.test(text);
}

/** What is said behind a formula, and states no other. */
const REMARK = /,\s(?:which|by|using|from|where|with|after|since|because|as)\b(?!.*[=\d])/i;

/** The formula; undefined for any other text. */
export function formulaAtEnd(text: string): string | undefined {
  const near = text.slice(-LONGEST);
  if (!HAS_FUNCTION.test(near) || /[\\$]/.test(near)) return undefined;
  const end = text.trimEnd().replace(/[.!*]+$/, '');
  const sentence = end.slice(lastSentenceStart(end, LONGEST)).replace(/\*\*/g, '');
  const statement = sentence.slice(0, REMARK.exec(sentence)?.index);
  if (sentence.length >= LONGEST || DENIED.test(statement)) return undefined;
  const last = [...statement.matchAll(SAID)].at(-1);
  const before = last === undefined ? '' : statement.slice(0, last.index);
  // A formula in a reason is none of the result.
  if (/\d.*\b(?:since|because|as|where|while|when|if)\b|[a-z]\s.*\b(?:since|because|where)\b/i.test(before))
    return undefined;
  // An equation that is all of a sentence is read whole.
  if (last === undefined || !(WORD.test(before.replace(FUNCTIONS, ' ')) || DERIVATIVE.test(before))) return undefined;
  const said = statement.slice(last.index + last[0].length).trim();
  return isFormula(said) ? said : undefined;
}
