/** Reads runs of letters: units, signs in words, functions, words and names. */
import { writtenUnit } from '../../tree/units.js';
import { functionNamed, NEEDS_BRACKET, SYMBOL_COMMANDS, WORD_OPERATORS } from '../../tree/vocabulary.js';
import { isWord } from '../words/short-words.js';
import { at } from './numbers.js';
import type { TokenList } from './token-list.js';
import { ROOT, wordSign } from './word-signs.js';

/** `(1/3)g^3` holds a variable: of the units of one letter only the metre has areas and volumes. */
const LETTER_TO_A_POWER = /^[A-Za-ln-z]\^\d+$/;

/** Whether numbers alone, or a number and its unit, stand in front of `is`: behind other words it may be what is asked or denied. */
function isStatement({ tokens }: TokenList): boolean {
  if (tokens[0]?.kind === 'words') return false;
  return tokens.at(-1)?.kind !== 'words' || tokens.at(-2)?.kind === 'number';
}

/** Reads a run of letters as a unit, a sign, a function, words or names; how many of them it has read. */
export function readLetters(list: TokenList, run: string, whole: string, start: number): number {
  const previous = list.tokens.at(-1);
  if (list.endsValue()) {
    const unit = writtenUnit(whole, start);
    // A single letter is a unit after a space, where the text is no formula.
    const measure = unit !== undefined && !LETTER_TO_A_POWER.test(unit.text) ? unit : undefined;
    if (measure !== undefined && (measure.text.length > 1 || (list.spaced && !whole.includes('\\')))) {
      list.pushWords(measure.text);
      return measure.length;
    }
    // `5 ft 6 in`
    if (run === 'in' && list.tokens.at(-2)?.kind === 'words') {
      list.pushWords('inches');
      return run.length;
    }
    if (
      run === 'is' &&
      list.spaced &&
      isStatement(list) &&
      /^ [-−$]?[\d(√\\]/.test(whole.slice(start + 2, start + 5))
    ) {
      list.push('operator', '=');
      return 2;
    }
    // `10 choose 3`
    if (run === 'choose' && list.spaced && /^ \d/.test(whole.slice(start + 6, start + 8))) {
      list.push('command', 'choose');
      return 6;
    }
    // `2 to 3`, `3 x 20`
    if (run === 'to' && list.spaced && /^ \d/.test(whole.slice(start + 2, start + 4))) {
      list.push('operator', ':');
      return 2;
    }
    if (/^x$/i.test(run) && list.spaced && /^ \d/.test(whole.slice(start + 1, start + 3))) {
      list.push('operator', '*');
      return 1;
    }
  }
  const root = run.length > 1 ? at(ROOT, whole, start) : undefined;
  if (root !== undefined) {
    list.push('command', 'sqrt');
    if (/^cube/i.test(root)) for (const sign of ['[', '3', ']']) list.push(sign === '3' ? 'number' : 'operator', sign);
    return root.length;
  }
  const signed = run.length > 1 ? wordSign(whole, start) : undefined;
  if (signed !== undefined) {
    list.push('operator', signed.operator);
    return signed.length;
  }
  const operator = WORD_OPERATORS[run] ?? WORD_OPERATORS[run.toLowerCase()];
  if (operator !== undefined && run.length > 1) {
    list.push('operator', operator);
    return run.length;
  }
  const joined = /^(or|and)(?=[A-Z])/.exec(run) ?? (previous?.text === ')' ? /^(or|and)/.exec(run) : null);
  if (joined?.[1] !== undefined) {
    list.push('operator', joined[1]);
    return joined[1].length;
  }
  if (run === 'atan' && whole.startsWith('2(', start + run.length)) {
    list.push('command', 'atan2');
    return run.length + 1;
  }
  if (run.length >= 3 && SYMBOL_COMMANDS.has(run)) {
    list.push('symbol', run);
    return run.length;
  }
  // `3rd`
  if (previous?.kind === 'number' && !list.spaced && /^(?:st|nd|rd|th)$/.test(run)) return run.length;
  const usual = functionNamed(run);
  const isLetters =
    usual !== undefined &&
    NEEDS_BRACKET.has(usual) &&
    !/^\s*\(/.test(whole.slice(start + run.length, start + run.length + 3));
  const called = run === 'sqrt' || run === 'pi' ? run : isLetters ? undefined : usual;
  if (called !== undefined) {
    list.push('command', called);
    return run.length;
  }
  if (run === 'Pi' || run === 'PI') {
    list.push('command', 'pi');
    return run.length;
  }
  if (/^(?:infinity|infty|inf|oo)$/i.test(run) && (run !== 'oo' || list.depth > 0 || /^[-+\s]*oo\s*$/.test(whole))) {
    list.push('command', 'infty');
    return run.length;
  }
  const afterWords =
    previous?.kind === 'words' && (run.length > 1 || /^an? [A-Za-z]{2}/.test(whole.slice(start, start + 5)));
  const prefix = afterWords
    ? undefined
    : /^(?:arc)?(?:sin|cos|tan|cot|sec|csc|log|ln|sqrt|pi)(?=[a-zA-Z]$)/.exec(run)?.[0];
  if (prefix !== undefined) {
    list.push('command', prefix);
    return prefix.length;
  }
  const article =
    previous === undefined &&
    /^[Aa]n? (?!(?:and|or|is|in|be|union|intersect|times|mod|plus|minus|not|choose)\b)[a-z]{3}/.test(
      whole.slice(start, start + 8),
    );
  if (afterWords || article || run.length >= 4) {
    list.pushWords(run);
    return run.length;
  }
  if (run.length === 3 && list.spaced && list.endsValue() && /^ [a-z]{3}/.test(whole.slice(start + 3, start + 7))) {
    list.pushWords(run);
    return run.length;
  }
  if (run.length === 3 && !list.endsValue() && !latexNeighbour(whole, start, run.length)) {
    // Words of letters that are variables, too (`cat`), are read as a product, since a formula may hold them.
    if (isWord(run) && !/^[abckmnpqrstuvwxyz]{3}$/.test(run) && !/^[A-Z]{3}$/.test(run)) {
      list.pushWords(run);
      return run.length;
    }
  }
  if (run === 'in' && previous?.kind === 'symbol' && list.spaced) {
    list.push('operator', 'in');
    return run.length;
  }
  for (const letter of run) list.push('symbol', letter);
  return run.length;
}

/** Whether a run of letters stands among LaTeX, where letters side by side are a product. */
function latexNeighbour(text: string, start: number, length: number): boolean {
  return /[\^_\\{}=+*/()-]/.test(`${text[start - 1] ?? ''}${text[start + length] ?? ''}`);
}
