/**
 * The interpreter of chat templates, with bounds on its steps and on the size of its values. Templates come with
 * downloaded models: nested loops or a list that doubles must end in an error, not in a process that hangs or runs out
 * of memory.
 */
import { type Environment, Interpreter } from '@huggingface/jinja';
import { InputError } from '../../errors.js';

export interface Bounds {
  /** Real templates take some hundred steps per message. */
  readonly steps: number;
  /** Characters of a value, besides some times those of the messages. */
  readonly baseCharacters: number;
  readonly timesMessages: number;
}

/** For any template. Single operations on such values can still take very long: it needs a limit of time as well. */
export const WIDE: Bounds = { steps: 400_000, baseCharacters: 1_000_000, timesMessages: 8 };
/** For plain templates: all operations together take at most about a second, even a search in quadratic time. */
export const NARROW: Bounds = { steps: 10_000, baseCharacters: 8000, timesMessages: 2 };

const MAX_ITEMS = 100_000;
/** What a pass of a loop, copying text and copying lists cost, in steps. */
const STEPS_PER_PASS = 4;
const CHARACTERS_PER_STEP = 64;
const ITEMS_PER_STEP = 8;

interface Statement {
  readonly type: string;
  readonly iterable?: unknown;
}

interface Value {
  readonly value: unknown;
}

/** What is used of the library's class. Its own types do not resolve under Node's rules. */
const Base: new (
  environment: Environment,
) => {
  run(program: unknown): Value;
  evaluate(statement: Statement | undefined, environment: Environment): Value;
} = Interpreter;

/** Nodes whose value exists already: evaluating them copies nothing. */
const REFERENCES: ReadonlySet<string> = new Set(['Identifier', 'MemberExpression', 'StringLiteral']);

export class BoundedInterpreter extends Base {
  readonly #maxCharacters: number;
  readonly #bounds: Bounds;
  /** What loops run over: each item costs, even in a loop with nothing in it. */
  readonly #iterables = new Set<unknown>();
  #steps = 0;
  #isOver = false;

  /** @param characters of the messages that the template is given */
  constructor(environment: Environment, characters: number, bounds: Bounds) {
    super(environment);
    this.#bounds = bounds;
    this.#maxCharacters = bounds.baseCharacters + bounds.timesMessages * characters;
  }

  /** Whether a bound ended the rendering. */
  get isOver(): boolean {
    return this.#isOver;
  }

  override evaluate(statement: Statement | undefined, environment: Environment): Value {
    this.#take(1);
    if (statement?.type === 'For') this.#noteIterable(statement.iterable);
    const value = super.evaluate(statement, environment);
    const isReference = statement === undefined || REFERENCES.has(statement.type);
    if (typeof value.value === 'string') {
      if (value.value.length > this.#maxCharacters) {
        throw this.#refusal(`makes a text of more than ${this.#maxCharacters} characters`);
      }
      // The narrow bounds are to hold for what is done with a text too.
      if (!isReference || this.#bounds === NARROW) this.#take(value.value.length / CHARACTERS_PER_STEP);
    } else if (Array.isArray(value.value)) {
      if (value.value.length > MAX_ITEMS) throw this.#refusal(`makes a list of more than ${MAX_ITEMS} items`);
      if (this.#iterables.has(statement)) this.#take(value.value.length * STEPS_PER_PASS);
      else if (!isReference) this.#take(value.value.length / ITEMS_PER_STEP);
    } else if (value.value instanceof Map && this.#iterables.has(statement)) {
      this.#take(value.value.size * STEPS_PER_PASS);
    }
    return value;
  }

  #noteIterable(iterable: unknown): void {
    this.#iterables.add(iterable);
    // `for x in list if condition` evaluates the list by itself.
    if (typeof iterable === 'object' && iterable !== null && 'lhs' in iterable) this.#iterables.add(iterable.lhs);
  }

  #take(steps: number): void {
    this.#steps += steps;
    if (this.#steps > this.#bounds.steps) throw this.#refusal(`takes more than ${this.#bounds.steps} steps`);
  }

  #refusal(what: string): InputError {
    this.#isOver = true;
    return new InputError(`the chat template ${what}`, {
      field: 'chat_template',
      remedy: 'Use another chat template; this one would not end in reasonable time or memory.',
    });
  }
}
