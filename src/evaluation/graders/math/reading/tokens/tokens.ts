/** Splits an answer in LaTeX, plain mathematics or a mix of both into tokens. Linear in its length. */

import { NotUnderstood, type WorkBudget } from '../../tree/budget.js';
import { unitText, writtenUnit } from '../../tree/units.js';
import {
  functionNamed,
  KNOWN_COMMANDS,
  LOOKS,
  OPERATORS,
  SYMBOL_COMMANDS,
  WORD_OPERATORS,
  WORDS,
} from '../../tree/vocabulary.js';
import {
  CHARACTERS,
  COMMAND_CHARACTERS,
  DOUBLE,
  GREEK,
  MONEY,
  RAISED,
  SET_LETTERS,
  SUBSCRIPTS,
  SUPERSCRIPTS,
  VULGAR,
} from './characters.js';
import { withoutSpacing } from './forms.js';
import { readLetters } from './letters.js';
import { at, type NumberStyle, numberAt } from './numbers.js';
import { type Token, TokenList } from './token-list.js';

const SPACE = /[\s~\u200b\u00a0\u2009\u202f]+/y;
const LETTERS = /[A-Za-z]+/y;
const WORD = /[\p{L}\p{M}]+/uy;
const COMMAND = /[A-Za-z]+\*?/y;
const LOWERED = /[₀-₉]+/y;

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

const isRaised = (character: string | undefined): boolean =>
  character !== undefined && (SUPERSCRIPTS.includes(character) || RAISED[character] !== undefined);

/** Commands for text within commands for text. */
const MAX_NESTED = 20;

