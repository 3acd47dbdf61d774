/**
 * A clause of time behind a result in German, Spanish, Portuguese, Italian and French, whose number is not the result: `Also hat sie noch 12
 * Äpfel, nachdem sie 3 gegessen hat.`, `Le quedan 12 después de comer 3.` Linear in the length of the text.
 */
import { lastSentenceStart } from '../../../../replies/sentences.js';

const LONGEST = 300;
/** A cheap look for the words below. */
const MAY_HAVE =
  /\b(?:nachdem|bevor|nach|despu[eé]s|antes|tras|depois|ap[oó]s|dopo|prima|apr[eè]s|avant)\b|apr[eè]s\s/i;

const CLAUSE = [
  '(?:nachdem|bevor)',
  'nach(?=\\s\\d)',
  'despu[eé]s de',
  'antes d(?:e|os|as|o|a)',
  'tras',
  'depois d(?:e|os|as|o|a)',
  'ap[oó]s',
  'dopo',
  'prima (?:di|che)',
  'apr[eè]s',
  'avant (?:de|que)',
].join('|');
/** These go on with a letter. */
const ELIDED = "(?:prima d|avant d|avant qu|dopo ch)['’]";
const NUMBER = String.raw`[-−]?[$€£]?\d(?:[\d.,]*\d)?%?`;
/** One number in front of the clause, in a sentence that says something, and none but one behind; no conclusion follows. */
const BEHIND_RESULT = new RegExp(
  String.raw`^(?<said>[^\d?=]{2,120}\s(?<value>[*_$]{0,3}${NUMBER}[*_$]{0,3}(?:\s[^\s\d?=,;:]{1,30})?)(?:\s[^\d?=,;:]{1,60})?),?\s(?:(?:${CLAUSE})(?![a-zß-ɏ])|${ELIDED})[^\d?=;:]{0,80}${NUMBER}(?![^]*(?:[=≈;]|,\s(?:also|somit|daher|dann|folglich|así que|entonces|por|ent[aã]o|portanto|logo|quindi|dunque|donc|alors|so|ahora|agora|ora|jetzt|maintenant)(?![a-zß-ɏ])))[^\d?=;:]{0,80}$`,
  'i',
);
/** Conditions, denials and the words of others, whose number is no result. */
const OTHERWISE =
  /(?:^|[\s,])(?:wenn|falls|nicht|kein\w{0,2}|si|sin|no|nunca|se|n[aã]o|sem|non|senza|pas|sans|als|cuando|quando|quand)(?=[\s,])/i;

/** How long it takes may be what was asked: `Les 12 biscuits sont finis après 3 jours.` */
const DURATION =
  /\d\s(?:[a-zß-ɏ]+\s)?(?:sekunden?|minuten?|stunden?|tag(?:en?)?|wochen?|monat(?:en?)?|jahr(?:en?)?|secondes?|minutes?|heures?|jours?|semaines?|mois|ans|ann[ée]es|segundos?|minutos?|horas?|d[ií]as?|semanas?|m[eê]s(?:es)?|a[ñn]os?|anos?|second[oi]|minut[oi]|or[ae]|giorn[oi]|settiman[ae]|mes[ei]|ann[oi])(?![a-zß-ɏ])/i;

/** But what is left after so long is counted. */
const LEFT = /\b(?:noch|[üu]brig|bleib\w*|rest\w*|qued\w+|sobr\w+|riman\w+)/i;

/** An answer by its name is found by itself. */
const STATES = /antwort|ergebnis|l[öo]sung|respuesta|resultado|resposta|risposta|risultato|r[ée]ponse|r[ée]sultat/i;

/** A reply whose last sentence is without such a clause. */
export function withoutTimeClause(text: string): string {
  if (!MAY_HAVE.test(text.slice(-LONGEST))) return text;
  const end = text.trimEnd();
  const start = lastSentenceStart(end, LONGEST);
  const sentence = end.slice(start);
  if (sentence.length >= LONGEST || sentence.includes('\\')) return text;
  const { said, value } = BEHIND_RESULT.exec(sentence)?.groups ?? {};
  if (said === undefined || OTHERWISE.test(said) || (DURATION.test(sentence.slice(said.length)) && !LEFT.test(said)))
    return text;
  return `${text.slice(0, start)}${STATES.test(said) ? said : `So it is ${value}`}.`;
}
