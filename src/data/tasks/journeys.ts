/** How far buses, cars and trains go. */
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
  type Turn,
  takeTurn,
} from './story.js';
import { noun, type Thing, VEHICLES } from './words.js';

interface Journey {
  readonly vehicle: string;
  readonly miles: Quantity;
}

const MILES: Thing = { one: 'mile', many: 'miles' };

const goes =
  (vehicle: string): StoryStep['sentence'] =>
  (arithmetic, result) =>
    `The ${vehicle} goes ${arithmetic} ${noun(result, MILES)}.`;

function drawStory(stream: RandomStream, { steps, largest, opening }: StoryBounds): Story {
  const vehicles = stream.shuffle(VEHICLES);
  const draft = new StoryDraft();
  const first = vehicles[0] as string;
  const journeys: Journey[] = [];
  if (stream.uniform() < 0.3) {
    const hours = stream.integer(2, 5);
    const each = stream.integer(2, Math.min(roomAbove(0, largest), Math.floor(largest / hours)));
    draft.sentences.push(`The ${first} goes ${each} miles in an hour.`, `It goes for ${hours} hours.`);
    journeys.push({ vehicle: first, miles: draft.add(each, '*', hours, goes(first)) });
  } else {
    const start = stream.integer(2, opening);
    draft.sentences.push(`The ${first} goes ${start} miles.`);
    journeys.push({ vehicle: first, miles: start });
  }
  for (;;) {
    const last = journeys.at(-1) as Journey;
    const before = journeys.at(-2);
    const now = draft.valueOf(last.miles);
    const left = steps - draft.steps.length;
    if (left === 0) return draft.ended(`How many miles does the ${last.vehicle} go?`);
    if (left === 1) {
      if (
        before !== undefined &&
        before.vehicle !== last.vehicle &&
        draft.valueOf(before.miles) + now <= largest &&
        stream.uniform() < 0.35
      ) {
        const pair = `the ${before.vehicle} and the ${last.vehicle}`;
        draft.add(before.miles, '+', last.miles, (arithmetic, result) => {
          return `T${pair.slice(1)} go ${arithmetic} ${noun(result, MILES)}.`;
        });
        return draft.ended(`How many miles do ${pair} go together?`);
      }
      if (roomAbove(now, largest) >= 1 && stream.uniform() < 0.3) {
        const road = now + stream.integer(1, roomAbove(now, largest));
        draft.sentences.push(`The road is ${road} miles long.`);
        draft.add(road, '-', last.miles, (arithmetic, result) => {
          return `The ${last.vehicle} has ${arithmetic} ${noun(result, MILES)} left.`;
        });
        return draft.ended(`How many miles does the ${last.vehicle} have left?`);
      }
    }
    const other = vehicles[journeys.length] as string;
    const go = (vehicle: string, operator: '+' | '-' | '*' | '/', operand: number, sentence: string): void => {
      draft.sentences.push(sentence);
      journeys.push({ vehicle, miles: draft.add(last.miles, operator, operand, goes(vehicle)) });
    };
    const turns: Turn[] = comparisonTurns(
      stream,
      now,
      largest,
      {
        more: (n) => `The ${other} goes ${n} miles farther than the ${last.vehicle}.`,
        less: (n) => `The ${other} goes ${n} miles less than the ${last.vehicle}.`,
        twice: () => `The ${other} goes twice as far as the ${last.vehicle}.`,
        half: () => `The ${other} goes half as far as the ${last.vehicle}.`,
      },
      (operator, operand, sentence) => go(other, operator, operand, sentence),
    );
    const room = roomAbove(now, largest);
    if (room >= 2) {
      turns.push({
        weight: 4,
        make() {
          const n = stream.integer(2, room);
          go(last.vehicle, '+', n, `Then it goes ${n} miles more.`);
        },
      });
    }
    takeTurn(stream, turns);
  }
}

export const journeys: StoryFamily = {
  name: 'journeys',
  summary: 'how far buses, cars and trains go',
  draw: drawStory,
};
