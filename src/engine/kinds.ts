/** The kinds of engines that a recipe can name. */
import { z } from 'zod';
import { UnsupportedError } from '../errors.js';
import type { Engine } from './engine.js';
import { localKind } from './local/kind.js';
import { openaiKind } from './openai/kind.js';
import { tinkerKind } from './tinker/kind.js';

export const ENGINE_KINDS = [localKind, tinkerKind, openaiKind] as const;

export const engineSchema = z.discriminatedUnion('kind', [localKind.schema, tinkerKind.schema, openaiKind.schema]);

/** The settings of an engine as a recipe has them, of any kind. */
export type EngineSettings = Readonly<z.output<typeof engineSchema>>;

/**
 * Opens the engine that the settings describe.
 * @throws {UnsupportedError} when this version cannot run the kind of engine, or this machine not with these settings
 */
export function connectEngine(settings: EngineSettings): Promise<Engine> {
  const connect = ENGINE_KINDS.find(({ kind }) => kind === settings.kind)?.connect;
  if (connect !== undefined) return connect(settings);
  return Promise.reject(
    new UnsupportedError(`the engine ${settings.kind} cannot be used yet`, {
      field: 'engine.kind',
      remedy: 'Set engine.kind to local.',
    }),
  );
}
