/** The formats in which a model can be asked: its chat template alone, or a student's layout with tags. */
export const promptFormats = ['plain', 'paper', 'think'] as const;
export type PromptFormat = (typeof promptFormats)[number];
