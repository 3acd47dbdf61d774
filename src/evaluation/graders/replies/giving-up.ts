/**
 * Replies that end by saying that they come to no answer: `I cannot determine the total.`, `There is not enough information.`, `The answer
 * is 33. I give up.`, `33. Do you mean per week?`, and such as only list what is to be done. What they say before is withdrawn. Linear in
 * the length of the text.
 */
import { ANY_BORDER, lastSentenceStart } from './sentences.js';
import { withoutTakenBack } from './taken-back.js';

const LONGEST = 400;
const TAIL = 2_000;

const MEANS = String.raw`(?:solv\w+|determin\w+|answer\w*|comput\w+|calculat\w+|find|found|figur\w+ out|work\w* out|know|known|tell|say|decid\w+)`;
const QUANTITY =
  '(?:answer|total|solution|result|value|number|problem|question|amount|sum|probability|cost|price|time|age|count|area|length|distance|change)';
const WANTED = String.raw`(?:(?:it|this|that|the (?:final |exact |correct |right |actual )?${QUANTITY}s?|(?:the|an?) (?:definite|definitive|unique|final) \p{L}+|how (?:many|much)|what)(?![\p{L}]))`;
const UNABLE =
  "(?:cannot|can not|can['’]t|could not|couldn['’]t|(?:am|['’]m|are|['’]re|was|were) (?:unable|not able) to|do(?: not|n['’]t) know how to)";
const WHOLE =
  '(?:(?:the|this) (?:problem|question|answer|total|task|final answer)|(?<=^|[,;:]\\s|\\b(?:so|but|and|thus|therefore|hence|then),? )it)';
const MISSING = String.raw`(?:not enough|insufficient|too little|no sufficient|not sufficient)(?: \p{L}+)? (?:information|data|info|details|context)`;

/** That the whole is given up, whatever was said before. */
const GIVES_UP = [
  String.raw`(?:^|[,;:–—]\s|\b(?:so|and|but|therefore)\s)(?:i|we)(?:\s|(?=['’]))(?:give up|gave up|(?:will|have to|must|['’]ll) give up|(?:am|['’]m|are|got) (?:completely |totally )?stuck)(?=\s?(?:[.!,;]|$|and\b|here\b|on (?:this|it)))`,
  String.raw`\b(?:i|we)(?:(?:['’]ve| have)(?: got)? no|(?: do not| don['’]t) have (?:an?|any)) (?:final |definite |clear )?answer(?: (?:to|for) (?:this|that|it|the)(?: \p{L}+){0,2})?(?=\s?[.!]?\s*$)`,
  String.raw`(?:^|[,;:]\s)(?:me rindo|j['’]abandonne|ich gebe (?:es )?auf|desisto|mi arrendo|no tengo (?:una )?(?:respuesta|solución)(?: final)?|je n['’]ai pas de réponse(?: finale)?|ich habe keine (?:endgültige )?(?:antwort|lösung))(?=\s?[.!]?\s*$)`,
].map((form) => new RegExp(form, 'iu'));

const DETAIL = '(?:clarify|specify|(?:confirm|tell me|say|let me know)(?= (?:if|whether|which|what|how)\\b))';
/** A question to whoever asked, at the end: which of several readings is meant. Offers of help (`Do you want to see the steps?`) are none. */
const ASKS_BACK = new RegExp(
  String.raw`(?:^|[.!?…)*_}$]\s{1,3}|\n\s{0,3})\W{0,6}(?:(?:but|or|and|so|wait|hm+|sorry)[,…]{0,2}\s){0,2}(?:${[
    '(?:do|did) you (?:mean|intend|refer)',
    'do you want (?!me\\b|to\\b|some|more|an?\\b)',
    'are you (?:asking|referring|talking)',
    `(?:could|can|would|will) you (?:please )?${DETAIL}`,
    'should i (?:count|include|use|assume|take|treat)',
  ].join(
    '|',
  )})(?![\p{L}])[^?\n]{0,250}\?(?:[\s*_"”)]{1,6}or [^.!?\n]{1,80}\?)?[\s*_"”)]{0,6}$|(?:[.!?…,]\s{1,3}(?:so\s)?|\n\s{0,3})(?:please\s)?(?:clarify|specify|(?:tell me|let me know) (?:which|what|whether)(?=[^.!?\n]{1,80}\byou (?:mean|want|need|meant|wanted)\b))(?![\p{L}])[^.!?\n]{0,200}[.!]?\s{0,3}$`,
  'iu',
);
const STATED = /\\f?boxed|#{4}|\banswer\s?(?:is|:)/i;

