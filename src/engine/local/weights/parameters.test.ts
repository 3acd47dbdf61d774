import { expect, it } from 'vitest';
import { addTo } from './parameters.js';

it.each([0, 1, 3, 4, 5, 8, 11])('adds %s values from an offset on, and nothing beside them', (length) => {
  const sum = Float32Array.from({ length: length + 3 }, (_, i) => i);
  addTo(
    sum,
    Float32Array.from({ length }, (_, i) => 100 * (i + 1)),
    2,
  );
  expect([...sum]).toEqual(
    Array.from({ length: length + 3 }, (_, i) => (i >= 2 && i < 2 + length ? i + 100 * (i - 1) : i)),
  );
});
