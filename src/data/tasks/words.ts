import type { RandomStream } from '../../random.js';

/** The vocabulary of the generated texts: small enough for a model of a million parameters to learn. */
export const NAMES = [
  'Tom',
  'Ann',
  'Ben',
  'Mia',
  'Sam',
  'Lea',
  'Max',
  'Eva',
  'Leo',
  'Ida',
  'Tim',
  'Zoe',
  'Dan',
  'Amy',
  'Jon',
  'Kim',
  'Ron',
  'Sue',
  'Pat',
  'Joy',
  'Ted',
  'Liz',
  'Gus',
  'Nora',
] as const;

export interface Thing {
  readonly one: string;
  readonly many: string;
}

export const THINGS: readonly Thing[] = [
  { one: 'apple', many: 'apples' },
  { one: 'pear', many: 'pears' },
  { one: 'plum', many: 'plums' },
  { one: 'egg', many: 'eggs' },
  { one: 'nut', many: 'nuts' },
  { one: 'cake', many: 'cakes' },
  { one: 'book', many: 'books' },
  { one: 'pen', many: 'pens' },
  { one: 'card', many: 'cards' },
  { one: 'coin', many: 'coins' },
  { one: 'shell', many: 'shells' },
  { one: 'stone', many: 'stones' },
  { one: 'flower', many: 'flowers' },
  { one: 'button', many: 'buttons' },
  { one: 'ticket', many: 'tickets' },
  { one: 'toy', many: 'toys' },
];

export const CONTAINERS: readonly Thing[] = [
  { one: 'bag', many: 'bags' },
  { one: 'box', many: 'boxes' },
  { one: 'basket', many: 'baskets' },
  { one: 'jar', many: 'jars' },
];

export const VEHICLES = ['bus', 'car', 'train', 'ship', 'van', 'bike'] as const;

/** `apple` for 1, `apples` for any other number. */
export const noun = (count: number, { one, many }: Thing): string => (count === 1 ? one : many);

/** `1 apple`, `7 apples` */
export const counted = (count: number, thing: Thing): string => `${count} ${noun(count, thing)}`;

const COLOURS = ['red', 'blue', 'green', 'white'] as const;
const PLACES = ['park', 'garden', 'school', 'market'] as const;
const WEATHER = ['sunny', 'cold', 'warm', 'windy'] as const;

/** A sentence that does not help with the problem. */
function idleSentence(stream: RandomStream): string {
  const kind = stream.integer(0, 4);
  if (kind === 0) return `It is ${stream.pick(WEATHER)} today.`;
  if (kind === 1) return `${stream.pick(NAMES)} is in the ${stream.pick(PLACES)}.`;
  if (kind === 2) return `${stream.pick(NAMES)} likes the ${stream.pick(COLOURS)} ${stream.pick(THINGS).one}.`;
  const [place, otherPlace] = stream.shuffle(PLACES);
  if (kind === 3) return `The ${place} is near the ${otherPlace}.`;
  const [name, otherName] = stream.shuffle(NAMES);
  return `${name} and ${otherName} go to the ${place}.`;
}

/** One to three idle sentences. */
export function idleText(stream: RandomStream): string {
  return Array.from({ length: stream.integer(1, 3) }, () => idleSentence(stream)).join(' ');
}
