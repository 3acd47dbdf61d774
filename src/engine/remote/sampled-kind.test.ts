import { describe, expect, it } from 'vitest';
import { sampledKind } from './sampled-kind.js';

/** Log-probs of all tokens at a temperature. */
function logSoftmax(logits: readonly number[], temperature: number): readonly number[] {
  const scaled = logits.map((logit) => logit / temperature);
  const most = Math.max(...scaled);
  const total = most + Math.log(scaled.reduce((sum, value) => sum + Math.exp(value - most), 0));
  return scaled.map((value) => value - total);
}

/** A server that reports log-probs of a temperature that follows from the sampling temperature. */
function server(logits: readonly number[], reports: (temperature: number) => number, error = (_: number) => 0) {
  return async (temperature: number) => {
    const atOne = logSoftmax(logits, 1);
    const reported = logSoftmax(logits, reports(temperature));
    let below = 0;
    const ends = logSoftmax(logits, temperature).map((value) => (below += Math.exp(value)));
    // 24 samples, evenly spaced in probability.
    const sampled = Array.from({ length: 24 }, (_, i) => ends.findIndex((end) => end > (i + 0.5) / 24));
    const of = (all: readonly number[]) => sampled.map((id) => all[id] ?? Number.NaN);
    return { reported: of(reported).map((value) => value + error(value)), atOne: of(atOne) };
  };
}
const raw = () => 1;
const tempered = (temperature: number) => temperature;
const spread = Array.from({ length: 40 }, (_, i) => 3 * Math.sin(i));
/** What a few steps make of a tiny model: one token of 640 has 97.6 %. */
const peaked = Array.from({ length: 640 }, (_, i) => (i === 10 ? 10.2 : 0));
/** One token has all but a millionth of a millionth. */
const certain = Array.from({ length: 640 }, (_, i) => (i === 10 ? 36 : 0));
const flat = Array.from({ length: 40 }, (_, i) => 0.5 * Math.sin(i));

describe('which log-probs come with samples', () => {
  it.each([
    ['spread', spread],
    ['peaked', peaked],
    ['flat', flat],
  ])('is told from a %s distribution', async (_, logits) => {
    expect(await sampledKind(server(logits, raw))).toBe('raw');
    expect(await sampledKind(server(logits, tempered))).toBe('tempered');
  });

  it('is told though the two sides round: by hundredths, and by more for unlikely tokens', async () => {
    const rounds = (value: number) => 0.02 - 0.005 * value;
    expect(await sampledKind(server(spread, raw, rounds))).toBe('raw');
    expect(await sampledKind(server(spread, tempered, rounds))).toBe('tempered');
  });

  it('is not claimed where one token is certain at every temperature', async () => {
    expect(await sampledKind(server(certain, raw))).toBe('none');
    expect(await sampledKind(server(certain, tempered))).toBe('none');
  });

  it('is none where they are not those of the model, or missing', async () => {
    expect(await sampledKind(server(spread, raw, () => 2))).toBe('none');
    expect(await sampledKind(async () => undefined)).toBe('none');
    expect(await sampledKind(async () => ({ reported: [], atOne: [] }))).toBe('none');
    const only = (known: number) => async (temperature: number) =>
      temperature === known ? server(spread, raw)(1) : { reported: [-1], atOne: [-1, -2] };
    expect(await sampledKind(only(1))).toBe('none');
    expect(await sampledKind(only(0.5))).toBe('none');
  });
});
