/**
 * Numbers behind a result in German, Spanish, Portuguese, Italian and French that only say what it is for or where it comes from: the time or
 * things of a sum of money (`Er verdient 60 € in 5 Stunden.`), the groups of what there is (`Hay 48 alumnos en 4 clases.`), a reason (`…, ya que
 * cada lado mide 6 m.`) and what is left over beside a share (`Cada niño recibe 8 y sobran 2.`). Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../../replies/sentences.js';

const LONGEST = 300;
/** A cheap look for the words below. */
const MAY_HAVE =
  /\d\D{1,160}(?:\b(?:in|en|em|per|por|para|pour|für|auf|dans|da|weil|denn|ya que|porque|puesto que|pues|pois|car|puisque|parce que|poich[eé]|perch[eé]|dato che|y|e|et|und|um|a|con|com|mit|avec|rest[oe]?|sobrando|quedando|restando|avanzando)\b|à |perché|j[aá] que).*\d/iu;

const NUMBER = String.raw`\d(?:[\d.,]*\d)?`;
const WORD = String.raw`[\p{L}'’-]{1,30}[²³]?`;
const END = String.raw`[*_]{0,2}[.!]?[*_]{0,2}\s*$`;
const LEADS = String.raw`^[*_\s]{0,4}(?<said>[^\d?=:;\n]{0,120}?(?<!\p{L}))`;
const MONEY =
  '(?:€|\\$|£|(?:euros?|d[oó]lar(?:es)?|dollars?|dollari|dolares|reais|real|pesos|franken|francs?|libras?|pfund)(?!\\p{L}))';
const FOR = '(?:in|en|em|per|por|para|pour|für|por cada|durante|pendant|während)';
const ARTICLE = '(?:le|les|la|las|los|el|die|den|der|das|i|gli|os|as|sus|seine[nr]?|ihre[nr]?|ses|suas?|suoi)';

/** `60 € in 5 Stunden`: a sum that is earned or paid; a rate, a further clause or another sum does not follow. */
const FOR_MONEY = new RegExp(
  String.raw`${LEADS}[*_]{0,2}(?<value>(?:R?[$€£]\s?${NUMBER}|${NUMBER}\s?${MONEY}))[*_]{0,2}\s${FOR}\s(?:${ARTICLE}\s)?${NUMBER}(?:\s${WORD}){1,4}${END}`,
  'iu',
);
/** `Hay 48 alumnos repartidos en 4 clases.` */
const IN_GROUPS = new RegExp(
  String.raw`${LEADS}(?:hay|habrá|h[aá]|existem|existen|il y a|y a|ci sono|vi sono|sind es|es gibt|gibt es|es sind)\s(?:(?:\p{L}+\s){0,2}total[a-z]{0,2}\s|insgesamt\s)?(?<value>${NUMBER}\s${WORD})(?:\s(?!(?:y|e|et|und|o|ou|oder|de|di|von|por|per|par|pro)\s)${WORD}){0,2},?\s(?:(?:(?:re|dis|des)?(?:part|trib|divid|divis|répart|organiz|organiss|arrang)[\p{L}]{0,12}|verteilt|aufgeteilt|distribu[\p{L}]{1,8}|suddivis[ei])\s)?(?:en|em|in|dans|auf|entre|su|tra|fra|sur)\s(?:${ARTICLE}\s)?${NUMBER}\s${WORD}${END}`,
  'iu',
);
const IS =
  '(?:es|sera|será|é|è|est|ist|sind|beträgt|betragen|mide|mede|misura|mesure|tiene|tem|ha|a|hat|necesita|precisa|braucht|cuesta|custa|costa|coûte|kostet|vale|vaut|son|são|sono|sont|obtiene|recibe|recebe|riceve|reçoit|bekommt|da|dá|dà|donne|ergibt)';
const BECAUSE =
  '(?:,?\\s(?:ya que|porque|puesto que|dado que|j[aá] que|uma vez que|puisque|parce que|étant donné que|poich[eé]|perch[eé]|dato che|weil)|,\\s(?:pues|pois|car|siccome|da|denn))';
const NOW =
  '(?:jetzt|nun|heute|ahora|hoy|agora|hoje|maintenant|ora|adesso|insgesamt|also|daher|somit|donc|portanto|quindi|por (?:lo )?tanto|dunque|exactamente|genau)';
