/** The prompt formats: the model's chat template alone (`plain`), or a student's layout with tags. */
export const promptFormats = ['plain', 'paper', 'think'] as const;
export type PromptFormat = (typeof promptFormats)[number];
