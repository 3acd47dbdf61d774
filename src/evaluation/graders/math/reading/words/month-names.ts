/**
 * Dates with their month in German, French, Spanish, Portuguese or Italian, or with their day in words, as English writes them: `3. Mai
 * 2024`, `3 de mayo de 2024`, `1er mars 2023` and `the third of May, 2024`.
 */

const ENGLISH = 'January February March April May June July August September October November December'.split(' ');
/** The names of each month, without those that are the same in English. */
const NAMES = [
  'januar|jänner|janvier|janeiro|gennaio|enero',
  'februar|février|fevrier|fevereiro|febbraio|febrero',
  'märz|maerz|mars|março|marzo',
  'avril|abril|aprile',
  'mai|maio|maggio|mayo',
  'juni|juin|junho|giugno|junio',
  'juli|juillet|julho|luglio|julio',
  'août|aout|agosto',
  'septembre|setembro|settembre|septiembre|setiembre',
  'oktober|octobre|outubro|ottobre|octubre',
  'novembre|novembro|noviembre',
  'dezember|décembre|decembre|dezembro|dicembre|diciembre',
];
const MONTHS: ReadonlyMap<string, string> = new Map(
  NAMES.flatMap((names, index) => names.split('|').map((name) => [name, ENGLISH[index] ?? ''] as const)),
);
const NAME = NAMES.join('|');
/** The days of a month as they are counted in words. */
const DAYS = [
  ...'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth'.split(
    ' ',
  ),
  ...'fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third'.split(
    ' ',
  ),
  ...'twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first'.split(
    ' ',
  ),
];
const DAY = [...DAYS].reverse().join('|').replaceAll('-', '[- ]');

const YEAR = String.raw`(?:1\d|20)\d{2}`;
const MAY_HAVE = new RegExp(
  String.raw`\d(?:\.|er|[º°])?\s+(?:d[ei]\s+)?(?:${NAME})|\d\.\s(?:April|August|September|November)\s\d|(?:th|first|second|third)\sof\s(?:${ENGLISH.join('|')})`,
  'i',
);
const FOREIGN = new RegExp(
  String.raw`(?<![\w./-])(?:(?:der|den|dem|le|el|il|o)\s+)?(\d{1,2})(?:\.|er|[º°])?\s+(?:d[ei]\s+)?(${NAME})(?![\wß-ɏ])(?:,?\s+(?:del?\s+)?(${YEAR})(?!\d))?`,
  'gi',
);
/** Months that German has from English are told by the point behind their day, and by their year. */
const SHARED = new RegExp(
  String.raw`(?<![\w./-])(?:(?:der|den|dem)\s+)?(\d{1,2})\.\s+(April|August|September|November)\s+(${YEAR})(?!\d)`,
  'g',
);
const WORDED = new RegExp(
  String.raw`(?<![\w-])(?:the\s)?(${DAY})\sof\s(${ENGLISH.join('|')})(?:,?\s+(${YEAR})(?!\d))?`,
  'gi',
);

/** `2 Mars bars`, `3 mayo jars`: these may be something else behind a number alone. */
const OTHER_WORDS = /^\d{1,2}\s+(?:mars|mayo|mai)$/i;

const dated = (day: string, month: string, year: string | undefined): string =>
  `${day} ${month}${year === undefined ? '' : ` ${year}`}`;

/** The text with such dates in English. Linear in its length. */
export function withEnglishDates(text: string): string {
  if (!MAY_HAVE.test(text)) return text;
  return text
    .replace(FOREIGN, (said, day: string, month: string, year?: string) =>
      OTHER_WORDS.test(said) ? said : dated(day, MONTHS.get(month.toLowerCase()) ?? month, year),
    )
    .replace(SHARED, (_, day: string, month: string, year: string) => dated(day, month, year))
    .replace(WORDED, (_, day: string, month: string, year?: string) =>
      dated(
        String(DAYS.indexOf(day.toLowerCase().replace(' ', '-')) + 1),
        month.charAt(0).toUpperCase() + month.slice(1).toLowerCase(),
        year,
      ),
    );
}
