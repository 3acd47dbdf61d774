/**
 * The numbers of the paper (Cetin, Zhao, Tang: arXiv 2506.08388) and of its released code (SakanaAI/RLT), each once.
 * The method's own defaults and those of recipes come from here. Every entry names its source:
 * - "released code": read in the code or the configuration of the released run (Qwen2.5-7B-Instruct on 17k problems);
 * - "paper": published, but not part of the released configuration; taken from several accounts of it that agree;
 * - "public recipe": the fine-tuning recipe that the authors point to for students;
 * - "ours": neither says; the reason is given.
 *
 * Plain values only, so that anything may import this file and it imports nothing.
 */

/** Released code: one temperature for sampling, for both terms of the reward and inside the GRPO loss. */
const TEMPERATURE = 0.7;

/** Released code: prompts and completions of RL, sequences of the warm-up. Public recipe: sequences of students. */
const TOKENS = 16_384;

/** Released code. Paper: chosen so that both terms are of similar size on the first explanations. */
const LAMBDA = 3;
/** Released code. */
const ALPHA = 0.01;

/** The numbers of the paper and of its released code; every entry names its source. */
export const RELEASED = {
  /** Released code: top-p 1, the whole vocabulary. Top-k and min-p are therefore off. */
  sampling: { temperature: TEMPERATURE, topP: 1, topK: 0, minP: 0, maxTokens: TOKENS },

  reward: {
    temperature: TEMPERATURE,
    lambda: LAMBDA,
    alpha: ALPHA,
    /** r_SS. Released code: [1, 0.01] on [mean, min]. */
    solution: { mean: 1, min: ALPHA },
    /** r_KL, lambda folded in. Released code: [3, 0.03] on [mean, max]. */
    kl: { mean: LAMBDA, max: 0.03 },
    /** Released code. */
    estimator: 'k1',
    /** Ours: nothing unnatural was said. The released code has 1 in every part of r_KL, 3.03 in all. */
    emptyKl: 0,
    penalties: {
      /** Released code. */
      missingEndTag: -1,
      /** Ours: silence has no r_KL, so it needs a penalty; the released code has none. */
      emptyExplanation: -1,
    },
  },

  /** Released code: divided by the group's standard deviation (n - 1) plus epsilon. */
  advantage: { scaleByStd: true, epsilon: 1e-4 },

  /** Released code: k3 to the reference; mean over the tokens of a completion, then over completions; no clipping. */
  grpo: { beta: 0.04, normalisation: 'sequence' },

  /** Released code: after optimiser steps 32, 64 and 96 of 125. */
  reference: { update: 'blend', everySteps: 32, share: 0.9 },

  warmUp: {
    /** Released code. */
    epochs: 10,
    batch: 16,
    maxTokens: TOKENS,
    /** Ours: the usual loss of supervised fine-tuning, a mean over all trained tokens of the batch. */
    normalisation: 'token',
    optimiser: {
      /** Released code. */
      learningRate: 1e-5,
      schedule: 'cosine',
      warmUp: 0.05,
      beta1: 0.9,
      beta2: 0.95,
      weightDecay: 1e-4,
      clipNorm: 1,
      /** Ours: AdamW's usual value, which the released RL run has as well. */
      epsilon: 1e-8,
    },
  },

  /** RL of the teacher. */
  teach: {
    /** Released code: 125 steps of 16 prompts with 64 samples each. */
    steps: 125,
    prompts: 16,
    samples: 64,
    /** Released code: one optimiser update per batch of samples, strictly on-policy. */
    iterations: 1,
    /** Released code. */
    maxPromptTokens: TOKENS,
    optimiser: {
      /** Released code. */
      learningRate: 1e-6,
      schedule: 'constant',
      warmUp: 0,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
      clipNorm: 1,
    },
  },

  /**
   * Paper: the trained teacher explains every question once, raw, at the sampling temperature. With one sample there is
   * nothing to choose between and no reward is computed, hence `first`; a choice by reward would need a student.
   */
  explain: { samples: 1, keep: 'first', unended: 'keep', whenNoneFits: 'choose' },

  /**
   * Paper, for the 32B students: of several samples per question keep one that fits the context, chosen by the RLT
   * reward where several fit or none does. This is the rule to set when `samples` is above 1.
   */
  explainSeveral: { keep: 'reward', unended: 'keep', whenNoneFits: 'choose' },

  distill: {
    /** Public recipe. */
    epochs: 3,
    batch: 96,
    maxTokens: TOKENS,
    /** Ours: as in the warm-up. */
    normalisation: 'token',
    optimiser: {
      /** Public recipe. */
      learningRate: 1e-5,
      schedule: 'cosine',
      warmUp: 0.1,
      /** Ours: what the recipe leaves out has the defaults of transformers' trainer. */
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
      clipNorm: 1,
    },
  },

  /** Paper: cold-started RL on correctness. Which of the two failures costs more is a setting; see docs/method.md. */
  correctness: { right: 1, malformed: -0.5, wrong: -1 },
} as const;
