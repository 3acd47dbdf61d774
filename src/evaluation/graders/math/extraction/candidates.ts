/**
 * Finds the answer in a text: the last \boxed{...} (neighbouring boxes are one answer of several parts), or what is
 * stated as the final answer after it; else the last statement ("the answer is", "####"); else the whole text when
 * it is nothing but an answer; else the last formula or number. Everything is linear in the length of the text.
 */
import { boxesIn, EMPTY_BOX } from '../../../../text/boxed.js';
import { compoundInWords } from '../reading/words/compounds.js';
import { sameNumberInWords } from '../reading/words/phrases.js';
import { resultBeforeCircumstance } from './conclusions/circumstance.js';
import { resultOfForm } from './conclusions/final-forms.js';
import { valueOfMainClause } from './conclusions/main-clause.js';
import { asList, boxedParts, letteredParts, namedLines, partsOfSentence } from './conclusions/several-values.js';
import { answeringSteps, answerOfSteps, lastStep } from './conclusions/steps.js';
import { statedAsWhole } from './conclusions/whole-statements.js';
import {
  givesNoAnswer,
  listedAmounts,
  listedValues,
  shortSentenceValue,
  withoutBullet,
  withoutComparison,
  withoutDecoration,
  withoutRemarks,
} from './conclusions/wording.js';
import { amountInWordsAlone } from './conclusions/words-beside-digits.js';
import { calculated, derivesAnswer, workedResult } from './conclusions/worked.js';
import { boldValueAtEnd, boldWordsAtEnd, onlyBoldValue } from './marks/bold-values.js';
import { valueBesideNames, withoutConditions } from './marks/conditions.js';
import { formulas } from './marks/formulas.js';
import { boxContent, joinGroup, lastGroup, statedFormulas, VERB } from './marks/groups.js';
import { labelledParts } from './marks/labels.js';
import { type AnswerPart, answerParts, isNameOnly, valuesOf } from './marks/parts.js';
import { repaired } from './marks/repair.js';
import { statements } from './marks/statements.js';
import { taggedAnswer } from './marks/tags.js';
import { trailingUnit } from './marks/trailing-units.js';
import { withoutSubset } from './remarks/subsets.js';
import { replyOf, windowOf } from './reply-text.js';
import { isBracketedList, membershipSet } from './values/bracketed.js';
import { amountInSentence, timeInSentence } from './values/in-words.js';
import { lastValue, looksLikeProse, type Passage, statedValue, statesItsValue, withoutMarks } from './values/prose.js';
import { oppositeAnswers } from './yes-or-no.js';

/** A reference holds its answer whole; in a reply it is looked for. */
export type Role = 'reference' | 'reply';

export interface Candidate {
  readonly text: string;
  /** Where it was found. `last`: nothing was stated, so this is the last formula or number of the text. */
  readonly origin: 'boxed' | 'stated' | 'whole' | 'last';
  /** Not LaTeX, so digits with commas and points may follow the European convention. */
  readonly plain: boolean;
  /** The statements of a reference that makes several: all of them are the answer. */
  readonly parts?: readonly AnswerPart[];
}

const MAX_BOXES = 32;

/** Dollars round a whole box are marks of a formula: `\boxed{$1\frac45$}` is no sum of money. */
const WRAPPED = /^\s*\$([^$]+)(?<!\\)\$\s*$/;

/** The last boxes. One that never closes ends with its line. */
function boxes(text: string): Passage[] {
  return boxesIn(text)
    .slice(-MAX_BOXES)
    .map(({ start, end, content }) => ({ start, end, inner: content.replace(WRAPPED, '$1') }));
}

