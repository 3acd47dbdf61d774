/** Servers of the completions API of OpenAI that take and give token ids. */
import { z } from 'zod';
import { apiKeyFile, apiKeyVariable, engineKind, httpUrl, prices, tokensPerSecond, whenUnsupported } from '../kind.js';

const schema = z
  .strictObject({
    kind: z.literal('openai').describe('A server of the OpenAI completions protocol.'),
    url: httpUrl('Address of the server, with or without /v1.'),
    apiKeyVariable: apiKeyVariable('OPENAI_API_KEY'),
    apiKeyFile: apiKeyFile(),
    model: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe(
        'As `sampler`: the model of the server that takes the weights of the policy or carries its adapter; null for ' +
          'the only one.',
      ),
    requestsInFlight: z
      .int()
      .min(1)
      .max(4096)
      .default(64)
      .describe('Most requests that the server has at a time; it batches those that it has.'),
    timeoutSeconds: z
      .number()
      .min(1)
      .default(3600)
      .describe('Longest time for one completion, waiting on the server included.'),
    whenUnsupported: whenUnsupported(),
    prices: prices(),
    tokensPerSecond: tokensPerSecond(),
  })
  .describe('Samples and scores on vLLM and the like; cannot train.');

// Folders of a policy that is trained elsewhere replace what the server serves; as models of a recipe they are not opened.
const models = { sources: ['served'], samplesPolicies: 'directory', trains: false } as const;
export const openaiKind = engineKind('openai', schema, models, async (settings, options) => {
  const { openCompletionsEngine } = await import('./completions-engine.js');
  return openCompletionsEngine(settings, {}, options);
});
