/**
 * Numbers in words behind the name of an answer in German, French, Spanish, Portuguese and Italian (`Die Antwort lautet zwölf.`), and that
 * there is no solution. Other words of these languages stay as they are, as many of them mean something else in another (`once`, `due`).
 */

type Language = 'de' | 'fr' | 'es' | 'pt' | 'it';

/** From zero on, one after the other. */
const FIRST: Readonly<Record<Language, readonly string[]>> = {
  de: 'null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn'.split(
    ' ',
  ),
  fr: 'zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf'.split(
    ' ',
  ),
  es: 'cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve'.split(
    ' ',
  ),
  pt: 'zero um dois três quatro cinco seis sete oito nove dez onze doze treze quatorze quinze dezesseis dezessete dezoito dezenove'.split(
    ' ',
  ),
  it: 'zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove'.split(
    ' ',
  ),
};
/** From twenty on. */
const TENS: Readonly<Record<Language, readonly string[]>> = {
  de: 'zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig'.split(' '),
  fr: 'vingt trente quarante cinquante soixante'.split(' '),
  es: 'veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa'.split(' '),
  pt: 'vinte trinta quarenta cinquenta sessenta setenta oitenta noventa'.split(' '),
  it: 'venti trenta quaranta cinquanta sessanta settanta ottanta novanta'.split(' '),
};
const HUNDREDS: Readonly<Record<'es' | 'pt', readonly string[]>> = {
  es: 'ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos'.split(
    ' ',
  ),
  pt: 'cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos'.split(' '),
};

/** A number below a hundred. */
function belowHundred(n: number, language: Language): string {
  const unit = (index: number): string => FIRST[language][index] ?? '';
  if (n < 20) return unit(n);
  const ten = TENS[language][Math.floor(n / 10) - 2] ?? '';
  const rest = n % 10;
  switch (language) {
    case 'de':
      return rest === 0 ? ten : `${rest === 1 ? 'ein' : unit(rest)}und${ten}`;
    case 'fr': {
      if (n >= 80) return n === 80 ? 'quatre-vingts' : `quatre-vingt ${unit(n - 80)}`;
      const base = n >= 70 ? 'soixante' : ten;
      const left = n >= 70 ? n - 60 : rest;
      return left === 0 ? base : `${base}${left === 1 || left === 11 ? ' et' : ''} ${unit(left)}`;
    }
    case 'es':
      return rest === 0 ? ten : n < 30 ? `veinti${unit(rest)}` : `${ten} y ${unit(rest)}`;
    case 'pt':
      return rest === 0 ? ten : `${ten} e ${unit(rest)}`;
    case 'it':
      return (rest === 1 || rest === 8 ? ten.slice(0, -1) : ten) + (rest === 0 ? '' : unit(rest));
  }
}

/** A number below a thousand. */
function inWords(n: number, language: Language): string {
  if (n < 100) return belowHundred(n, language);
  const hundreds = Math.floor(n / 100);
  const rest = n % 100 === 0 ? '' : belowHundred(n % 100, language);
  const times = hundreds === 1 ? '' : (FIRST[language][hundreds] ?? '');
  switch (language) {
    case 'de':
      return `${times}hundert${rest}`;
    case 'fr':
      return `${times} ${hundreds > 1 && rest === '' ? 'cents' : 'cent'} ${rest}`;
    case 'es':
      return n === 100 ? 'cien' : `${HUNDREDS.es[hundreds - 1]} ${rest}`;
    case 'pt':
      return n === 100 ? 'cem' : `${HUNDREDS.pt[hundreds - 1]}${rest === '' ? '' : ` e ${rest}`}`;
    case 'it':
      return `${times}cento${rest}`;
  }
}

/** Without accents and hyphens, which are left out as often as not. */
const plain = (words: string): string =>
  words
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[\s-]+/g, ' ')
    .trim();

const tables = new Map<Language, ReadonlyMap<string, number>>();

