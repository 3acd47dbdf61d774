/**
 * Replies that weigh values against each other at their end, by what they say of each: `8 works, but 9 does not`, `New answer: 8. Old
 * answer: 9`, `Neither A nor B; D`. A reply is judged only where its last sentences are made of such clauses and nothing else. Of values
 * that contradict each other nothing is concluded here. Linear in the length of the text.
 */
import { type Lexeme, lexemes, MAY_WEIGH, type Sort } from './lexicon.js';

const TAIL = 400;
const MAX_SENTENCES = 8;

/** What a reply says of one value. `open`: it may be the answer. */
type Standing = 'right' | 'said' | 'refused' | 'former' | 'open';

interface Clause {
  readonly values: readonly Lexeme[];
  readonly standing: Standing;
  /** Says that all other values are refused. */
  readonly alone?: boolean;
  /** Takes back what was said before. */
  readonly amends?: boolean;
  /** Alone it may be meant otherwise: `First choice: B`. */
  readonly vague?: boolean;
  /** Behind its last piece. */
  readonly end: number;
}

/** Values one behind the other. */
interface List {
  readonly values: readonly Lexeme[];
  /** The last word between them. */
  readonly joined: 'comma' | 'and' | 'or';
  readonly end: number;
}

/** Behind these a clause begins, and in front of them one ends. */
const JOINTS: ReadonlySet<Sort> = new Set(['comma', 'stop', 'turn', 'and', 'filler']);
/** Behind these, `it should be 8` takes back what was said. */
const AMENDING = /^(?:hm+|oh|well|actually|but|however|no|nope)$/;
const FIRST = /^(?:(?:the|my|our)\s+)?(?:first|initial|original)\s/;
/** One value works, and several work; `8 work, 2 do not` counts things. */
const SINGULAR = /^(?:is|was|does|isn|wasn|doesn|works|fits|holds|makes|checks|matches|fails|seems|looks)(?![a-z])/;
const PLURAL = /^(?:are|were|do|aren|weren|don|work|fit|hold|make|check|match|fail|seem|look)(?![a-z])/;

class ClauseReader {
  constructor(private readonly pieces: readonly Lexeme[]) {}

  /** The clauses that all pieces are; undefined where they are not. */
  clauses(): readonly Clause[] | undefined {
    const found: Clause[] = [];
    let at = this.#sort(0) === 'stop' ? 0 : this.#afterJoints(0);
    while (at < this.pieces.length) {
      const clause = this.#clause(at, found.at(-1));
      if (clause === undefined) return undefined;
      found.push(clause);
      at = this.#afterJoints(clause.end);
    }
    return found;
  }

