/** The one place that loads ONNX Runtime. */
import { disableTelemetry } from '../telemetry.js';

await disableTelemetry();

export const { InferenceSession, listSupportedBackends, Tensor } = await import('onnxruntime-node');
