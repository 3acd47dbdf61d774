/** Which columns of a table that no layout fits are probably the question and the solution: proposed, and never read by themselves. */
import { commandLine } from '../../printable.js';
import { nearest } from '../../suggestion.js';
import { yamlName } from '../choices/choices.js';

type Row = Readonly<Record<string, unknown>>;

const KEYS = ['question', 'solution', 'answer', 'id', 'level', 'reasoning_trace'] as const;
type Key = (typeof KEYS)[number];

/** What columns are called most often; what is nearly one of these is taken for it. */
const COMMON = {
  question: 'question problem prompt query instruction exercise',
  solution: 'solution answer response resolution completion output reply',
} as const;

const words = (...lines: readonly string[]): readonly string[] => lines.flatMap((line) => line.split(' '));

/**
 * Words in the names of such columns, the likeliest first: English; German, French, Spanish, Portuguese, Italian, Dutch, Polish, Russian,
 * Chinese, Japanese and Korean; then English ones that often name something else.
 */
const WORDS: Readonly<Record<Key, readonly string[]>> = {
  question: words(
    COMMON.question,
    'frage fragestellung aufgabe aufgabenstellung aufgabentext anfrage énoncé enonce exercice problème probleme',
    'pregunta enunciado problema ejercicio consulta pergunta questão questao exercício domanda quesito esercizio',
    'vraag opgave pytanie zadanie вопрос задача 问题 問題 题目 題目 试题 提问 質問 設問 질문 문제',
    'input task inquiry request description issue message body subject',
  ),
  solution: words(
    COMMON.solution,
    'lösung loesung losung lösungsweg loesungsweg musterlösung antwort corrigé corrige réponse reponse',
    'solución solucion resolución respuesta solução solucao resposta soluzione risposta',
    'oplossing uitwerking antwoord rozwiązanie rozwiazanie odpowiedź odpowiedz решение ответ',
    '解答 解析 解法 答案 回答 答え 풀이 해설 답변 정답 답',
    'target label rationale',
  ),
  answer: words(
    'answer result gold truth expected',
    'ergebnis endergebnis antwort résultat resultat réponse reponse resultado respuesta resposta risultato risposta',
    'uitkomst antwoord wynik odpowiedź odpowiedz результат ответ 结果 結果 答案 答え 정답 답',
    'value amount total',
  ),
  id: words('id uid uuid nr nummer número numero номер 编号 編號 番号 번호'),
  level: words(
    'level difficulty schwierigkeit schwierigkeitsgrad stufe niveau difficulté difficulte nivel dificultad',
    'dificuldade difficoltà livello poziom сложность 难度 難度 難易度 난이도',
  ),
  reasoning_trace: words(
    'reasoning trace explanation rationale thought thinking cot',
    'erklärung erklaerung begründung begruendung rechenweg explication raisonnement explicación explicacion',
    'razonamiento explicação spiegazione ragionamento uitleg wyjaśnienie объяснение 推理 思考 解说 説明 설명',
  ),
};

/** The words of a name: `Customer_Question` and `customerQuestion` have two. */
const wordsOf = (name: string): readonly string[] =>
  name
    .normalize('NFC')
    .replace(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);

/** Scripts that write words without spaces between them. */
const UNSPACED = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]{2,}$/u;

/** Whether a word is this one, perhaps with an ending: `questions`, `responses`; or has it in it, as 标准答案 has 答案. */
const isWord = (word: string, known: string): boolean =>
  word === known ||
  (known.length > 3 && word.startsWith(known) && word.length <= known.length + 4) ||
  (UNSPACED.test(known) && word.includes(known));

const isText = (value: unknown): boolean => ['string', 'number'].includes(typeof value) || value == null;

/** The likeliest column of these with a text or number of its own. */
function likeliest(row: Row, key: Key, among: readonly string[]): string | undefined {
  const names = among.filter((name) => isText(row[name]));
  return WORDS[key].flatMap((known) => names.filter((name) => wordsOf(name).some((word) => isWord(word, known))))[0];
}

/** The likeliest column of a question, but for these. */
export const likeliestQuestion = (row: Row, others: string | readonly string[]): string | undefined =>
  likeliest(
    row,
    'question',
    Object.keys(row).filter((name) => ![others].flat().includes(name)),
  );

export type ProposedColumns = Readonly<Partial<Record<Key, string>>>;

/** What the columns of a row probably are, by the words in their names. */
export function proposedColumns(row: Row): ProposedColumns {
  const proposed: Partial<Record<Key, string>> = {};
  const taken = new Set<string>();
  for (const key of KEYS) {
    const name = likeliest(
      row,
      key,
      Object.keys(row).filter((other) => !taken.has(other)),
    );
    if (name === undefined) continue;
    proposed[key] = name;
    taken.add(name);
  }
  return proposed;
}

/** `: none of them looks like a question, nor like a solution or an answer`; nothing where both have a likely column. */
export function lackingText({ question, solution, answer }: ProposedColumns, keys: readonly string[]): string {
  const isNear = (text: string): boolean => words(text).some((name) => nearest(name, keys) !== undefined);
  const lacking = [
    ...(question !== undefined || isNear(COMMON.question) ? [] : ['a question']),
    ...((solution ?? answer) !== undefined || isNear(COMMON.solution) ? [] : ['a solution or an answer']),
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
