/** Mends what happened to LaTeX on its way. */

import { NUMBER_WORD } from '../../../number-words.js';
import { KNOWN_COMMANDS } from '../../tree/vocabulary.js';

/** Commands whose first letters were taken for an escape: a form feed and `rac`. */
function withoutEscapes(text: string): string {
  return (
    text
      .replace(/\f(?=rac|loor)/g, '\\f')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a backspace is what "\b" of "\boxed" becomes
      .replace(/\x08(?=oxed|egin|inom|ar\b|eta\b|f\b|m\b)/g, '\\b')
      .replace(/\t(?=ext|frac|imes|heta|an\b|au\b|binom|riangle)/g, '\\t')
      .replace(/\r(?=ight|angle|floor|ceil)/g, '\\r')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a vertical tab is what "\v" of "\vec" becomes
      .replace(/\x0b(?=ec\b|ert)/g, '\\v')
  );
}

const UNIT_DOT = /(\d\s?(?:ft|yds?|lbs?|hrs?|mins?|gals?|qts?|pts?))\.(?=\s\d)/g;
const PER_CENT = new RegExp(String.raw`((?:\d|\b${NUMBER_WORD})\s{1,2})per cent\b`, 'gi');

/** The label of an answer as text of a formula, or in a font of LaTeX. */
const LABEL_IN_FORMULA =
  /(?<open>(?:\$\$?|\\\[|\\\()?)(?<!\{)\s{0,3}\\(?:text(?:bf|it|rm|sf)?|math(?:bf|rm|it)|mbox|boldsymbol)\s{0,3}\{(?<label>(?:(?:the|so|thus|hence|therefore|final|correct|our|my),?\s){0,4}answer(?:\sis)?\s?:?)(?<inner>(?<=:)\s?[-−]?[$\d][^{}\n]{0,40}(?=\})|(?=\s?\})|(?<=is)\s[-−]?[$\d][^{}\n]{0,40}(?=\}))\s?\}\s?/gi;

/** Repairs what JSON and Python escapes do to LaTeX (`\f` + `rac`, `\\frac`), and drops chat markers. */
export function repaired(text: string): string {
  let result = text;
  if (result.includes('<|begin_of_box|>'))
    result = result.replace(/<\|begin_of_box\|>([^<]{1,2000})<\|end_of_box\|>/g, '\\boxed{$1}');
  const marker = result.search(
    /<\|(?:im_start|im_end|endoftext|eot_id|end_of_text)\|>|(?<!<s>[^<>\n]{0,200})(?:<(?:\/s|eos|end_of_turn)>\s*){1,8}$/,
  );
  if (marker > 0) result = result.slice(0, marker);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what escapes of JSON become
  if (/[\f\x08\t\r\x0b]/.test(result)) result = withoutEscapes(result);
  // Calculations as GSM8K notes them: `<<20+22=42>>`.
  if (result.includes('<<')) result = result.replace(/<<[^<>\n]{1,100}>>/g, '');
  // Struck out: `~~9~~ 8`.
  if (result.includes('~~') && !result.includes('\\'))
    result = result.replace(/(?<![\w~])~~(?=[^\s~])[^~\n]{0,200}(?<=[^\s~])~~(?![\w~])/g, ' ');
  if (result.includes('</')) result = result.replace(/<(s|del|strike)>[^<>\n]{0,200}<\/\1>/gi, ' ');
  // `5 ft. 3 in.`: the dot ends no sentence.
  if (result.includes('. ')) result = result.replace(UNIT_DOT, '$1');
  // `50 per cent`, which measures as `50 percent` does; `3 apples per cent` counts coins.
  if (/per\scent\b/i.test(result)) result = result.replace(PER_CENT, '$1percent');
  result = result.replace(/(?<![\\A-Za-z])boxed\{/g, '\\boxed{');
  // `\text{if $t < 5$}` as `\text{if } t < 5`.
  if (result.includes('$') && result.includes('\\text'))
    result = result.replace(
      /\\text\s*\{([^{}$]{0,200})\$([^{}$]{1,200})\$([^{}$]{0,200})\}/g,
      '\\text{$1} $2 \\text{$3}',
    );
  if (!result.includes('\\')) return result;
  // `$$\text{Answer: } 55$$` as `Answer: $$55$$`.
  if (/answer/i.test(result)) result = result.replace(LABEL_IN_FORMULA, '$<label> $<open>$<inner>');
  let doubled = false;
  result = result.replace(/(?<!\\)(\\+)([A-Za-z]+)/g, (whole, slashes: string, name: string) => {
    const known = KNOWN_COMMANDS.has(name);
    if (slashes.length === 2 && known) {
      doubled = true;
      return `\\${name}`;
    }
    // An escaped line feed: `\n` before something that is not a command.
    if (!known && name.startsWith('n') && slashes.length <= 2 && (name === 'n' || !/^n[a-z]/.test(name))) {
      return `\n${name.slice(1)}`;
    }
    return whole;
  });
  if (doubled) result = result.replace(/\\\\([{}%$()[\],!;:|])/g, '\\$1').replace(/\\\\\\\\/g, '\\\\');
  return result;
}
