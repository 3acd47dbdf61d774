/** Chemical notation in one form: digits on the line for numbers of atoms, `⟦2-⟧` for a charge above the line. */
import { SUBSCRIPTS, SUPERSCRIPTS } from '../tokens/characters.js';

const MAX_LENGTH = 400;

/** What the arrow of a reaction is written as. */
export const ARROW = '→';

const RAISED_RUN = /[⁰¹²³⁴-⁹⁺⁻]+/g;

const raised = (mark: string): string => (mark === '⁺' ? '+' : mark === '⁻' ? '-' : String(SUPERSCRIPTS.indexOf(mark)));

/** A charge as `⟦2-⟧`, whether the sign stands in front of its number or behind; other text where it is none. */
function charge(text: string): string | undefined {
  const plain = text.replace(/\s+/g, '');
  const [, before = '', signs = '', after = ''] = /^(\d?)([+-]{1,4})(\d?)$/.exec(plain) ?? [];
  if (signs === '' || (before !== '' && after !== '') || new Set(signs).size > 1) return undefined;
  if (signs.length > 1 && (before !== '' || after !== '')) return undefined;
  const size = before || after || String(signs.length);
  return size === '0' ? undefined : `⟦${size}${signs[0]}⟧`;
}

/** The notation without LaTeX; undefined where something is left that no formula of chemistry has. */
export function plainNotation(source: string): string | undefined {
  if (source.length > MAX_LENGTH || !/[A-Z]/.test(source)) return undefined;
  const text = source
    .replace(/\$|\\[()[\]]/g, '')
    .replace(/\\(?:ce|mathrm|mathsf|mathbf|text|textrm|textbf|rm|operatorname)(?![A-Za-z])\s*/g, '')
    .replace(/\\(?:left|right|displaystyle)(?![A-Za-z])|\\[,;!: ]|\\q?quad(?![A-Za-z])|~/g, ' ')
    .replace(/\\x(?:right|rightleft|leftright)\w*\s*(?:\[[^[\]{}]{0,60}\])?\s*\{[^{}]{0,60}\}/g, ARROW)
    .replace(/\\(?:(?:long)?rightarrow|Rightarrow|to|longleftrightarrow|rightleftharpoons)(?![A-Za-z])/g, ARROW)
    .replace(/<?[-=]{1,2}>|⟶|⇌|⇄|⇒|➔/g, ARROW)
    .replace(/\\[dt]?frac\s*\{?(\d)\}?\s*\{?(\d)\}?/g, '$1/$2')
    .replace(/½/g, '1/2')
    .replace(/[−–]/g, '-')
    .replace(/\\cdot(?![A-Za-z])|[•∙⋅*]/g, '·')
    .replace(/[₀-₉]/g, (digit) => String(SUBSCRIPTS.indexOf(digit)))
    .replace(/_\{?(\((?:s|l|g|aq)\))\}?/g, '$1')
    .replace(/_\{\s?(\d{1,3})\s?\}|_(\d)/g, (_, group = '', digit = '') => `${group}${digit}`)
    .replace(RAISED_RUN, (run) => `^{${[...run].map(raised).join('')}}`)
    .replace(/\^\{([^{}]{1,8})\}|\^(\d?[+-]+)(?!\d)/g, (match, group = '', bare = '') => charge(group + bare) ?? match)
    .replace(/[{}]/g, '')
    .replace(/[.\s]+$/, '')
    .trim();
  return /[\\_^]/.test(text) ? undefined : text;
}
