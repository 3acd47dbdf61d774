/** Settings follow engines where a recipe does not write them, or its engine's lines say so. */
import { describe, expect, test } from 'vitest';
import type { EngineProfile, TrainingProfile } from '../../engine/engine.js';
import { loadRecipe, parseRecipe } from '../../recipe/load.js';
import type { Recipe } from '../../recipe/schema.js';
import { engineProblems, unmetRequirements } from '../requirements.js';
import { followEngines } from './follow.js';

const ADAM = ['learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay', 'clipNorm'] as const;
const profile = (training: Partial<TrainingProfile> = {}, more: Partial<EngineProfile> = {}): EngineProfile => ({
  name: 'server',
  anyTemperature: false,
  sampledLogProbs: 'raw',
  training: { full: false, lora: true, frozenCopies: true, blending: false, optimiser: ADAM, ...training },
  sources: ['served'],
  requestTokens: undefined,
  callsInFlight: 16,
  deterministic: false,
  ...more,
});
/** The protocol as it is hosted, TuFT, and the two backends of SkyRL, as docs/engines.md has them. */
const SERVERS = {
  protocol: profile(),
  full: profile({ full: true }),
  'never clips': profile({ optimiser: ADAM.filter((field) => field !== 'clipNorm') }),
  'learning rate only': profile({ optimiser: ['learningRate'] }),
} as const;
/** What a server of ours offers. */
const OURS = profile(
  { full: true, blending: true, optimiser: [...ADAM, 'decay'] },
  { anyTemperature: true, sampledLogProbs: 'tempered', callsInFlight: 1 },
);

const ENGINE = { kind: 'tinker', url: 'http://localhost:1' };
const small = (teach: object = {}, engine: object = {}) =>
  parseRecipe({
    name: 'small',
    engine: { ...ENGINE, ...engine },
    models: { base: 'hf:owner/name' },
    data: { train: { source: 'task:word-problems', count: 10 } },
    stages: [
      { stage: 'warm-up', teacher: 'base', data: 'train', epochs: 2, batch: 4 },
      { stage: 'teach', teacher: 'warm-up', student: 'base', data: 'train', steps: 2, ...teach },
      { stage: 'reinforce', student: 'warm-up', data: 'train', steps: 2 },
    ],
  });
const unmet = (recipe: Recipe, of: EngineProfile, ignored: ReadonlySet<string> = new Set()) =>
  unmetRequirements(recipe, recipe.stages, () => of, ignored).map(({ field }) => field);
const stageOf = (recipe: Recipe, name: string) => recipe.stages.find((stage) => stage.name === name);

describe('settings that a recipe does not write', () => {
  test('take the nearest values that the engine has, and say so once', () => {
    const given = small();
    const { recipe, decisions } = followEngines(given, given, () => SERVERS.protocol);
    expect(unmet(recipe, SERVERS.protocol)).toEqual([]);
    expect(stageOf(recipe, 'teach')).toMatchObject({
      sampling: { temperature: 1 },
      reward: { temperature: 1 },
      reference: { update: 'replace', everySteps: 32 },
      lora: { rank: 16, alpha: 32 },
    });
    expect(stageOf(recipe, 'warm-up')).toMatchObject({ lora: { rank: 16 }, optimiser: { decay: 'matrices' } });
    expect(decisions.map(({ text }) => text)).toEqual([
      'warm-up, teach, reinforce: lora is an adapter of rank 16 instead of null, since the engine server cannot train all weights; ' +
        'adapters learn well at about ten times the learning rate of full fine-tuning, which stays as it is in the recipe',
      'teach, reinforce: sampling.temperature is 1 instead of 0.7, since the engine server computes log-probs only at temperature 1, not 0.7',
      'teach, reinforce: reference.update is replace instead of blend, since the engine server cannot blend the weights of two models',
      'teach: reward.temperature is 1 instead of 0.7, since the engine server computes log-probs only at temperature 1, not 0.7',
    ]);
    // The recipe as it was loaded is as it was.
    expect(unmet(given, SERVERS.protocol)).not.toEqual([]);
  });

  test('stay as they are on an engine that meets them, or that is not known', () => {
    const given = small();
    expect(followEngines(given, given, () => OURS)).toEqual({ recipe: given, decisions: [], ignored: new Set() });
    expect(followEngines(given, given, () => undefined).recipe).toEqual(given);
  });

  test('do not follow an optimiser whose settings have no effect', () => {
    const given = small();
    const { recipe } = followEngines(given, given, () => SERVERS['learning rate only']);
    expect(unmet(recipe, SERVERS['learning rate only'])).toEqual([
      'stages.warm-up.optimiser.beta1',
      'stages.teach.optimiser.beta1',
      'stages.reinforce.optimiser.beta1',
    ]);
  });
});

