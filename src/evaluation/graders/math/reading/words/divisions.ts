/** Divisions with a remainder: `5 R 3`, `5 remainder 3`, which are neither the product `15R` nor `3 R 5`. */
import type { Expression } from '../../tree/expression.js';

const LONGEST = 60;
const DIVISION =
  /^(?<quotient>\d[\d,]*)\s?(?:,\s?)?(?:r\.?|rem\.?|(?:(?:with|and) )?(?:an? |the )?remainder(?: of| is|:| =)?)\s?(?<remainder>\d[\d,]*)$/i;

/** A cheap look: most answers go on otherwise behind a number. */
const MAY_DIVIDE = /\d[\s$~\\,;:!]{0,6}(?:(?:text|mathrm)\s*\{\s*)?(?:r|with|and|an? r|the r)/i;

/** A division that gives both its quotient and its remainder; undefined for any other text. */
export function divisionOf(source: string): Expression | undefined {
  if (source.length > LONGEST || !MAY_DIVIDE.test(source)) return undefined;
  const plain = source
    .replace(/\\(?:text|mathrm)\s*\{([^{}]*)\}|[$~]|\\(?:[,;:! ]|q?quad)/g, (_, inner?: string) => ` ${inner ?? ''} `)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '');
  const { quotient, remainder } = DIVISION.exec(plain)?.groups ?? {};
  if (quotient === undefined || remainder === undefined) return undefined;
  const digits = [quotient, remainder].map((number) => number.replaceAll(',', '').replace(/^0+(?=\d)/, ''));
  return { kind: 'text', text: `quotient ${digits.join(' remainder ')}` };
}
