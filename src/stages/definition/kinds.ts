/** Every kind of stage in the order of the method, with its summary: all that `rlt --help` has to load. */
export const STAGE_SUMMARIES = {
  pretrain: 'create a small model from scratch',
  'warm-up': 'teach the teacher its format: supervised fine-tuning on the traces of the data',
  teach: 'train the teacher by reinforcement on the dense reward',
  explain: 'let a teacher write explanations of problems',
  score: 'compute the reward of given explanations, with its parts',
  distill: 'fine-tune a student on explanations',
  reinforce: 'train a student by reinforcement on correctness',
  evaluate: 'measure the accuracy of models on problems',
} as const;

/** The name of a kind of stage. */
export type StageKind = keyof typeof STAGE_SUMMARIES;

/** In the order of the method. */
export const STAGE_KINDS = Object.keys(STAGE_SUMMARIES).filter((name): name is StageKind => name in STAGE_SUMMARIES);
