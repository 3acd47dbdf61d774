/** What every engine must do in sampling and scoring, against vLLM's completions API over real sockets. */
import { afterAll } from 'vitest';
import type { GoldenModel } from '../../testing/goldens.js';
import { scratchFolder, withTokenizer } from '../testing/completions-models.js';
import { engineSuite } from '../testing/engine-suite.js';
import { fakeCompletions } from '../testing/fake-completions.js';

const folder = await scratchFolder();
const tokenizer = await withTokenizer(folder.path, 'smollm2');
const server = await fakeCompletions({ models: { smollm2: tokenizer } });
afterAll(async () => {
  await server.close();
  await folder.remove();
});

engineSuite('the engine on servers of the completions API', {
  open: () => server.engine(),
  openInSmallBatches: () => server.engine({ requestsInFlight: 2 }),
  source: (name: GoldenModel) => ({ kind: 'served', name, tokenizer }),
});
