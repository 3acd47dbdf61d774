/** The one place that loads ONNX Runtime. */
import { disableTelemetry } from '../native-environment.js';

await disableTelemetry();

const library = await import('onnxruntime-node');
// Outside of a session, as where a provider cannot be loaded, it writes errors to standard error and throws them, too: what
// is thrown is told with a remedy. Sessions have a level of their own, that of errors.
library.env.logLevel = 'fatal';

export const { InferenceSession, listSupportedBackends, Tensor } = library;
