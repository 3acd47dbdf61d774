/** The settings of engines and data sets that results depend on: fingerprints cover these, and refusals name no others. */

type Settings = Readonly<Record<string, unknown>>;

/** Of servers: where one is and how it is spoken to. It may move, as models and data may, and results stay what they are. */
const APART: ReadonlySet<string> = new Set([
  'url',
  'apiKeyVariable',
  'apiKeyFile',
  'requestsInFlight',
  'timeoutSeconds',
  'whenUnsupported',
  'prices',
  'tokensPerSecond',
]);

/**
 * The settings of an engine without those that leave results alone: what was replaced stands in the stages. One that
 * came later counts only where it is not what it was before, so that runs of earlier versions go on.
 */
export function countedEngine(settings: Settings): Settings {
  if (settings.kind === 'local') {
    const { gradientCheckpointing, memoryMiB: _, ...told } = settings;
    return gradientCheckpointing === true ? { ...told, gradientCheckpointing } : told;
  }
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !APART.has(name)));
}

/** The settings of a data set, without those that say nothing of its problems. `columns` came later, as above. */
export function countedData(settings: Settings): Settings {
  const { rows: _, whenMissing: __, columns = null, ...told } = settings;
  return columns === null ? told : { ...told, columns };
}
