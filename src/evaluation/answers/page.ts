/** A self-contained page: no scripts, and nothing loaded from elsewhere. */
import { escapeHtml } from './report-text.js';

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1b1f24, #e6e8eb); --soft: light-dark(#5a636e, #9aa4af); --line: light-dark(#d5dae0, #3a4149); --paper: light-dark(#fff, #15181c); --a: light-dark(#a35200, #f0a35a); --b: light-dark(#0b5fa5, #6db3f2); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink); background: var(--paper); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; display: block; overflow-x: auto; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
figure { margin: 1.5rem 0; } figcaption, .soft { color: var(--soft); } svg { max-width: 100%; height: auto; }
svg text { fill: var(--ink); font: 13px system-ui, sans-serif; } svg .rule { stroke: var(--line); } svg .zero { stroke: var(--soft); stroke-dasharray: 3 3; }
svg .a { stroke: var(--a); fill: var(--a); } svg .b { stroke: var(--b); fill: var(--b); } svg .ink { stroke: var(--ink); fill: var(--ink); }
details { border-bottom: 1px solid var(--line); padding: .4rem 0; } summary { cursor: pointer; }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; } pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .3rem 0; }
@media (max-width: 40rem) { .sides { grid-template-columns: 1fr; } }
`;

/** All columns but the first are right-aligned. */
export function htmlTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: 'th' | 'td', row: readonly string[]): string =>
    `<tr>${row.map((text) => `<${tag}${tag === 'th' ? ' scope="col"' : ''}>${escapeHtml(text)}</${tag}>`).join('')}</tr>`;
  return `<table><thead>${cells('th', header)}</thead><tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table>`;
}

/** `body` is HTML; `style` is added to the common one. Its policy forbids scripts and every request. */
export const htmlPage = (title: string, body: string, style = ''): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${STYLE}${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
