/** Rows with the same question and different answers: at least one of them is probably wrong. */
import type { Problem } from '../../data/problem.js';
import type { ProblemList } from '../../data/sequences/problem-list.js';
import { placesText, someOf } from '../../evaluation/answers/results.js';
import { mathGrader, readSolution } from '../../evaluation/graders/math/math.js';
import { referenceText } from '../../evaluation/graders/reference-text.js';
import { printableName } from '../../printable.js';
import { Turns } from '../../stopping.js';

export interface Contradictions {
  /** How many questions have such rows. */
  readonly questions: number;
  /** `lines 4 and 17: "24" and "25"`, of the first ones. */
  readonly examples: readonly string[];
  /** Whether there may be more: not all rows that repeat a question were compared. */
  readonly isAtLeast: boolean;
}

const MOST_EXAMPLES = 3;
/** Rows that are compared; a file in which more repeat a question shows its contradictions among these. */
const MOST_COMPARED = 20_000;
const NONE = 0xffffffff;

/** The answer of a problem; undefined where its solution gives none, so that it may be another wording. */
function answerOf({ answer, solution, target }: Problem): string | undefined {
  // Countdown has many right solutions.
  if (target !== undefined) return undefined;
  if (answer !== undefined) return answer;
  return readSolution(solution).how === 'text' ? undefined : solution;
}

const told = (answer: string): string => referenceText(answer, mathGrader, 40);

/** Undefined where there are none. */
export async function contradictionsIn(problems: ProblemList): Promise<Contradictions | undefined> {
  if (problems.questions === problems.length) return undefined;
  const first = new Uint32Array(problems.questions).fill(NONE);
  const isCounted = new Uint8Array(problems.questions);
  const examples: string[] = [];
  let [questions, compared] = [0, 0];
  const turns = new Turns();
  for (let index = 0; index < problems.length && compared < MOST_COMPARED; index++) {
    if (turns.isDue) await turns.give(() => `comparing repeated questions: row ${index + 1} of ${problems.length}`);
    const question = problems.questionOf(index);
    const earlier = first[question] as number;
    if (earlier === NONE) {
      first[question] = index;
      continue;
    }
    compared++;
    if (isCounted[question] === 1) continue;
    const [one, other] = [problems.at(earlier), problems.at(index)].map((problem) => problem && answerOf(problem));
    if (one === undefined || other === undefined || mathGrader.grade(one, other).verdict !== 'wrong') continue;
    isCounted[question] = 1;
    questions++;
    const where = placesText(someOf(problems, [earlier, index]));
    if (examples.length < MOST_EXAMPLES) examples.push(printableName(`${where}: "${told(one)}" and "${told(other)}"`));
  }
  return questions === 0 ? undefined : { questions, examples, isAtLeast: compared === MOST_COMPARED };
}

/** `2 questions have rows with different answers (lines 1 and 3: "4" and "5"; …)`. */
export function contradictionsText({ questions, examples, isAtLeast }: Contradictions): string {
  const rest = questions > examples.length ? '; …' : '';
  return `${isAtLeast ? 'at least ' : ''}${questions} question${questions === 1 ? ' has' : 's have'} rows with different answers (${examples.join('; ')}${rest})`;
}
