import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { crc32c } from './crc32c.js';
import { parametersEvent, scalarsEvent, versionEvent } from './event-file.js';

const FILE = new URL('../../../src/tracking/files/goldens/events.json', import.meta.url);
/** What scripts/goldens/events.py made of TensorBoard's own classes. */
const golden: {
  readonly name: string;
  readonly began: number;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly steps: readonly {
    readonly time: number;
    readonly step: number;
    readonly values: Readonly<Record<string, number>>;
  }[];
  readonly file: string;
  readonly crc32c: readonly { readonly text: string; readonly value: number }[];
} = JSON.parse(readFileSync(FILE, 'utf8'));

test('the checksum is CRC-32C', () => {
  for (const { text, value } of golden.crc32c) expect(crc32c(Buffer.from(text))).toBe(value);
});

test('an event file has the bytes that TensorBoard writes', () => {
  const { began, name, parameters, steps } = golden;
  const bytes = Buffer.concat([
    versionEvent(began),
    parametersEvent(began, name, parameters),
    ...steps.map(({ time, step, values }) => scalarsEvent(time, step, values)),
  ]);
  expect(bytes.toString('hex')).toBe(golden.file);
});
