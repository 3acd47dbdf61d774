/** The trackers of a run, made from their settings and the keys in the environment. */
import { readKey } from '../engine/remote/credentials.js';
import { UsageError } from '../errors.js';
import { tensorboard } from './files/tensorboard.js';
import { wandb } from './files/wandb.js';
import { mlflow } from './servers/mlflow.js';
import { rest } from './servers/rest.js';
import { trackio } from './servers/trackio.js';
import type { TrackerSettings } from './settings.js';
import type { Tracker } from './tracker.js';

const keyIn = (variable: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> =>
  readKey({ apiKeyVariable: variable, apiKeyFile: null }, environment);

/** As MLflow's own client: a token, or a user's name with a password. */
async function mlflowKeys(environment: NodeJS.ProcessEnv) {
  const token = await keyIn('MLFLOW_TRACKING_TOKEN', environment);
  if (token !== undefined) return { headers: { authorization: `Bearer ${token}` }, secrets: [token] };
  const user = await keyIn('MLFLOW_TRACKING_USERNAME', environment);
  const password = await keyIn('MLFLOW_TRACKING_PASSWORD', environment);
  if (user === undefined && password === undefined) return { headers: {}, secrets: [] };
  if (user === undefined || password === undefined) {
    throw new UsageError(
      `MLFLOW_TRACKING_${user === undefined ? 'USERNAME' : 'PASSWORD'} is not set, but the other of the two is`,
      { remedy: 'Set both, or MLFLOW_TRACKING_TOKEN.' },
    );
  }
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  return { headers: { authorization: `Basic ${basic}` }, secrets: [basic, password] };
}

/**
 * Makes a tracker; nothing is sent yet.
 * @throws {UsageError} when a key is missing, or is none
 */
export async function trackerOf(
  settings: TrackerSettings,
  runDirectory: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Tracker> {
  switch (settings.kind) {
    case 'tensorboard':
      return tensorboard(runDirectory);
    case 'wandb':
      return wandb(settings, runDirectory);
    case 'mlflow': {
      const { headers, secrets } = await mlflowKeys(environment);
      return mlflow(settings, rest(settings.url, headers, secrets));
    }
    case 'trackio': {
      const token = await keyIn('TRACKIO_WRITE_TOKEN', environment);
      if (token === undefined) {
        throw new UsageError(`a Trackio server takes figures only with its write token (track, ${settings.url})`, {
          remedy:
            'Set the environment variable TRACKIO_WRITE_TOKEN to the token that the server printed when it started.',
        });
      }
      return trackio(settings, rest(settings.url, { 'x-trackio-write-token': token }, [token]));
    }
  }
}

/**
 * Makes all trackers of a recipe, before anything is computed.
 * @throws {UsageError} when two go to the same place, or a key is missing
 */
export async function trackersOf(
  settings: readonly TrackerSettings[],
  runDirectory: string,
  environment?: NodeJS.ProcessEnv,
): Promise<readonly (readonly [TrackerSettings['kind'], Tracker])[]> {
  const made: [TrackerSettings['kind'], Tracker][] = [];
  for (const one of settings) {
    const tracker = await trackerOf(one, runDirectory, environment);
    if (made.some(([, { destination }]) => destination === tracker.destination)) {
      throw new UsageError(`two trackers are the same: ${tracker.label}`, { field: 'track', remedy: 'Remove one.' });
    }
    made.push([one.kind, tracker]);
  }
  return made;
}
