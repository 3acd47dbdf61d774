/** What students solve: figures with intervals, by level, and the answers of two side by side. */
import type {
  AnsweredProblem,
  AnswersView,
  EvaluationView,
  RunView,
  StudentAnswer,
  StudentRow,
} from '../../src/views/api.js';
import { percent, plural, short } from '../parts/numbers.js';
import { Select } from '../parts/select.js';
import { Damage, Nothing, Shown } from '../parts/shown.js';
import { RichText } from '../parts/text.js';
import { useKeys } from '../state/keys.js';
import { adjust, useRoute } from '../state/route.js';
import { changes, useAnswer } from '../state/server.js';
import { useStore } from '../state/store.js';

const WIDTH = 420;
const ROW = 26;
const MARGIN = { left: 120, right: 16, top: 6, bottom: 24 };

/** Ends of the axis that divide into five round parts. */
const ENDS = [0.05, 0.1, 0.25, 0.5, 1] as const;

/** Accuracies of one level as points with their 95 % intervals. */
function IntervalPlot({ level, rows }: { readonly level: string; readonly rows: readonly StudentRow[] }) {
  const most = Math.max(0.05, ...rows.map(({ interval }) => interval[1]));
  const end = ENDS.find((bound) => bound >= most) ?? 1;
  const x = (share: number): number => MARGIN.left + (share / end) * (WIDTH - MARGIN.left - MARGIN.right);
  const height = MARGIN.top + rows.length * ROW + MARGIN.bottom;
  const ticks = Array.from({ length: 6 }, (_, i) => (end * i) / 5);
  const summary = rows.map(
    ({ studentName, accuracy, interval }) =>
      `${studentName} ${percent(accuracy)}, ${percent(interval[0])} to ${percent(interval[1])}`,
  );
  return (
    <figure class="plot">
      <figcaption>{level}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={`${level}: ${summary.join('; ')}`}>
        {ticks.map((tick) => (
          <g key={tick}>
            <line class="grid" x1={x(tick)} x2={x(tick)} y1={MARGIN.top} y2={height - MARGIN.bottom} />
            <text class="tick" x={x(tick)} y={height - 8} text-anchor="middle">{`${Math.round(tick * 100)}%`}</text>
          </g>
        ))}
        {rows.map(({ student, accuracy, interval }, i) => {
          const y = MARGIN.top + (i + 0.5) * ROW;
          return (
            <g key={student} class="point">
              <text x={MARGIN.left - 10} y={y + 4} text-anchor="end">
                {student}
              </text>
              <line x1={x(interval[0])} x2={x(interval[1])} y1={y} y2={y} />
              <line x1={x(interval[0])} x2={x(interval[0])} y1={y - 5} y2={y + 5} />
              <line x1={x(interval[1])} x2={x(interval[1])} y1={y - 5} y2={y + 5} />
              <circle cx={x(accuracy)} cy={y} r="5" />
            </g>
          );
        })}
      </svg>
    </figure>
  );
}

