/** The flags of a command by the names that commander gives their values. */

/** `--max-tokens` of `maxTokens`. */
export const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Those of `names` that were given, as flags; a flag without a value is false where it was not. */
export function givenFlags<Name extends string>(
  flags: Readonly<Partial<Record<Name, unknown>>>,
  names: readonly Name[],
): readonly string[] {
  return names.filter((name) => flags[name] !== undefined && flags[name] !== false).map(flagOf);
}
