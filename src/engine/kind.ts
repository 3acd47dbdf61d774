/** What a kind of engine is, and the settings that kinds on other machines share. */
import { z } from 'zod';
import type { Engine, ModelSource, WeightBits } from './engine.js';
import type { ModelUse } from './memory-use.js';

/** How an engine is connected. */
export interface ConnectOptions {
  /** Told in a sentence what takes long, while the engine is connected and later: a server that gives no answer. */
  readonly note?: ((text: string) => void) | undefined;
}

/** A kind of engine that a recipe can name. */
export interface EngineKind<Schema extends z.ZodType = z.ZodType> {
  readonly kind: string;
  /** Its settings in a recipe. */
  readonly schema: Schema;
  /** The kinds of sources that its engines open, known before one is: a recipe is checked against them. */
  readonly sources: readonly ModelSource['kind'][];
  /**
   * Of which policies that another engine trains its engines can sample: those that are saved to folders of this machine,
   * or those that its own server has.
   */
  readonly samplesPolicies: ModelSource['kind'];
  /** Whether any of its engines trains. */
  readonly trains: boolean;
  /** The bits in which an engine of these settings can hold frozen weights, besides those of their files. */
  weightBits(settings: unknown): readonly WeightBits[];
  /** What its engines take of this machine's memory; absent where they compute elsewhere. */
  readonly memory?: EngineMemory<unknown> | undefined;
  /** Opens an engine by its settings. */
  connect(settings: unknown, options?: ConnectOptions): Promise<Engine>;
}

/** What an engine on this machine says of memory before it is opened. */
export interface EngineMemory<Settings> {
  /**
   * Bytes of the process at the peak of each stage, run in this order. A stage has one entry for each set of models that
   * it has open at a time. Undefined where it is not known for such an engine.
   */
  peaks(
    settings: Settings,
    stages: readonly (readonly (readonly ModelUse[])[])[],
  ): Promise<readonly number[] | undefined>;
  /** Bytes that the process may take, where the settings say so. */
  limit(settings: Settings): number | undefined;
  /** Values of settings with which it takes less, those that cost least first. */
  thrift(settings: Settings): readonly Readonly<Record<string, number | boolean>>[];
}

export function engineKind<Schema extends z.ZodType>(
  kind: string,
  schema: Schema,
  { sources, samplesPolicies, trains }: Pick<EngineKind, 'sources' | 'samplesPolicies' | 'trains'>,
  connect: (settings: z.output<Schema>, options?: ConnectOptions) => Promise<Engine>,
  weightBits: (settings: z.output<Schema>) => readonly WeightBits[] = () => [],
  memory?: EngineMemory<z.output<Schema>>,
): EngineKind<Schema> {
  // Settings that were parsed before parse to themselves; parsing them again gives them their type.
  return {
    kind,
    schema,
    sources,
    samplesPolicies,
    trains,
    weightBits: (settings) => weightBits(schema.parse(settings)),
    memory: memory && {
      peaks: (settings, stages) => memory.peaks(schema.parse(settings), stages),
      limit: (settings) => memory.limit(schema.parse(settings)),
      thrift: (settings) => memory.thrift(schema.parse(settings)),
    },
    connect: async (settings, options) => connect(await schema.parseAsync(settings), options),
  };
}

export const httpUrl = (doc: string) =>
  z
    .url({ protocol: /^https?$/, error: 'not an http or https address' })
    .refine((text) => isPlain(text), {
      error: 'an address has no name, password, ? or # in it: a key comes from apiKeyVariable or apiKeyFile',
    })
    .describe(doc);

/** Whether an address has nothing that would be left out of requests, or would stand in the recipe as a secret. */
function isPlain(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { username, password, search, hash } = new URL(text);
  return [username, password, search, hash].every((part) => part === '');
}

export const apiKeyVariable = (name: string) =>
  z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'not the name of an environment variable')
    .default(name)
    .describe('Environment variable that holds the key; the key itself never stands in a recipe.');

export const whenUnsupported = () =>
  z
    .enum(['refuse', 'replace'])
    .default('refuse')
    .describe(
      'What becomes of settings that the recipe writes and the server cannot meet: the recipe is refused, or they take the ' +
        'nearest values that the server has, which the run says at its start. Defaults follow the server in any case.',
    );

const perMillion = (what: string) => z.number().min(0).default(0).describe(`Of a million ${what}.`);

export const prices = () =>
  z
    .strictObject({
      prefill: perMillion('tokens that are read: prompts, and texts that are scored'),
      sample: perMillion('sampled tokens'),
      train: perMillion('tokens that are trained on'),
    })
    .nullable()
    .default(null)
    .describe('What the server costs, in any currency; used only by --dry-run.');

const perSecond = (what: string) => z.number().gt(0).describe(`${what} per second, of all requests together.`);

export const tokensPerSecond = () =>
  z
    .strictObject({
      prefill: perSecond('Tokens that are read'),
      sample: perSecond('Sampled tokens'),
      train: perSecond('Tokens that are trained on'),
    })
    .nullable()
    .default(null)
    .describe('How fast the server is; used only by --dry-run.');

export const apiKeyFile = () =>
  z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('File that holds the key and nothing else, in place of the environment variable.');
