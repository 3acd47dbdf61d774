/** Text of models and data: always text, with formulas set by KaTeX where LaTeX marks them. */
import katex from 'katex';
import { useEffect, useRef } from 'preact/hooks';
import { FORMULA_SETTINGS, textPieces } from '../../src/views/formulas.js';

function Formula({ tex, display }: { readonly tex: string; readonly display: boolean }) {
  const element = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (element.current === null) return;
    try {
      katex.render(tex, element.current, {
        ...FORMULA_SETTINGS,
        displayMode: display,
        throwOnError: false,
        output: 'htmlAndMathml',
      });
    } catch {
      element.current.textContent = tex;
    }
  }, [tex, display]);
  return <span ref={element} class={display ? 'formula display' : 'formula'} />;
}

/** A text with its formulas. */
export function RichText({ text }: { readonly text: string }) {
  return (
    <span class="text">
      {textPieces(text).map((piece, i) =>
        piece.kind === 'text' ? (
          piece.text
        ) : (
          <Formula key={`${i}:${piece.tex}`} tex={piece.tex} display={piece.display} />
        ),
      )}
    </span>
  );
}