describe('settings that a recipe writes', () => {
  const written = {
    sampling: { temperature: 0.7 },
    reward: { temperature: 0.5 },
    reference: { update: 'blend' },
    lora: null,
  };

  test('are refused, all at once, where the engine cannot meet them', () => {
    const given = small(written);
    const { recipe } = followEngines(given, given, () => SERVERS.protocol);
    expect(unmet(recipe, SERVERS.protocol)).toEqual([
      'stages.teach.lora',
      'stages.teach.sampling.temperature',
      'stages.teach.reference.update',
      'stages.teach.reward.temperature',
    ]);
  });

  test('are written as well when they are set on the command line, or come from another recipe', async () => {
    const given = await loadRecipe('quickstart', [`engine=${JSON.stringify(ENGINE)}`]);
    const { recipe } = followEngines(given, given, () => SERVERS.full);
    // The quickstart writes its temperatures; those of its reward it does not.
    expect(unmet(recipe, SERVERS.full)).toEqual(['stages.teach.sampling.temperature']);
    const set = await loadRecipe('quickstart', [
      `engine=${JSON.stringify(ENGINE)}`,
      'stages.teach.sampling.temperature=1',
      'stages.teach.reward.temperature=0.7',
    ]);
    const other = followEngines(set, set, () => SERVERS.full);
    expect(unmet(other.recipe, SERVERS.full)).toEqual(['stages.teach.reward.temperature']);
  });

  test('are replaced where the lines of the engine say so', () => {
    const given = small(written, { whenUnsupported: 'replace' });
    const { recipe, decisions } = followEngines(given, given, () => SERVERS.protocol);
    expect(unmet(recipe, SERVERS.protocol)).toEqual([]);
    expect(decisions.some(({ text }) => text.startsWith('teach: reward.temperature is 1 instead of 0.5'))).toBe(true);
  });

  test('have no effect, where the lines of the engine accept that', () => {
    const given = small({}, { whenUnsupported: 'replace' });
    const { recipe, decisions, ignored } = followEngines(given, given, () => SERVERS['learning rate only']);
    expect(unmet(recipe, SERVERS['learning rate only'], ignored)).toEqual([]);
    expect(decisions.map(({ text }) => text)).toContain(
      'warm-up: optimiser.beta1, optimiser.beta2, optimiser.epsilon, optimiser.weightDecay, optimiser.clipNorm have no effect, ' +
        'since the optimiser of the engine server ignores beta1, beta2, epsilon, weightDecay, clipNorm',
    );
  });
});

describe('shipped recipes', () => {
  test.each(Object.entries(SERVERS))(
    'paper-7b runs on a server like this with its engine lines alone: %s',
    async (_, server) => {
      const given = await loadRecipe('paper-7b');
      expect(engineProblems(given)).toEqual([]);
      const { recipe, decisions, ignored } = followEngines(given, given, () => server);
      expect(unmet(recipe, server, ignored)).toEqual([]);
      expect(decisions.length).toBeGreaterThan(2);
    },
  );

  test('what paper-7b writes is refused without that line, with all reasons', async () => {
    const given = await loadRecipe('paper-7b', ['engine.whenUnsupported=refuse']);
    const { recipe } = followEngines(given, given, () => SERVERS.full);
    expect(unmet(recipe, SERVERS.full)).toEqual([
      'stages.teach.sampling.temperature',
      'stages.teach.reference.update',
      'stages.teach.reward.temperature',
    ]);
  });

  test.each(['quickstart', 'own-data', 'gsm8k-smollm2', 'own-data-smollm2'])(
    '%s keeps every setting on a server of ours',
    async (name) => {
      const changes = [
        `engine=${JSON.stringify(ENGINE)}`,
        ...(name.startsWith('own') ? ['data.train.source=hf:a/b/train'] : []),
      ];
      const given = await loadRecipe(name, changes);
      expect(engineProblems(given)).toEqual([]);
      expect(followEngines(given, given, () => OURS).recipe).toEqual(given);
      expect(unmet(given, OURS)).toEqual([]);
    },
  );
});
