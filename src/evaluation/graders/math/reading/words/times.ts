/** Times of day: `3:30 pm`, `15:30`, noon, `half past three`. */
import { type Expression, numberOf } from '../../tree/expression.js';

export interface TimeOfDay {
  readonly reading: Expression;
  /** Whether the text can be nothing else: `15:30` is a ratio as well. */
  readonly alone: boolean;
  /** What else it may be: `7 in the morning` are also seven of something. */
  readonly counted?: Expression;
  /** As a clock of 24 hours shows it: `08:00` is 8 am, though it may be the `8:00` of either half of the day. */
  readonly ofDay?: Expression;
}

const PART_OF_DAY = '(?:in the (?:morning|afternoon|evening)|at night)';
const CLOCK = new RegExp(
  String.raw`^(\d{1,2})(?:[:.](\d{2}))?(?::(\d{2}))?\s*(?:([ap])\.?\s*m\.?|(?<=\s)(${PART_OF_DAY}))$`,
  'i',
);
const BARE = /^(\d{1,2}):(\d{2})(?::(\d{2}))?(\s*uhr)?$/i;
const O_CLOCK = new RegExp(String.raw`^(\d{1,2})\s*o['’]clock(?:\s+(${PART_OF_DAY}))?$`, 'i');
const NAMED = /^(?:12(?::00)?\s*(?:o['’]clock\s*)?)?(noon|midday|midnight)$/i;

const MAY_BE_TIME =
  /\d[\s\S]*?(?::|['’]c|[ap]\W{0,3}m)|noon|midday|midnight|['’]c|\b(?:morning|afternoon|evening|night)$|[a-z]\s+[ap]\W{0,3}m|\b(?:past|after|to|till|until|before)\b|\b(?:oh|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty|thirty|forty|fifty)\b/i;

const HOURS = 'one two three four five six seven eight nine ten eleven twelve'.split(' ');
const TEENS = 'thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(' ');
const TENS = 'twenty thirty forty fifty'.split(' ');
/** Words for the numbers of a clock. */
const CLOCK_NUMBERS: ReadonlyMap<string, number> = new Map([
  ...[...HOURS, ...TEENS].map((word, index) => [word, index + 1] as const),
  ...TENS.flatMap((ten, index) => [
    [ten, 20 + 10 * index] as const,
    ...HOURS.slice(0, 9).map((one, unit) => [`${ten} ${one}`, 21 + 10 * index + unit] as const),
  ]),
]);
const NUMBER = String.raw`(?:\d{1,2}|(?:${TENS.join('|')})(?:[ -](?:${HOURS.slice(0, 9).join('|')}))?|${[...HOURS, ...TEENS].join('|')})`;
const HOUR = `(?:1[0-2]|[1-9]|${HOURS.join('|')}|noon|midday|midnight)`;
const DAY_PART = String.raw`(?:[ap]\.?\s?m\b\.?|${PART_OF_DAY})`;
const BEHIND = String.raw`\s+${HOUR}(?![\w:.]*\d)\b(?:\s+o['’]clock)?(?:\s+${DAY_PART})?(?!\s+(?!(?:and|or|on|in|at|because|since|so|when|if|which)\b)[a-z])`;
/** A time as it is spoken: `half past three`, `a quarter to 4 in the afternoon`, `ten minutes to four`. */
export const SPOKEN_TIME = String.raw`(?:(?:half[ -]+past|(?:a\s+)?quarter\s+(?:past|to|till|after|before|until)|${NUMBER}\s+(?:past|minutes?\s+(?:past|to|till|after|before|until)))${BEHIND})`;
/** `8 in the morning`, `nine o'clock at night` */
export const TIME_OF_DAY = String.raw`(?:(?:1[0-2]|[1-9]|${HOURS.join('|')})(?:\s+o['’]clock)?\s+${PART_OF_DAY})`;
/** `ten to four`, which counts things as well. */
export const SHORT_TIME = String.raw`(?:${NUMBER}\s+(?:to|till|after)${BEHIND})`;
const SPOKEN = new RegExp(
  String.raw`^(?:(half|(?:a\s+)?quarter)|(${NUMBER})(?:\s+minutes?)?)[ -]+(past|after|to|till|until|before)\s+(${HOUR})(?:\s+o['’]clock)?(?:\s+(${DAY_PART}))?$`,
  'i',
);
/** `three forty-five`, `four oh five`: digits alone are two numbers. */
const SPELLED = new RegExp(
  String.raw`^(${HOURS.join('|')}|\d{1,2}(?=\s+oh))\s+(?:oh\s+(${HOURS.slice(0, 9).join('|')}|\d)|(${NUMBER}))(?:\s+(${DAY_PART}))?$`,
  'i',
);

const clockNumber = (text: string): number => {
  const word = text.toLowerCase().replace(/[\s-]+/g, ' ');
  return CLOCK_NUMBERS.get(word) ?? Number(word);
};

/** Hours from midnight, or of either half of the day, at which something begins: undefined where that cannot be told. */
function dayHour(
  hour: string,
  part: string | undefined,
): { readonly hour: number; readonly known: boolean } | undefined {
  const name = hour.toLowerCase();
  if (name === 'midnight') return part === undefined ? { hour: 0, known: true } : undefined;
  if (name === 'noon' || name === 'midday') return part === undefined ? { hour: 12, known: true } : undefined;
  const number = clockNumber(hour);
  if (part === undefined) return { hour: number, known: false };
  // Nine at night is in the second half of the day, and three at night in the first.
  const isLater = /^p|afternoon|evening/i.test(part) || (/night/i.test(part) && number >= 6 && number < 12);
  return { hour: (number % 12) + (isLater ? 12 : 0), known: true };
}

/** Minutes from an hour on, which may be below 0. */
function clockAt(hour: string, minutes: number, part: string | undefined): Expression | undefined {
  const begins = dayHour(hour, part);
  // `a quarter to 12 pm` may be in either half of the day.
  const isOpen = minutes < 0 && part !== undefined && begins !== undefined && begins.hour % 12 === 0;
  if (begins === undefined || isOpen) return undefined;
  const cycle = begins.known ? 24 * 60 : 12 * 60;
  const at = (begins.hour * 60 + minutes + cycle) % cycle;
  const minute = String(at % 60).padStart(2, '0');
  const whole = Math.floor(at / 60);
  return begins.known ? named('time', whole, minute) : named('clock', whole === 0 ? 12 : whole, minute);
}

function spokenTime(text: string): TimeOfDay | undefined {
  const [, part, count, relation = '', hour = '', day] = SPOKEN.exec(text) ?? [];
  if (hour !== '') {
    const minutes = part === undefined ? clockNumber(count ?? '') : /half/i.test(part) ? 30 : 15;
    const isLater = /past|after/i.test(relation);
    // `half to four` is none, and `five after` needs what is counted.
    if (minutes >= 60 || minutes === 0 || (part !== undefined && /half/i.test(part) && !isLater)) return undefined;
    const reading = clockAt(hour, isLater ? minutes : -minutes, day);
    // `10 to 4` is a ratio as well.
    return reading && { reading, alone: !/^\d+ to \d+$/i.test(text) };
  }
  const [, spelled = '', few, many, then] = SPELLED.exec(text) ?? [];
  if (spelled === '') return undefined;
  const minutes = clockNumber(few ?? many ?? '');
  if (minutes >= 60 || (few === undefined && minutes < 10)) return undefined;
  const reading = clockAt(spelled, minutes, then);
  return reading && { reading, alone: true };
}

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
    .replace(/(?<=[\da-z]{2}|\d)\.$/i, '')
    .replace(/^(?:at|exactly|about)\s+|\s+sharp$/gi, '');
  const spoken = spokenTime(plain);
  if (spoken !== undefined) return spoken;
  const digits = plain.replace(HOUR_IN_WORDS, (word) => String(clockNumber(word)));
  const found = written(digits);
  return found === undefined || digits === plain ? found : { reading: found.reading, alone: true };
}

const HOUR_IN_WORDS = new RegExp(
  String.raw`^(?:${HOURS.join('|')})(?=\s+(?:o['’]clock|[ap]\.?\s?m\b|noon|midday|midnight|${PART_OF_DAY}))`,
  'i',
);

/** Seven of something in the morning, which is not seven in the evening. */
const countedIn = (count: number, part: string): Expression => ({
  kind: 'quantity',
  value: numberOf(BigInt(count)),
  unit: part.split(' ').at(-1) ?? '',
});

/** A time in digits, or by its name. */
function written(plain: string): TimeOfDay | undefined {
  const name = NAMED.exec(plain)?.[1]?.toLowerCase();
  if (name !== undefined) return { reading: named('time', name === 'midnight' ? 0 : 12, '00'), alone: true };
  const [, onHour, day] = O_CLOCK.exec(plain) ?? [];
  const [, hour = onHour, minute = '00', second = '00', half, part = day] = CLOCK.exec(plain) ?? [];
  const number = Number(hour);
  const isTime = number <= 24 && Number(minute) < 60 && Number(second) < 60;
  if (hour !== undefined && (half !== undefined || part !== undefined)) {
    const isLater = half === undefined ? !/morning/i.test(part ?? '') : half.toLowerCase() === 'p';
    // Twelve in the evening is none.
    if (!isTime || (number > 12 && !isLater) || (number === 12 && /evening/i.test(part ?? ''))) return undefined;
    const begins = number > 12 ? { hour: number } : dayHour(hour, half === undefined ? part : `${half}m`);
    const reading = named('time', (begins?.hour ?? 0) % 24, minute, second);
    const counts = half === undefined && onHour === undefined && !plain.includes(':');
    return counts ? { reading, alone: false, counted: countedIn(number, part ?? '') } : { reading, alone: true };
  }
  if (onHour !== undefined && isTime) return { reading: clockTime(number, '00'), alone: true };
  const [, bareHour, bareMinute = '00', bareSecond = '00', uhr] = BARE.exec(plain) ?? [];
  if (bareHour === undefined || Number(bareHour) > 24 || Number(bareMinute) > 59 || Number(bareSecond) > 59)
    return undefined;
  const reading =
    uhr === undefined
      ? clockTime(Number(bareHour), bareMinute, bareSecond)
      : named('time', Number(bareHour) % 24, bareMinute, bareSecond);
  const ofDay = /^0[1-9]/.test(bareHour) ? named('time', Number(bareHour), bareMinute, bareSecond) : undefined;
  return { reading, alone: uhr !== undefined, ...(ofDay === undefined ? {} : { ofDay }) };
}

/** A time without `am` and `pm`. */
function clockTime(hour: number, minute: string, second?: string): Expression {
  return hour >= 1 && hour <= 12 ? named('clock', hour, minute, second) : named('time', hour % 24, minute, second);
}

const BARE_TIME = /^\$?(1[0-2]|[1-9]):(\d{2})\$?\.?$/;
const WITH_HALF = /^0?(\d{1,2}):(\d{2})\s?[ap]\.?\s?m\.?$/i;

/** Whether a reply repeats the time of a reference that leaves the half of the day open, and names it: `7:45 pm` for `7:45`. */
export function isTimeInHalf(gold: string, reply: string): boolean {
  if (!gold.includes(':')) return false;
  const [, hour, minute] = BARE_TIME.exec(gold.trim()) ?? [];
  const [, hours, minutes] = WITH_HALF.exec(reply.trim()) ?? [];
  return hour !== undefined && hours === hour && minutes === minute;
}
