/** Things that are found, given, doubled and compared. */
import type { RandomStream } from '../../random.js';
import {
  comparisonTurns,
  type Quantity,
  roomAbove,
  roomBelow,
  type Story,
  type StoryBounds,
  StoryDraft,
  type StoryFamily,
  type StoryStep,
  type Turn,
  takeTurn,
} from './story.js';
import { CONTAINERS, counted, NAMES, noun, THINGS } from './words.js';

/** Whom the story speaks of now, what he or she has, and the one compared with just before. */
interface State {
  holder: string;
  value: Quantity;
  previous: { readonly holder: string; readonly value: Quantity } | undefined;
}

function drawStory(stream: RandomStream, { steps, largest, opening }: StoryBounds): Story {
  const names = stream.shuffle(NAMES);
  let used = 0;
  const nextName = () => names[used++ % names.length] as string;
  const thing = stream.pick(THINGS);
  const has =
    (subject: string): StoryStep['sentence'] =>
    (arithmetic, result) =>
      `${subject} ${subject.includes(' and ') ? 'have' : 'has'} ${arithmetic} ${noun(result, thing)}.`;

  const draft = new StoryDraft();
  const state: State = { holder: nextName(), value: 0, previous: undefined };
  const together = (first: { readonly holder: string; readonly value: Quantity }): Story => {
    const pair = `${first.holder} and ${state.holder}`;
    draft.add(first.value, '+', state.value, has(pair));
    return draft.ended(`How many ${thing.many} do ${pair} have together?`);
  };
  if (steps === 1 && stream.uniform() < 0.15) {
    const first = { holder: nextName(), value: stream.integer(1, Math.min(opening, largest - 1)) };
    state.value = stream.integer(1, Math.min(opening, largest - first.value));
    draft.sentences.push(
      `${first.holder} has ${counted(first.value, thing)}.`,
      `${state.holder} has ${counted(state.value, thing)}.`,
    );
    return together(first);
  }
  if (stream.uniform() < 0.25) {
    const groups = stream.integer(2, 5);
    const each = stream.integer(2, Math.min(roomAbove(0, largest), Math.floor(largest / groups)));
    const container = stream.pick(CONTAINERS);
    draft.sentences.push(`${state.holder} has ${groups} ${container.many} with ${each} ${thing.many} each.`);
    state.value = draft.add(groups, '*', each, has(state.holder));
  } else {
    state.value = stream.integer(2, opening);
    draft.sentences.push(`${state.holder} has ${state.value} ${thing.many}.`);
  }

  const change = (operator: '+' | '-' | '/', by: number, sentence: string): void => {
    draft.sentences.push(sentence);
    state.value = draft.add(state.value, operator, by, has(state.holder));
    state.previous = undefined;
  };
  const turns = (): Turn[] => {
    const { holder } = state;
    const now = draft.valueOf(state.value);
    const [room, spare] = [roomAbove(now, largest), roomBelow(now)];
    const other = nextName();
    const list = comparisonTurns(
      stream,
      now,
      largest,
      {
        more: (n) => `${other} has ${n} more ${thing.many} than ${holder}.`,
        less: (n) => `${other} has ${n} fewer ${thing.many} than ${holder}.`,
        twice: () => `${other} has twice as many ${thing.many} as ${holder}.`,
        half: () => `${other} has half as many ${thing.many} as ${holder}.`,
      },
      (operator, operand, sentence) => {
        draft.sentences.push(sentence);
        state.previous = { holder, value: state.value };
        state.value = draft.add(state.value, operator, operand, has(other));
        state.holder = other;
      },
    );
    if (room >= 2) {
      list.push({
        weight: 4,
        make() {
          const n = stream.integer(2, room);
          change('+', n, `${holder} ${stream.pick(['finds', 'buys', 'gets'])} ${n} more ${thing.many}.`);
        },
      });
    }
    if (spare >= 2) {
      list.push({
        weight: 4,
        make() {
          const n = stream.integer(2, spare);
          const verb = stream.pick(['loses', 'sells', 'gives']);
          change('-', n, `${holder} ${verb} ${n} ${thing.many}${verb === 'gives' ? ` to ${other}` : ''}.`);
        },
      });
    }
    if (now % 2 === 0 && now >= 4) {
      list.push({ weight: 1, make: () => change('/', 2, `${holder} gives half of the ${thing.many} to ${other}.`) });
    }
    return list;
  };

  while (draft.steps.length < steps) {
    const { previous } = state;
    // "Together" needs two owners whose numbers were the last two of the story, and ends it.
    if (
      draft.steps.length === steps - 1 &&
      previous !== undefined &&
      draft.valueOf(previous.value) + draft.valueOf(state.value) <= largest &&
      stream.uniform() < 0.5
    ) {
      return together(previous);
    }
    takeTurn(stream, turns());
  }
  return draft.ended(`How many ${thing.many} does ${state.holder} have now?`);
}

export const wordProblems: StoryFamily = {
  name: 'word-problems',
  summary: 'short English word problems of things that change hands, one step of arithmetic per sentence',
  draw: drawStory,
};
