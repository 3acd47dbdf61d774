/**
 * A number or code behind the name of what it numbers, and nothing else: `Code 103`, `Port 8000.`, `Ticket #99`, `Version 2.4.1`. Linear
 * in the length of the text.
 */

const MAX_LENGTH = 80;

/**
 * Words in front of a number that say something else than what it numbers: another value (`minus 5`, `twice 5`), a bound or a denial
 * (`under 18`, `not 5`), a place in the working (`step 3`), or a link to something that is not there (`from 5`).
 */
const NO_NAMES: ReadonlySet<string> = new Set(
  [
    'minus negative plus half twice double triple quarter third zero one two three four five six seven eight nine ten eleven twelve',
    'hundred thousand million billion point times over divided root square cube log ln lg exp sin cos tan sec csc cot mod modulo gcd lcm',
    'sqrt abs floor ceil base factorial power squared not no never neither nor without except excluding about around approximately',
    'approx roughly nearly almost circa ca under below above beyond until till before after since between from by per of to at in on for',
    'it this that he she they we you there is are was were be has have had does do did hardly scarcely barely seldom rarely',
    'than least most less more fewer greater larger smaller up only maybe perhaps wrong false step question problem part case example',
    'exercise equation eq formula task and or with dozen hex skip outside inside previously otherwise',
    'nicht kein keine keinen nie ohne außer etwa ungefähr rund fast knapp unter über bis vor nach seit zwischen von zu mindestens höchstens',
    'weniger mehr als schritt frage aufgabe teil fall beispiel gleichung übung und oder halb doppelt hälfte nein falsch quasi sonst',
    'pas non sans sauf sous environ presque moins plus de du à avant après depuis entre étape question problème partie cas exemple et ou demi',
    'niet geen niks nie não nao nem ikke ingen inte ei brak zonder senza sotto sopra sem il est es ist sind war ser son era gibt ya hay',
    'sin salvo casi aproximadamente menos más hasta antes después desde paso pregunta problema parte caso ejemplo y o medio',
  ]
    .join(' ')
    .split(' '),
);

const LABELLED =
  /^(?<name>\p{Script=Latin}[\p{Script=Latin}-]{1,24}(?:\s\p{Script=Latin}[\p{Script=Latin}-]{1,24})?)(?:[\s-](?:no|nr|nº|n°|num|number|nummer)\.?)?[:\s]\s?#?(?<value>[$€£]?(?=[^\s]{0,40}\d)[\p{L}\d][\p{L}\d.,:/_%-]{0,39})$/iu;

/** A currency in front of its amount, which is no name of what has the number: 20 dollars are not `EUR 20`. */
export const NAMES_CURRENCY =
  /^[\s*_$({]*(?:the (?:price|cost|answer|total) is )?(?:eur|euros?|usd|us dollars?|gbp|pounds?|chf|francs?|franken|inr|rs\.?|rupees?|jpy|yen|cny|rmb|yuan|aud|cad|nzd|sgd|hkd|brl|r|mxn|pesos?|krw|won|sek|nok|dkk|kroner?|pln|z[łl]oty|rub|rubles?|lira)\s?\d/i;

/** The value of such a text; undefined for any other. */
export function labelledValue(text: string): string | undefined {
  if (text.length > 2 * MAX_LENGTH) return undefined;
  const [, inner = text] = /^\s*\\text(?:bf|it|rm|tt)?\s?\{([^{}]*)\}\s*$/.exec(text) ?? [];
  const plain = inner.trim().replace(/^[*_`"“]+|[*_`"”.!]+$/g, '');
  if (plain.length > MAX_LENGTH) return undefined;
  const { name = '', value } = LABELLED.exec(plain)?.groups ?? {};
  const isName =
    value !== undefined &&
    name
      .toLowerCase()
      .split(/[\s-]/)
      .every((word) => !NO_NAMES.has(word));
  return isName ? value : undefined;
}

/** `#99` and `Code 103.` as what they name. */
export const withoutHash = (value: string): string => value.trim().replace(/^#/, '');
