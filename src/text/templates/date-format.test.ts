import { expect, it } from 'vitest';
import { InputError } from '../../errors.js';
import { formatDate } from './date-format.js';

it('dates are written as Python writes them', () => {
  expect(formatDate('2025-03-07', '%d %b %Y')).toBe('07 Mar 2025');
  expect(formatDate('2024-12-31', '%A, %B %d, %Y (%a %j %y-%m) %H:%M:%S 100%%')).toBe(
    'Tuesday, December 31, 2024 (Tue 366 24-12) 00:00:00 100%',
  );
});

it('dates that are none are refused', () => {
  for (const date of ['2025-02-30', '7 March', '2025-3-7', ''])
    expect(() => formatDate(date, '%d')).toThrow(InputError);
  expect(() => formatDate('2025-03-07', '%Q')).toThrow(/%Q/);
});
