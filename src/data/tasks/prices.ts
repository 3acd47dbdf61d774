/** What things cost, and the change. */
import type { RandomStream } from '../../random.js';
import {
  comparisonTurns,
  type Quantity,
  roomAbove,
  type Story,
  type StoryBounds,
  StoryDraft,
  type StoryFamily,
  takeTurn,
} from './story.js';
import { NAMES, noun, THINGS, type Thing } from './words.js';

interface Priced {
  readonly thing: Thing;
  readonly price: Quantity;
}

/** Nobody buys coins for coins. */
const GOODS = THINGS.filter(({ one: word }) => word !== 'coin');

const COINS: Thing = { one: 'coin', many: 'coins' };
const article = (word: string) => (/^[aeiou]/.test(word) ? 'an' : 'a');
const one = ({ one: word }: Thing) => `${article(word)} ${word}`;
const One = (thing: Thing) => one(thing).replace('a', 'A');

function drawStory(stream: RandomStream, { steps, largest, opening }: StoryBounds): Story {
  const things = stream.shuffle(GOODS);
  const buyer = stream.pick(NAMES);
  const draft = new StoryDraft();
  const shelf: Priced[] = [{ thing: things[0] as Thing, price: stream.integer(2, opening) }];
  draft.sentences.push(`${One(things[0] as Thing)} costs ${shelf[0]?.price} coins.`);

  const change = (paid: Quantity): Story => {
    const note = draft.valueOf(paid) + stream.integer(1, roomAbove(draft.valueOf(paid), largest));
    draft.sentences.push(`${buyer} pays with ${note} coins.`);
    draft.add(note, '-', paid, (arithmetic, result) => `${buyer} gets back ${arithmetic} ${noun(result, COINS)}.`);
    return draft.ended(`How many coins does ${buyer} get back?`);
  };
  const hasChange = (paid: number) => roomAbove(paid, largest) >= 1;

  for (;;) {
    const last = shelf.at(-1) as Priced;
    const before = shelf.at(-2);
    const now = draft.valueOf(last.price);
    const left = steps - draft.steps.length;
    if (left === 0) return draft.ended(`How many coins does ${one(last.thing)} cost?`);
    const most = Math.min(5, Math.floor(largest / now));
    const end = left <= 2 ? stream.uniform() : 1;
    if (end < 0.3 && most >= 2 && (left === 1 || hasChange(2 * now))) {
      const fitting = left === 1 ? most : Math.min(most, Math.floor((largest - 1) / now));
      const count = stream.integer(2, fitting);
      draft.sentences.push(`${buyer} buys ${count} ${last.thing.many}.`);
      const pays = draft.add(last.price, '*', count, (arithmetic, result) => {
        return `${count} ${last.thing.many} cost ${arithmetic} ${noun(result, COINS)}.`;
      });
      return left === 1 ? draft.ended(`How many coins does ${buyer} pay?`) : change(pays);
    }
    if (end < 0.5 && before !== undefined && draft.valueOf(before.price) + now <= largest - (left - 1)) {
      draft.sentences.push(`${buyer} buys ${one(before.thing)} and ${one(last.thing)}.`);
      const pays = draft.add(before.price, '+', last.price, (arithmetic, result) => {
        return `${One(before.thing)} and ${one(last.thing)} cost ${arithmetic} ${noun(result, COINS)}.`;
      });
      return left === 1 ? draft.ended(`How many coins does ${buyer} pay?`) : change(pays);
    }
    if (left === 1 && end < 0.75 && hasChange(now)) {
      draft.sentences.push(`${buyer} buys ${one(last.thing)}.`);
      return change(last.price);
    }
    const other = things[shelf.length] as Thing;
    takeTurn(
      stream,
      comparisonTurns(
        stream,
        now,
        largest,
        {
          more: (n) => `${One(other)} costs ${n} coins more than ${one(last.thing)}.`,
          less: (n) => `${One(other)} costs ${n} coins less than ${one(last.thing)}.`,
          twice: () => `${One(other)} costs twice as much as ${one(last.thing)}.`,
          half: () => `${One(other)} costs half as much as ${one(last.thing)}.`,
        },
        (operator, operand, sentence) => {
          draft.sentences.push(sentence);
          const price = draft.add(last.price, operator, operand, (arithmetic, result) => {
            return `${One(other)} costs ${arithmetic} ${noun(result, COINS)}.`;
          });
          shelf.push({ thing: other, price });
        },
      ),
    );
  }
}

export const prices: StoryFamily = {
  name: 'prices',
  summary: 'what things cost, how much somebody pays and gets back',
  draw: drawStory,
};
