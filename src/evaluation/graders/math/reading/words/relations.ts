/** Values that are said by their relation to another: `half of 4`, `7 less than 20`, `two out of three`. */
import { combine, integer, type Rational, rational } from '../../../../../rational.js';
import type { Expression } from '../../tree/expression.js';
import { fractionInWords, numberInWords } from './amounts.js';

const MAX_LENGTH = 60;
const MAY_RELATE = /\b(?:of|than)\s/i;
const NUMBER = String.raw`(?:\d{1,9}(?:\.\d{1,6})?|[a-z]{3,9}(?:[ -][a-z]{3,9})?)`;
const SHARE_OF = new RegExp(
  `^(?<part>half|(?:an?|one|two|three|four|five|six|seven|eight|nine)[ -][a-z]{4,10}) of (?<whole>${NUMBER})$`,
  'i',
);
const MORE_OR_LESS = new RegExp(`^(?<change>${NUMBER}) (?<way>less|fewer|more|greater) than (?<from>${NUMBER})$`, 'i');
const OUT_OF = /^(?<part>[a-z]{3,9}) out of (?<whole>[a-z]{3,9}|\d{1,9})$/i;

/** A number in digits or words. */
function numberOf(text: string): Rational | undefined {
  const [, whole, decimals = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole !== undefined) return rational(BigInt(whole + decimals), 10n ** BigInt(decimals.length));
  const value = numberInWords(text.toLowerCase().split(/[ -]/));
  return value === undefined ? undefined : integer(value);
}

/** The value of such words; undefined for any other text. */
export function relatedValue(source: string): Expression | undefined {
  if (source.length > MAX_LENGTH || !MAY_RELATE.test(source)) return undefined;
  const text = source.trim().replace(/\.$/, '').replace(/\s+/g, ' ');
  const { part, whole } = (OUT_OF.exec(text) ?? SHARE_OF.exec(text))?.groups ?? {};
  const { change, way = '', from } = MORE_OR_LESS.exec(text)?.groups ?? {};
  const of = numberOf(whole ?? from ?? '');
  if (of === undefined) return undefined;
  let value: Rational | undefined;
  if (part === undefined) {
    const by = numberOf(change ?? '');
    value = by && combine(of, /^[lf]/i.test(way) ? '-' : '+', by);
  } else if (/ out of /i.test(text)) {
    const taken = numberOf(part);
    const share = taken && combine(taken, '/', of);
    // More than all are no share.
    value = share !== undefined && share.numerator <= share.denominator ? share : undefined;
  } else {
    const share = fractionInWords(part.toLowerCase().replace(/^an /, 'a ').split(/[ -]/));
    value = share?.kind === 'number' ? combine(share.value, '*', of) : undefined;
  }
  return value && { kind: 'number', value };
}
