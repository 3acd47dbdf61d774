import { expect, it } from 'vitest';
import { mathGrader, readSolution } from '../../math.js';

/** The numbers in a text that count as its answer. */
function numbersRead(text: string): readonly string[] {
  const { reference } = readSolution(text);
  return (text.match(/\d+/g) ?? []).filter((number) => mathGrader.grade(reference, number).verdict === 'correct');
}

it.each([
  ['She has 3 and gets 4 more, so 3 + 4 = 7.', '7'],
  ['The answer is 12 apples.', '12'],
  ['18 - 2 = 16\n#### 16', '16'],
  ['So it is \\boxed{5}.', '5'],
  ['First we subtract 2. Then x = 7', '7'],
  ['It costs $12 in all', '12'],
  ['That makes 40 minutes.', '40'],
  ['Ann had 5 apples and ate 2. She has 3 left.', '3'],
  ['Each box holds 6 eggs, so there are 18 eggs in the boxes.', '18'],
  ['He works 8 hours a day for 5 days. He works 40 hours a week.', '40'],
  ['Tom ran 3 miles on Monday and twice that on Tuesday, for a total of 9 miles.', '9'],
  ['Adding them gives 12 cups of flour for the cake.', '12'],
  ['Multiply 3 by 4 to get 12.', '12'],
])('a solution that states its result is read: %s', (text, result) => {
  expect(numbersRead(text)).toContain(result);
  expect(readSolution(text).how).not.toBe('text');
});

it.each([
  ['a port', 'Add an exception to the firewall for port 1194 and restart the client.'],
  ['a port at the end', 'Restart the client. It then connects on port 443.'],
  ['a setting', 'Open Settings, choose Network, and set the MTU to 1400.'],
  ['a setting with an equals sign', 'Write timeout=30 into the settings and restart the service.'],
  ['a version', 'Upgrade to version 2.4.1 of the client and sign in again.'],
  ['a name with a number', 'Install Windows 11 and update the drivers.'],
  ['a telephone number', 'Please call 4711 and ask for a new password.'],
  ['a telephone number in short', 'Call 4711.'],
  ['a telephone number with spaces, and hours', 'Call the help desk at 030 1234567 between 9 and 5.'],
  ['a date', 'The server was moved on 12 March 2024, so clear the cache.'],
  ['a date in figures', 'The licence ran out on 2024-03-12 and has to be renewed by the owner.'],
  ['a step', 'Step 3: restart the router and log in again.'],
  ['a paragraph', 'See paragraph 12 of the manual and follow the steps.'],
  ['a time to wait', 'Wait 5 minutes and try again.'],
  ['a time to wait within', 'Turn the printer off, wait 30 seconds, and turn it on again.'],
  ['a dose', 'Rest for a day and take 2 tablets with water in the morning.'],
  ['a bound', 'Use at least 12 characters in your new password.'],
  ['an error', 'The error 504 means that the gateway did not answer in time.'],
  ['a code', 'Delete the cache folder, then log in with the code 8841 that we sent you.'],
  [
    'a number in a text longer than answers are',
    `Open port 1194. ${'Then write it into the log of the day. '.repeat(6)}`,
  ],
])('a number in prose is no result: %s', (_, text) => {
  expect(numbersRead(text)).toEqual([]);
  expect(readSolution(text)).toEqual({ how: 'text', reference: text });
  expect(mathGrader.grade(readSolution(text).reference, text).verdict).toBe('correct');
});

it('another sentence about the same number is no answer either', () => {
  const { reference } = readSolution('Add an exception to the firewall for port 1194 and restart the client.');
  expect(mathGrader.grade(reference, 'Never open port 1194.').verdict).toBe('wrong');
});
