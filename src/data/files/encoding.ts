/** Text that is not UTF-8: what it probably is, and how it becomes UTF-8. */
import { isAscii, isUtf8 } from 'node:buffer';
import { commandLine, printableName } from '../../printable.js';
import { linesOf } from './lines.js';

/** Bytes that a guess is made by, and of the text that shows it. */
const MOST_BYTES = 1 << 16;
const MOST_SHOWN = 40;
const LATIN: readonly string[] = ['macintosh', 'windows-1250', 'windows-1252', 'windows-1254'];

const isLetter = (byte: number | undefined): boolean =>
  byte !== undefined && /[A-Za-z]/.test(String.fromCharCode(byte));
const isHigh = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x80;

/** Encodings of scripts that take two bytes for a letter, with what their texts are made of. */
const TWO_BYTES = [
  { name: 'shift_jis', letters: /[\u3041-\u30ff]/g, share: 0.3 },
  { name: 'euc-jp', letters: /[\u3041-\u30ff]/g, share: 0.3 },
  { name: 'euc-kr', letters: /\p{Script=Hangul}/gu, share: 0.8 },
  { name: 'gb18030', letters: /[\u4e00-\u9fff]/gu, share: 0.6 },
  { name: 'big5', letters: /[\u4e00-\u9fff]/gu, share: 0.6 },
] as const;

function twoByteEncoding(bytes: Buffer): string | undefined {
  return TWO_BYTES.find(({ name, letters, share }) => {
    const text = new TextDecoder(name).decode(bytes);
    const all = text.match(/\P{ASCII}/gu)?.length ?? 0;
    return (text.match(/\ufffd/g)?.length ?? 0) <= 1 && (text.match(letters)?.length ?? 0) >= share * all;
  })?.name;
}

/** Whether words with letters beyond ASCII have more letters of ASCII than of these, as in Latin scripts. */
function isLatin(bytes: Buffer): boolean {
  const words = bytes.toString('latin1').match(/[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*/g) ?? [];
  const letters = words.join('');
  return 2 * letters.replace(/[A-Za-z]/g, '').length < letters.length;
}

/** The likeliest encoding of a text that is not UTF-8. */
function likelyEncoding(bytes: Buffer): string {
  const places = [...bytes.keys()].filter((at) => isHigh(bytes[at]));
  const inRuns = places.filter((at) => isHigh(bytes[at - 1]) || isHigh(bytes[at + 1])).length;
  if (inRuns * 2 > places.length && !isLatin(bytes)) {
    // Small Cyrillic letters.
    if (places.filter((at) => (bytes[at] ?? 0) >= 0xe0).length * 3 > places.length * 2) return 'windows-1251';
    return twoByteEncoding(bytes) ?? 'windows-1251';
  }
  const withinWords = places.filter((at) => isLetter(bytes[at - 1]) && isLetter(bytes[at + 1])).map((at) => bytes[at]);
  // There Windows has quotation marks, of which only the apostrophe stands within words.
  if (withinWords.some((byte = 0) => byte < 0xa0 && ![0x92, 0x9a, 0x9c, 0x9e].includes(byte))) return 'macintosh';
  const has = (...letters: readonly number[]): boolean => places.some((at) => letters.includes(bytes[at] ?? 0));
  // ğ, ı and ş; ł and ą beside letters.
  if (has(0xf0, 0xfd, 0xfe)) return 'windows-1254';
  return withinWords.some((byte) => byte === 0xb3 || byte === 0xb9) ? 'windows-1250' : 'windows-1252';
}

/** The word in which bytes stop being UTF-8. */
function firstInvalidWord(bytes: Buffer): Buffer {
  const at = Buffer.byteLength(bytes.toString('utf8').split('\ufffd', 1)[0] ?? '');
  const isEnd = (byte: number | undefined): boolean => byte === undefined || /[\s",;|]/.test(String.fromCharCode(byte));
  let [start, end] = [at, at];
  while (!isEnd(bytes[start - 1]) && at - start < MOST_SHOWN) start--;
  while (!isEnd(bytes[end]) && end - at < MOST_SHOWN) end++;
  return bytes.subarray(start, end);
}

/** What windows-1252 has where Latin-1 has control characters; Node's TextDecoder gives these. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

function decoded(bytes: Buffer, encoding: string): string {
  const text = new TextDecoder(encoding).decode(bytes);
  if (encoding !== 'windows-1252') return text.replace(/\ufffd$/, '');
  return text.replace(/[\x80-\x9f]/g, (control) => WINDOWS_1252[control.charCodeAt(0) - 0x80] ?? control);
}

/** Lines of a file that have letters beyond ASCII. */
interface Lines {
  /** How many of them are UTF-8, and how many are not. */
  readonly utf8: number;
  readonly other: number;
  /** The numbers of the first ones that are not. */
  readonly first: readonly number[];
}

/** Numbers of lines that are told. */
const MOST_LINES = 5;

async function linesBeyondAscii(file: string): Promise<Lines> {
  let [utf8, other] = [0, 0];
  const first: number[] = [];
  for await (const { bytes, line } of linesOf(file)) {
    if (isAscii(bytes)) continue;
    if (isUtf8(bytes)) utf8 += 1;
    else other += 1;
    if (first.length < Math.min(other, MOST_LINES)) first.push(line);
  }
  return { utf8, other, first };
}

/**
 * Whether some lines are UTF-8 indeed. In Latin scripts none looks so by chance; in others, pairs of bytes often do.
 */
const isMixed = ({ utf8, other }: Lines, encoding: string): boolean => utf8 > (LATIN.includes(encoding) ? 0 : other);

/** Programs that write these have more letters than iconv knows by that name. */
const EXTENDED: Readonly<Record<string, string>> = { shift_jis: 'cp932', 'euc-kr': 'cp949' };

/** What to do with a file that is in another encoding from end to end; `why` says why it is thought to be. */
export function savedAsUtf8(file: string, encoding: string, why = ''): string {
  const path = file.startsWith('-') ? `./${file}` : file;
  const excel = /\.[ct]sv$/i.test(file) ? ' (Excel: Save As, "CSV UTF-8")' : '';
  return `Save the file as UTF-8${excel}. ${why}${commandLine('iconv', '-f', EXTENDED[encoding] ?? encoding, '-t', 'utf-8', path)} > NEW converts it.`;
}

/**
 * What to do with a file that is not UTF-8.
 * @param bytes a part of it in which this shows
 */
export async function encodingRemedy(bytes: Buffer, file: string): Promise<string> {
  const name = likelyEncoding(bytes.subarray(0, MOST_BYTES));
  const shown = printableName(decoded(firstInvalidWord(bytes), name));
  const lines = await linesBeyondAscii(file);
  if (isMixed(lines, name)) {
    const are = lines.other === 1 ? 'line is' : 'lines are';
    const where = `${lines.first.join(', ')}${lines.other > lines.first.length ? ', ...' : ''}`;
    return `${lines.other} ${are} not UTF-8 (${where}), and may be ${name}: then the first such word is "${shown}". Of the others ${lines.utf8} would be spoilt if the whole file were converted: write anew what is not UTF-8.`;
  }
  return savedAsUtf8(file, name, `It may be ${name}: then the first such word is "${shown}", and `);
}
