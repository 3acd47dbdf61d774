import { expect, test } from 'vitest';
import { stageIdentities } from './identity.js';
import { parseRecipe } from './load.js';
import { parseOverride } from './override.js';

const recipe = (engine: object) =>
  parseRecipe({
    name: 'small',
    engine: { kind: 'tinker', url: 'http://127.0.0.1:8000', ...engine },
    models: { base: { source: 'served:base', tokenizer: '/somewhere' } },
    data: { train: { source: 'task:word-problems', count: 10 } },
    stages: [{ stage: 'warm-up', teacher: 'base', data: 'train', epochs: 1 }],
  });
const identity = (engine: object) => stageIdentities(recipe(engine), new Map())[0]?.fingerprint;

test('a server may move: where it is and how it is spoken to is no part of what a stage is', () => {
  const first = identity({});
  for (const engine of [{ url: 'https://elsewhere.example/base/' }, { apiKeyVariable: 'ANOTHER' }, { apiKeyFile: 'k' }])
    expect(identity(engine)).toBe(first);
  expect(identity({ scoring: 'sampler' })).not.toBe(first);
});

test('an address has no secret and nothing that requests would leave out', () => {
  for (const url of ['http://me:secret@host', 'http://me@host', 'http://host/?key=1', 'http://host/#part'])
    expect(() => recipe({ url })).toThrow(/engine\.url|an address has no name, password/);
  for (const url of ['http://host', 'https://host:8/base/', 'http://[::1]:8000'])
    expect(() => recipe({ url })).not.toThrow();
});

test('no message repeats a secret that a setting on the command line holds', () => {
  for (const [set, shown] of [
    ['engine={kind: tinker, url: "http://me:secret@host"}', 'url: "http://***@host"'],
    ['engine.url=http://host/x?key=secret', 'http://host/x?***'],
    ['engine={kind: tinker, apiKey: secret}', 'apiKey: ***'],
    ['engine.key=tml-secret-of-some-length', 'engine.key=***'],
  ] as const) {
    const { file } = parseOverride(set).place;
    expect(file).toContain(shown);
    expect(file).not.toContain('secret');
  }
  for (const open of ['stages.teach.steps=60', 'data.train.columns={question: q, key: correct}'])
    expect(parseOverride(open).place.file).toBe(`--set ${open}`);
});
