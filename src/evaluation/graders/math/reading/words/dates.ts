/** Dates, which are not arithmetic: `2024-05-03` is not 2016. */

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const MONTH =
  '(Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)';
const DAY = String.raw`(\d{1,2})(?:st|nd|rd|th)?`;
const YEAR = String.raw`((?:1\d|20)\d{2})`;

type Order = 'year first' | 'day first' | 'month first' | 'unknown';

/** Each has three groups: year, month and day in this order. */
const FORMS: readonly (readonly [Order, string])[] = [
  ['year first', String.raw`${YEAR}-(\d{2})-(\d{2})`],
  ['year first', String.raw`${YEAR}\/(\d{1,2})\/(\d{1,2})`],
  ['day first', String.raw`${DAY}\s+(?:of\s+)?${MONTH}\b\.?(?:,?\s+${YEAR})?`],
  ['month first', String.raw`${MONTH}\b\.?\s+${DAY}(?:,?\s+${YEAR})?`],
  ['unknown', String.raw`(\d{1,2})\/(\d{1,2})\/${YEAR}`],
  ['unknown', String.raw`(\d{1,2})\.(\d{1,2})\.${YEAR}`],
];
const bounded = (form: string): string => String.raw`(?<![\w./-])${form}(?![\w/]|[-.]\d)`;
const ALL = new RegExp(FORMS.map(([, form]) => bounded(form).replace(/\((?!\?)/g, '(?:')).join('|'), 'g');
const WHOLE = FORMS.map(([order, form]) => [order, new RegExp(`^${form}$`)] as const);
const MAY_BE_DATE = /\d[-/.]\d+[-/.]\d|\d(?:st|nd|rd|th)?\s+(?:of\s+)?[JFMASOND][a-z]{2}|[JFMASOND][a-z]{2,8}\.?\s+\d/;

/** The dates of a text. */
export function datesIn(
  text: string,
): readonly { readonly start: number; readonly end: number; readonly inner: string }[] {
  if (!MAY_BE_DATE.test(text)) return [];
  return [...text.matchAll(ALL)].flatMap(({ 0: inner, index }) =>
    dateIn(inner) === undefined ? [] : [{ start: index, end: index + inner.length, inner }],
  );
}

/** The date that a text is, the same for all ways to write it; undefined for any other text. */
export function dateIn(source: string): string | undefined {
  if (source.length > 60 || !MAY_BE_DATE.test(source)) return undefined;
  const text = source
    .replace(/^\\text\s*\{([^{}\\]*)\}$/, '$1')
    .trim()
    .replace(/^(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?|on)\s+/i, '')
    .replace(/(?<=\d)\.$/, '');
  for (const [order, form] of WHOLE) {
    const parts = form.exec(text);
    if (parts === null) continue;
    const [, one = '', two = '', three = ''] = parts;
    const date =
      order === 'year first'
        ? dateOf(one, two, three)
        : order === 'day first'
          ? dateOf(three, two, one)
          : order === 'month first'
            ? dateOf(three, one, two)
            : Number(one) > 12
              ? dateOf(three, two, one)
              : Number(two) > 12
                ? dateOf(three, one, two)
                : // The day or the month may come first, so only the same text is surely the same date.
                  `${Number(one)} or ${Number(two)} of ${three}`;
    if (date !== undefined) return date;
  }
  return undefined;
}

function dateOf(year: string, month: string, day: string): string | undefined {
  const number = /^\d/.test(month) ? Number(month) : MONTHS.indexOf(month.slice(0, 3)) + 1;
  if (number < 1 || number > 12 || Number(day) < 1 || Number(day) > 31) return undefined;
  return `${year} month ${number} day ${Number(day)}`.trim();
}

const NAMED_DAY = new RegExp(
  `^(?:${MONTH}\\b\\.?\\s+(?<behind>\\d{1,2})|(?<before>\\d{1,2})(?:st|nd|rd|th)?\\s+(?:of\\s+)?${MONTH}\\b)`,
);

/** The day of a date whose month is named: `27` of `June 27`. */
export function dayOf(date: string): string | undefined {
  const { behind, before } = dateIn(date) === undefined ? {} : (NAMED_DAY.exec(date.trim())?.groups ?? {});
  return behind ?? before;
}
