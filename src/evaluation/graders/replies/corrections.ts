/**
 * Replies that say in another language than English that they erred, and what is right instead: `Die Antwort ist 12. Moment, das stimmt
 * nicht. 20 - 6 = 14.`, `La respuesta es 9. En realidad, es 8.` What stands behind counts where it gives a result, in a formula or a
 * statement; where it gives none, the reply has no answer. Linear in the length of the text.
 */
import { withoutAmended } from './amended-results.js';
import {
  CALLED_OUT,
  CONCLUDING,
  ERRS,
  ERRS_IN_CHINESE,
  ERRS_IN_ENGLISH,
  EXISTS,
  FIRST_PERSON,
  HAS,
  IN_ALL,
  INSTEAD,
  INSTEAD_IN_CHINESE,
  IS,
  IS_IN_ENGLISH,
  LEFT_OUT,
  NOT_OWN,
  NOTICES,
  NOTICES_IN_CHINESE,
  REASON,
  SIGHS,
  STANDS,
  WHERE,
} from './correction-words.js';
import { lastSentenceStart } from './sentences.js';
import { withoutThoughts } from './thoughts.js';

const TAIL = 10_000;
const LONGEST_SENTENCE = 300;
/** Chinese has no space behind its full stop. */
const BORDER = /[.!?…][*_"”)]{0,3}\s+|[。！？]\s*|\n\s*/g;
/** What is looked at, from the last one. */
const MAX_CORRECTIONS = 16;

/** A cheap look for what the words below have, whose patterns are long: an accented or Chinese letter, or a word without any. */
const MAY_CORRECT =
  /[\u00c0-\u024f\u4e00-\u9fff]|\b(?:fals[oa]|inexact|erron\w*|desole\w*|nein|non?|nao|falsch|stimmt|richtig|korrekt\w*|korrigier\w*|verkehrt|mich|mir|\w*fehler|vertan|verrechnet|eigentlich|tatsachlich|vielmehr|gesagt|sondern|halt|stopp|warte|moment|quatsch|unsinn|ups|oups|ops|sorry|pardon|perdon|erreur|faux|trompee?|mal|fait|corrige|correction|equivo\w*|confundi?|error|mejor|realidad|hecho|bien|corrijo|incorrect[oa]?|sbagli\w*|errore|errat[oa]|anzi|meglio|fatto|correggo|errei|engan\w*|erro|errad[oa]|verdade|realidade|melhor|corrig\w*|alias|attend[sez]+|esper[ae]\w*|aspett\w+|scus\w|desculp\w+|wait)\b/i;

const BEHIND = String.raw`(?:(?<=[.!?…;:,)\]}$*—–]\s{1,3}|[。！？；：，,]\s{0,3}|\n\s{0,3}|\s-\s|[¡¿])|(?<=[\d个只人])(?=不对|，不))`;
const GAP = String.raw`[\s,，.:：;!！…。–—¡-]{1,4}`;
const CJK_GAP = String.raw`[\s,，.:：;!！…。]{0,4}`;
/** Sighs and words of noticing, and no other than those. */
const SIGHED = `(?:${SIGHS}(?![a-zß-ɏ'’])${GAP}){0,2}`;
const NOTICE = `[*_]{0,2}(?:${NOTICES})(?![a-zß-ɏ'’])[*_]{0,2}${GAP}`;
const NOTICED = `(?:${SIGHED}(?:${NOTICE}){0,3}|(?:${NOTICES_IN_CHINESE}${CJK_GAP}){1,3})`;
const ENDS = String.raw`(?=\s?[.!?,;:…—–*\n]|\s-\s|\s?$)`;
const CJK_ENDS = String.raw`(?=\s?[。．.！!，,；;：:\n]|\s?$)`;

/** A clause that says that what stands before it is wrong, with its place and reason. */
const TAKEN_BACK = new RegExp(
  String.raw`${BEHIND}[*_(]{0,3}${NOTICED}(?:(?:${ERRS})(?![a-zß-ɏ'’])${WHERE}${REASON}${ENDS}|${CALLED_OUT}|(?<=${NOTICES}(?![a-zß-ɏ'’])[*_]{0,2}${GAP})${LEFT_OUT}(?=\s?[.!;:\n]|,\s${CONCLUDING}|\s?$)|${ERRS_IN_CHINESE}${REASON}${CJK_ENDS}|${ERRS_IN_ENGLISH}(?=\s?[.!;:\n]|\s[–—-]\s|,\s(?:so|hence|thus|therefore)\b|\s?$))`,
  'giu',
);

const NUMBER = String.raw`[-−+]?[$€£¥]?\s?\d(?:[\d.,:/]*\d)?(?:\s?[%°€])?`;
const VALUE = String.raw`[*_"]{0,3}(?:\$[^$\n?]{1,60}\$|\\\([^\n?]{1,60}?\\\)|\\boxed\{[^\n?{}]{1,60}\}|(?:[a-z]\s?=\s?)?${NUMBER})[*_"]{0,3}`;
/** What is counted, but no word that goes on. */
const COUNTED = String.raw`(?:\s(?!(?:de|des|del|di|da|von|of|und|et|y|e|and|oder|ou|o|or|sind|ist|sont|est|son|es|sono|s[ãa]o|are|is|were|was|mehr|plus|m[áa]s|pi[ùu]|mais|more|weniger|moins|menos|meno|less|fewer|mal|fois|veces|volte|vezes|times|per|pro|par|por|to|at|in|zu|bis)(?![a-zß-ɏ]))[a-zß-ɏ]{2,20})?`;
const CJK_COUNTED = '(?:个|個|只|人|名|本|件|张|条|支|次|种|元|块|米|岁|天|分钟|小时|颗|箱|棵)?[一-鿿]{0,2}';
const LEADS = String.raw`(?:${CONCLUDING},?\s)?`;
const VALUE_END = String.raw`\s?(?:[.!。！]+(?=\s|$)|$|\n)`;
/** A statement that is nothing but its value, as a sentence or clause of its own. */
const STATES = new RegExp(
  String.raw`(?:^|[.!?;:\n]\s{0,3}|,\s{1,3})${LEADS}(?:(?:${HAS}|${IS}|${IS_IN_ENGLISH}|${INSTEAD}(?: (?:ist|sind|w[äa]ren?|est|es|son|[èe]|[ée]))?)\s)?(?<value>${VALUE})${COUNTED}(?:\s${IN_ALL})?${VALUE_END}`,
  'giu',
);
const STATES_IN_CHINESE = new RegExp(
  String.raw`(?:^|[。！；：:，,\n]\s{0,3})(?:所以|因此|那么|总共|一共|共)?(?!我|忘|漏)[一-鿿]{0,8}?(?:是|为|有|剩|得|等于|下|共)?\s{0,2}(?<value>${VALUE})\s?${CJK_COUNTED}\s?(?:[。！.!]|$|\n)`,
  'giu',
);
/** That there is none: `Also gibt es keine Lösung.` */
const GIVES_NONE =
  /(?<![a-zß-ɏ])(?:keine|aucune|pas de|no (?:hay|tiene)|nessuna|n[ãa]o h[áa]|no) (?:[a-zß-ɏ]+ )?(?:l[öo]sung|solution|soluci[óo]n|soluzione|solu[çc][ãa]o)/iu;
/** A calculation, or an answer that is called or marked so. */
const GIVES_RESULT = /[=＝≈]\s{0,3}[-−$€£\\]?[\d\\(√π]|\\f?boxed|#{4}|答案|无解/;
const NAMES_ANSWER =
  /(?<![a-zß-ɏ])(?:antwort|l[öo]sung|ergebnis|r[ée]ponse|r[ée]sultat|respuesta|resultado|risposta|risultato|resposta|answer)[\s*]{0,3}(?:correcta?|correcte|corretta|correta)?[\s*]{0,3}(?:ist|lautet|est|es|[èeé]|is|:)\s[^.!?\n]{0,40}\d/iu;

/** Words in another value's place: `En realidad, es 8.`, `plutôt 8`, `应该是8` */
const REPLACED = new RegExp(
  String.raw`${BEHIND}[*_(]{0,3}${NOTICED}(?:${INSTEAD}(?![a-zß-ɏ'’])(?:${GAP}|\s)(?:(?:${IS})\s)?(?:(?:genau|nur|exactement|exactamente|solo|s[óo]lo|just)\s)?(?<value>${VALUE})${COUNTED}|${INSTEAD_IN_CHINESE}${CJK_GAP}(?<value2>${VALUE})\s?${CJK_COUNTED})\)?${VALUE_END}[^\d?=\\]{0,80}$`,
  'iu',
);
/** `Moment, es sind 8.`, `Ach nein, 8.`: a word of noticing, and a whole statement or nothing but a value. */
const NOTICED_OTHER = new RegExp(
  String.raw`${BEHIND}${SIGHED}(?:${NOTICE}){1,3}(?:(?:${IS})\s(?<value>${VALUE})(?:${COUNTED})|(?<=[,.:!–—]\s)(?<value2>${VALUE}))${VALUE_END}[^\d?=\\]{0,80}$`,
  'iu',
);

/** A last sentence that concludes with its only number: `Also hat der Bauer 8 Hühner.` */
const CONCLUDES = new RegExp(
  String.raw`(?:^|[.!?;:\n]\s{1,3})(?<sentence>${CONCLUDING}\s[^.!?;:\n\d]{1,80}${NUMBER}[^.!?;:\n\d]{0,60}[.!]?\s*$)`,
  'iu',
);

/** Where the sentence in front of a correction begins, and the sentence. */
function sentenceBefore(before: string): { readonly start: number; readonly sentence: string } {
  const from = Math.max(0, before.length - LONGEST_SENTENCE);
  const near = before.slice(from).trimEnd();
  const start = from + lastSentenceStart(near.replace(/[.!。！:：,，;；(*_¡\s]{1,8}$/, ''), LONGEST_SENTENCE, BORDER);
  return { start, sentence: before.slice(start).trimEnd() };
}

/** Whether what stands before a correction ends with a value of the writer's own. */
function isOwnValue(before: string): boolean {
  const { sentence } = sentenceBefore(before);
  return /[\d\\]/.test(sentence) && !/[?？][\s(*_¡]{0,8}$/.test(sentence) && !NOT_OWN.test(sentence);
}

const NAMES =
  /(?<![a-zß-ɏ])(?:antwort|l[öo]sung|ergebnis|r[ée]ponse|r[ée]sultat|respuesta|resultado|risposta|risultato|resposta|answer)(?![a-zß-ɏ])|答案|\\f?boxed|#{4}/iu;

/** Whether a verdict is on the answer: the sentence before states it or its value, or no other states one. */
function isOfAnswer(before: string): boolean {
  const { start, sentence } = sentenceBefore(before);
  if (NAMES.test(sentence)) return true;
  const stated = before.slice(Math.max(0, start - TAIL), start);
  if (!NAMES.test(stated)) return true;
  const value = sentence.match(/\d(?:[\d.,]*\d)?/g)?.at(-1);
  return value !== undefined && (stated.match(/\d(?:[\d.,]*\d)?/g) ?? []).at(-1) === value;
}

/** Whether what a statement counts, if anything, was spoken of before. */
function isCountedBefore(statement: string, before: string): boolean {
  const noun = /\d\s(?<noun>[a-zß-ɏ]{2,})/iu.exec(statement)?.groups?.noun;
  return noun === undefined || before.slice(-TAIL).includes(noun);
}

/** The result that stands behind a correction; empty where there is none. */
function resultIn(rest: string): string {
  if (GIVES_RESULT.test(rest) || GIVES_NONE.test(rest)) return rest;
  const isChinese = /\p{Script=Han}/u.test(rest);
  const stated = [...rest.matchAll(isChinese ? STATES_IN_CHINESE : STATES)].at(-1);
  // A number behind it is another.
  if (stated?.groups?.value !== undefined && !/\d/.test(rest.slice(stated.index + stated[0].length)))
    return stated.groups.value;
  return NAMES_ANSWER.test(rest) ? rest : (CONCLUDES.exec(rest.slice(-LONGEST_SENTENCE))?.groups?.sentence ?? '');
}

const COUNTS = /\d\s(?<noun>[a-zß-ɏ]{2,20})/giu;
const COUNTS_AT_END = new RegExp(
  String.raw`^[^.!?;:\n\d]{1,80}\s(?<value>${NUMBER})\s(?<noun>[a-zß-ɏ]{2,20})[.!]?\s*$`,
  'iu',
);

/** The value of a last sentence that counts the same as the one before the correction: `Er kauft 14 Äpfel.`; empty for any other. */
function restated(rest: string, before: string): string {
  const sentence = rest.slice(lastSentenceStart(rest, LONGEST_SENTENCE, BORDER));
  const { value, noun } = COUNTS_AT_END.exec(sentence)?.groups ?? {};
  if (value === undefined || FIRST_PERSON.test(sentence) || NOT_OWN.test(sentence)) return '';
  const counted = [...before.slice(-LONGEST_SENTENCE).matchAll(COUNTS)].at(-1)?.groups?.noun;
  return counted === noun ? value : '';
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
    const result = resultIn(rest) || restated(rest, before);
    // Where an answer is stated, a verdict alone may be on something else: `Die Antwort ist 14. Tom bekam 12 heraus. Das ist falsch.`
    if (result !== '' || FIRST_PERSON.test(clause) || isOfAnswer(before)) return result;
  }
  const near = text.slice(-LONGEST_SENTENCE);
  for (const form of [REPLACED, NOTICED_OTHER]) {
    const found = form.exec(near);
    const before = found === null ? '' : text.slice(0, text.length - near.length + found.index);
    if (found === null || !isOwnValue(before)) continue;
    if (EXISTS.test(found[0]) && !isCountedBefore(found[0], before)) continue;
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