/** Whether a reply that states no answer as such ends by asking what is meant. */
export const asksBack = (reply: string): boolean =>
  /[?.!]|clarify|specify/.test(reply.slice(-40)) &&
  ASKS_BACK.test(reply.slice(-LONGEST).trimEnd()) &&
  !STATED.test(reply.slice(-TAIL));

/** That no answer can be found. */
const NO_WAY = [
  String.raw`(?:^|[,;:]\s|\b(?:so|and|but|therefore|thus|hence),?\s)(?:i|we)(?=\s|['’])\s?${UNABLE} (?:therefore |really |possibly )?${MEANS} ${WANTED}`,
  String.raw`(?:^|[,;:]\s|\b(?:so|and|but|therefore|thus|hence),?\s)(?:i|we)(?=\s|['’])\s?${UNABLE} (?:finish|continue|complete it|proceed|go on|go any further)\b`,
  String.raw`\bthere(?:['’]s| is| was| (?:does not|doesn['’]t) seem to be) ${MISSING}`,
  String.raw`\bthere (?:is|was)(?: not|n['’]t) (?:enough|sufficient)(?: \p{L}+)? (?:information|data|info|details|context)`,
  String.raw`\bthe (?:information|data)(?: (?:given|provided|we have))? (?:is|are) (?:not enough|not sufficient|insufficient)`,
  String.raw`\b(?:problem|question|text) (?:does not|doesn['’]t) (?:give|provide|contain|have|state) (?:enough|sufficient)`,
  String.raw`${WHOLE} (?:cannot|can not|can['’]t|could not) be ${MEANS}(?=\s?(?:[.!;]|$|with|from|without|because|since|as|uniquely|using|given))`,
  String.raw`(?:^without [^.!?\n]{3,100},|\b(?:so|thus|hence|therefore),?) the (?:\p{L}+ )?${QUANTITY}(?: (?:of|for) (?:\p{L}+ ){0,3}\p{L}+)? (?:cannot|can not|can['’]t|could not) be ${MEANS}(?=\s?(?:[.!]|$))`,
  String.raw`\b(?:i|we)(?:['’]ll| will) (?:leave|let) (?:the )?(?:final|last|rest|remaining|${QUANTITY}|calculation|computation|arithmetic)\b[^.!?\n\d]{0,40}\b(?:(?:to|for) (?:you|the reader)|as an exercise)\b`,
  String.raw`\bthe (?:final|last|rest|remaining|${QUANTITY}|calculation|computation)\b[^.!?\n\d]{0,30} (?:is|are) left (?:as an exercise|(?:to|for) (?:you|the reader))\b`,
  String.raw`(?:^|\bso\s|\b(?:it is|it['’]s)\s)impossible to ${MEANS} ${WANTED}`,
  String.raw`\bno (?:es|me es|nos es) posible (?:resolver|determinar|responder|calcular|saber)|\bno (?:se puede|puedo|podemos) (?:resolver|determinar|responder|calcular|saber)|\bno hay (?:suficientes?|bastantes?) (?:información|datos|informaciones)|\bfaltan? (?:información|datos)`,
  String.raw`\b(?:je ne peux pas|on ne peut pas|nous ne pouvons pas|il est impossible de|impossible de|je n['’]arrive pas à) (?:le |la |les )?(?:déterminer|résoudre|répondre|calculer|trouver)(?=\s?(?:[.!;:]|$)|\s(?:à|le|la|les|l['’]|ce|cette|combien|sans|avec|une réponse)(?![\p{L}]))|\bpas assez d['’e]\s?(?:informations?|données)`,
  String.raw`\b(?:ich kann|wir können|man kann)\b[^.!?]{0,80}\bnicht (?:bestimmen|lösen|beantworten|berechnen|ermitteln)|\blässt sich(?: \p{L}+){0,3} nicht (?:bestimmen|lösen|beantworten|berechnen|ermitteln)|\b(?:nicht genug|nicht genügend|zu wenige?|nicht ausreichend(?:e)?) (?:informationen|angaben|daten)`,
  String.raw`\bnão (?:é possível|posso|podemos) (?:resolver|determinar|responder|calcular|saber)|\bnon (?:è possibile|posso|possiamo) (?:risolvere|determinare|rispondere|calcolare)|\bnão há informaç(?:ão|ões) suficientes?`,
].map((form) => new RegExp(form, 'iu'));

/** What stands behind such words and states a value all the same. */
const COMMITS =
  /(?:\b(?:but|so|thus|therefore|hence|however|still|nevertheless|anyway|then|yet|(?:answer|réponse|respuesta|resposta|risposta|antwort)\s?(?:is|est|es|ist|é|è|:)|mais|donc|also|aber|pero|mas|quindi|entonces|assume|assuming|if)\b[^\n]*\d)|=\s?[-−$\d]|#{4}|\\f?boxed/iu;