/** @throws {NotUnderstood} for characters and lengths that no answer has */
export function tokenize(source: string, style: NumberStyle, budget: WorkBudget, level = 0): Token[] {
  if (level > MAX_NESTED) throw new NotUnderstood(`text nested deeper than ${MAX_NESTED}`);
  const text = withoutSpacing(source);
  const latex = text.includes('\\') || text.includes('^');
  const list = new TokenList(budget);
  let position = 0;
  const nested = (inner: string): void => {
    const innerTokens = tokenize(inner, style, budget, level + 1);
    for (const token of innerTokens) list.push(token.kind, token.text);
  };

  while (position < text.length) {
    const space = at(SPACE, text, position);
    if (space !== undefined) {
      list.spaced = true;
      position += space.length;
      continue;
    }
    const character = text[position] ?? '';

    if (/[\d.]/.test(character)) {
      const number = numberAt(
        text,
        position,
        list.depth <= 0 ? style : { ...style, thousands: false, decimalComma: false },
        latex,
      );
      if (number === undefined) {
        // A full stop; at the end of the text it is punctuation, and so are dots for "and so on".
        list.push('operator', '.');
        position++;
        continue;
      }
      list.push('number', number.value);
      position += number.length;
      continue;
    }

    if (/[A-Za-z]/.test(character)) {
      const run = at(LETTERS, text, position) ?? character;
      const next = text.charCodeAt(position + run.length);
      const foreign =
        next >= 0xc0 && next < 0x250 && next !== 0xd7 && next !== 0xf7 ? at(WORD, text, position) : undefined;
      if (foreign !== undefined) list.pushWords(foreign);
      position += foreign === undefined ? readLetters(list, run, text, position) : foreign.length;
      continue;
    }

    if (character === '\\') {
      position = command(position);
      continue;
    }

    const two = text.slice(position, position + 2);
    const double = DOUBLE[two];
    if (double !== undefined) {
      list.push('operator', double);
      position += 2;
      continue;
    }
    position += character.length;
    if ('+-*/^_()[]{}|,;:=<>!%&'.includes(character) || character === "'") list.push('operator', character);
    else if (MONEY.has(character)) list.push('operator', character);
    else if (CHARACTERS[character] !== undefined) list.push('operator', CHARACTERS[character]);
    else if (character === '∛') {
      list.push('command', 'sqrt');
      list.push('operator', '[');
      list.push('number', '3');
      list.push('operator', ']');
    } else if (COMMAND_CHARACTERS[character] !== undefined) list.push('command', COMMAND_CHARACTERS[character]);
    else if (SUPERSCRIPTS.includes(character) || RAISED[character] !== undefined) {
      let end = position;
      while (isRaised(text[end])) end++;
      const raised = [...text.slice(position - 1, end)]
        .map((mark) => RAISED[mark] ?? `${SUPERSCRIPTS.indexOf(mark)}`)
        .join('');
      position = end;
      list.push('operator', '^');
      if (/^\d+$/.test(raised)) list.push('number', raised);
      else nested(`{${raised}}`);
    } else if (SUBSCRIPTS.includes(character)) {
      list.push('operator', '_');
      const lowered = at(LOWERED, text, position - 1) ?? character;
      position += lowered.length - 1;
      list.push('number', [...lowered].map((mark) => SUBSCRIPTS.indexOf(mark)).join(''));
    } else if (VULGAR[character] !== undefined) {
      const [top = '1', bottom = '1'] = VULGAR[character].split('/');
      list.push('command', 'frac');
      for (const part of [top, bottom]) {
        list.push('operator', '{');
        list.push('number', part);
        list.push('operator', '}');
      }
    } else if (/[\p{Ll}\p{Lu}\p{Lo}]/u.test(character)) {
      // `10 μm`
      const micro = /[μµ]/.test(character) && list.endsValue() ? writtenUnit(text, position - 1) : undefined;
      if (micro !== undefined && micro.text.length > 1) {
        list.pushWords(micro.text);
        position += micro.length - 1;
        continue;
      }
      const greek = /[α-ωΑ-Ωϕϵ]/.test(character);
      const set = SET_LETTERS[character];
      if (greek) list.push('symbol', GREEK.get(character) ?? character);
      else if (set !== undefined) {
        list.push('command', 'mathbb');
        list.push('symbol', set);
      } else {
        const run = at(WORD, text, position - character.length) ?? character;
        const joined = /^(?:和|与|및|以及)$/.test(run) ? 'and' : /^(?:或|或者|또는)$/.test(run) ? 'or' : undefined;
        if (joined === undefined) list.pushWords(run);
        else list.push('operator', joined);
        position += run.length - character.length;
      }
    } else if (character === '"' || character === '“' || character === '”' || character === '`' || character === '?') {
      list.spaced = true;
    } else throw new NotUnderstood(`the character ${JSON.stringify(character)} has no meaning in an answer`);
  }
  return list.tokens;

  function command(start: number): number {
    const next = text[start + 1] ?? '';
    const name = at(COMMAND, text, start + 1)?.replace(/\*$/, '');
    if (name === undefined) {
      if (next === '\\') list.push('operator', '\\\\');
      else if (next === '{' || next === '}') list.push('operator', `\\${next}`);
      else if (next === '%' || next === '$' || next === '&') list.push('operator', next);
      else if (next === '|') list.push('operator', '|');
      else if (next === '(' || next === ')' || next === '[' || next === ']') list.spaced = true;
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
      list.spaced = true;
      return after;
    }
    if (WORDS.has(name)) return wordsCommand(name, after);
    const operator = OPERATORS[name];
    if (/^big(?:cup|cap)$/.test(name) && /^\s*(?:\\limits\s*)?_/.test(text.slice(after, after + 20)))
      list.push('command', name);
    else if (operator !== undefined) list.push('operator', operator);
    else if (name === 'Omega' && list.tokens.at(-1)?.kind === 'number' && text.slice(after).trim() === '')
      list.pushWords('Ω');
    else if (SYMBOL_COMMANDS.has(name)) list.push('symbol', name);
    else if (name === 'cdots' || name === 'ldots' || name === 'dots' || name === 'dotsc') list.push('operator', '...');
    else if (name === 'not') list.push('operator', 'not');
    else
      list.push(
        'command',
        /binom$/.test(name) ? 'binom' : (functionNamed(name) ?? name.replace(/^[dtc](frac)$/, '$1')),
      );
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
    if (trimmed === '') list.spaced = true;
    else if (infinite !== null) {
      if (infinite[1] !== undefined && infinite[1] !== '') list.push('operator', infinite[1]);
      list.push('command', 'infty');
    } else if (operator !== undefined) list.push('operator', operator);
    else if (trimmed === ',' || trimmed === ';') list.push('operator', ',');
    else if (/^or (?:approx|about|roughly)/.test(trimmed)) list.push('operator', '~');
    else if (trimmed === 'to' && list.endsValue()) list.push('operator', ':');
    else if (/^(?:and|or)\b/.test(trimmed) || /(?:\band|\bor|,)$/.test(trimmed))
      list.push('operator', /^or\b|\bor$/.test(trimmed) ? 'or' : 'and');
    else if (unit !== undefined && (list.endsValue() || list.endsPer())) list.pushWords(unit);
    else if (font && /^[A-Za-z]$/.test(trimmed)) list.push('symbol', fontName(name, trimmed));
    else if (called !== undefined) list.push('command', called);
    else if (
      /[\d\\^=]/.test(trimmed) &&
      (/^-?[\d.]+ [A-Za-z ]+$/.test(trimmed) || !/[A-Za-z]{3,} [A-Za-z]{3,}/.test(trimmed))
    )
      nested(trimmed);
    else list.pushWords(trimmed.replace(/\s+/g, ' '));
    return Math.min(close + 1, text.length);
  }
}
