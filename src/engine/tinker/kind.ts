/** Engines that speak the Tinker protocol. */
import { z } from 'zod';
import { apiKeyVariable, engineKind, httpUrl } from '../kind.js';

const schema = z
  .strictObject({
    kind: z.literal('tinker').describe('A service that speaks the Tinker protocol.'),
    url: httpUrl('Address of the service.'),
    apiKeyVariable: apiKeyVariable('TINKER_API_KEY'),
  })
  .describe('Runs on a cluster that speaks the Tinker protocol.');

export const tinkerKind = engineKind('tinker', schema, ['served']);
