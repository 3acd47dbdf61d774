/** Which problem of a step is looked at: the one in the address, or else the first of the step. */
import { useMemo } from 'preact/hooks';
import type { GroupSummary, GroupsView, GroupView } from '../../src/views/api.js';
import { useRoute } from '../state/route.js';
import { type Asked, useAnswer, useLastPath } from '../state/server.js';
import { type Choice, pathOf } from './stage-choice.js';

export function queryOf({ source, step }: Choice, more: Readonly<Record<string, string | number>> = {}): string {
  const entries = Object.entries({ source, step, ...more }).map(([key, value]) => [key, String(value)]);
  return new URLSearchParams(Object.fromEntries(entries)).toString();
}

export interface GroupChoice {
  readonly list: Asked<GroupsView>;
  /** The groups of the list, by falling `value`. */
  readonly groups: readonly GroupSummary[];
  /** The index of the problem within its step; undefined until the list is there, and when it is empty. */
  readonly problem: number | undefined;
  readonly group: Asked<GroupView>;
  /** Whether `group` is what the address names, and not what was shown before it. */
  readonly isCurrent: boolean;
}

interface GroupOptions {
  readonly search?: string;
  /** A new one asks for the list again. */
  readonly version?: number;
  readonly value?: (group: GroupSummary) => number;
}

export const asInTheBatch = ({ problem }: GroupSummary): number => -problem;

export function useGroup(
  choice: Choice,
  { search = '', version = 0, value = asInTheBatch }: GroupOptions = {},
): GroupChoice {
  const { params } = useRoute();
  const listPath = `${pathOf(choice, 'groups')}?${queryOf(choice, { search })}`;
  const list = useAnswer<GroupsView>(listPath, version);
  const groups = useMemo(
    () => [...(list.answer?.groups ?? [])].sort((a, b) => value(b) - value(a)),
    [list.answer, value],
  );
  const wanted = Number(params.problem ?? Number.NaN);
  const problem = groups.some((group) => group.problem === wanted) ? wanted : groups[0]?.problem;
  // The list of another step may name a problem that this step lacks.
  const path = useLastPath(
    list.path === listPath,
    problem === undefined ? null : `${pathOf(choice, 'group')}?${queryOf(choice, { problem })}`,
  );
  const group = useAnswer<GroupView>(path);
  return { list, groups, problem, group, isCurrent: list.path === listPath && group.path === path };
}