/** A number with what it counts in brackets. */
const AMOUNT = /^(-?\d[\d.,/]*) \(([A-Za-z][A-Za-z .'-]{0,60})\)\.?$/;

/** A number with words that only say that it is all. */
const IN_ALL = /^(-?\$?\d[\d.,/]*) (?:of them|in all|in total|in sum|altogether|overall|it is)\.?$/i;

/** A name, a verb and a number. */
const SHORT_SENTENCE =
  /^(?:(?:[A-Za-z']+ ){1,3}(?:is|are|was|were|has|have|had|gets?|got|needs?|equals?|costs?|makes?|made|takes?|took|sold|sells?|bought|buys?|ate|eats?|paid|pays?|spent|spends?|earns?|earned|uses?|used|saw|read|found|won|lost|gave|walked|drove|ran|weighs?|lasts?|leaves|left)|(?:[Ii]t|[Tt]hat|[Tt]here|[Hh]e|[Ss]he)['’]s) (-?[$€£¥₹]?\.?\d[^=<>]{0,30}?)\.?$/;

/** `It is x² − x.` */
const RAISED_SENTENCE = /^(?:it|this|that|the (?:answer|result)) is ((?=[^\n]*[A-Za-zπ][²³⁴-⁹⁻ⁿ])[^\n]{1,60}?)\.?$/i;

/** A reference that is a subject, any verb and a number: `It prints 13.` */
const VERBAL =
  /^(?:it|this|that|he|she|they|we|the [a-z]+) [a-z]{3,}(?:s|ed) (-?[$€£¥₹]?\.?\d[\d.,]*(?: [a-z]+){0,2}?)\.?$/i;

const SAID_AFTER = /^[^.\n]{0,60}?(?:\b(?:is|are|equals?|equal to)|=)\s+(?:exactly |only |about )?-?\$?\d/;

/** `$40 / 4 = $10 per day`: what a calculation with sums of money comes to. */
const SUM_OF_MONEY =
  /^[\s$\d.,()+\-−*/×·÷x]{3,80}=\s?(\$?\d[\d.,]*(?:\s(?:per|an?|each|every|for each)(?:\s[a-z]+)?)?)[\s.!*]*$/i;

/** Reads a statement: its first group of formulas, else the text itself. */
function fromStatement(source: string): { readonly text: string; readonly plain: boolean } | undefined {
  const statement = withoutDecoration(source);
  const found = boxes(statement);
  if (found.length > 0) return { text: joinGroup(statement, lastGroup(statement, found)), plain: false };
  const money = isMoney(statement) ? SUM_OF_MONEY.exec(statement)?.[1] : undefined;
  if (money !== undefined) return { text: money.replace(/\s.*$/, ''), plain: true };
  const group = isMoney(statement) ? [] : statedFormulas(statement, formulas(statement));
  const last = group.at(-1);
  if (last !== undefined) {
    // `The perimeter of $ABC$ is 12`
    const said = SAID_AFTER.exec(statement.slice(last.end, last.end + 200));
    const value = said === null ? undefined : lastValue(statement.slice(last.end, last.end + 200));
    return value === undefined ? { text: joinGroup(statement, group), plain: false } : { text: value, plain: true };
  }
  const text = withoutMarks(withoutRemarks(withoutMarks(statement), sameNumberInWords));
  return text === '' ? undefined : { text, plain: !text.includes('\\') };
}

/** Every candidate for the answer, most likely first, each found only when it is asked for. */
export function* candidatesOf(source: string, role: Role): Generator<Candidate> {
  const { text, corrected } =
    role === 'reply' ? replyOf(source) : { text: repaired(windowOf(source)), corrected: false };
  const tagged = taggedAnswer(text);
  for (const candidate of candidatesIn(tagged ?? text, role)) {
    const steps = candidate.parts === undefined ? answerOfSteps(candidate.text) : undefined;
    const found = steps === undefined ? candidate : { ...candidate, text: steps };
    yield tagged === undefined && !corrected ? found : { ...found, origin: 'stated' };
  }
}

function* candidatesIn(text: string, role: Role): Generator<Candidate> {
  let statedSomething = false;
  const found = boxes(text);
  const stated = statements(text);
  const group = lastGroup(text, found);
  const boxed = group.at(-1);
  const lettered = boxed === undefined && role === 'reply' ? letteredParts(text) : undefined;
  const formed = boxed === undefined && role === 'reply' && stated.length === 0 ? resultOfForm(text) : undefined;
  const concluded = lettered === undefined ? formed : asList(lettered);
  if (concluded !== undefined) {
    yield { text: concluded, origin: 'last', plain: !concluded.includes('\\') };
    return;
  }
  if (boxed === undefined && role === 'reply' && givesNoAnswer(text)) {
    if (text.length <= 200) yield { text: text.trim(), origin: 'whole', plain: true };
    return;
  }
  const after = stated.filter(
    (statement) => boxed === undefined || (statement.final && statement.position > boxed.end),
  );
  for (const statement of after.reverse()) {
    const answer = fromStatement(statement.text);
    if (answer === undefined) continue;
    const time = answer.plain ? timeInSentence(answer.text) : undefined;
    if (time !== undefined) {
      yield { text: time, origin: 'stated', plain: true };
      return;
    }
    if (looksLikeProse(answer.text) && compoundInWords(answer.text) === undefined) {
      const said = role === 'reply' ? withoutSubset(answer.text) : answer.text;
      const value = resultBeforeCircumstance(said) ?? valueOfMainClause(said) ?? statedValue(said);
      if (value !== undefined) yield { text: value, origin: 'stated', plain: true };
      if (answer.text.length <= 200) yield { text: answer.text, origin: 'stated', plain: true };
      statedSomething = value !== undefined || answer.text.length <= 200;
    } else {
      yield { ...answer, origin: 'stated' };
      statedSomething = true;
    }
    if (statedSomething) break;
  }
  if (boxed !== undefined) {
    const parts = role === 'reply' ? boxedParts(text, found) : undefined;
    if (parts !== undefined) {
      yield { text: asList(parts), origin: 'boxed', plain: false };
      return;
    }
    const content = boxContent(text, group);
    const [, sentence] = /^\s*\\text\s*\{([^{}\\]*)\}\s*$/.exec(content.slice(0, 400)) ?? [];
    const stated =
      sentence !== undefined && looksLikeProse(sentence) && !(role === 'reference' && !statesItsValue(sentence));
    const value = stated && sentence !== undefined ? statedValue(sentence) : undefined;
    if (value !== undefined) yield { text: value, origin: 'boxed', plain: true };
    if (group.length === 1 && holdsFormulas(content)) {
      // A box holds its answer whole, as a reference does.
      for (const candidate of unstated(content, 'reference')) yield { ...candidate, origin: 'boxed' };
    }
    yield { text: content, origin: 'boxed', plain: false };
    return;
  }
  if (!statedSomething) yield* unstated(text.replace(EMPTY_BOX, ' '), role);
}

/** Whether dollars in a box mark formulas among words (`$x = 2$ or $x = 3$`), rather than sums of money (`$5 and $6`). */
function holdsFormulas(content: string): boolean {
  const dollars = content.match(/(?<!\\)\$./gs) ?? [];
  return dollars.some((dollar) => !/\d/.test(dollar)) && formulas(content).length > 0;
}

/** Whether a reference is a statement about symbols (`There is no such $k$`) rather than one of them. */
function isAboutSymbols(text: string, group: readonly Passage[]): boolean {
  const [first] = group;
  if (first === undefined || text.length > 400) return false;
  if (!group.every((span) => /^\s*\\?[A-Za-z]{1,8}\s*$/.test(span.inner))) return false;
  const before = text.slice(0, first.start);
  return looksLikeProse(before.replace(/\$[^$]*\$/g, ' ')) && !VERB.test(before);
}

/** A sentence that draws the conclusion from what stands before it, which then is not part of the answer. */
const CONCLUSION =
  /\b(?:so|thus|hence|therefore|consequently|we (?:conclude|find|get|obtain)|it follows|finally|in total|altogether|in all)\b[^.;!?\n]*$/i;

/** The parts of a reference that makes several statements; undefined where its last formulas are its answer. */
function severalParts(text: string, group: readonly Passage[]): readonly AnswerPart[] | undefined {
  const parts = answerParts(text);
  const from = group[0]?.start ?? 0;
  if (parts === undefined || parts.every((part) => part.end > from)) return undefined;
  const marker = CONCLUSION.exec(text.slice(0, from))?.index;
  const concludes = marker !== undefined && parts.every(({ end }) => end <= marker || end > from);
  return concludes && !/\d/.test(text.slice(group.at(-1)?.end)) ? undefined : parts;
}

/** The parts that a reply gives: those of its last boxes, of its answer tags or final statement, or of all of it. */
export function partsOfReply(source: string): readonly AnswerPart[] | undefined {
  const { text } = replyOf(source);
  const tagged = taggedAnswer(text);
  const found = boxes(tagged ?? text);
  if (found.length > 0)
    return (
      boxedParts(tagged ?? text, found) ?? answerParts(joinGroup(tagged ?? text, lastGroup(tagged ?? text, found)))
    );
  const whole = tagged ?? text;
  return (
    letteredParts(whole) ??
    partsIn(tagged ?? statements(text).at(-1)?.text ?? text.slice(-10_000)) ??
    partsOfSentence(whole) ??
    namedLines(whole)
  );
}

/** `**a)** 3`, `Part (a): 3` and `a: 3` as `(a) 3`. */
function partsIn(text: string): readonly AnswerPart[] | undefined {
  const plain = text.replace(/\*\*/g, '');
  return answerParts(
    /^\s*(?:part\s+)?\(?a\)?\s*[:)]/i.test(plain.slice(0, 40))
      ? plain.replace(
          /(^|[\s,;])(?:part\s+)?\(?([a-h])\)?\s*:(?=\s)/gi,
          (_, before: string, mark: string) => `${before}(${mark.toLowerCase()})`,
        )
      : plain,
  );
}

/** What only says that an answer follows. */
const ANNOUNCED =
  /^(?:(?:in total|in all|altogether|overall|finally|so|thus|hence|therefore),?\s+(?=\$?[-\d(]|[a-z]\s*=)|(?:=>|->|→|⇒|∴|\\Rightarrow|\\implies|\\therefore)(?![A-Za-z])\s*)/i;

/** Whether all dollars of a text are sums of money: `2 * $9 = $18`. */
function isMoney(text: string): boolean {
  if (!text.includes('$') || text.includes('\\')) return false;
  if (!/\$(?!\s?\.?\d)/.test(text) || !/(?<!\d)\$|\$\w/.test(text)) return true;
  return formulas(text).some(({ inner }) => /[a-z]{3,}\s+[a-z]{2,}\s+[a-z]{2,}/i.test(inner));
}

function* unstated(source: string, given: Role): Generator<Candidate> {
  // Cut before its result: `48 + 24 =`.
  if (given === 'reply' && /=\s*$/.test(source)) return;
  const text = given === 'reply' ? withoutSubset(source) : source;
  const role = given === 'reference' && derivesAnswer(text) && formulas(text).length > 1 ? 'reply' : given;
  const marked = withoutMarks(text).replace(ANNOUNCED, '');
  const trimmed =
    role === 'reply' ? withoutComparison(withoutBullet(withoutRemarks(marked, sameNumberInWords))) : marked;
  const spans = isMoney(text) ? [] : formulas(text);
  if (spans.length === 0) {
    const alone = role === 'reply' ? onlyBoldValue(text) : undefined;
    if (alone !== undefined) {
      yield { text: alone, origin: 'last', plain: true };
      return;
    }
    const time = timeInSentence(trimmed);
    if (time !== undefined) {
      yield { text: time, origin: time === trimmed ? 'whole' : 'last', plain: true };
      return;
    }
    if (compoundInWords(trimmed.replace(/\.$/, '')) !== undefined) {
      yield { text: trimmed, origin: 'whole', plain: true };
      return;
    }
    const several = role === 'reply' ? partsOfSentence(trimmed) : undefined;
    if (several !== undefined) {
      yield { text: asList(several), origin: 'last', plain: true };
      return;
    }
    const result =
      (role === 'reply' ? statedAsWhole(trimmed) : undefined) ??
      lastStep(trimmed) ??
      workedResult(trimmed) ??
      resultBeforeCircumstance(trimmed) ??
      valueOfMainClause(trimmed);
    if (result !== undefined) {
      yield { text: result, origin: 'last', plain: true };
      return;
    }
    // `12 (pieces of wood)`
    const [, amount, counted] = AMOUNT.exec(trimmed.slice(0, 100)) ?? [];
    if (amount !== undefined) yield { text: `${amount} ${counted}`, origin: 'whole', plain: true };
    const all = IN_ALL.exec(trimmed.slice(0, 60))?.[1];
    if (all !== undefined) yield { text: all, origin: 'whole', plain: true };
    const prose = looksLikeProse(trimmed);
    // `He has 6.`
    const said = prose
      ? undefined
      : (SHORT_SENTENCE.exec(trimmed.slice(0, 80))?.[1] ??
        RAISED_SENTENCE.exec(trimmed.slice(0, 80))?.[1] ??
        membershipSet(trimmed));
    const verbal = prose || role === 'reply' ? undefined : VERBAL.exec(trimmed.slice(0, 80))?.[1];
    if (verbal !== undefined) yield { text: verbal, origin: 'last', plain: true };
    const listed = role === 'reply' ? (listedAmounts(trimmed) ?? listedValues(trimmed)) : undefined;
    if (listed !== undefined) {
      yield { text: listed, origin: 'last', plain: true };
      return;
    }
    const worded =
      role === 'reply' ? (amountInSentence(trimmed, { inside: true }) ?? amountInWordsAlone(trimmed)) : undefined;
    if (worded !== undefined) yield { text: worded, origin: 'last', plain: true };
    const sentence = role === 'reply' && !prose && said === undefined ? shortSentenceValue(trimmed) : undefined;
    if (sentence !== undefined) yield { text: sentence, origin: 'last', plain: true };
    const isLabelled = /^(?:\(?a[).]\s|\p{L}{3,20}(?:\s?[:=])?\s[-−$]?\d)/iu.test(trimmed);
    const enumerated = role === 'reference' && !prose && isLabelled ? answerParts(trimmed) : undefined;
    if (enumerated !== undefined) {
      yield { text: trimmed, origin: 'whole', plain: true, parts: enumerated };
      return;
    }
    if (said !== undefined) yield { text: said, origin: 'last', plain: true };
    if (!prose && trimmed.length <= 10_000) {
      yield { text: trimmed.replace(/(?<=[\d)])\s*\$$/, ''), origin: 'whole', plain: !trimmed.includes('\\') };
    }
    // Words and two values at least.
    const isWorded = role === 'reference' && /[A-Za-z\n]/.test(trimmed) && /\d\D+\d/.test(trimmed);
    const statements = isWorded ? answerParts(trimmed) : undefined;
    if (statements !== undefined && statements.length > 1) {
      yield { text: trimmed, origin: 'whole', plain: true, parts: statements };
      return;
    }
    const vague = role === 'reference' && trimmed.length <= 200 && !statesItsValue(trimmed);
    const isOpaque = (trimmed.includes('\\') && !prose) || isBracketedList(trimmed);
    const found = isOpaque || vague ? undefined : lastValue(trimmed);
    // What is left of a formula that could not be read is not its value.
    const formula = !prose && found !== undefined && /[<>^∓±→⇒⊕⊗∘¬≠≈≡∝∼]/.test(trimmed.replace(found, ''));
    const number = formula ? undefined : found;
    const verdict = /^(yes|no|true|false)\b\s*[,.:;—–-]/i.exec(trimmed.slice(0, 10))?.[1];
    if (verdict !== undefined && oppositeAnswers(trimmed) === undefined)
      yield { text: verdict, origin: 'whole', plain: true };
    if (number !== undefined) yield { text: number, origin: 'last', plain: true };
    if (prose && trimmed.length <= 200) yield { text: trimmed, origin: 'whole', plain: true };
    // `So the student with the greatest speed is **Evelyn**.`
    const words = prose && role === 'reply' && trimmed.length > 200 ? boldWordsAtEnd(text) : undefined;
    if (words !== undefined) yield { text: words, origin: 'last', plain: true };
    return;
  }
  if (labelledParts(trimmed) !== undefined) {
    const several = role === 'reference' ? answerParts(trimmed) : undefined;
    yield { text: trimmed, origin: 'whole', plain: false, ...(several === undefined ? {} : { parts: several }) };
  }
  const group = lastGroup(text, withoutConditions(text, spans));
  const last = group.at(-1);
  if (last === undefined) return;
  const beside = role === 'reply' ? valueBesideNames(text, spans) : undefined;
  if (beside !== undefined) {
    yield { text: beside, origin: 'last', plain: true };
    return;
  }
  // `$A = 2$. These are the entries of $M$.`: a name at the end is not the answer, unless the text says so.
  const named = role === 'reference' && group.every(({ inner }) => isNameOnly(inner));
  const [value, ...others] = named && !VERB.test(text.slice(0, group[0]?.start)) ? valuesOf(text) : [];
  if (value !== undefined && others.length === 0) {
    yield { text: value.text, origin: 'last', plain: false };
    return;
  }
  const parts = role === 'reference' ? severalParts(text, group) : undefined;
  if (parts !== undefined) {
    yield { text: trimmed, origin: 'whole', plain: false, parts };
    return;
  }
  if (role === 'reference' && isAboutSymbols(text, group)) {
    yield { text: trimmed, origin: 'whole', plain: true };
    return;
  }
  const steps = group.slice(-(answeringSteps(group.map(({ inner }) => inner)) ?? group.length));
  const tail = text.slice(last.end);
  const bold = role === 'reply' ? boldValueAtEnd(tail) : undefined;
  if (bold !== undefined) {
    yield { text: bold, origin: 'last', plain: true };
    return;
  }
  const number = lastValue(tail);
  const unit = trailingUnit(text, last.end);
  if (number !== undefined && unit === '') yield { text: number, origin: 'last', plain: true };
  const outside = text.length - group.reduce((length, span) => length + span.end - span.start, 0);
  const joined = joinGroup(text, steps);
  const answer = given === 'reference' ? calculated(joined, role === 'reply') : joined;
  yield {
    text: answer,
    origin: outside < 40 && answer === joined && steps.length === group.length ? 'whole' : 'last',
    plain: false,
  };
}
