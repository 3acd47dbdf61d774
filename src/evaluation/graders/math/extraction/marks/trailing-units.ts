/** Units that stand outside of the box or formula that holds the number. */
import { unitOf } from '../../tree/units.js';
import type { Passage } from '../values/prose.js';

const TRAILING_UNIT = /[\s$]*(?:\\\)|\\\])?\s*(\\?%|percent\b|pct\b|°|degrees\b)/y;

/** A percent sign or degrees behind a position. */
export function trailingUnit(text: string, position: number): string {
  TRAILING_UNIT.lastIndex = position;
  const unit = TRAILING_UNIT.exec(text)?.[1];
  return unit === undefined ? '' : ` ${unit.replace('\\', '')}`;
}

const UNIT_BEHIND_BOX =
  /(?:[\s$]|\\[,;: )\]]|~){0,6}(?:\\(?:text|mathrm|textrm|mbox)\s*\{\s*([A-Za-zμµΩ°][A-Za-zμµΩ°/ ^\d]{0,30})\}|([A-Za-zμµΩ]{1,20}(?:\s?(?:\/|per)\s?[A-Za-z]{1,12})?(?:\^\d|[²³])?))(?=[\s$)\]]*(?:[.,;!]|$|\n| (?:in|of|for|and|per|are|is|were|left|altogether)\b))/y;

/** A unit behind a box that holds a bare number, or a sign of money in front of it. */
export function unitOfBox(text: string, box: Passage): string {
  if (!/^\s*[-−]?[\d.,/]+\s*$/.test(box.inner.slice(0, 40))) return '';
  const money = /[€£¥₹]\s*\$?$/.exec(text.slice(Math.max(0, box.start - 4), box.start))?.[0].charAt(0);
  if (money !== undefined) return ` ${money}`;
  UNIT_BEHIND_BOX.lastIndex = box.end;
  const found = UNIT_BEHIND_BOX.exec(text);
  const unit = (found?.[1] ?? found?.[2] ?? '').trim();
  if (unit === '' || !/[A-Za-z]/.test(unit)) return '';
  const { dimension, counted } = unitOf(unit);
  // What is counted has the plural; any other word may go on with the sentence.
  const counts =
    counted.length > 0 &&
    /[a-z]{2}s$/.test(unit) &&
    !/^(?:is|as|was|plus|times|minus|equals|units?|thus|this|gives|yields|ways|(?:possibiliti|outcom|cas|valu|choic|piec|tim)es|arrangements|options|solutions|combinations|numbers|items|objects|things|persons|students|pupils|kids|individuals|members)$/.test(
      unit,
    );
  return (dimension !== '' && !/^(?:in|a|at|as|am|pm|min|h|C|M)$/.test(unit)) || counts ? ` ${unit}` : '';
}
