/** The kinds of engines that a recipe can name. */

import { z } from 'zod';
import { checkArguments } from '../call-arguments.js';
import type { Engine } from './engine.js';
import type { ConnectOptions, EngineKind } from './kind.js';
import { localKind } from './local/kind.js';
import { openaiKind } from './openai/kind.js';
import { tinkerKind } from './tinker/kind.js';

export const engineSchema = z.discriminatedUnion('kind', [localKind.schema, tinkerKind.schema, openaiKind.schema]);

/** The settings of an engine as a recipe has them, of any kind. */
export type EngineSettings = Readonly<z.output<typeof engineSchema>>;

const BY_NAME = { local: localKind, tinker: tinkerKind, openai: openaiKind } as const;

export const engineKindOf = ({ kind }: EngineSettings): EngineKind => BY_NAME[kind];

/**
 * Opens the engine that the settings describe.
 * @throws {UnsupportedError} when this machine cannot run it with these settings
 */
export async function connectEngine(settings: EngineSettings, options: ConnectOptions = {}): Promise<Engine> {
  const shape = { settings: z.looseObject({ kind: z.enum(Object.keys(BY_NAME)) }) };
  const form = "connectEngine({ kind: 'local' })";
  checkArguments(form, { settings }, shape);
  const kind = engineKindOf(settings);
  checkArguments(form, { settings }, { settings: kind.schema });
  return kind.connect(settings, options);
}
