/** The names of the graders, in a module of their own, so that a schema or a command line need not load the graders. */
export const GRADER_NAMES = ['math', 'integer', 'choice', 'countdown'] as const;
export type GraderName = (typeof GRADER_NAMES)[number];
