/** Whether a server's tokenizer is the one on this machine: otherwise its models read other words than are meant. */
import { InputError, RltError } from '../../errors.js';
import { loadTokenizer } from '../../text/tokenizer/tokenizer.js';
import type { Dialect } from './dialect.js';

/** Words, numbers, spaces, punctuation, code, and scripts whose characters take several bytes. */
const TEXTS = [
  'The cat sat on the mat, and it was 3.14159 metres long.',
  'x = 12345 + 678; // twice\n\tif (x >= 90) return x ** 2;\n\n',
  'two  spaces   three    four',
  'Größe, naïve café, Привет мир, 你好世界, 🙂',
  "It's $\\frac{1}{2}$ of what you'd think: 1,000,000!",
] as const;

/**
 * Compares what both make of some texts; returns the size of the vocabulary.
 * @throws {InputError} when they differ
 */
export async function checkTokenizer(dialect: Dialect, model: string, directory: string): Promise<number> {
  const tokenizer = await loadTokenizer(directory);
  let compared = 0;
  for (const text of TEXTS) {
    const here = attemptTo(() => tokenizer.encode(text));
    // A vocabulary that cannot express the text says nothing about the other one.
    if (here === undefined) continue;
    compared += 1;
    const there = await dialect.tokenize(model, text);
    const apart = here.findIndex((id, i) => id !== there[i]);
    if (apart < 0 && here.length === there.length) continue;
    const at = apart < 0 ? here.length : apart;
    throw new InputError(
      `the tokenizer of ${model} on the server is another one: of ${JSON.stringify(text)} token ${at} is ` +
        `${here[at] ?? 'missing'} here and ${there[at] ?? 'missing'} there`,
      { file: directory, remedy: 'Give the tokenizer of the very model that the server serves.' },
    );
  }
  if (compared === 0)
    throw new InputError('the tokenizer cannot express any of the texts by which tokenizers are compared', {
      file: directory,
    });
  return tokenizer.vocabularySize;
}

function attemptTo<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof RltError && error.code === 'input') return undefined;
    throw error;
  }
}