/** In front of such words: they are those of others, or are denied. */
const NOT_OWN = /\b(?:if|seems?|seemed|may|might|thinks?|says?|said|whether|suppose|not that)\b[^.!?\n]*$/i;

const CHEAP =
  /\b(?:give up|gave up|stuck|(?:no|any|an?) (?:final |definite |clear )?answer|cannot|can not|could not|unable|not able|know how|enough|insufficient|sufficient|impossible|too little|leave|left|let|rindo|abandonne|gebe|desisto|arrendo|tengo|posible|puede|puedo|podemos|suficientes?|bastantes?|faltan?|peux|peut|pouvons|arrive|pas assez|nicht|wenige?|não|posso|possiamo|possibile)\b|n['’]t\b/i;

/** `So it is 33? No. That is impossible.`: what is said of a question that is denied already. */
const SAID_OF_DENIED =
  /(?<=\?[\s*_)"”]{1,6}(?:no|nope)[.!])\s+(?:that|this|it)(?:['’]s|\s(?:is|was|would be|contradicts|violates|can|cannot|does))\b(?:[^.!?\n\d]){1,120}[.!]?\s*$/iu;

/** What would be if something that is not known were so, behind a refusal: `If AC were 5, then x would be 3.` */
const SUPPOSED =
  /^(?:(?:for (?:example|instance)|e\.g\.|but|only|say),?\s)?(?:if|suppose|assuming|assume|had)\b(?![^.!?\n]*\banswer\b)[^!?\n]*\b(?:would|could|might)\b[^!?\n]*$/i;

/** Lines that begin with a number or `Step` and a number. */
const MARK =
  /^(?<before>[\s>*_#-]{0,6})(?:(?:step\s+)?\d{1,2}[.):]|(?:step|schritt|paso|étape)\s+\d{1,2}[.):]?)(?:\*\*|__)?(?=\s)/gimu;
const HEADING_END = /^[\s>*_#-]{0,6}step\s+\d{1,2}\s*$/gim;

/** A list of things to do, without the numbers of its items; undefined for anything else. */
function planWithoutNumbers(text: string): string | undefined {
  if (text.length > TAIL || !/^[\s>*_#-]{0,6}(?:(?:step|schritt|paso|étape)\s+)?\d{1,2}(?:[.):]|\s*$)/imu.test(text))
    return undefined;
  const marks = text.match(MARK)?.length ?? 0;
  const isSteps = /^[\s>*_#-]{0,6}(?:step|schritt|paso|étape)\s+\d/imu.test(text);
  if (marks + (text.match(HEADING_END)?.length ?? 0) < (isSteps ? 1 : 2)) return undefined;
  const plain = text.replace(HEADING_END, '').replace(MARK, '$<before>');
  const isPlain = !/\d|\\/.test(plain) && /\p{L}{2,}\s\p{L}{2,}/u.test(plain);
  return isPlain ? plain : undefined;
}

/** A reply without what it withdraws by giving up; its last sentence where that has no number. */
export function withoutGivenUp(source: string): string {
  const plan = planWithoutNumbers(source);
  if (plan !== undefined) return plan;
  const near = source.slice(-LONGEST);
  const text = near.includes('?')
    ? source.slice(0, source.length - near.length) + near.replace(SAID_OF_DENIED, '')
    : source;
  if (asksBack(text)) return '';
  if (!CHEAP.test(near)) return text;
  const end = text.trimEnd();
  const start = lastSentenceStart(end, LONGEST, ANY_BORDER);
  const sentence = end.slice(start);
  if (sentence.length >= LONGEST) return text;
  if (start > 0 && SUPPOSED.test(sentence)) return leftOfRefusal(end.slice(0, start).trimEnd()) ?? text;
  return leftOfRefusal(end) ?? text;
}

/** What is left of a text whose last sentence gives up; undefined for any other text. */
function leftOfRefusal(end: string): string | undefined {
  const start = lastSentenceStart(end, LONGEST, ANY_BORDER);
  const sentence = end.slice(start);
  const isGivenUp = GIVES_UP.some((form) => form.test(sentence));
  const found = isGivenUp ? null : NO_WAY.map((form) => form.exec(sentence)).find((match) => match !== null);
  if (!isGivenUp && (found === null || found === undefined)) return undefined;
  if (found) {
    const behind = sentence.slice(found.index + found[0].length);
    if (COMMITS.test(behind) || NOT_OWN.test(sentence.slice(0, found.index))) return undefined;
    // An answer that is stated stands beside a remark about something else.
    if (STATED.test(withoutTakenBack(end.slice(0, start)).slice(-TAIL))) return undefined;
  }
  return /\d/.test(sentence) ? '' : sentence;
}
