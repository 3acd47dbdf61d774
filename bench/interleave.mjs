/**
 * Measures contenders side by side: each is a process that answers one JSON command a line, and each round asks every
 * contender for one measurement in turn, so that what else the machine does falls on all of them alike.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A process that speaks the protocol of bench/peers/torch_bench.py. */
export class Contender {
  #process;
  #waiting = [];
  /** Why the process is gone, once it is. */
  #failure;

  constructor(name, command, args, env = {}) {
    this.name = name;
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      const answer = JSON.parse(line);
      const { resolve, reject } = this.#waiting.shift();
      if (answer.ok) resolve(answer);
      else reject(new Error(`${name}: ${answer.error}`));
    });
    this.#process.on('error', (cause) => this.#fail(new Error(`${name} did not start: ${command}`, { cause })));
    // A pipe breaks only when the process is gone, which the handlers beside this one report.
    this.#process.stdin.on('error', () => undefined);
    this.#process.on('exit', (code) => this.#fail(new Error(`${name} ended with code ${code}`)));
  }

  #fail(error) {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  ask(command) {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    });
  }

  async close() {
    if (this.#failure !== undefined) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin.write('{"op": "close"}\n');
    this.#process.stdin.end();
    await ended;
  }
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Asks each contender `rounds` times in turn after one round that does not count: name -> answers. `check` gets the
 * answers of that round, in the order of the contenders, and may throw.
 */
export async function interleave(contenders, command, rounds, check = () => {}) {
  const warmUp = [];
  for (const contender of contenders) warmUp.push(await contender.ask(command));
  check(warmUp);
  const answers = new Map(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) answers.get(contender.name).push(await contender.ask(command));
  }
  return answers;
}
