/** The settings of engines and data sets that results depend on: fingerprints cover these, and refusals name no others. */

type Settings = Readonly<Record<string, unknown>>;

/**
 * The settings of an engine without those that leave results alone: what was replaced stands in the stages. One that
 * came later counts only where it is not what it was before, so that runs of earlier versions go on.
 */
export function countedEngine(settings: Settings): Settings {
  if (settings.kind === 'local') {
    const { gradientCheckpointing, memoryMiB: _, ...told } = settings;
    return gradientCheckpointing === true ? { ...told, gradientCheckpointing } : told;
  }
  const { whenUnsupported: _, prices: __, tokensPerSecond: ___, ...told } = settings;
  return told;
}

/** The settings of a data set, without those that say nothing of its problems. `columns` came later, as above. */
export function countedData(settings: Settings): Settings {
  const { rows: _, whenMissing: __, columns = null, ...told } = settings;
  return columns === null ? told : { ...told, columns };
}
