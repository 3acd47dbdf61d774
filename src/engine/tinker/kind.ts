/** Engines that speak the Tinker protocol. */
import { z } from 'zod';
import { apiKeyFile, apiKeyVariable, engineKind, httpUrl, prices, tokensPerSecond, whenUnsupported } from '../kind.js';

const schema = z
  .strictObject({
    kind: z.literal('tinker').describe('A service that speaks the Tinker protocol.'),
    url: httpUrl('Address of the service, without /api/v1.'),
    apiKeyVariable: apiKeyVariable('TINKER_API_KEY'),
    apiKeyFile: apiKeyFile(),
    probe: z
      .boolean()
      .default(true)
      .describe(
        'Measure at the start what the server does with signed weights; false trusts it to do what the protocol says.',
      ),
    probeModel: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe(
        'Base model on which the arithmetic of the server is measured at the start; null for the first that it trains.',
      ),
    scoring: z
      .enum(['trainer', 'sampler'])
      .default('trainer')
      .describe('What computes the log-probs of base models: the trainer, as for models that learn, or the sampler.'),
    contextTokens: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe(
        'Longest sequence in tokens, where the server does not say; null for what config.json of the model says.',
      ),
    whenUnsupported: whenUnsupported(),
    prices: prices(),
    tokensPerSecond: tokensPerSecond(),
  })
  .describe('Runs on a cluster that speaks the Tinker protocol.');

const models = { sources: ['served'], samplesPolicies: 'served', trains: true } as const;
export const tinkerKind = engineKind('tinker', schema, models, async (settings, options) => {
  const { openTinkerEngine } = await import('./tinker-engine.js');
  return openTinkerEngine(settings, {}, options);
});
