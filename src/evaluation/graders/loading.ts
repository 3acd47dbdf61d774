/** One grader with what it needs, for a command that uses no other: all of them are a third more to load. */
import type { GraderName } from './names.js';
import { type Grader, guarded } from './verdict.js';

const LOADERS: Readonly<Record<GraderName, () => Promise<Grader>>> = {
  math: async () => (await import('./math/math.js')).mathGrader,
  integer: async () => (await import('./integer/integer.js')).integerGrader,
  choice: async () => (await import('./choice/choice.js')).choiceGrader,
  countdown: async () => (await import('./countdown.js')).countdownGrader,
};

function isGraderName(name: string): name is GraderName {
  return Object.hasOwn(LOADERS, name);
}

/** @throws {UsageError} with the nearest name when the name is unknown */
export async function loadGrader(name: string): Promise<Grader> {
  if (isGraderName(name)) return guarded(await LOADERS[name]());
  return (await import('./registry.js')).graderNamed(name);
}
