/** Tells short words (`saw`, `Tom`) from variables side by side (`xy`, `abc`), which may be multiplied in any order. */
import { functionNamed, SYMBOL_COMMANDS, TWO_LETTER_WORDS, WORD_OPERATORS } from '../../tree/vocabulary.js';
import { numberInWords } from './amounts.js';

const MAX_LENGTH = 200;

const CONSONANT = '[b-df-hj-np-tv-z]';
/** What can be spoken: `cat`, `tea`, `ice`, `eat`, `old`. Of `abc`, `uvw`, `bca` and `rst` only the words are listed. */
const SPOKEN = new RegExp(
  `^(?:${CONSONANT}[aeiou][a-z]|[aeiou]${CONSONANT}[aeiou]|[aeiou]{2}[a-z]|[eio]${CONSONANT}{2})$`,
);
const THREE_LETTERS = new Set(
  (
    'act add aft all and ant any apt arc ark arm art ash ask ugh ups urn the she who tri pre pro spa ski flu bra bye ' +
    'cry dry fly fry ply pry shy sky sly spy try why'
  ).split(' '),
);
/** Outcomes of coins, games and questions: `HT` is not `TH`. */
const OUTCOMES = /^(?:[HT]+|[TF]+|[WL]+|[YN]+)$/;
/** `NE`, between two directions of the compass. */
const DIRECTION = /^[NS][EW]$/;

/** Whether letters without a sign between them are a word; two capitals mostly name a segment, `AB`. */
export function isWord(run: string): boolean {
  if (run.length < 2 || WORD_OPERATORS[run] !== undefined || functionNamed(run) !== undefined) return false;
  const small = run.toLowerCase();
  if (SYMBOL_COMMANDS.has(small) || /^(?:pi|oo|inf(?:ty|inity)?)$/.test(small) || numberInWords([small]) !== undefined)
    return false;
  if (run.length >= 4) return true;
  if (run === run.toUpperCase()) return run.length === 3 || OUTCOMES.test(run) || DIRECTION.test(run);
  // `Tom` and `Na`, but not the product `Prt`.
  if (run !== small) return run.length === 3 ? /[AEIOUYaeiouy]|[A-Z].*[A-Z]/.test(run) : /^[A-Z]/.test(run);
  return run.length === 2 ? TWO_LETTER_WORDS.has(run) : SPOKEN.test(run) || THREE_LETTERS.has(run);
}

/** Letters alone, without commands for text, dollars and marks; undefined for what holds anything else. */
function bareLetters(text: string): string | undefined {
  if (text.length > MAX_LENGTH || /[\d=+<>^_/|()]/.test(text)) return undefined;
  const bare = text
    .replace(/\\(?:text(?:bf|it|rm|normal)?|mbox|mathrm|mathit)\s*\{([^{}\\]*)\}/g, '$1')
    .replace(/\\[,;:! ]|[$*"“”'‘’`]/g, ' ')
    .replace(/[.!\s]+$/, '')
    .trim();
  return /^[A-Za-z](?:[A-Za-z\s,;&]*[A-Za-z])?$/.test(bare) ? bare : undefined;
}

/** Units that are no usual product, as `mg`, `kN`, `mV`, `ft` and `MB` are: weight, impulse, a segment. */
const UNIT = /^(?:[kcd]m|kg|[mcdhµμ][lL]|oz|yd|[kK]?Hz|[mk]J|[mk]W|mA|[kh]Pa|kWh|[mk]ph|rpm)$/;

/** Letters that are a unit and nothing else. */
export const isUnitAlone = (text: string): boolean => UNIT.test(bareLetters(text) ?? '');

/** How a text in letters alone is meant: one word is enough for words. Undefined for any other text. */
export function meaningOfLetters(text: string): 'words' | 'variables' | undefined {
  const bare = bareLetters(text);
  if (bare === undefined) return undefined;
  if (UNIT.test(bare)) return 'words';
  const items = bare.split(/[,;&]|\b(?:and|or)\b/).flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
  // `T, F, T`
  if (items.length > 1 && items.every((item) => item.length === 1) && OUTCOMES.test(items.join(''))) return 'words';
  const isWords = items.some((item) => {
    const runs = item.split(/\s+/);
    return runs.some(isWord) && runs.every((run) => isWord(run) || /^[AaI]$/.test(run));
  });
  return isWords ? 'words' : 'variables';
}
