/** Times of day: `3:30 pm`, `15:30`, noon. */
import type { Expression } from '../tree/expression.js';

export interface TimeOfDay {
  readonly reading: Expression;
  /** Whether the text can be nothing else: `15:30` is a ratio as well. */
  readonly alone: boolean;
}

const CLOCK = /^(\d{1,2})(?:[:.](\d{2}))?(?::(\d{2}))?\s*(?:([ap])\.?\s*m\.?|(in the (?:morning|afternoon|evening)))$/i;
const BARE = /^(\d{1,2}):(\d{2})(?::(\d{2}))?(\s*uhr)?$/i;
const O_CLOCK = /^(\d{1,2})\s*o['’]clock(?:\s+(in the (?:morning|afternoon|evening)))?$/i;
const NAMED = /^(?:12(?::00)?\s*)?(noon|midday|midnight)$/i;

const MAY_BE_TIME = /\d[\s\S]*?(?::|['’]c|[ap]\W{0,3}m)|noon|midday|midnight/i;

/** One text for all ways to write a time. */
function named(kind: 'time' | 'clock', hour: number, minute: string, second = '00'): Expression {
  return { kind: 'text', text: `${kind} ${hour}:${minute}${second === '00' ? '' : `:${second}`}` };
}

/**
 * The time of day that a text is. With `am` and `pm`, or an hour that only a clock of 24 hours has, it is one time; without, the hours
 * from 1 to 12 may be either, so that `3:30` is the same only as itself.
 */
export function timeOfDay(text: string): TimeOfDay | undefined {
  if (text.length > 40 || !MAY_BE_TIME.test(text)) return undefined;
  const plain = text
    .replace(/\\(?:text|mathrm)\s*\{([^{}]*)\}|[$~]|\\[,;!: ]/g, (_, inner?: string) => ` ${inner ?? ''}`)
    .replace(/\s+/g, ' ')
    .replace(/\s*:\s*/g, ':')
    .trim()
    .replace(/(?<=[\dntyg])\.$/i, '');
  const name = NAMED.exec(plain)?.[1]?.toLowerCase();
  if (name !== undefined) return { reading: named('time', name === 'midnight' ? 0 : 12, '00'), alone: true };
  const [, onHour, day] = O_CLOCK.exec(plain) ?? [];
  const [, hour = onHour, minute = '00', second = '00', half, part = day] = CLOCK.exec(plain) ?? [];
  const number = Number(hour);
  const isTime = number <= 24 && Number(minute) < 60 && Number(second) < 60;
  if (hour !== undefined && (half !== undefined || part !== undefined)) {
    const afternoon = half === undefined ? !/morning/i.test(part ?? '') : half.toLowerCase() === 'p';
    // `7 in the morning` may count something.
    const counts = half === undefined && onHour === undefined && !plain.includes(':');
    if (!isTime || counts || (number > 12 && !afternoon)) return undefined;
    const whole = number > 12 ? number : (number % 12) + (afternoon ? 12 : 0);
    return { reading: named('time', whole % 24, minute, second), alone: true };
  }
  if (onHour !== undefined && isTime) return { reading: clockTime(number, '00'), alone: false };
  const [, bareHour, bareMinute = '00', bareSecond = '00', uhr] = BARE.exec(plain) ?? [];
  if (bareHour === undefined || Number(bareHour) > 24 || Number(bareMinute) > 59 || Number(bareSecond) > 59)
    return undefined;
  const reading =
    uhr === undefined
      ? clockTime(Number(bareHour), bareMinute, bareSecond)
      : named('time', Number(bareHour) % 24, bareMinute, bareSecond);
  return { reading, alone: uhr !== undefined };
}

/** A time without `am` and `pm`. */
function clockTime(hour: number, minute: string, second?: string): Expression {
  return hour >= 1 && hour <= 12 ? named('clock', hour, minute, second) : named('time', hour % 24, minute, second);
}
