import { expect, test } from 'vitest';
import { readableText } from './readable-text.js';

test('a text is one paragraph, and what cannot be shown is left out and counted', () => {
  expect(readableText('Tom has 7 pears.')).toBe('Tom has 7 pears.');
  expect(readableText('  Tom\r\n\n\thas 7\u00a0pears.\n')).toBe('Tom has 7 pears.');
  expect(readableText('Tom \ufffd\ufffd has')).toBe('Tom has [2 unreadable characters left out]');
  expect(readableText('a\u001b[2Jb\u0000\ud800\u202e')).toBe('a[2Jb [4 unreadable characters left out]');
  expect(readableText('\ufffd')).toBe('[1 unreadable character left out]');
  expect(readableText(' \n')).toBe('[nothing]');
  expect(readableText('😀'.repeat(2000))).toBe('😀'.repeat(2000));
  expect(readableText('x'.repeat(2001))).toBe(`${'x'.repeat(2000)}… [2001 characters in all]`);
});
