/** Units as they are written in an answer. */
import { unitOf } from '../tree/units.js';

/** A unit in a command for text, as plain text; undefined when it is none that is known. */
export function unitText(text: string): string | undefined {
  if (text.length > 60) return undefined;
  const plain = text
    .replace(/\\cdot(?![A-Za-z])/g, '*')
    .replace(/\\(?:Omega|ohm)(?![A-Za-z])/g, 'Ω')
    .replace(/\\[,;:! ]|[~{}$]/g, (match) => (/[{}$]/.test(match) ? '' : ' '))
    .trim();
  if (!/^[A-Za-zμµΩ°][A-Za-zμµΩ°/*^. \d-]*$/.test(plain)) return undefined;
  return unitOf(plain).dimension === '' ? undefined : plain;
}
