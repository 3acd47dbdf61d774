import { UsageError } from '../errors.js';

/** A parser for the value of an option that takes a finite number. */
export function numberOption(
  name: string,
  bounds: { readonly minimum?: number; readonly maximum?: number; readonly integer?: boolean } = {},
) {
  return (text: string): number => {
    const value = Number(text);
    const form = bounds.integer === true ? 'a whole number' : 'a number';
    const range = bounds.maximum === undefined ? undefined : ` from ${bounds.minimum ?? 0} to ${bounds.maximum}`;
    const least = bounds.minimum === undefined ? '' : ` of at least ${bounds.minimum}`;
    const fits =
      text.trim() !== '' &&
      Number.isFinite(value) &&
      (bounds.integer !== true || Number.isSafeInteger(value)) &&
      (bounds.minimum === undefined || value >= bounds.minimum) &&
      (bounds.maximum === undefined || value <= bounds.maximum);
    if (!fits) throw new UsageError(`${name} takes ${form}${range ?? least}, not "${text}"`);
    return value;
  };
}
