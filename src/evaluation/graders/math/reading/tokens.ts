/** Splits an answer in LaTeX, plain mathematics or a mix of both into tokens. Linear in its length. */

import { NotUnderstood, type WorkBudget } from '../tree/budget.js';
import { unitText, writtenUnit } from '../tree/units.js';
import {
  functionNamed,
  KNOWN_COMMANDS,
  LOOKS,
  NEEDS_BRACKET,
  OPERATORS,
  SYMBOL_COMMANDS,
  WORD_OPERATORS,
  WORDS,
} from '../tree/vocabulary.js';
import {
  CHARACTERS,
  COMMAND_CHARACTERS,
  DOUBLE,
  GREEK,
  SET_LETTERS,
  SUBSCRIPTS,
  SUPERSCRIPTS,
  VULGAR,
} from './characters.js';
import { withoutSpacing } from './forms.js';
import { at, type NumberStyle, numberAt } from './numbers.js';
import { ROOT, WORD_SIGNS, wordSign } from './word-signs.js';

export type Token =
  | { readonly kind: 'number'; readonly text: string; readonly spaced: boolean }
  | { readonly kind: 'symbol'; readonly text: string; readonly spaced: boolean }
  | { readonly kind: 'command'; readonly text: string; readonly spaced: boolean }
  | { readonly kind: 'words'; readonly text: string; readonly spaced: boolean }
  | { readonly kind: 'operator'; readonly text: string; readonly spaced: boolean };

const MAX_TOKENS = 4_000;

const SPACE = /[\s~\u200b\u00a0\u2009\u202f]+/y;
const LETTERS = /[A-Za-z]+/y;
const WORD = /[\p{L}\p{M}]+/uy;
const COMMAND = /[A-Za-z]+\*?/y;

/**
 * The position of the `}` that closes the `{` at `open`; the end of the text, or of `limit` characters, when none does.
 */
function closingBrace(text: string, open: number, limit = text.length): number {
  let depth = 0;
  const end = Math.min(text.length, open + limit);
  for (let i = open; i < end; i++) {
    const character = text[i];
    if (character === '\\') i++;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return i;
  }
  return end;
}

/** Bold letters are vectors, as those with an arrow or a hat. */
function fontName(font: string, letter: string): string {
  if (font === 'mathrm') return letter;
  return /^(?:mathbf|boldsymbol|bm)$/.test(font) ? `vector:${letter}` : `${font}:${letter}`;
}

/** `(1/3)g^3` holds a variable: of the units of one letter only the metre has areas and volumes. */
const LETTER_TO_A_POWER = /^[A-Za-ln-z]\^\d+$/;

const OPEN = new Set(['(', '[', '\\{']);
const CLOSE = new Set([')', ']', '\\}']);

/** Commands for text within commands for text. */
const MAX_NESTED = 20;