  #sort(at: number): Sort | undefined {
    return this.pieces[at]?.sort;
  }

  #text(at: number): string {
    return this.pieces[at]?.text ?? '';
  }

  #afterJoints(from: number): number {
    let at = from;
    while (JOINTS.has(this.#sort(at) ?? 'value')) at++;
    // `9. No, it should be 8.`
    const isAmended = this.#sort(at) === 'no' && this.#sort(at + 1) === 'comma' && this.#sort(at + 2) === 'amends';
    return isAmended ? at + 2 : at;
  }

  /** Whether a clause may end at a position: what is denied needs no joint (`8 rather than 9`). */
  #ends(at: number): boolean {
    const sort = this.#sort(at);
    return sort === undefined || sort === 'denies' || sort === 'no' || JOINTS.has(sort);
  }

  #clause(at: number, before: Clause | undefined): Clause | undefined {
    const next = at + 1;
    switch (this.#sort(at)) {
      case 'value':
        return this.#valuesFirst(at);
      case 'says':
        return this.#single(next, 'said');
      case 'pronoun':
        return before?.values.length === 1 && this.#sort(next) === 'wrong' && this.#ends(next + 1)
          ? { values: before.values, standing: 'refused', end: next + 1 }
          : undefined;
      case 'amends': {
        const clause = this.#single(next, 'said');
        return clause && { ...clause, amends: /^i/.test(this.#text(at)) || AMENDING.test(this.#introduction(at)) };
      }
      case 'denies':
        return this.#listed(next, 'refused', ['right']);
      case 'formerly': {
        const clause = this.#listed(next, 'former');
        return clause && { ...clause, vague: FIRST.test(this.#text(at)) };
      }
      case 'weighs':
        return this.#listed(next, 'open');
      case 'likewise':
        return before && this.#listed(next, before.standing);
      case 'both':
        return this.#predicated(next, { right: 'right', wrong: 'refused' });
      case 'only': {
        const clause = this.#predicated(next, { right: 'right', wrong: 'refused' }) ?? this.#listed(next, 'right');
        return clause && { ...clause, alone: true };
      }
      case 'noneBut': {
        const clause = this.#predicated(next, { right: 'right', wrong: 'refused' });
        return clause && { ...clause, alone: true };
      }
      case 'allBut': {
        const clause = this.#predicated(next, { right: 'refused', wrong: 'right' });
        return clause && { ...clause, alone: true };
      }
      case 'others':
        return this.#sort(next) === 'wrong' && this.#ends(next + 1)
          ? { values: [], standing: 'refused', alone: true, end: next + 1 }
          : undefined;
      default:
        return undefined;
    }
  }

  /** The word in front of a clause. */
  #introduction(at: number): string {
    let before = at - 1;
    while (this.#sort(before) === 'comma' || this.#sort(before) === 'stop') before--;
    return this.#text(before);
  }

  /** The lists of values that begin at a position, longest first: `A, B and D`, `A, B`, `A`. */
  #lists(from: number): readonly List[] {
    const found: List[] = [];
    const values: Lexeme[] = [];
    let joined: List['joined'] = 'comma';
    for (let at = from; ; ) {
      const value = this.pieces[at];
      if (value?.sort !== 'value') return found;
      values.push(value);
      found.unshift({ values: [...values], joined, end: ++at });
      const hasComma = this.#sort(at) === 'comma';
      if (hasComma) at++;
      const joint = this.#text(at) === 'nor' ? 'or' : this.#sort(at);
      if (joint === 'and' || joint === 'or') {
        joined = joint;
        at++;
      } else if (!hasComma || joined !== 'comma') return found;
    }
  }

  /** One value that a clause ends with: not `8 or 9`, but the 8 of `it is 8, and 9 is wrong`. */
  #single(at: number, standing: Standing): Clause | undefined {
    const lists = this.#lists(at).filter(({ end }) => this.#ends(end));
    const [list] = lists;
    return list?.values.length === 1 ? { values: list.values, standing, end: list.end } : undefined;
  }

  /** Values that a clause ends with, but for what may be said behind them; `8, 9` are two clauses. */
  #listed(at: number, standing: Standing, behind: readonly Sort[] = []): Clause | undefined {
    for (const { values, joined, end } of this.#lists(at)) {
      if (values.length > 1 && joined === 'comma') continue;
      if (behind.includes(this.#sort(end) ?? 'value') && this.#ends(end + 1)) return { values, standing, end: end + 1 };
      if (this.#ends(end)) return { values, standing, end };
    }
    return undefined;
  }

  /** Values with what is said behind them. */
  #predicated(at: number, meaning: Readonly<Record<'right' | 'wrong', Standing>>): Clause | undefined {
    for (const { values, end } of this.#lists(at)) {
      const sort = this.#sort(end);
      if ((sort === 'right' || sort === 'wrong') && this.#ends(end + 1))
        return { values, standing: meaning[sort], end: end + 1 };
    }
    return undefined;
  }

  /** A clause that begins with values. */
  #valuesFirst(at: number): Clause | undefined {
    for (const list of this.#lists(at)) {
      const clause = this.#judged(list) ?? this.#bare(at, list);
      if (clause !== undefined) return clause;
    }
    return undefined;
  }

  #judged({ values, joined, end }: List): Clause | undefined {
    const after = end + 1;
    const said = this.#text(end);
    const isOne = values.length === 1;
    // `8: yes. 9: no.`; `(A) No` is an option with its text.
    const verdict = this.#text(end) === ':' ? after : end;
    const isVerdict = isOne && /\d/.test(values[0]?.key ?? '') && this.#ends(verdict + 1);
    if (isVerdict && (this.#sort(verdict) === 'yes' || this.#sort(verdict) === 'no'))
      return { values, standing: this.#sort(verdict) === 'yes' ? 'right' : 'refused', end: verdict + 1 };
    // `9 should be 8`
    if (isOne && /^should/.test(said)) return { values, standing: 'former', end };
    const refusedAsAsked = isOne && this.#sort(end) === 'asked' && this.#sort(after) === 'no';
    if (refusedAsAsked) return { values, standing: 'refused', end: after + 1 };
    if (!this.#ends(after) || (isOne ? PLURAL.test(said) : joined !== 'or' && SINGULAR.test(said))) return undefined;
    switch (this.#sort(end)) {
      case 'right':
        return { values, standing: 'right', alone: /\b(?:only|alone|left|remains)\b/.test(said), end: after };
      case 'wrong':
        return { values, standing: 'refused', end: after };
      case 'maybe':
        return { values, standing: 'open', end: after };
      case 'wasFormer':
        return { values, standing: 'former', end: after };
      // `C it is`, `C it is not`
      case 'says':
        return isOne && /^it/.test(said) ? { values, standing: 'right', alone: true, end: after } : undefined;
      case 'denies':
        return isOne && /^(?:it|that|this)/.test(said) ? { values, standing: 'refused', end: after } : undefined;
      default:
        return undefined;
    }
  }

  /** Values of which nothing is said: one is an answer, and `8 or 9` are weighed. */
  #bare(at: number, { values, joined, end }: List): Clause | undefined {
    if (this.#sort(at - 1) === 'and') return undefined;
    if (values.length > 1) {
      const isAsked = this.#sort(end) === 'asked';
      // `3 or -2, but -2 is extraneous`
      const isTurned = this.#sort(end) === 'comma' && this.#sort(end + 1) === 'turn';
      const isOpen = joined === 'or' && (isAsked || isTurned || this.#sort(end) === 'stop');
      return isOpen ? { values, standing: 'open', end: end + 1 } : undefined;
    }
    const isListed = this.#lists(at).length > 1;
    return this.#ends(end) && !isListed ? { values, standing: 'said', end } : undefined;
  }
}

/** The values that stand; undefined where nothing is refused, or clauses contradict each other. */
function standingOf(clauses: readonly Clause[]): readonly Lexeme[] | undefined {
  const found = new Map<string, { value: Lexeme; standing: Standing }>();
  let isDecided = false;
  /** Of values that are weighed, one is refused: `Either 8 or 9, but 9 is too big.` */
  let isNarrowed = false;
  for (const { values, standing, alone = false, amends = false } of clauses) {
    if (amends) {
      for (const entry of found.values()) {
        if (entry.standing !== 'said' && entry.standing !== 'right') continue;
        entry.standing = 'former';
        isDecided = true;
      }
    }
    isDecided ||= alone || standing === 'refused' || standing === 'former' || standing === 'open';
    for (const value of values) {
      const before = found.get(value.key)?.standing;
      const isAnswer = standing === 'said' || standing === 'right';
      if (isAnswer && before === 'refused') return undefined;
      isNarrowed ||= standing === 'refused' && before === 'open';
      found.set(value.key, { value, standing: before === 'right' && standing === 'said' ? before : standing });
    }
  }
  const all = [...found.values()];
  const stated = all.filter((entry) => entry.standing === 'said' || entry.standing === 'right');
  const left = all.filter((entry) => entry.standing === 'open');
  const standing = stated.length === 0 && isNarrowed && left.length === 1 ? left : stated;
  // `8 works, and 9 works too.`
  const areRight = standing.length > 0 && standing.every((entry) => entry.standing === 'right');
  if (standing.length > 1 ? !areRight : !isDecided && !areRight) return undefined;
  const isOpen = all.every((entry) => entry.standing === 'open');
  const isVague = all.length === 1 && clauses.every(({ vague }) => vague === true);
  return isOpen || isVague ? undefined : standing.map(({ value }) => value);
}

/** What a reply comes to. */
export interface Weighed {
  /** The values that stand, as they are written: none where all are refused, several where none is preferred. */
  readonly standing: readonly string[];
  /** The text before the sentences that weigh values, which may hold the answer; empty where its answer is refused. */
  readonly before: string;
}

/** What a question of yes or no is answered with, where values follow. */
const ANSWERED = /^\W{0,3}(?:yes|yeah|no|nope)[\s,.:;!–—-]{1,4}/i;
const BORDER = /[.!?…][*_"”)]{0,3}\s+|\n\s*|>\s*/g;
/** How far behind its words an answer is looked for. */
const NEAR = 80;
const STATES_ANSWER = /\\f?boxed|(?<![/\p{L}])answer\b|#{4}/giu;

/** Whether the answer that is stated before is one of the values that are refused behind it. */
function isRefused(stated: string, refused: readonly Lexeme[]): boolean {
  const words = stated.slice(0, NEAR).match(/[-−]?[\d.,/]*\d|\p{L}+/gu) ?? [];
  const said = words.map((word) => word.toLowerCase().replaceAll('−', '-'));
  // `x = 6, y = 2`, of which `(6, 2)` is refused.
  const numbers = said.filter((word) => /\d/.test(word)).join();
  return refused.some(({ key }) => said.includes(key) || (key.includes(',') && numbers.endsWith(key)));
}

/** What the last sentences of a reply come to; undefined where they do not weigh values, or not clearly. */
export function weighed(source: string, form: RegExp): Weighed | undefined {
  const text = source.trimEnd();
  const from = Math.max(0, text.length - TAIL);
  const tail = text.slice(from);
  if (!tail.includes(' ') || !MAY_WEIGH.test(tail)) return undefined;
  const starts = [...tail.matchAll(BORDER)].map(({ index, 0: border }) => index + border.length).slice(-MAX_SENTENCES);
  for (const start of from === 0 ? [0, ...starts] : starts) {
    const answered = ANSWERED.exec(tail.slice(start))?.[0] ?? '';
    const pieces = lexemes(tail.slice(start + answered.length), form);
    const clauses = pieces && new ClauseReader(pieces).clauses();
    if (clauses === undefined) continue;
    const standing = standingOf(clauses);
    if (standing === undefined || (answered !== '' && standing.length === 0)) return undefined;
    const before = text.slice(0, from + start);
    const statement = [...before.matchAll(STATES_ANSWER)].at(-1);
    const refused = clauses.filter((clause) => clause.standing === 'refused').flatMap(({ values }) => values);
    // Where an answer is stated, others are weighed in passing.
    const isStated = statement !== undefined && !isRefused(before.slice(statement.index), refused);
    if (isStated && standing.length > 0) return undefined;
    const isKept = isStated || (statement === undefined && !isRefused(before.slice(-NEAR), refused));
    return { standing: standing.map((value) => value.text), before: isKept ? before : '' };
  }
  return undefined;
}
