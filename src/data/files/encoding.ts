/** Text that is not UTF-8: what it probably is, and how it becomes UTF-8. */
import { isAscii, isUtf8 } from 'node:buffer';
import { extname } from 'node:path';
import { commandLine, printableName } from '../../printable.js';
import { WINDOWS_1252 } from '../../text/windows-1252.js';
import { linesOf } from './lines.js';

/** Bytes that a guess is made by, and of the text that shows it. */
const MOST_BYTES = 1 << 16;
const MOST_SHOWN = 40;
const LATIN: readonly string[] = ['cp850', 'macintosh', 'windows-1250', 'windows-1252', 'windows-1254'];

const isLetter = (byte: number | undefined): boolean =>
  byte !== undefined && /[A-Za-z]/.test(String.fromCharCode(byte));
const isHigh = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x80;

/** Whether words with letters beyond ASCII have more letters of ASCII than of these, as in Latin scripts. */
function isLatin(bytes: Buffer): boolean {
  const words = bytes.toString('latin1').match(/[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*/g) ?? [];
  const letters = words.join('');
  return 2 * letters.replace(/[A-Za-z]/g, '').length < letters.length;
}

/** Encodings of one byte for a letter, with the commonest small letters of their scripts. */
const OF_ONE_BYTE = [
  ...['windows-1251', 'koi8-r', 'ibm866', 'iso-8859-5'].map((name) => ({ name, common: 'оеаинтслвркдмпу' })),
  { name: 'windows-1253', common: 'αοιετσνηυρπκμλςήέάόίύώ' },
  { name: 'windows-1255', common: 'יוהלאתרבמשנםד' },
  { name: 'windows-1256', common: 'اليمونتربعفةدكسقه' },
];
/** The share of these among letters beyond ASCII, below which a text is in none of them. */
const ENOUGH_COMMON = 0.5;

/** Encodings of two bytes for a letter, by their names in chardet. */
const OF_TWO_BYTES: Readonly<Record<string, string>> = {
  Shift_JIS: 'shift_jis',
  'EUC-JP': 'euc-jp',
  'EUC-KR': 'euc-kr',
  GB18030: 'gb18030',
  Big5: 'big5',
};

async function encodingOfOtherScripts(bytes: Buffer): Promise<string> {
  const scored = OF_ONE_BYTE.map(({ name, common }) => {
    const letters = decoded(bytes, name).match(/\P{ASCII}/gu) ?? [];
    return { name, share: letters.filter((letter) => common.includes(letter)).length / letters.length };
  }).sort((a, b) => b.share - a.share);
  const [best] = scored;
  if (best !== undefined && best.share >= ENOUGH_COMMON) return best.name;
  const { detect } = await import('chardet');
  return OF_TWO_BYTES[detect(bytes) ?? ''] ?? best?.name ?? 'windows-1251';
}

/** The commonest letters of the Macintosh, and of DOS (code page 850), some of which are a rarer letter of the other. */
const MAC_LETTERS = 'áàäãåçéèêíñóôöúüßø';
const DOS_LETTERS = 'üéâäàåçêèæôöáíóúñß';

/** What windows-1252 has within words below its letters, and the signs that it has where others have letters: ¡, ¢ and ¤. */
const WITHIN_WORDS: readonly number[] = [0x92, 0x9a, 0x9c, 0x9e];
const SIGNS: readonly number[] = [0xa1, 0xa2, 0xa4];
/** What it has at the end of no word, where the Macintosh has é, ç and è, and DOS é, ä, ç, ü and ì. */
const AT_NO_END: readonly number[] = [0x81, 0x82, 0x84, 0x87, 0x8d, 0x8e, 0x8f, 0x90];
/** In windows-1252, which has no letter after it; Ł in windows-1250. */
const POUND = 0xa3;

/** The likeliest encoding of a text that is not UTF-8. */
async function likelyEncoding(bytes: Buffer): Promise<string> {
  const places = [...bytes.keys()].filter((at) => isHigh(bytes[at]));
  const inRuns = places.filter((at) => isHigh(bytes[at - 1]) || isHigh(bytes[at + 1])).length;
  if (inRuns * 2 > places.length && !isLatin(bytes)) return encodingOfOtherScripts(bytes);
  const after = places.filter((at) => isLetter(bytes[at - 1]));
  const withinWords = after.filter((at) => isLetter(bytes[at + 1])).map((at) => bytes[at] ?? 0);
  const atEnds = after.filter((at) => !isLetter(bytes[at + 1]) && !isHigh(bytes[at + 1])).map((at) => bytes[at] ?? 0);
  // There Windows has quotation marks, of which only the apostrophe stands within words, and signs.
  const isOdd = (byte: number): boolean => (byte < 0xa0 ? !WITHIN_WORDS.includes(byte) : SIGNS.includes(byte));
  if (withinWords.some(isOdd) || atEnds.some((byte) => AT_NO_END.includes(byte))) {
    const among = (encoding: string, letters: string): number =>
      [...withinWords, ...atEnds].filter((byte) => letters.includes(decoded(Buffer.from([byte]), encoding))).length;
    return among('cp850', DOS_LETTERS) > among('macintosh', MAC_LETTERS) ? 'cp850' : 'macintosh';
  }
  // ğ, ı and ş; ł and ą beside letters, and Ł before one.
  if (places.some((at) => [0xf0, 0xfd, 0xfe].includes(bytes[at] ?? 0))) return 'windows-1254';
  const isPolish =
    withinWords.some((byte) => byte === 0xb3 || byte === 0xb9) ||
    places.some((at) => bytes[at] === POUND && isLetter(bytes[at + 1]));
  return isPolish ? 'windows-1250' : 'windows-1252';
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

/** The upper half of code page 850, which Node's TextDecoder lacks. */
const CP850 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\xad±‗¾¶§÷¸°¨·¹³²■\xa0';

function decoded(bytes: Buffer, encoding: string): string {
  if (encoding === 'cp850')
    return bytes.toString('latin1').replace(/[\x80-\xff]/g, (byte) => CP850[byte.charCodeAt(0) - 0x80] ?? byte);
  const text = new TextDecoder(encoding).decode(bytes);
  if (encoding !== 'windows-1252') return text.replace(/\ufffd$/, '');
  return text.replace(/[\x80-\x9f]/g, (control) => WINDOWS_1252[control.charCodeAt(0) - 0x80] ?? control);
}

/** Lines of a file that have letters beyond ASCII. */
interface Lines {
  /** How many of them are UTF-8, and how many are not. */
  readonly utf8: number;
  readonly other: number;
  /** Of those that are not: letters that are UTF-8 all the same, bytes that are not, and how many of these begin a letter. */
  readonly letters: number;
  readonly strays: number;
  readonly begun: number;
  /** Whether the last line of the file is the only one, for want of the end of a character. */
  readonly isCut: boolean;
  /** The numbers of the first ones that are not. */
  readonly first: readonly number[];
}

/** Numbers of lines that are told. */
const MOST_LINES = 5;

async function linesBeyondAscii(file: string): Promise<Lines> {
  let [utf8, other, letters, strays, begun] = [0, 0, 0, 0, 0];
  let endsCut = false;
  const first: number[] = [];
  for await (const { bytes, line } of linesOf(file)) {
    endsCut = false;
    if (isAscii(bytes)) continue;
    if (isUtf8(bytes)) utf8 += 1;
    else {
      other += 1;
      endsCut = isCut(bytes);
      const beyond = bytes.toString('utf8').match(/\P{ASCII}/gu) ?? [];
      const stray = beyond.filter((letter) => letter === '\ufffd').length;
      strays += stray;
      letters += beyond.length - stray;
      begun += cutLetters(bytes);
    }
    if (first.length < Math.min(other, MOST_LINES)) first.push(line);
  }
  return { utf8, other, letters, strays, begun, isCut: other === 1 && endsCut, first };
}

/** Whether bytes are UTF-8 but for what is missing of a character at their end. */
function isCut(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** So many letters of UTF-8 to a byte that is not: in encodings of two bytes, some pairs look like letters by chance. */
const DAMAGED = 3;

/** First bytes of letters of UTF-8 of which the rest is missing: as Latin letters they would be capitals at the ends of small words. */
const cutLetters = (bytes: Buffer): number =>
  bytes.toString('latin1').match(/(?<=[a-z])[\xc2-\xc5](?![\x80-\xffA-Za-z])/g)?.length ?? 0;

/** Whether lines that are not UTF-8 were so before something was lost. */
const isDamaged = ({ letters, strays, begun }: Lines): boolean => letters >= DAMAGED * (strays - begun);

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
  const command = commandLine('iconv', '-f', EXTENDED[encoding] ?? encoding, '-t', 'utf-8', path);
  return `Save the file as UTF-8${excel}. ${why}${command} > new${extname(file)} converts it.`;
}

/** What to do with a file that was UTF-8, was read as Windows-1252 or Latin-1, and was saved as UTF-8 again; `text`: its beginning. */
export function readRightAgain(file: string, text: string): string {
  const anew = 'Save it anew where it was made.';
  const isLatin1 = /[\x80-\x9f]/u.test(text);
  // Some programs read what Windows-1252 lacks as Latin-1 has it, which iconv does not undo.
  if (isLatin1 && [...WINDOWS_1252].some((character) => character > '\xff' && text.includes(character))) return anew;
  const path = file.startsWith('-') ? `./${file}` : file;
  const command = commandLine('iconv', '-f', 'utf-8', '-t', isLatin1 ? 'iso-8859-1' : 'windows-1252', path);
  return `${anew} ${command} > new${extname(file)} undoes it where all of the file is so.`;
}

/**
 * What to do with a file that is not UTF-8.
 * @param bytes a part of it in which this shows
 */
export async function encodingRemedy(bytes: Buffer, file: string): Promise<string> {
  const lines = await linesBeyondAscii(file);
  if (lines.isCut && lines.utf8 + lines.letters > 0)
    return 'The last line ends in the middle of a character, so something is missing there: get the file once more.';
  const are = lines.other === 1 ? 'line is' : 'lines are';
  const where = `${lines.first.join(', ')}${lines.other > lines.first.length ? ', ...' : ''}`;
  const told = `${lines.other} ${are} not UTF-8 (${where})`;
  const word = firstInvalidWord(bytes);
  if (isDamaged(lines))
    return `${told}, though most letters in ${lines.other === 1 ? 'it' : 'them'} are: characters were damaged or cut, first in "${printableName(word.toString('utf8'))}". Mend them, or get the file once more.`;
  const name = await likelyEncoding(bytes.subarray(0, MOST_BYTES));
  const shown = printableName(decoded(word, name));
  if (isMixed(lines, name))
    return `${told}, and may be ${name}: then the first such word is "${shown}". Correct these lines by hand: to convert the whole file would spoil ${lines.utf8} of the others.`;
  const converted = savedAsUtf8(file, name, `It may be ${name}: then the first such word is "${shown}", and `);
  return `${converted} If the file has another word there, the encoding is another one too: save the file anew where it was made.`;
}