/** @throws {NotUnderstood} for characters and lengths that no answer has */
export function tokenize(source: string, style: NumberStyle, budget: WorkBudget, level = 0): Token[] {
  if (level > MAX_NESTED) throw new NotUnderstood(`text nested deeper than ${MAX_NESTED}`);
  const text = withoutSpacing(source);
  const latex = text.includes('\\') || text.includes('^');
  const tokens: Token[] = [];
  let position = 0;
  let spaced = false;
  let depth = 0;
  const push = (kind: Token['kind'], value: string): void => {
    budget.spend(1);
    if (tokens.length >= MAX_TOKENS) throw new NotUnderstood(`an answer of more than ${MAX_TOKENS} tokens`);
    if (kind === 'operator') {
      if (OPEN.has(value)) depth++;
      else if (CLOSE.has(value)) depth--;
    }
    tokens.push({ kind, text: value, spaced });
    spaced = false;
  };
  const pushWords = (words: string): void => {
    const meaning = WORD_SIGNS.find(([pattern]) => pattern.test(words))?.[1];
    if (meaning !== undefined) {
      push('operator', meaning);
      return;
    }
    const last = tokens.at(-1);
    if (last?.kind === 'words') {
      tokens[tokens.length - 1] = { ...last, text: `${last.text} ${words}` };
      spaced = false;
    } else push('words', words);
  };
  const nested = (inner: string): void => {
    const innerTokens = tokenize(inner, style, budget, level + 1);
    for (const token of innerTokens) push(token.kind, token.text);
  };

  while (position < text.length) {
    const space = at(SPACE, text, position);
    if (space !== undefined) {
      spaced = true;
      position += space.length;
      continue;
    }
    const character = text[position] ?? '';

    if (/[\d.]/.test(character)) {
      const number = numberAt(
        text,
        position,
        depth <= 0 ? style : { ...style, thousands: false, decimalComma: false },
        latex,
      );
      if (number === undefined) {
        // A full stop; at the end of the text it is punctuation, and so are dots for "and so on".
        push('operator', '.');
        position++;
        continue;
      }
      push('number', number.value);
      position += number.length;
      continue;
    }

    if (/[A-Za-z]/.test(character)) {
      const run = at(LETTERS, text, position) ?? character;
      const next = text.charCodeAt(position + run.length);
      const foreign =
        next >= 0xc0 && next < 0x250 && next !== 0xd7 && next !== 0xf7 ? at(WORD, text, position) : undefined;
      if (foreign !== undefined) pushWords(foreign);
      position += foreign === undefined ? letters(run, text, position) : foreign.length;
      continue;
    }

    if (character === '\\') {
      position = command(position);
      continue;
    }

    const two = text.slice(position, position + 2);
    const double = DOUBLE[two];
    if (double !== undefined) {
      push('operator', double);
      position += 2;
      continue;
    }
    position += character.length;
    if ('+-*/^_()[]{}|,;:=<>!%&'.includes(character) || character === "'") push('operator', character);
    else if (character === '$' || character === '€' || character === '£') push('operator', character);
    else if (CHARACTERS[character] !== undefined) push('operator', CHARACTERS[character]);
    else if (character === '∛') {
      push('command', 'sqrt');
      push('operator', '[');
      push('number', '3');
      push('operator', ']');
    } else if (COMMAND_CHARACTERS[character] !== undefined) push('command', COMMAND_CHARACTERS[character]);
    else if (SUPERSCRIPTS.includes(character)) {
      push('operator', '^');
      let digits = String(SUPERSCRIPTS.indexOf(character));
      while (position < text.length && SUPERSCRIPTS.includes(text[position] ?? ' ')) {
        digits += String(SUPERSCRIPTS.indexOf(text[position++] ?? ''));
      }
      push('number', digits);
    } else if (SUBSCRIPTS.includes(character)) {
      push('operator', '_');
      push('number', String(SUBSCRIPTS.indexOf(character)));
    } else if (VULGAR[character] !== undefined) {
      const [top = '1', bottom = '1'] = VULGAR[character].split('/');
      push('command', 'frac');
      for (const part of [top, bottom]) {
        push('operator', '{');
        push('number', part);
        push('operator', '}');
      }
    } else if (/[\p{Ll}\p{Lu}\p{Lo}]/u.test(character)) {
      const greek = /[α-ωΑ-Ωϕϵ]/.test(character);
      const set = SET_LETTERS[character];
      if (greek) push('symbol', GREEK.get(character) ?? character);
      else if (set !== undefined) {
        push('command', 'mathbb');
        push('symbol', set);
      } else {
        const run = at(WORD, text, position - character.length) ?? character;
        const joined = /^(?:和|与|및|以及)$/.test(run) ? 'and' : /^(?:或|或者|또는)$/.test(run) ? 'or' : undefined;
        if (joined === undefined) pushWords(run);
        else push('operator', joined);
        position += run.length - character.length;
      }
    } else if (character === '"' || character === '“' || character === '”' || character === '`' || character === '?') {
      spaced = true;
    } else throw new NotUnderstood(`the character ${JSON.stringify(character)} has no meaning in an answer`);
  }
  return tokens;

  function letters(run: string, whole: string, start: number): number {
    const previous = tokens.at(-1);
    if (afterValue()) {
      const unit = writtenUnit(whole, start);
      // A single letter is a unit after a space, where the text is no formula.
      const measure = unit !== undefined && !LETTER_TO_A_POWER.test(unit.text) ? unit : undefined;
      if (measure !== undefined && (measure.text.length > 1 || (spaced && !whole.includes('\\')))) {
        pushWords(measure.text);
        return measure.length;
      }
      // `5 ft 6 in`
      if (run === 'in' && tokens.at(-2)?.kind === 'words') {
        pushWords('inches');
        return run.length;
      }
      // `2 to 3`, `3 x 20`
      if (run === 'to' && spaced && /^ \d/.test(whole.slice(start + 2, start + 4))) {
        push('operator', ':');
        return 2;
      }
      if (run === 'x' && spaced && /^ \d/.test(whole.slice(start + 1, start + 3))) {
        push('operator', '*');
        return 1;
      }
    }
    const root = run.length > 1 ? at(ROOT, whole, start) : undefined;
    if (root !== undefined) {
      push('command', 'sqrt');
      if (/^cube/i.test(root)) for (const sign of ['[', '3', ']']) push(sign === '3' ? 'number' : 'operator', sign);
      return root.length;
    }
    const signed = run.length > 1 ? wordSign(whole, start) : undefined;
    if (signed !== undefined) {
      push('operator', signed.operator);
      return signed.length;
    }
    const operator = WORD_OPERATORS[run] ?? WORD_OPERATORS[run.toLowerCase()];
    if (operator !== undefined && run.length > 1) {
      push('operator', operator);
      return run.length;
    }
    const joined = /^(or|and)(?=[A-Z])/.exec(run) ?? (previous?.text === ')' ? /^(or|and)/.exec(run) : null);
    if (joined?.[1] !== undefined) {
      push('operator', joined[1]);
      return joined[1].length;
    }
    if (run === 'atan' && whole.startsWith('2(', start + run.length)) {
      push('command', 'atan2');
      return run.length + 1;
    }
    if (run.length >= 3 && SYMBOL_COMMANDS.has(run)) {
      push('symbol', run);
      return run.length;
    }
    // `3rd`
    if (previous?.kind === 'number' && !spaced && /^(?:st|nd|rd|th)$/.test(run)) return run.length;
    const usual = functionNamed(run);
    const isLetters =
      usual !== undefined &&
      NEEDS_BRACKET.has(usual) &&
      !/^\s*\(/.test(whole.slice(start + run.length, start + run.length + 3));
    const called = run === 'sqrt' || run === 'pi' ? run : isLetters ? undefined : usual;
    if (called !== undefined) {
      push('command', called);
      return run.length;
    }
    if (run === 'Pi' || run === 'PI') {
      push('command', 'pi');
      return run.length;
    }
    if (/^(?:infinity|infty|inf|oo)$/i.test(run) && (run !== 'oo' || depth > 0 || /^[-+\s]*oo\s*$/.test(whole))) {
      push('command', 'infty');
      return run.length;
    }
    const afterWords =
      previous?.kind === 'words' && (run.length > 1 || /^an? [A-Za-z]{2}/.test(whole.slice(start, start + 5)));
    const prefix = afterWords
      ? undefined
      : /^(?:arc)?(?:sin|cos|tan|cot|sec|csc|log|ln|sqrt|pi)(?=[a-zA-Z]$)/.exec(run)?.[0];
    if (prefix !== undefined) {
      push('command', prefix);
      return prefix.length;
    }
    const article =
      previous === undefined &&
      /^[Aa]n? (?!(?:and|or|is|in|be|union|intersect|times|mod|plus|minus|not|choose)\b)[a-z]{3}/.test(
        whole.slice(start, start + 8),
      );
    if (afterWords || article || run.length >= 4) {
      pushWords(run);
      return run.length;
    }
    if (run.length === 3 && spaced && afterValue() && /^ [a-z]{3}/.test(whole.slice(start + 3, start + 7))) {
      pushWords(run);
      return run.length;
    }
    if (run.length === 3 && !afterValue() && !latexNeighbour(whole, start, run.length)) {
      // Three letters are a word (`odd`, `yes`) unless they look like variables side by side (`abc`, `xyz`).
      if (!/^[abckmnpqrstuvwxyz]{3}$/.test(run) && !/^[A-Z]{3}$/.test(run)) {
        pushWords(run);
        return run.length;
      }
    }
    if (run === 'in' && previous?.kind === 'symbol' && spaced) {
      push('operator', 'in');
      return run.length;
    }
    for (const letter of run) push('symbol', letter);
    return run.length;
  }

  /** Whether the last token ends a value, so that a unit may follow. */
  function afterValue(): boolean {
    const previous = tokens.at(-1);
    if (previous?.kind === 'words') return tokens.length > 1;
    return previous !== undefined && (previous.kind === 'number' || /^(?:[)}\]]|pi|infty)$/.test(previous.text));
  }

  /** After `ft /`, where `\mathrm{sec}` and `\mathrm{min}` are units and not functions. */
  function perUnit(): boolean {
    return tokens.length > 2 && tokens.at(-1)?.text === '/' && tokens.at(-2)?.kind === 'words';
  }

  function command(start: number): number {
    const next = text[start + 1] ?? '';
    const name = at(COMMAND, text, start + 1)?.replace(/\*$/, '');
    if (name === undefined) {
      if (next === '\\') push('operator', '\\\\');
      else if (next === '{' || next === '}') push('operator', `\\${next}`);
      else if (next === '%' || next === '$' || next === '&') push('operator', next);
      else if (next === '|') push('operator', '|');
      else if (next === '(' || next === ')' || next === '[' || next === ']') spaced = true;
      else if (next !== '' && next !== '_' && next !== '#' && next !== '"' && next !== '.' && next !== "'") {
        throw new NotUnderstood(`\\${next} has no meaning in an answer`);
      }
      return start + 2;
    }
    if (!KNOWN_COMMANDS.has(name)) {
      // `\quadx`, `\pir`: a space was lost.
      for (let length = name.length - 1; length >= 2; length--) {
        if (KNOWN_COMMANDS.has(name.slice(0, length)) && (length > 2 || name.startsWith('pi'))) {
          return known(name.slice(0, length), start + 1 + length);
        }
      }
      throw new NotUnderstood(`\\${name} is not known`);
    }
    return known(name, start + 1 + (at(COMMAND, text, start + 1) ?? '').length);
  }

  function known(name: string, after: number): number {
    if (LOOKS.has(name)) {
      spaced = true;
      return after;
    }
    if (WORDS.has(name)) return wordsCommand(name, after);
    const operator = OPERATORS[name];
    if (/^big(?:cup|cap)$/.test(name) && /^\s*(?:\\limits\s*)?_/.test(text.slice(after, after + 20)))
      push('command', name);
    else if (operator !== undefined) push('operator', operator);
    else if (name === 'Omega' && tokens.at(-1)?.kind === 'number' && text.slice(after).trim() === '') pushWords('Ω');
    else if (SYMBOL_COMMANDS.has(name)) push('symbol', name);
    else if (name === 'cdots' || name === 'ldots' || name === 'dots' || name === 'dotsc') push('operator', '...');
    else if (name === 'not') push('operator', 'not');
    else push('command', /binom$/.test(name) ? 'binom' : (functionNamed(name) ?? name.replace(/^[dtc](frac)$/, '$1')));
    return after;
  }

  function wordsCommand(name: string, start: number): number {
    let open = start;
    while (/\s/.test(text[open] ?? '')) open++;
    if (text[open] !== '{') {
      // `\mathrm e`, `\bf x`: the next character only.
      return start;
    }
    const close = closingBrace(text, open);
    const inner = text.slice(open + 1, close);
    const trimmed = inner.replace(/\$/g, '').trim();
    const operator = WORD_OPERATORS[trimmed.toLowerCase()];
    const unit = unitText(trimmed);
    const called = functionNamed(trimmed);
    const font = name.startsWith('math') || name === 'boldsymbol' || name === 'bm' || name === 'operatorname';
    const infinite = /^([+-]?)\s*infinity$/i.exec(trimmed);
    if (trimmed === '') spaced = true;
    else if (infinite !== null) {
      if (infinite[1] !== undefined && infinite[1] !== '') push('operator', infinite[1]);
      push('command', 'infty');
    } else if (operator !== undefined) push('operator', operator);
    else if (trimmed === ',' || trimmed === ';') push('operator', ',');
    else if (/^or (?:approx|about|roughly)/.test(trimmed)) push('operator', '~');
    else if (trimmed === 'to' && afterValue()) push('operator', ':');
    else if (/^(?:and|or)\b/.test(trimmed) || /(?:\band|\bor|,)$/.test(trimmed))
      push('operator', /^or\b|\bor$/.test(trimmed) ? 'or' : 'and');
    else if (unit !== undefined && (afterValue() || perUnit())) pushWords(unit);
    else if (font && /^[A-Za-z]$/.test(trimmed)) push('symbol', fontName(name, trimmed));
    else if (called !== undefined) push('command', called);
    else if (
      /[\d\\^=]/.test(trimmed) &&
      (/^-?[\d.]+ [A-Za-z ]+$/.test(trimmed) || !/[A-Za-z]{3,} [A-Za-z]{3,}/.test(trimmed))
    )
      nested(trimmed);
    else pushWords(trimmed.replace(/\s+/g, ' '));
    return Math.min(close + 1, text.length);
  }
}

/** Whether a run of letters stands among LaTeX, where letters side by side are a product. */
function latexNeighbour(text: string, start: number, length: number): boolean {
  return /[\^_\\{}=+*/()-]/.test(`${text[start - 1] ?? ''}${text[start + length] ?? ''}`);
}
