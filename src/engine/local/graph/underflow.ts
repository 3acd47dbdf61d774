/** Whether exponentials of masked scores are slow on this processor. */
import { cpus } from 'node:os';
import { nativeCall } from '../../../native-calls.js';
import { Graph } from './graph.js';
import { toOnnx } from './onnx.js';
import { InferenceSession } from './onnxruntime.js';
import { softmax } from './operations.js';
import { floats, floatsOf } from './tensors.js';

let answer: Promise<boolean> | undefined;

/**
 * ONNX Runtime's exponential for AVX-512 goes below the normal range of float32, where Intel's processors compute a number in
 * 6 ns instead of 1 (docs/performance.md); its others give 0 there at once. So on those processors it is told by what comes of
 * exp(-90).
 */
export function underflowsSlowly(): Promise<boolean> {
  answer ??= /intel/i.test(cpus()[0]?.model ?? '') ? goesBelowNormal() : Promise.resolve(false);
  return answer;
}

async function goesBelowNormal(): Promise<boolean> {
  const graph = new Graph();
  const y = softmax(graph.input('x', [1, 16]));
  graph.output('y', y);
  const session = await nativeCall(() =>
    InferenceSession.create(toOnnx(graph, 'onnxruntime'), { intraOpNumThreads: 1 }),
  );
  try {
    const x = floats(
      Float32Array.from({ length: 16 }, (_, i) => (i === 0 ? 0 : -90)),
      [1, 16],
    );
    const results = await nativeCall(() => session.run({ x }));
    const tensor = results[y.name];
    return tensor !== undefined && (floatsOf(tensor)[15] ?? 0) > 0;
  } finally {
    await session.release();
  }
}
