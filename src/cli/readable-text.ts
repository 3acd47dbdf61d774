/** Text of a model or a data file as one paragraph that a terminal can show. */
import { counted } from '../printable.js';

/** Longest text that is shown whole, in characters. */
const MOST_SHOWN = 2000;

/** Control and format characters besides white space, halves of surrogate pairs, and what stands for invalid bytes. */
const UNREADABLE = /[\p{Cc}\p{Cf}\p{Cs}\ufffd]/gu;

/** Everything that cannot be shown is left out and counted: a terminal would obey escape sequences. */
export function readableText(text: string): string {
  const spaced = text.replace(/\s+/gu, ' ').trim();
  const unreadable = spaced.match(UNREADABLE)?.length ?? 0;
  const readable = spaced.replace(UNREADABLE, '').replace(/ +/g, ' ').trim();
  const characters = [...readable];
  const isLong = characters.length > MOST_SHOWN;
  const shown = isLong ? `${characters.slice(0, MOST_SHOWN).join('')}…` : readable;
  const notes = [
    ...(isLong ? [`${characters.length} characters in all`] : []),
    ...(unreadable === 0 ? [] : [`${counted(unreadable, 'unreadable character')} left out`]),
  ];
  if (notes.length > 0) return `${shown} [${notes.join(', ')}]`.trim();
  return shown === '' ? '[nothing]' : shown;
}
