import { expect, test } from 'vitest';
import { tokenIds } from '../tokens.js';
import { tokenTexts } from './token-texts.js';

const pieces = [Buffer.from('one '), Buffer.from('\u{1f600}').subarray(0, 2), Buffer.from('\u{1f600}').subarray(2)];
const bytesOf = (id: number): Uint8Array => pieces[id] ?? Buffer.of(0xff);

test('the texts of tokens join to the text of all; a character stands where it is completed', () => {
  expect(tokenTexts({ bytesOf }, tokenIds([0, 1, 2, 0]))).toEqual(['one ', '', '\u{1f600}', 'one ']);
  expect(tokenTexts({ bytesOf }, tokenIds([]))).toEqual([]);
});

test('bytes that are no text become replacement characters, also at the end', () => {
  expect(tokenTexts({ bytesOf }, tokenIds([3, 0]))).toEqual(['\ufffd', 'one ']);
  expect(tokenTexts({ bytesOf }, tokenIds([0, 1]))).toEqual(['one ', '\ufffd']);
});
