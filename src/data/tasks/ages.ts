/** People who are older and younger than each other. */
import type { RandomStream } from '../../random.js';
import {
  comparisonTurns,
  type Quantity,
  roomAbove,
  type Story,
  type StoryBounds,
  StoryDraft,
  type StoryFamily,
  type StoryStep,
  takeTurn,
} from './story.js';
import { NAMES, noun, type Thing } from './words.js';

interface Person {
  readonly name: string;
  readonly age: Quantity;
}

const YEARS: Thing = { one: 'year', many: 'years' };

const isOld =
  (name: string): StoryStep['sentence'] =>
  (arithmetic, result) =>
    `${name} is ${arithmetic} ${noun(result, YEARS)} old.`;

function drawStory(stream: RandomStream, { steps, largest, opening }: StoryBounds): Story {
  const names = stream.shuffle(NAMES);
  const draft = new StoryDraft();
  const people: Person[] = [{ name: names[0] as string, age: stream.integer(2, opening) }];
  draft.sentences.push(`${people[0]?.name} is ${people[0]?.age} years old.`);
  for (;;) {
    const last = people.at(-1) as Person;
    const before = people.at(-2);
    const now = draft.valueOf(last.age);
    if (draft.steps.length === steps) return draft.ended(`How old is ${last.name}?`);
    if (draft.steps.length === steps - 1) {
      if (before !== undefined && draft.valueOf(before.age) + now <= largest && stream.uniform() < 0.35) {
        const pair = `${before.name} and ${last.name}`;
        draft.add(before.age, '+', last.age, (arithmetic, result) => {
          return `${pair} are ${arithmetic} ${noun(result, YEARS)} old together.`;
        });
        return draft.ended(`How old are ${pair} together?`);
      }
      if (roomAbove(now, largest) >= 2 && stream.uniform() < 0.3) {
        const later = stream.integer(2, roomAbove(now, largest));
        draft.add(last.age, '+', later, (arithmetic, result) => {
          return `${last.name} will be ${arithmetic} ${noun(result, YEARS)} old.`;
        });
        return draft.ended(`How old will ${last.name} be in ${later} years?`);
      }
    }
    const other = names[people.length] as string;
    takeTurn(
      stream,
      comparisonTurns(
        stream,
        now,
        largest,
        {
          more: (n) => `${other} is ${n} years older than ${last.name}.`,
          less: (n) => `${other} is ${n} years younger than ${last.name}.`,
          twice: () => `${other} is twice as old as ${last.name}.`,
          half: () => `${other} is half as old as ${last.name}.`,
        },
        (operator, operand, sentence) => {
          draft.sentences.push(sentence);
          people.push({ name: other, age: draft.add(last.age, operator, operand, isOld(other)) });
        },
      ),
    );
  }
}

export const ages: StoryFamily = {
  name: 'ages',
  summary: 'how old people are who are older and younger than each other',
  draw: drawStory,
};
