/** A quantity, such as bytes, of which only so much is taken at a time; those who wait are served in their order. */
export class Budget {
  readonly #total: number;
  #free: number;
  readonly #waiting: { readonly amount: number; readonly grant: () => void }[] = [];

  constructor(total: number) {
    this.#total = total;
    this.#free = total;
  }

  /** Runs `work` while it holds `amount`, or everything where that is less. */
  async use<Result>(amount: number, work: () => Promise<Result>): Promise<Result> {
    const release = await this.take(amount);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Resolves when the amount is taken, with what gives it back. */
  async take(amount: number): Promise<() => void> {
    const taken = Math.min(amount, this.#total);
    if (this.#waiting.length > 0 || taken > this.#free)
      await new Promise<void>((grant) => this.#waiting.push({ amount: taken, grant }));
    else this.#free -= taken;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#free += taken;
      this.#serve();
    };
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next !== undefined && next.amount <= this.#free; next = this.#waiting[0]) {
      this.#free -= next.amount;
      this.#waiting.shift();
      next.grant();
    }
  }
}
