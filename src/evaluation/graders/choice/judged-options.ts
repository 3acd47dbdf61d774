/**
 * The only option of which a reply says something good, where it says something against all others that it names: options with their verdicts and
 * no closing line (`A) 12 — fails …\nC) 18 — satisfies both conditions.`), `(A) is a misconception. (B) matches the data.`, `Antwort A ist
 * richtig, Antwort C falsch.`; and an option that takes the place of a first thought. Linear in the length of the text.
 */
import { sentencesOf } from '../replies/sentences.js';

const LONGEST = 2_000;
const MAX_ITEMS = 12;
const MAX_PREAMBLE = 2;

/** Where an option begins: a line, or a sentence that begins with its letter. */
const BORDER =
  /\s*\n+\s*|(?<=[.!;])\s+(?=(?:[Oo]ption\s)?[*_]{0,2}\(?[A-H][).:])|(?<=[a-z]{2}),\s(?:and\s|but\s|while\s|whereas\s)?(?=\([A-H]\)\s(?:is|are|was|[a-z]+s)\s)/;
const MARK = String.raw`(?:(?:option|choice)\s)?[*_]{0,2}\(?[A-H][).:][*_]{0,2}`;
const ITEM = new RegExp(
  String.raw`^[-*•\s]{0,4}(?<marks>${MARK}(?:(?:,\s(?:and\s)?|\sand\s)${MARK}){0,4})\s*(?<said>\S.*)$`,
  'iu',
);
const SUITS =
  /(?:^|[-–—:,;(>→⇒]\s|\b(?:this|it|that|and|which)\s|^[^\s]{1,12}\s)(?:exactly |perfectly |clearly )?(?:satisf(?:ies|y)|meets?|fulfil(?:l?s)?|fits?|match(?:es)?|works?|agrees? with|(?:is |are )(?:fully |clearly )?(?:consistent with|supported by|correct|right|true)|correct|right|true)(?![\p{L}'’])/iu;
const FAILS =
  /\b(?:fail(?:s|ed)?|not|never|no|cannot|neither|nor|violat\w+|contradict\w*|conflicts?|too\s[a-z]+|wrong|incorrect|false|untrue|misconceptions?|mistakes?|irrelevant|impossible|excluded|eliminated|ruled out|only|but|except|unsupported|inconsistent)\b|n['’]t\b|[✗✘❌]/i;
const CONCLUDES = /\b(?:so|thus|hence|therefore|however|since|none|all of|best is|answer)\b/i;
const OPEN =
  /\?|\b(?:maybe|perhaps|possibly|might|may|could|would|unsure|partly|partially|almost|if|depends|also|seems?|tempting|looks?)\b/i;
/** What is looked for may not be what suits. */
const ASKS_OTHERWISE =
  /\b(?:not|never|incorrect|wrong|false|except|untrue|least|which|what|answer|eliminat\w+|violat\w+|fails?|contradict\w*)\b|n['’]t\b|\?/i;

const lettersOf = (marks: string): readonly string[] => marks.match(/(?<![A-Za-z])[A-H](?![A-Za-z])/g) ?? [];

/** The letter that alone is called right of several. */
function onlyRight(
  judged: readonly { readonly letters: readonly string[]; readonly right: boolean }[],
): string | undefined {
  const all = judged.flatMap(({ letters }) => letters);
  const [right, ...others] = judged.filter((item) => item.right).flatMap(({ letters }) => letters);
  return others.length > 0 || new Set(all).size < all.length || judged.some(({ letters }) => letters.length === 0)
    ? undefined
    : right;
}

/** Of options with their verdicts, which are all of a reply. */
function onlySuitable(text: string): string | undefined {
  const parts = text.split(BORDER, MAX_ITEMS + MAX_PREAMBLE + 1);
  const from = parts.findIndex((part) => ITEM.test(part));
  if (from < 0 || from > MAX_PREAMBLE || parts.slice(0, from).some((part) => ASKS_OTHERWISE.test(part)))
    return undefined;
  const items = parts.slice(from).map((part) => ITEM.exec(part)?.groups);
  const judged = items.map((item) => {
    const said = item?.said ?? '';
    const fails = FAILS.test(said);
    // What concludes something behind a verdict may be about another option.
    if (CONCLUDES.test(said)) return undefined;
    return OPEN.test(said) || (!fails && !SUITS.test(said))
      ? undefined
      : { letters: lettersOf(item?.marks ?? ''), right: !fails };
  });
  const known = judged.filter((item) => item !== undefined);
  const count = known.reduce((total, { letters }) => total + letters.length, 0);
  return known.length < judged.length || count < 3 ? undefined : onlyRight(known);
}

const LETTER = '[*_(]{0,3}[A-H][*_)]{0,3}';
const CALLED =
  '(?:(?:die|la|las|les|le|los|as|a|l[ae]s)\\s)?(?:(?:antwort(?:en)?|option(?:en|s)?|aussagen?|réponses?|respuestas?|opci(?:ón|ones)|respostas?|opç(?:ão|ões)|rispost[ae]|opzion[ei])\\s)?';
const CLAUSE = new RegExp(
  String.raw`^(?:(?:und|aber|et|mais|y|pero|e|mas|ma|während|mentre|also|donc)\s)?${CALLED}(?<letters>${LETTER}(?:(?:,\s|\s(?:und|et|y|e)\s)(?:la\s|die\s)?${LETTER}){0,4})(?:\s(?:ist|sind|est|sont|es|son|é|são|è|sono))?\s(?:(?:aber|hingegen|dagegen|also)\s)?(?<verdict>(?<right>richtig|korrekt|correctas?|correctes?|justes?|exactes?|corrett[ae]|giust[ae]|corretas?|certas?)|(?:falsch|inkorrekt|nicht (?:richtig|korrekt)|incorrectas?|falsas?|erróneas?|fausses?|incorrectes?|sbagliat[ae]|errat[ae]|incorretas?|erradas?))[.!]?$`,
  'iu',
);

/** Of answers that a reply in another language calls right and wrong, clause by clause. */
function calledRight(text: string): string | undefined {
  const clauses = text.split(/(?<=\p{L}{3})[,;.]\s+/u, MAX_ITEMS).map((clause) => CLAUSE.exec(clause.trim())?.groups);
  if (clauses.length < 2 || clauses.includes(undefined)) return undefined;
  return onlyRight(
    clauses.map((clause) => ({ letters: lettersOf(clause?.letters ?? ''), right: clause?.right !== undefined })),
  );
}

const OPTION = String.raw`(?:(?:option|choice|answer)\s)?[*_(]{0,3}([A-H])[*_)]{0,3}(?![\p{L}\p{N}'’])`;
const FIRST_THOUGHT =
  '(?:my (?:first|initial|original) (?:thought|guess|instinct|impression|choice|idea|answer|pick) was|(?:at first|initially|originally|first),? i (?:thought|chose|picked|guessed|leaned towards?|suspected|considered)(?: of| it was| it is)?)';
/** `My initial thought was B, however on reflection C fits the data better.` */
const RECONSIDERED = new RegExp(
  String.raw`(?:^|[.!?]\s)${FIRST_THOUGHT}\s${OPTION}(?:[,;.]\s|\s)(?:but|however|yet),?\s(?:(?:on|upon|after|looking)\s[a-z]+(?:\s[a-z]+){0,3},?\s)?${OPTION}\s(?:(?:fits|matches|suits|describes|explains|answers|works)\b[^.!?;\n]{0,60}\b(?:better|best|more closely)\b|is\s(?:clearly\s|actually\s|in fact\s)?(?:the\s|an?\s)?(?:better|best|correct|right)\b)[^.!?;,\n]{0,60}[.!]?$`,
  'iu',
);
const UNDECIDED = /\b(?:not|never|or|if|unless|would|might|may|maybe|perhaps|unsure|worse|than)\b|n['’]t\b|\?/i;

/** The option that takes the place of a first thought in the last sentences. */
function reconsidered(text: string): string | undefined {
  const [, first, second] = RECONSIDERED.exec(text) ?? [];
  const last = sentencesOf(text).at(-1) ?? '';
  return first === undefined || first === second || UNDECIDED.test(last) ? undefined : second?.toUpperCase();
}

/** The letter; undefined for any other text. */
export function judgedOption(source: string): string | undefined {
  const text = source.trim();
  return text.length > LONGEST
    ? undefined
    : (onlySuitable(text) ?? calledRight(text) ?? reconsidered(text.slice(-400)));
}
