/** Dates as the templates of models print them. */
import { InputError } from '../../errors.js';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** Python's `strftime` in English, at midnight of a date. @throws {InputError} when date or directive is not valid */
export function formatDate(date: string, format: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  const day = new Date(`${date}T00:00:00Z`);
  if (match === null || Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== date) {
    throw new InputError(`${JSON.stringify(date)} is not a date`, {
      field: 'date',
      remedy: 'Write it as YYYY-MM-DD, such as 2026-01-31.',
    });
  }
  const [, year = '', month = '', dayOfMonth = ''] = match;
  const monthName = MONTHS[day.getUTCMonth()] ?? '';
  const dayName = DAYS[day.getUTCDay()] ?? '';
  const dayOfYear = (day.getTime() - Date.UTC(day.getUTCFullYear(), 0, 1)) / 86_400_000 + 1;
  const parts: Readonly<Record<string, string>> = {
    Y: year,
    y: year.slice(2),
    m: month,
    d: dayOfMonth,
    B: monthName,
    b: monthName.slice(0, 3),
    h: monthName.slice(0, 3),
    A: dayName,
    a: dayName.slice(0, 3),
    j: String(dayOfYear).padStart(3, '0'),
    F: date,
    H: '00',
    M: '00',
    S: '00',
    '%': '%',
  };
  return format.replace(/%(.?)/gsu, (directive, letter: string) => {
    const text = parts[letter];
    if (text === undefined)
      throw new InputError(`the chat template uses the unknown date directive ${JSON.stringify(directive)}`);
    return text;
  });
}
