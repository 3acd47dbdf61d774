/**
 * Formulas as MathML, which browsers set without scripts or fonts of the page. `npm run build` bundles KaTeX into this
 * module (scripts/bundle-formulas.mjs).
 */
import katex from 'katex';
import { escapeHtml } from '../evaluation/answers/report-text.js';
import { FORMULA_SETTINGS, textPieces } from '../views/formulas.js';

/** A formula as HTML; what KaTeX cannot read is shown as it was written. */
function formulaHtml(tex: string, displayMode: boolean): string {
  try {
    return katex.renderToString(tex, { ...FORMULA_SETTINGS, displayMode, throwOnError: true, output: 'mathml' });
  } catch {
    return `<code>${escapeHtml(tex)}</code>`;
  }
}

/** A text of a model or of data as HTML: always text, with formulas where LaTeX marks them. */
export const richText = (text: string): string =>
  textPieces(text)
    .map((piece) => (piece.kind === 'text' ? escapeHtml(piece.text) : formulaHtml(piece.tex, piece.display)))
    .join('');
