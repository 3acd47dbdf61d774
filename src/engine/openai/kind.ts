/** Servers of the OpenAI completions protocol. */
import { z } from 'zod';
import { apiKeyVariable, engineKind, httpUrl } from '../kind.js';

const schema = z
  .strictObject({
    kind: z.literal('openai').describe('A server of the OpenAI completions protocol.'),
    url: httpUrl('Address of the server.'),
    apiKeyVariable: apiKeyVariable('OPENAI_API_KEY'),
  })
  .describe('Samples and scores on vLLM and the like; cannot train.');

export const openaiKind = engineKind('openai', schema, ['served']);
