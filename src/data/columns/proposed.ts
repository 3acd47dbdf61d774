/** Which columns of a table that no layout fits are probably the question and the solution: proposed, and never read by themselves. */
import { commandLine } from '../../printable.js';
import { nearest } from '../../suggestion.js';
import { yamlName } from '../choices/choices.js';

type Row = Readonly<Record<string, unknown>>;

const KEYS = ['question', 'solution', 'answer', 'id', 'level', 'reasoning_trace'] as const;
type Key = (typeof KEYS)[number];

/** Words in the names of such columns, the likeliest first. */
const WORDS: Readonly<Record<Key, readonly string[]>> = {
  question: [
    'question',
    'problem',
    'prompt',
    'query',
    'instruction',
    'exercise',
    'input',
    'task',
    'inquiry',
    'request',
    'description',
    'issue',
    'message',
    'body',
    'subject',
  ],
  solution: [
    'solution',
    'answer',
    'response',
    'resolution',
    'completion',
    'output',
    'reply',
    'target',
    'label',
    'rationale',
  ],
  answer: ['answer', 'result', 'gold', 'truth', 'expected', 'value', 'amount', 'total'],
  id: ['id', 'uid', 'uuid'],
  level: ['level', 'difficulty'],
  reasoning_trace: ['reasoning', 'trace', 'explanation', 'rationale', 'thought', 'thinking', 'cot'],
};

/** The words of a name: `Customer_Question` and `customerQuestion` have two. */
const wordsOf = (name: string): readonly string[] =>
  name
    .replace(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);

/** Whether a word is this one, perhaps with an ending: `questions`, `responses`. */
const isWord = (word: string, known: string): boolean =>
  word === known || (known.length > 3 && word.startsWith(known) && word.length <= known.length + 4);

const isText = (value: unknown): boolean => ['string', 'number'].includes(typeof value) || value == null;

/** The likeliest column that nothing else stands in; those with a text of their own are in front of lists and objects. */
function likeliest(row: Row, key: Key, taken: ReadonlySet<string>): string | undefined {
  const names = Object.keys(row).filter((name) => !taken.has(name) && isText(row[name]));
  return WORDS[key].flatMap((known) => names.filter((name) => wordsOf(name).some((word) => isWord(word, known))))[0];
}

export type ProposedColumns = Readonly<Partial<Record<Key, string>>>;

/** What the columns of a row probably are, by the words in their names. */
export function proposedColumns(row: Row): ProposedColumns {
  const proposed: Partial<Record<Key, string>> = {};
  const taken = new Set<string>();
  for (const key of KEYS) {
    const name = likeliest(row, key, taken);
    if (name === undefined) continue;
    proposed[key] = name;
    taken.add(name);
  }
  return proposed;
}

/** `: none of them looks like a question, nor like a solution or an answer`; nothing where both have a likely column. */
export function lackingText({ question, solution, answer }: ProposedColumns, keys: readonly string[]): string {
  const isNear = (...names: readonly string[]): boolean => names.some((name) => nearest(name, keys) !== undefined);
  const lacking = [
    ...(question !== undefined || isNear(...WORDS.question) ? [] : ['a question']),
    ...((solution ?? answer) !== undefined || isNear(...WORDS.solution) ? [] : ['a solution or an answer']),
  ];
  return keys.length === 0 || lacking.length === 0 ? '' : `: none of them looks like ${lacking.join(', nor like ')}`;
}

/** Question and solution always, with KEY for what is not found; others where they are. An answer is a solution, too. */
function named({
  question = 'KEY',
  solution,
  answer,
  ...others
}: ProposedColumns): readonly (readonly [string, string])[] {
  const told: Readonly<Record<string, string | undefined>> = {
    question,
    solution: solution ?? (answer === undefined ? 'KEY' : undefined),
    answer,
    ...others,
  };
  return Object.entries(told).flatMap(([key, name]) => (name === undefined ? [] : [[key, name] as const]));
}

/** `{ question: Customer_Question, solution: Resolution }`; `quoted` is right in YAML and in a program. */
export const columnsYaml = (proposed: ProposedColumns, quoted: (name: string) => string = yamlName): string =>
  `{ ${named(proposed)
    .map(([key, name]) => `${key}: ${quoted(name)}`)
    .join(', ')} }`;

/** `--columns "question=Customer_Question,solution=Resolution"` */
export const columnsOption = (proposed: ProposedColumns): string => {
  // The option takes names apart at commas.
  const pairs = named(proposed).map(([key, name]) => `${key}=${name.includes(',') ? 'KEY' : name}`);
  const value = pairs.join(',');
  return /^[^"$`\\!]*$/.test(value) ? `--columns "${value}"` : commandLine('--columns', value);
};

/** `; answer, id, level and reasoning_trace can be named too`: what is not in the proposal. */
export function alsoNamed(proposed: ProposedColumns): string {
  const others = KEYS.slice(2).filter((key) => proposed[key] === undefined);
  const guess = Object.keys(proposed).length > 0 ? ' (a guess by their names: check it)' : '';
  return others.length === 0
    ? guess
    : `${guess}; ${others.join(', ').replace(/, ([^,]*)$/, ' and $1')} can be named too`;
}