/** The numbers of a language by their words, made when they are first needed. */
function numbersOf(language: Language): ReadonlyMap<string, number> {
  const known = tables.get(language);
  if (known !== undefined) return known;
  const table = new Map(Array.from({ length: 1000 }, (_, n) => [plain(inWords(n, language)), n]));
  tables.set(language, table);
  return table;
}

const NAMES: Readonly<Record<string, readonly Language[]>> = {
  antwort: ['de'],
  ergebnis: ['de'],
  loesung: ['de'],
  losung: ['de'],
  reponse: ['fr'],
  resultat: ['fr'],
  respuesta: ['es'],
  resultado: ['es', 'pt'],
  resposta: ['pt'],
  risposta: ['it'],
  risultato: ['it'],
};
const MAY_STATE =
  /antwort|ergebnis|l(?:ö|oe?)sung|r[ée]ponse|r[ée]sultat|respuesta|resultado|resposta|risposta|risultato/i;
/** A statement that is nothing but a number in words, perhaps with what it counts, at the end of the text. */
const STATED =
  /(?<name>antwort|ergebnis|l(?:ö|oe?)sung|r[ée]ponse|r[ée]sultat|respuesta|resultado|resposta|risposta|risultato)(?:\s(?:final|finale|correcta|correcte|corretta|correta))?\s?(?:ist|lautet|est|es|é|è|:)\s(?:also\s|donc\s|quindi\s)?(?<words>[a-zß-ɏ]{2,40}(?:[\s-][a-zß-ɏ]{1,20}){0,6})[\s.!*]{0,4}$/i;
const MOST_WORDS = 8;

/** The number that a text states in words, in digits, with what it counts; undefined for any other text. */
export function statedNumber(text: string): string | undefined {
  const near = text.slice(-200);
  if (!MAY_STATE.test(near)) return undefined;
  const { name = '', words = '' } = STATED.exec(near)?.groups ?? {};
  const pieces = words.split(/[\s-]+/, MOST_WORDS);
  for (const language of NAMES[plain(name)] ?? []) {
    // What is counted is one word at most; `ein Dreieck` is a thing.
    for (const length of [pieces.length, pieces.length - 1]) {
      const number = length < 1 ? undefined : numbersOf(language).get(plain(pieces.slice(0, length).join(' ')));
      if (number !== undefined && (number !== 1 || length === pieces.length))
        return [number, ...pieces.slice(length)].join(' ');
    }
  }
  return undefined;
}

const MAY_DENY = /l(?:ö|oe?)sung|soluci[óo]n|solution|soluzion|solu[çc]/i;
const NO_SOLUTION = new RegExp(
  `^(?:${[
    '(?:(?:(?:die|das|dieses?) [a-zß-ɏ]+ (?:hat|besitzt)|es gibt) )?keine (?:reelle[n]? |ganzzahlige[n]? )?l(?:ö|oe?)sung(?:en)?',
    '(?:(?:la|el|esta|este) [a-zß-ɏ]+ )?no (?:tiene|hay|existe) (?:ninguna )?soluci[óo]n(?:es)?(?: real)?|sin soluci[óo]n',
    "(?:(?:l['’]|la |le |cette |ce )[a-zß-ɏ]+ n['’](?:a|admet)|il n['’]y a) (?:pas de|aucune) solutions?(?: r[ée]elles?)?|(?:pas de|aucune) solution",
    "(?:(?:l['’]|la |il )[a-zß-ɏ]+ )?non (?:ha|ammette|ci sono|esistono?) (?:nessuna )?soluzion[ei](?: reali)?|nessuna soluzione",
    '(?:(?:a|o|esta|este) [a-zß-ɏ]+ )?n[ãa]o (?:tem|h[áa]|existe) (?:nenhuma )?solu(?:[çc][ãa]o|[çc][õo]es)(?: rea(?:l|is))?|sem solu[çc][ãa]o',
  ].join('|')})[.!]?$`,
  'i',
);

/** Whether a text says in one of these languages that there is no solution, and nothing else. */
export const saysNoSolution = (text: string): boolean =>
  text.length <= 100 && MAY_DENY.test(text) && NO_SOLUTION.test(text.trim());
