/**
 * Half-precision numbers as bits, to and from float32: IEEE 754 binary16 and bfloat16, rounding to nearest, ties to
 * even.
 */
import type { FloatType } from './architecture.js';

export const BYTES_OF: Readonly<Record<FloatType, number>> = { F32: 4, F16: 2, BF16: 2 };

let float16Table: Uint32Array | undefined;

/** The float32 bits of every binary16 number. A table, because it is five times as fast as taking the bits apart. */
function float32BitsOfFloat16(): Uint32Array {
  float16Table ??= Uint32Array.from({ length: 0x10000 }, (_, half) => {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >>> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
    if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
    if (fraction === 0) return sign;
    // A subnormal: fraction * 2^-24, whose leading bit becomes implicit.
    const leading = 31 - Math.clz32(fraction);
    return sign | ((leading + 103) << 23) | ((fraction << (23 - leading)) & 0x7fffff);
  });
  return float16Table;
}

export function float16ToFloat32(halves: Uint16Array, into: Float32Array): void {
  const table = float32BitsOfFloat16();
  const bits = new Uint32Array(into.buffer, into.byteOffset, into.length);
  for (let i = 0; i < halves.length; i++) bits[i] = table[halves[i] as number] as number;
}

export function bfloat16ToFloat32(halves: Uint16Array, into: Float32Array): void {
  const bits = new Uint32Array(into.buffer, into.byteOffset, into.length);
  for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] as number) << 16;
}

/** Beyond 65504 + half a step the result is an infinity. */
export function float32ToFloat16(values: Float32Array, into: Uint16Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) into[i] = float16BitsOf(bits[i] as number);
}

function float16BitsOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520, the middle between the largest number and what would be the next, rounds up.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const rebased = magnitude - 0x38000000;
    return sign | roundedShift(rebased, 13);
  }
  // Subnormal, in units of 2^-24; 2^-25 itself ties to zero.
  if (magnitude <= 0x33000000) return sign;
  return sign | roundedShift((magnitude & 0x7fffff) | 0x800000, 126 - (magnitude >>> 23));
}

/** value / 2^shift to the nearest integer, ties to even. */
function roundedShift(value: number, shift: number): number {
  const quotient = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (quotient & 1) === 1) ? quotient + 1 : quotient;
}

export function float32ToBfloat16(values: Float32Array, into: Uint16Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) {
    const value = bits[i] as number;
    into[i] =
      (value & 0x7fffffff) > 0x7f800000
        ? ((value >>> 16) & 0x8000) | 0x7fc0
        : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
}
