/** Colours of runs that are laid over each other; told apart also without red and green. */
const COLOURS = ['--run-1', '--run-2', '--run-3', '--run-4', '--run-5', '--run-6'];
export const colourOfRun = (index: number): string => COLOURS[index % COLOURS.length] ?? '--run-1';
