/** The engine against PyTorch on CUDA, where somebody put its libraries beside ONNX Runtime's package and has a card. */
import { it } from 'vitest';
import { hasCuda } from '../../testing/cuda.js';
import { goldenSuite } from '../../testing/golden-suite.js';
import { GOLDEN_MODELS, testRuntime } from '../../testing/goldens.js';
import { checkProvider } from './graph/session.js';
import { keepFloat32 } from './native-environment.js';

/** Why nothing can be computed there; undefined where it can. */
async function missing(): Promise<string | undefined> {
  if (!hasCuda) return "ONNX Runtime's CUDA libraries are not there";
  await keepFloat32();
  return checkProvider({ provider: 'cuda', threads: 1 }).then(
    () => undefined,
    (error: unknown) => `${error}`.split('\n')[0],
  );
}

const reason = await missing();
if (reason === undefined) goldenSuite('CUDA', () => testRuntime({ provider: 'cuda' }), GOLDEN_MODELS);
else {
  console.warn(`skipped: the golden tests on CUDA, since ${reason}`);
  it.skip(`on CUDA: ${reason}`);
}
