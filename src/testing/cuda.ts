/** Whether somebody put ONNX Runtime's libraries for CUDA beside its package, which has none. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const native = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
export const hasCuda = readdirSync(native, { recursive: true }).some((file) => `${file}`.includes('providers_cuda'));
