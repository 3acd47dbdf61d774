/** `track` in a recipe: where figures of a run are sent or written while it works. */
import { z } from 'zod';
import { httpUrl } from '../engine/kind.js';
import type { Settings } from '../stages/definition/settings.js';

const KINDS = ['tensorboard', 'wandb', 'mlflow', 'trackio'] as const;

/** Keys and tokens that stand in an address end up in recipes and logs. */
function serverUrl(doc: string, variable: string) {
  return httpUrl(doc).check(({ value, issues }) => {
    if (!URL.canParse(value)) return;
    const { username, password, search, hash } = new URL(value);
    if (`${username}${password}${search}${hash}` === '') return;
    issues.push({
      code: 'custom',
      message: `is more than an address; a key or token is taken from the environment variable ${variable}`,
      input: undefined,
    });
  });
}

const label = (doc: string) => z.string().min(1).max(128).describe(doc);
const ofRecipe = (doc: string) => label(doc).nullable().default(null);

const tensorboard = z
  .strictObject({})
  .describe(
    'Event files below tensorboard/ in the run directory; nothing is sent. `tensorboard --logdir runs` shows them.',
  );

const wandb = z
  .strictObject({
    project: label('Project of Weights & Biases.').default('rlt'),
    entity: ofRecipe('User or team that the project belongs to; null: the default of whoever uploads the run.'),
    name: ofRecipe("Name of the run; null: the recipe's."),
  })
  .describe(
    'A run of Weights & Biases in its offline form, below wandb/ in the run directory; nothing is sent. `wandb sync FOLDER` ' +
      'uploads it.',
  );

const mlflow = z
  .strictObject({
    url: serverUrl('Address of the tracking server.', 'MLFLOW_TRACKING_TOKEN'),
    experiment: label('Experiment, which is made where it is missing.').default('rlt'),
    name: ofRecipe("Name of the run; null: the recipe's."),
  })
  .describe(
    'An MLflow server, through its REST interface. MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and ' +
      'MLFLOW_TRACKING_PASSWORD, in the environment where it asks for them.',
  );

const trackio = z
  .strictObject({
    url: serverUrl('Address of the server.', 'TRACKIO_WRITE_TOKEN'),
    project: label('Project, which is made where it is missing.').default('rlt'),
    name: ofRecipe("Name of the run; null: the recipe's."),
  })
  .describe('A Trackio server of your own. TRACKIO_WRITE_TOKEN in the environment holds its write token.');

const trackerObject = z
  .strictObject({
    tensorboard: tensorboard.exactOptional(),
    wandb: wandb.exactOptional(),
    mlflow: mlflow.exactOptional(),
    trackio: trackio.exactOptional(),
  })
  .check(({ value, issues }) => {
    const count = Object.keys(value).length;
    if (count === 1 || issues.length > 0) return;
    const message = `names ${count} trackers, where one item of the list is one tracker: ${KINDS.join(', ')}`;
    issues.push({ code: 'custom', message, input: value });
  });

/** `- mlflow` and `- mlflow:` are short for `- mlflow: {}`. */
function expanded(value: unknown): unknown {
  if (typeof value === 'string') return { [value]: {} };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([kind, settings]) => [kind, settings ?? {}]));
}

const trackerSchema = z.preprocess(expanded, trackerObject);

export const trackSchema = z
  .array(trackerSchema)
  .min(1)
  .describe(
    'Trackers that get the metrics of every step, the recipe as parameters, and the accuracies of students: `tensorboard`, or a ' +
      'map with one key, such as `mlflow: { url: ... }` (docs/tracking.md). They change no result.',
  );

/** The schemas of the trackers by their kinds, for the documentation. */
export const TRACKERS = { tensorboard, wandb, mlflow, trackio };

/** One tracker, as a recipe names it. */
export type TrackerSettings =
  | { readonly kind: 'tensorboard' }
  | ({ readonly kind: 'wandb' } & Settings<typeof wandb>)
  | ({ readonly kind: 'mlflow' } & Settings<typeof mlflow>)
  | ({ readonly kind: 'trackio' } & Settings<typeof trackio>);

/** The trackers of a recipe; none where it does not track. */
export function trackersIn(track: Settings<typeof trackSchema> | undefined): readonly TrackerSettings[] {
  return (track ?? []).flatMap((item): TrackerSettings[] => {
    if (item.tensorboard !== undefined) return [{ kind: 'tensorboard' }];
    if (item.wandb !== undefined) return [{ kind: 'wandb', ...item.wandb }];
    if (item.mlflow !== undefined) return [{ kind: 'mlflow', ...item.mlflow }];
    return item.trackio === undefined ? [] : [{ kind: 'trackio', ...item.trackio }];
  });
}
