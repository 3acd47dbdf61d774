/** Which sessions keep the memory of a run for the next one: told once, for those that run and those that are predicted. */
import type { RowCount } from '../programs/weight-inputs.js';
import { formKey, type ModelForm } from '../weights/model-form.js';
import { isSmall, type QueryBlocks } from './budget.js';

/** What programs alike are for. */
export type SessionKind = 'training' | 'scoring' | `scoring in ${number}` | 'prefill' | 'pieces' | 'decoding';

/** Blocks of queries from which sequences are long: their scores are large. */
const LONG_BLOCKS = 4;

/** Of a program that scores: long sequences should find the memory of those before, whatever was scored first. */
export function kindOfScoring({ prefixBlocks, blocks }: QueryBlocks): SessionKind {
  const most = Math.max(prefixBlocks, blocks);
  return most < LONG_BLOCKS ? 'scoring' : `scoring in ${most}`;
}

/** Of a program that reads pieces of prompts: long prompts should find the memory of the piece before, whatever was read first. */
export const kindOfReading = (rows: RowCount): SessionKind => (rows === 'many' ? 'pieces' : 'prefill');

/**
 * Small models keep it in all their sessions. Of large ones a fifth of the time of training is spent on memory that is new
 * each time; what is kept would add up over the programs of a model, so it is the first of a kind and form. It takes little
 * more than its values do; without it, the C library's allocator may keep several times as much between pieces of different
 * size.
 */
export class KeptMemory {
  /** The keys of the sessions of large models that keep it, by kind and form. */
  readonly #keeping = new Map<string, string>();

  /** Whether the session with this key keeps its memory; the first that asks of a kind and form does. */
  isKeptBy(key: string, kind: SessionKind, form: ModelForm): boolean {
    if (isSmall(form)) return true;
    const alike = `${kind} ${formKey(form)}`;
    if (!this.#keeping.has(alike)) this.#keeping.set(alike, key);
    return this.#keeping.get(alike) === key;
  }

  /** Lets another session keep it in place of one that is closed. */
  leave(key: string): void {
    for (const [alike, keeping] of this.#keeping) if (keeping === key) this.#keeping.delete(alike);
  }

  clear(): void {
    this.#keeping.clear();
  }
}
