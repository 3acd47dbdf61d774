import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../../errors.js';
import { parseModelSource } from '../../recipe/sources.js';
import { savesWhenInterrupted } from '../../run/interrupt.js';
import type { ServedModel } from '../../serve/settings.js';
import type { CommandDefinition } from '../command.js';
import { addListenOptions, addressOf, type ListenFlags } from '../listen-options.js';
import { numberOption } from '../number-option.js';
import { failureReport, untilStopped } from '../serving.js';

interface Flags extends ListenFlags {
  readonly port: number;
  readonly dir: string;
  readonly threads?: number;
  readonly provider: string;
  readonly activationMib?: number;
  readonly gradientCheckpointing: boolean;
  readonly cacheMib: number;
  readonly maxModels: number;
  readonly maxSnapshots: number;
  readonly maxBodyMib: number;
  readonly maxTokens: number;
  readonly keepResults: number;
  readonly sessionTimeout: number;
}

const MIB = 2 ** 20;

/** Models by the names that clients use: `NAME=SOURCE`, or a source whose own name it is. */
const NAMED = /^([A-Za-z0-9][A-Za-z0-9._/-]*)=(.+)$/;

async function nameAndSource(text: string): Promise<{ readonly name: string; readonly source: string }> {
  const { namedModel, nameOfSource } = await import('../../pipeline/inputs/trained-models.js');
  const named = existsSync(text) ? null : NAMED.exec(text);
  const found = await namedModel(named?.[2] ?? text, undefined);
  const { source: given } = found;
  const name = named?.[1] ?? found.name;
  if (parseModelSource(given).kind === 'served') throw new UsageError(`${given} is a model of another server`);
  return { name: name ?? nameOfSource(given), source: given };
}

async function located(given: string): Promise<ServedModel> {
  const { locateModel } = await import('../../pipeline/inputs/models.js');
  const { name, source } = await nameAndSource(given);
  const found = await locateModel(source);
  if (found.kind === 'served') throw new UsageError(`${given} is a model of another server`);
  if (found.adapter !== undefined) {
    throw new UsageError(`${given} is an adapter`, { remedy: 'Serve its base model, or save the two as one model.' });
  }
  const { verifyModel } = await import('../../evaluation/model-hash.js');
  await verifyModel(found);
  return { name, source: { ...found, directory: resolve(found.directory) } };
}

export const serveCommand: CommandDefinition = (command, context) => {
  const whole = (name: string, minimum: number) => numberOption(name, { minimum, integer: true });
  command.argument(
    '<models...>',
    'builtin:base, hf:owner/name, the folder of a model or of a stage, or RUN:NAME for one of a run; NAME=SOURCE gives it another name',
  );
  addListenOptions(command, { about: 'port to listen on; 0 takes a free one', preset: 8765 })
    .option('--dir <dir>', 'where sessions, checkpoints and the state of models are kept', join('runs', 'serve'))
    .option('--threads <n>', 'threads of the CPU provider (default: all cores)', whole('--threads', 1))
    .addOption(
      command.createOption('--provider <name>', 'what computes').choices(['cpu', 'webgpu', 'cuda']).default('cpu'),
    )
    .option('--activation-mib <n>', 'as activationMiB of the engine in a recipe', whole('--activation-mib', 1))
    .option('--gradient-checkpointing', 'as gradientCheckpointing of the engine in a recipe', false)
    .option('--cache-mib <n>', 'as cacheMiB of the engine in a recipe', whole('--cache-mib', 1), 512)
    .option('--max-models <n>', 'most models in training that are in memory at once', whole('--max-models', 1), 4)
    .option('--max-snapshots <n>', 'most snapshots for sampling that are in memory', whole('--max-snapshots', 1), 4)
    .option('--max-body-mib <n>', 'largest body of a request, in MiB', whole('--max-body-mib', 1), 64)
    .option('--max-tokens <n>', 'most tokens that one request computes', whole('--max-tokens', 1), 2 ** 20)
    .option('--keep-results <seconds>', 'how long results are kept', whole('--keep-results', 1), 3600)
    .option(
      '--session-timeout <seconds>',
      'how long a client may be silent before its models are saved and leave memory',
      whole('--session-timeout', 1),
      600,
    )
    .action(async (given: readonly string[], flags: Flags) => {
      const { startServer } = await import('../../serve/server.js');
      const { checkSettings, DEFAULT_LIMITS, DEFAULT_TIMES } = await import('../../serve/settings.js');
      const { connectEngine, engineSchema } = await import('../../engine/kinds.js');
      const settings = {
        ...(await addressOf(flags, flags.port)),
        directory: flags.dir,
        models: await Promise.all(given.map(located)),
        limits: {
          ...DEFAULT_LIMITS,
          models: flags.maxModels,
          snapshots: flags.maxSnapshots,
          bodyBytes: flags.maxBodyMib * MIB,
          requestTokens: flags.maxTokens,
        },
        times: { ...DEFAULT_TIMES, result: flags.keepResults, session: flags.sessionTimeout },
      };
      checkSettings(settings);
      const engine = await connectEngine(
        engineSchema.parse({
          kind: 'local',
          provider: flags.provider,
          threads: flags.threads ?? 'auto',
          ...(flags.activationMib === undefined ? {} : { activationMiB: flags.activationMib }),
          gradientCheckpointing: flags.gradientCheckpointing,
          cacheMiB: flags.cacheMib,
        }),
      );
      const log = {
        info: (text: string) => context.stderr(`${text}\n`),
        failure: failureReport(context),
      };
      const server = await startServer(settings, engine, log).catch(async (error: unknown) => {
        await engine.close();
        throw error;
      });
      const names = settings.models.map(({ name }) => name).join(', ');
      savesWhenInterrupted();
      await context.stdout(`${server.url} serves ${names}\n`);
      await untilStopped(context);
      await server.close();
      context.stderr(`stopped; sessions, models and results are in ${flags.dir}\n`);
    });
};
