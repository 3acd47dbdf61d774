/** Small programs on tensors that lie on a device: the sum of gradients, the optimiser, the cache of keys and values. */
import { Graph, type Tensor } from '../graph/graph.js';
import { add, concat, gatherRows, multiply, power, reduceSum, reshape } from '../graph/operations.js';

/** A tensor that learns, by the name of the input that it is in programs. */
export interface Learning {
  readonly input: string;
  readonly shape: readonly number[];
  /** Whether it is a norm or a bias, which may be spared from decay. */
  readonly vector: boolean;
}

/** `sum:INPUT` = `a:INPUT` + `b:INPUT`. */
export function sumProgram(learning: readonly Learning[]): Graph {
  const graph = new Graph();
  for (const { input, shape } of learning)
    graph.output(`sum:${input}`, add(graph.input(`a:${input}`, shape), graph.input(`b:${input}`, shape)));
  return graph;
}

/** `square` [1]: the sum of squares of all `gradient:INPUT`. Rows first, so that many are added at a time. */
export function squareProgram(learning: readonly Learning[]): Graph {
  const graph = new Graph();
  const squares = learning.map(({ input, shape }) => {
    const gradient = graph.input(`gradient:${input}`, shape);
    const ofRows = reduceSum(multiply(gradient, gradient), [shape.length - 1]);
    return reshape(shape.length === 1 ? ofRows : reduceSum(ofRows, [0]), [1]);
  });
  const [first, ...others] = squares;
  if (first !== undefined)
    graph.output(
      'square',
      others.reduce((total, square) => add(total, square), first),
    );
  return graph;
}

/** Numbers that an AdamW step takes, each an input [1]; weights/adam.ts has their meaning. */
export const ADAM_NUMBERS = [
  'factor',
  'beta1',
  'rest1',
  'beta2',
  'rest2',
  'stepSize',
  'inverseCorrection',
  'epsilon',
  'keepMatrices',
  'keepVectors',
] as const;

/**
 * AdamW as in weights/adam.ts, in float32: from `value:INPUT`, `gradient:INPUT`, `first:INPUT` and `second:INPUT` new
 * `value`, `first` and `second`.
 */
export function adamProgram(learning: readonly Learning[]): Graph {
  const graph = new Graph();
  const numbers = Object.fromEntries(ADAM_NUMBERS.map((name) => [name, graph.input(name, [1])])) as Readonly<
    Record<(typeof ADAM_NUMBERS)[number], Tensor>
  >;
  const { factor, beta1, rest1, beta2, rest2, stepSize, inverseCorrection, epsilon, keepMatrices, keepVectors } =
    numbers;
  for (const { input, shape, vector } of learning) {
    const of = (kind: string) => graph.input(`${kind}:${input}`, shape);
    const gradient = multiply(of('gradient'), factor);
    const first = add(multiply(of('first'), beta1), multiply(gradient, rest1));
    const second = add(multiply(of('second'), beta2), multiply(multiply(gradient, gradient), rest2));
    const root = add(multiply(power(second, 0.5), inverseCorrection), epsilon);
    const change = multiply(multiply(first, stepSize), power(root, -1));
    graph.output(`value:${input}`, add(multiply(of('value'), vector ? keepVectors : keepMatrices), change));
    graph.output(`first:${input}`, first);
    graph.output(`second:${input}`, second);
  }
  return graph;
}

/** `y:i` = rows `indices` [N] of `x:i` [R, W], for i below `count`. */
export function rowsProgram(count: number): Graph {
  const graph = new Graph();
  const indices = graph.input('indices', ['N'], 'int64');
  for (let i = 0; i < count; i++) graph.output(`y:${i}`, gatherRows(graph.input(`x:${i}`, ['R', 'W']), indices));
  return graph;
}

/** `y:i` = `x:i` [R, W] and behind it, in each row, what `more` [R, E] has. */
export function widerProgram(count: number): Graph {
  const graph = new Graph();
  const more = graph.input('more', ['R', 'E']);
  for (let i = 0; i < count; i++) graph.output(`y:${i}`, concat([graph.input(`x:${i}`, ['R', 'W']), more], 1));
  return graph;
}

/** `y:i` = the rows of `x:i` [R, W], then those of `more:i` [E, W]. */
export function longerProgram(count: number): Graph {
  const graph = new Graph();
  for (let i = 0; i < count; i++)
    graph.output(`y:${i}`, concat([graph.input(`x:${i}`, ['R', 'W']), graph.input(`more:${i}`, ['E', 'W'])], 0));
  return graph;
}
