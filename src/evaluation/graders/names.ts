/** The names of the graders, apart from the graders themselves, which a recipe's schema need not load. */
export const GRADER_NAMES = ['math', 'integer', 'choice', 'countdown'] as const;
export type GraderName = (typeof GRADER_NAMES)[number];