const UNITS = String.raw`(?:\s?[€$£%°]|(?!${BECAUSE}\s)\s${WORD}){0,4}`;
/** `…, ya que cada lado mide 6 m.`: one value in front, and nothing concluded behind. */
const FOR_REASON = new RegExp(
  String.raw`${LEADS}(?:${IS}|en|em|in|dans)\s(?:${NOW}\s)?(?:(?:de|di|von|egal a|igual a)\s)?[*_]{0,2}(?<value>[$€£]?${NUMBER}${UNITS})[*_]{0,2}${BECAUSE}\s(?![^\n]*(?:;|,\s(?:also|somit|daher|folglich|así que|por lo tanto|por tanto|entonces|portanto|logo|ent[aã]o|quindi|dunque|perci[oò]|donc|alors|so|y|e|et|und|cada uno|chacun)(?!\p{L})))[^\n?;:]{3,140}$`,
  'iu',
);
const EACH = String.raw`(?:cada|jede[rsmn]?|chaque|chacun[e]?|ogni|ognuno|ciascun[oa]?|todos|jeweils)(?!\p{L})`;
const LEFT_OVER = [
  String.raw`(?:y|e)\s(?:le\s|les\s)?(?:sobran?|quedan?|restam?|sobram?)\s${NUMBER}(?:\s${WORD}){0,3}`,
  String.raw`(?:sobrando|quedando|restando|avanzando)\s${NUMBER}(?:\s${WORD})?`,
  String.raw`(?:(?:con|com|avec|mit)\s(?:un\s|um\s)?)?rest[oe]?(?:\sd[ei])?\s${NUMBER}`,
  String.raw`con\s(?:un\s)?${NUMBER}\s(?:di|de)\sresto`,
  String.raw`und\s(?:es\s)?(?:${NUMBER}(?:\s${WORD})?\sbleib(?:en|t)\sübrig|bleib(?:en|t)\s${NUMBER}(?:\s${WORD})?\sübrig)`,
  String.raw`et\sil\s(?:en\s)?reste\s${NUMBER}(?:\s${WORD})?`,
  String.raw`e\s(?:ne\s)?(?:avanzano|restano|rimangono|avanza|resta|rimane)\s${NUMBER}(?:\s${WORD})?`,
].join('|');
/** `Cada niño recibe 8 caramelos y sobran 2.` */
const SHARED = new RegExp(
  String.raw`${LEADS}${EACH}[^\d?=:;\n]{1,80}\s[*_]{0,2}(?<value>${NUMBER}(?:\s(?!(?:y|e|et|und)\s)${WORD})?)[*_]{0,2}(?:\s(?!(?:y|e|et|und)\s)${WORD}){0,2},?\s(?:${LEFT_OVER})${END}`,
  'iu',
);
const TIME =
  '(?:sekunden?|minuten?|stunden?|tagen?|tage?|wochen?|monaten?|monate?|jahren?|jahre?|secondes?|minutes?|heures?|jours?|semaines?|mois|ans?|années?|segundos?|minutos?|horas?|d[ií]as?|semanas?|mes(?:es)?|mês|a[ñn]os?|second[io]|minut[io]|or[ae]|giorn[io]|settiman[ae]|mes[ei]|ann[io])';
/** `Er braucht 5 Stunden, um 60 Euro zu verdienen.` */
const FOR_PURPOSE = new RegExp(
  String.raw`${LEADS}(?:tarda|necesita|demora|precisa|leva|lleva|braucht|benötigt|dauert es|faut|met|impiega|mette|occorrono|servono)\s(?:${NOW}\s)?(?<value>${NUMBER}\s${TIME}),?\s(?:um\s|(?:en|para|pour|per|à|a)\s(?!${NUMBER}))[^\d?=:;\n]{0,60}${NUMBER}(?:\s?[€$£]|\s${WORD}){0,4}${END}`,
  'iu',
);
/** A sum with its article is known, and so is what is saved up to, or paid back: the time is asked for. */
const IS_GIVEN =
  /(?<!\p{L})(?:les|los|las|i|gli|die|den|der|os|as|ziel\s\p{L}+|but\s\p{L}+)\s[*_]{0,2}(?:R?[$€£]\s?)?\d|rembours|zurück|erreich|atteind|raggiun|réuni|reuni|reún|alcanz|alcan[çc]|devolv|rimbors|restitu/iu;
const FORMS = [FOR_PURPOSE, FOR_MONEY, IN_GROUPS, FOR_REASON, SHARED];

/** Conditions, denials, questions, bounds and what others say, whose number is no result; reasons in front have their result behind them. */
const OTHERWISE =
  /(?:^|[\s,'’(])(?:wenn|falls|nicht|kein\w{0,2}|si|sin|no|nunca|se|n[aã]o|sem|non|senza|pas|sans|als|cuando|quando|quand|ne|n['’]\S*|da|weil|como|puisque|comme|poich[eé]|siccome|mindestens|höchstens|al menos|au moins|almeno|wie|cu[aá]nt\w*|combien|quant\w*|frage|pregunta|dice|dit|sagt|diz)(?=[\s,])/iu;

/** A reply whose last sentence is without them. */
export function withoutPhrasesAbroad(text: string): string {
  if (!MAY_HAVE.test(text.slice(-LONGEST))) return text;
  const end = text.trimEnd();
  const start = lastSentenceStart(end, LONGEST);
  const sentence = end.slice(start);
  if (sentence.length >= LONGEST || sentence.includes('\\')) return text;
  for (const form of FORMS) {
    const { said, value } = form.exec(sentence)?.groups ?? {};
    if (form === FOR_MONEY && IS_GIVEN.test(sentence)) continue;
    if (said !== undefined && value !== undefined && !OTHERWISE.test(said))
      return `${text.slice(0, start)}So it is ${value}.`;
  }
  return text;
}
