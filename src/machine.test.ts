import { expect, test } from 'vitest';
import { describedProcessor } from './machine.js';

test('the instructions of a processor are read from what Linux says of it, and its model by numbers', () => {
  const described = (flags: string) =>
    `processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC\nflags\t\t: ${flags}\n\nprocessor\t: 1\ncpu family\t: 99\n`;
  expect(describedProcessor(described('fpu avx f16c avx2 sha_ni'))).toEqual({
    numbers: 'family 25 model 1',
    instructions: 'avx avx2',
  });
  expect(describedProcessor(described('fpu sse2'))).toEqual({ numbers: 'family 25 model 1' });
  expect(describedProcessor(described('amx_int8 avx512_vnni avx512f avx2 avx')).instructions).toBe(
    'avx avx2 avx512f avx512_vnni amx_int8',
  );
  // Of 64-bit ARM.
  expect(describedProcessor('processor\t: 0\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\n')).toEqual({});
});
