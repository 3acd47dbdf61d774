/**
 * The interpreter of chat templates, with bounds on its steps and on the size of its values. Templates come with
 * downloaded models: nested loops or a list that doubles must end in an error, not in a process that hangs or runs out
 * of memory.
 */
import { type Environment, Interpreter } from '@huggingface/jinja';
import { InputError } from '../errors.js';

/** Real templates take some hundred steps per message. */
const MAX_STEPS = 400_000;
const MAX_ITEMS = 100_000;
/** Characters of a value, besides some times those of the messages. */
const BASE_CHARACTERS = 1_000_000;
const TIMES_MESSAGES = 8;
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
  /** What loops run over: each item costs, even in a loop with nothing in it. */
  readonly #iterables = new Set<unknown>();
  #steps = 0;

  /** @param characters of the messages that the template is given */
  constructor(environment: Environment, characters: number) {
    super(environment);
    this.#maxCharacters = BASE_CHARACTERS + TIMES_MESSAGES * characters;
  }

  override evaluate(statement: Statement | undefined, environment: Environment): Value {
    this.#take(1);
    if (statement?.type === 'For') this.#noteIterable(statement.iterable);
    const value = super.evaluate(statement, environment);
    const isReference = statement === undefined || REFERENCES.has(statement.type);
    if (typeof value.value === 'string') {
      if (value.value.length > this.#maxCharacters) {
        throw refusal(`makes a text of more than ${this.#maxCharacters} characters`);
      }
      if (!isReference) this.#take(value.value.length / CHARACTERS_PER_STEP);
    } else if (Array.isArray(value.value)) {
      if (value.value.length > MAX_ITEMS) throw refusal(`makes a list of more than ${MAX_ITEMS} items`);
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
    if (this.#steps > MAX_STEPS) throw refusal(`takes more than ${MAX_STEPS} steps`);
  }
}

function refusal(what: string): InputError {
  return new InputError(`the chat template ${what}`, {
    field: 'chat_template',
    remedy: 'Use another chat template; this one would not end in reasonable time or memory.',
  });
}