function FiguresTable({ rows }: { readonly rows: readonly StudentRow[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Student</th>
          <th scope="col">Problems of</th>
          <th scope="col" class="number">
            Accuracy
          </th>
          <th scope="col" class="number">
            95 % interval
          </th>
          <th scope="col" class="number">
            Problems
          </th>
          <th scope="col" class="number">
            Unreadable
          </th>
          <th scope="col" class="number">
            Cut
          </th>
          <th scope="col" class="number">
            Tokens
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.student}/${row.level}`}>
            <th scope="row">{row.studentName}</th>
            <td>{row.problemsName}</td>
            <td class="number">
              <b>{percent(row.accuracy)}</b>
            </td>
            <td class="number">
              {percent(row.interval[0])} to {percent(row.interval[1])}
            </td>
            <td class="number">
              {row.problems}
              {row.samples > 1 ? ` × ${row.samples}` : ''}
            </td>
            <td class="number">{percent(row.unparsable)}</td>
            <td class="number">{percent(row.cut)}</td>
            <td class="number">{short(row.tokensPerAnswer)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const solved = (answers: readonly StudentAnswer[]): number =>
  answers.filter(({ verdict }) => verdict === 'correct').length;

function Answers({ student, answers }: { readonly student: string; readonly answers: readonly StudentAnswer[] }) {
  const [first] = answers;
  return (
    <div class="answers">
      <h4>
        {student}{' '}
        <span class="muted">
          {answers.length === 0 ? 'was not asked' : `${solved(answers)} of ${answers.length} right`}
        </span>
      </h4>
      {(first === undefined ? [] : answers).map((answer) => (
        <details key={answer.sample} open={answer.sample === first?.sample}>
          <summary>
            <span class={`badge verdict ${answer.verdict}`}>{answer.verdict}</span> {answer.answer ?? answer.reason}
          </summary>
          <div class="body">
            <RichText text={answer.text.replaceAll(/\n{2,}/g, '\n')} />
          </div>
        </details>
      ))}
    </div>
  );
}

const FILTERS = [
  { value: 'all', text: 'all problems' },
  { value: 'first', text: 'the first solves more often' },
  { value: 'second', text: 'the second solves more often' },
  { value: 'neither', text: 'neither ever solves' },
] as const;

function Problem({
  problem,
  first,
  second,
}: {
  readonly problem: AnsweredProblem;
  readonly first: string;
  readonly second: string;
}) {
  return (
    <article class="panel answered">
      <p>
        <RichText text={problem.question === '' ? problem.id : problem.question} />
      </p>
      <p class="muted">reference: {problem.gold}</p>
      <div class="columns even">
        <Answers student={first} answers={problem.first} />
        <Answers student={second} answers={problem.second} />
      </div>
    </article>
  );
}

function SideBySide({ run, evaluation }: { readonly run: RunView; readonly evaluation: EvaluationView }) {
  const { params } = useRoute();
  const students = [...new Set(evaluation.rows.map(({ student }) => student))];
  const levels = [...new Set(evaluation.rows.map(({ level }) => level))];
  const one = (wanted: string | undefined, all: readonly string[], usual: string | undefined): string =>
    wanted !== undefined && all.includes(wanted) ? wanted : (usual ?? '');
  const level = one(params.level, levels, levels[0]);
  const first = one(params.first, students, students.at(-2) ?? students[0]);
  const second = one(params.second, students, students.at(-1));
  const filter = FILTERS.find(({ value }) => value === params.filter)?.value ?? 'all';
  const offset = Number(params.offset ?? 0);
  const query = new URLSearchParams({ level, first, second, filter, offset: String(offset) });
  const asked = useAnswer<AnswersView>(`/api/runs/${run.id}/stages/${evaluation.folder}/answers?${query}`);
  const shown = asked.answer?.problems.length ?? 0;
  const total = asked.answer?.total ?? 0;
  const page = (by: number): void => {
    const next = offset + by * 50;
    if (next >= 0 && next < total) adjust({ offset: next === 0 ? null : next });
  };
  useKeys({ '.': () => page(1), ',': () => page(-1) });
  const options = (names: readonly string[]) => names.map((value) => ({ value, text: value }));
  const choose = (key: string) => (value: string) => adjust({ [key]: value, offset: null });
  return (
    <section aria-label="answers of two students">
      <form class="toolbar" onSubmit={(event) => event.preventDefault()}>
        <h2>Answers side by side</h2>
        <Select label="First" value={first} options={options(students)} onChange={choose('first')} />
        <Select label="Second" value={second} options={options(students)} onChange={choose('second')} />
        <Select label="Problems of" value={level} options={options(levels)} onChange={choose('level')} />
        <Select label="Show" value={filter} options={FILTERS} onChange={choose('filter')} />
        <output class="muted">
          {asked.answer === undefined
            ? ''
            : `${shown === 0 ? 0 : offset + 1} to ${offset + shown} of ${plural(total, 'problem')}`}
        </output>
        <button type="button" disabled={offset === 0} onClick={() => page(-1)}>
          Back
        </button>
        <button type="button" disabled={offset + shown >= total} onClick={() => page(1)}>
          Next
        </button>
      </form>
      <Shown of={asked}>
        {({ problems, damage }) => (
          <>
            <Damage texts={damage === null ? [] : [damage]} />
            {problems.length === 0 ? <Nothing>No such problem.</Nothing> : null}
            {problems.map((problem) => (
              <Problem key={problem.id} problem={problem} first={first} second={second} />
            ))}
          </>
        )}
      </Shown>
    </section>
  );
}

export function StudentsPage({ chosen }: { readonly chosen: readonly RunView[] }) {
  const [run] = chosen;
  if (run === undefined) return <Nothing>No run.</Nothing>;
  return <Evaluations run={run} />;
}

function Evaluations({ run }: { readonly run: RunView }) {
  const { params } = useRoute();
  const version = useStore(changes).get(run.id) ?? 0;
  const asked = useAnswer<readonly EvaluationView[]>(`/api/runs/${run.id}/evaluations`, version);
  return (
    <Shown of={asked}>
      {(evaluations) => {
        const evaluation = evaluations.find(({ folder }) => folder === params.stage) ?? evaluations[0];
        if (evaluation === undefined) return <Nothing>No evaluation of this run is done yet.</Nothing>;
        const levels = [...new Set(evaluation.rows.map(({ level }) => level))];
        return (
          <>
            <section class="panel">
              <header class="toolbar">
                <h1>Students</h1>
                {evaluations.length < 2 ? null : (
                  <Select
                    label="Evaluation"
                    value={evaluation.folder}
                    options={evaluations.map(({ folder, stage }) => ({ value: folder, text: stage }))}
                    onChange={(folder) => adjust({ stage: folder, offset: null })}
                  />
                )}
                <span class="muted">accuracy with 95 % intervals over problems</span>
              </header>
              <div class="plots">
                {levels.map((level) => (
                  <IntervalPlot key={level} level={level} rows={evaluation.rows.filter((row) => row.level === level)} />
                ))}
              </div>
              {evaluation.rows.flatMap(({ student, level, problemsName, remarks }) =>
                remarks.map((remark) => (
                  <p key={`${student}/${level}/${remark}`} class="notice">
                    {student} on {problemsName}: {remark}.
                  </p>
                )),
              )}
              <details>
                <summary>All figures</summary>
                <FiguresTable rows={evaluation.rows} />
              </details>
            </section>
            <SideBySide run={run} evaluation={evaluation} />
          </>
        );
      }}
    </Shown>
  );
}
