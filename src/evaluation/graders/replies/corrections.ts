/**
 * Replies that say in another language than English that they erred, and what is right instead: `Die Antwort ist 12. Moment, das stimmt
 * nicht. 20 - 6 = 14.`, `La respuesta es 9. En realidad, es 8.` What stands behind counts where it gives a result, in a formula or a
 * statement; where it gives none, the reply has no answer. Linear in the length of the text.
 */
import { withoutAmended } from './amended-results.js';
import {
  CALLED_OUT,
  ERRS,
  ERRS_IN_CHINESE,
  ERRS_IN_ENGLISH,
  INSTEAD,
  INSTEAD_IN_CHINESE,
  IS,
  NOT_OWN,
  NOTICES,
  REASON,
  STANDS,
  WHERE,
} from './correction-words.js';
import { ANY_BORDER, lastSentenceStart } from './sentences.js';
import { withoutThoughts } from './thoughts.js';

const TAIL = 10_000;
const LONGEST_SENTENCE = 300;
/** What is looked at, from the last one. */
const MAX_CORRECTIONS = 16;

/** A cheap look for the words below. */
const MAY_CORRECT =
  /fehler|falsch|stimm|verrechnet|vertan|geirrt|verz[äa]hlt|verlesen|vertippt|richtig|korrekt|verkehrt|eigentlich|tats[äa]chlich|vielmehr|gesagt|sondern|erreur|faute|tromp|faux|incorrec|inexact|erron|juste|exact|ce n['’]|en fait|plut[ôo]t|en r[ée]alit|mieux|pour moi|mal (?:calcul|compt|lu|addit)|equivo|confund|error|mal\b|mejor|realidad|de hecho|m[áa]s bien|no (?:es|est)|correc|sbagli|errat|errore|confus|non [èe]|anzi|realt|meglio|di fatto|errei|engan|engano|errad|incorret|corret|cert[oa]|erro\b|ali[áa]s|verdade|realidade|melhor|de fato|corre[çc]|\b(?:wait,? no|no,? wait)\b|moment|warte|attend|esper|aspett|[错误漏忘等]|不对|不正确|[,，。]\s?不|应|而是|其实|实际|更正/iu;

const BEHIND = String.raw`(?:(?<=[.!?…;:,)\]}$*—–]\s{1,3}|[。！？；：，,]\s{0,3}|\n\s{0,3}|\s-\s|[¡¿])|(?<=[\d个只人])(?=不对|，不))`;
const GAP = String.raw`[\s,，.:：;!！…。–—¡-]{1,4}`;
const CJK_GAP = String.raw`[\s,，.:：;!！…。]{0,4}`;
const NOTICED = String.raw`(?:(?:${NOTICES})(?![\p{Script=Latin}'’])${GAP}|(?:等等|等一下|等下|且慢|哦|啊|不|但)${CJK_GAP}){0,3}`;
const ENDS = String.raw`(?=\s?[.!?,;:…—–*\n]|\s-\s|\s?$)`;
const CJK_ENDS = String.raw`(?=\s?[。．.！!，,；;：:\n]|\s?$)`;

/** A clause that says that what stands before it is wrong, with its place and reason. */
const TAKEN_BACK = new RegExp(
  String.raw`${BEHIND}[*_(]{0,3}${NOTICED}(?:(?:${ERRS})(?![\p{L}'’])${WHERE}${REASON}${ENDS}|${CALLED_OUT}|${ERRS_IN_CHINESE}${REASON}${CJK_ENDS}|${ERRS_IN_ENGLISH}(?=\s?[.!;:\n]|\s[–—-]\s|,\s(?:so|hence|thus|therefore)\b|\s?$))`,
  'giu',
);

const NUMBER = String.raw`[-−+]?[$€£¥]?\s?\d(?:[\d.,:/]*\d)?(?:\s?[%°€])?`;
const VALUE = String.raw`[*_"]{0,3}(?:\$[^$\n?]{1,60}\$|\\\([^\n?]{1,60}?\\\)|\\boxed\{[^\n?{}]{1,60}\}|(?:[a-z]\s?=\s?)?${NUMBER})[*_"]{0,3}`;
/** What is counted, but no word that goes on. */
const COUNTED = String.raw`(?:\s(?!(?:de|des|del|di|da|von|of|und|et|y|e|and|oder|ou|o|or|sind|ist|sont|est|son|es|sono|s[ãa]o|are|is|were|was|mehr|plus|m[áa]s|pi[ùu]|mais|more|weniger|moins|menos|meno|less|fewer|mal|fois|veces|volte|vezes|times|per|pro|par|por|to|at|in|zu|bis)(?![\p{L}]))\p{L}{2,20})?`;
const CJK_COUNTED = '(?:个|個|只|人|名|本|件|张|条|支|次|种|元|块|米|岁|天|分钟|小时|颗|箱|棵)?[\\p{Script=Han}]{0,2}';
const LEADS =
  '(?:(?:also|somit|daher|dann|donc|alors|ainsi|as[ií] que|entonces|por (?:lo )?tanto|por eso|quindi|dunque|ent[ãa]o|portanto|logo|so|hence|thus|therefore|then|in total|insgesamt|au total|en total|in totale|no total)(?![\\p{L}]),?\\s)?';
const VALUE_END = String.raw`\s?(?:[.!。！]+(?=\s|$)|$|\n)`;
/** A statement that is nothing but its value, as a sentence or clause of its own. */
const STATES = new RegExp(
  String.raw`(?:^|[.!?;:\n]\s{0,3}|,\s{1,3})${LEADS}(?:(?:${IS}|${INSTEAD}(?: (?:ist|sind|w[äa]ren?|est|es|son|[èe]|[ée]))?)\s)?(?<value>${VALUE})${COUNTED}${VALUE_END}`,
  'giu',
);
const STATES_IN_CHINESE = new RegExp(
  String.raw`(?:^|[。！；：:，,\n]\s{0,3})(?:所以|因此|那么|总共|一共|共)?(?!我|忘|漏)[\p{Script=Han}]{0,8}?(?:是|为|有|剩|得|等于|下|共)?\s{0,2}(?<value>${VALUE})\s?${CJK_COUNTED}\s?(?:[。！.!]|$|\n)`,
  'giu',
);
/** A calculation, or an answer that is called or marked so. */
const GIVES_RESULT = /[=＝≈]\s{0,3}[-−$€£\\]?[\d\\(√π]|\\f?boxed|#{4}|答案/;
const NAMES_ANSWER =
  /(?<![\p{L}])(?:antwort|l[öo]sung|ergebnis|r[ée]ponse|r[ée]sultat|respuesta|resultado|risposta|risultato|resposta|answer)[\s*]{0,3}(?:correcta?|correcte|corretta|correta)?[\s*]{0,3}(?:ist|lautet|est|es|[èeé]|is|:)\s[^.!?\n]{0,40}\d/iu;

/** Words in another value's place: `En realidad, es 8.`, `plutôt 8`, `应该是8` */
const REPLACED = new RegExp(
  String.raw`${BEHIND}[*_(]{0,3}${NOTICED}(?:${INSTEAD}(?![\p{L}'’])(?:${GAP}|\s)(?:(?:${IS})\s)?(?:(?:genau|nur|exactement|exactamente|solo|s[óo]lo|just)\s)?(?<value>${VALUE})${COUNTED}|${INSTEAD_IN_CHINESE}${CJK_GAP}(?<value2>${VALUE})\s?${CJK_COUNTED})\)?${VALUE_END}[^\d?=\\]{0,80}$`,
  'iu',
);
/** `Moment, es sind 8.`: a word of noticing, and a whole statement. */
const NOTICED_OTHER = new RegExp(
  String.raw`${BEHIND}(?:(?:${NOTICES})(?![\p{L}'’])${GAP}){1,3}(?:${IS})\s(?<value>${VALUE})${COUNTED}${VALUE_END}[^\d?=\\]{0,80}$`,
  'iu',
);

/** Whether what stands before a correction ends with a value of the writer's own. */
function isOwnValue(before: string): boolean {
  const trimmed = before.replace(/[\s(*_¡]+$/, '');
  const start = lastSentenceStart(trimmed.replace(/[.!。！:：,，;；]+$/, ''), LONGEST_SENTENCE, ANY_BORDER);
  const sentence = trimmed.slice(start);
  return /[\d\\]/.test(sentence) && !/[?？]$/.test(sentence) && !NOT_OWN.test(sentence);
}

/** The result that stands behind a correction; empty where there is none. */
function resultIn(rest: string): string {
  if (GIVES_RESULT.test(rest)) return rest;
  const isChinese = /\p{Script=Han}/u.test(rest);
  const stated = [...rest.matchAll(isChinese ? STATES_IN_CHINESE : STATES)].at(-1)?.groups?.value;
  if (stated !== undefined) return stated;
  return NAMES_ANSWER.test(rest) ? rest : '';
}

/** What a part of a reply says in place of an answer that it takes back; undefined where it takes none back. */
function corrected(text: string): string | undefined {
  const from = Math.max(0, text.length - TAIL);
  const tail = text.slice(from);
  for (const { index, 0: clause } of [...tail.matchAll(TAKEN_BACK)].slice(-MAX_CORRECTIONS).reverse()) {
    const before = text.slice(0, from + index);
    if (!isOwnValue(before)) continue;
    const rest = tail
      .slice(index + clause.length)
      .replace(/^[\s.,，。:：;；!！…*_)–—-]+(?!\d)|^[\s.,，。:：;；!！…*_)–—]+/, '');
    if (STANDS.test(rest) && !/\d/.test(rest)) return undefined;
    return resultIn(rest);
  }
  const near = text.slice(-LONGEST_SENTENCE);
  for (const form of [REPLACED, NOTICED_OTHER]) {
    const found = form.exec(near);
    if (found === null || !isOwnValue(text.slice(0, text.length - near.length + found.index))) continue;
    return found.groups?.value ?? found.groups?.value2;
  }
  return undefined;
}

/** What a reply comes to behind the last answer that it takes back, or amends; the reply itself where it does neither. */
export function withoutCorrected(reply: string): string {
  const { answer, cut } = withoutThoughts(reply);
  // A thought may correct itself as it likes.
  if (cut || !reply.endsWith(answer)) return reply;
  const amended = withoutAmended(answer);
  const found = MAY_CORRECT.test(amended.slice(-TAIL)) ? corrected(amended) : undefined;
  if (found !== undefined) return found;
  return amended === answer ? reply : amended;
}
