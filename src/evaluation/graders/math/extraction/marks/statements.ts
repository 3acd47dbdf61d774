/** Sentences that state the answer: `The final answer is ...`, `#### ...`. */
import { formulas } from './formulas.js';

/** Also in the languages that models think in: Chinese, French, German, Spanish, Portuguese, Italian, Indonesian, Dutch and others. */
const STATEMENT =
  /(?:final\s+answer|answer)[\s*]*(?:(?:is|are|was|would be|should be|equals)(?![A-Za-z'’])|[-=]>|→|=|:)[\s*:]*|(?:答案|答え|réponse|antwort|lösung|respuesta|resposta|risposta|ответ)[\s*]*(?:为|是|は|est|ist|lautet|es|é|è|[:：=])[\s*:：]*|####|\bans:\s|(?:jawaban(?:nya)?|antwoord|odpowiedź|cevap|svaret?)[\s*]*(?:adalah|ialah|is|to|är|er|[:：=])[\s*:]+/gi;

/** In scripts of their own, which are looked for only where there are any. */
const OTHER_SCRIPTS =
  /(?:ответ|отговор|відповідь)[\s*]*(?:равен|равно|равна|будет|это|[—–:-])[\s*:]*|(?:الجواب|الإجابة|الاجابة|الناتج)[\s*]*(?:النهائي(?:ة)?\s*)?(?:هو|هي|[:：])[\s*:]*|(?:정답|답)[\s*]*(?:은|는|[:：])[\s*:]*|(?:उत्तर)[\s*]*(?:है|[:：])?[\s*:]*|(?:đáp án|câu trả lời)[\s*]*(?:là|[:：])[\s*:]*|(?:答案)[\s*]*(?:就是|显然是|应该是|应为|等于)[\s*]*/gi;
const MAX_STATEMENT = 2_000;

interface Statement {
  readonly position: number;
  readonly text: string;
  readonly final: boolean;
}

/** A cheap look for what every statement has, which most answers given alone have not. */
const MAY_STATE = /[a-zа-я]{2}[\s*]*[\s:=>-]|#{4}|[^\0-\x7f]/i;

export function statements(text: string): Statement[] {
  if (text.length < 200 && !MAY_STATE.test(text)) return [];
  const found: { index: number; end: number; final: boolean }[] = [];
  for (const match of text.matchAll(STATEMENT)) {
    const final = match[0].startsWith('#') || /final/i.test(match[0]);
    found.push({ index: match.index, end: match.index + match[0].length, final });
  }
  if (/[\u0370-\uffff\u1e00-\u1eff]/.test(text)) {
    for (const match of text.matchAll(OTHER_SCRIPTS))
      found.push({ index: match.index, end: match.index + match[0].length, final: false });
    found.sort((a, b) => a.index - b.index);
  }
  return found.slice(-8).map(({ index, end, final }) => {
    const rest = text.slice(end, end + MAX_STATEMENT);
    return { position: index, text: sentence(rest), final };
  });
}

/** Up to the end of the sentence or paragraph, outside formulas. */
function sentence(text: string): string {
  const trimmed = text.replace(/^[\s*:]+/, '');
  const end =
    /\.(?=\s+[A-Z*])|(?<=[A-Za-z\d]!)(?=\s+[A-Z][a-z])|\.\s*$|[。！।]|\n\s*\n|\bI hope\b|\n(?=[A-Z#*]|[a-z]+\s*:)/g;
  const spans = formulas(trimmed);
  for (let match = end.exec(trimmed); match !== null; match = end.exec(trimmed)) {
    const at = match.index;
    if (!spans.some((span) => at > span.start && at < span.end)) return trimmed.slice(0, at);
  }
  return trimmed;
}
