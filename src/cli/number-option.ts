import { UsageError } from '../errors.js';

/** A parser for the value of an option that takes a finite number. */
export function numberOption(name: string, bounds: { readonly minimum?: number; readonly integer?: boolean } = {}) {
  return (text: string): number => {
    const value = Number(text);
    const form = bounds.integer === true ? 'a whole number' : 'a number';
    const least = bounds.minimum === undefined ? '' : ` of at least ${bounds.minimum}`;
    const fits =
      text.trim() !== '' &&
      Number.isFinite(value) &&
      (bounds.integer !== true || Number.isSafeInteger(value)) &&
      (bounds.minimum === undefined || value >= bounds.minimum);
    if (!fits) throw new UsageError(`${name} takes ${form}${least}, not "${text}"`);
    return value;
  };
}
