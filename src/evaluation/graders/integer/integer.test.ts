import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../errors.js';
import { AMENDED_REPLIES } from '../../testing/amended-replies.js';
import { CHECKED_VALUES } from '../../testing/checked-values.js';
import { CONCLUDING_SENTENCES } from '../../testing/concluding-sentences.js';
import { PASSING_VALUES } from '../../testing/passing-values.js';
import { REPLY_KINDS } from '../../testing/reply-kinds.js';
import { TRAILING_PHRASES } from '../../testing/trailing-phrases.js';
import { UNSETTLED_REPLIES } from '../../testing/unsettled-replies.js';
import { WHOLE_NUMBER_REPLIES } from '../../testing/whole-number-replies.js';
import { GRADER_NAMES } from '../names.js';
import { GRADERS, goldOf, graderNamed } from '../registry.js';
import { integerGrader } from './integer.js';

const TeX = String.raw;

describe('the integer grader', () => {
  describe.each([
    ...REPLY_KINDS,
    ...PASSING_VALUES,
    ...CHECKED_VALUES,
    ...AMENDED_REPLIES,
    ...UNSETTLED_REPLIES,
    ...TRAILING_PHRASES,
    ...CONCLUDING_SENTENCES,
    ...WHOLE_NUMBER_REPLIES,
  ])('$kind', ({ equal, different }) => {
    it.each(equal)('%s is %s', (gold, prediction) => {
      expect(integerGrader.grade(gold, prediction)).toMatchObject({ verdict: 'correct' });
    });
    it.each(different)('%s is not %s', (gold, prediction) => {
      expect(integerGrader.grade(gold, prediction)).not.toMatchObject({ verdict: 'correct' });
    });
  });

  it.each([
    ['204', '204'],
    ['25', '025'],
    ['025', '25'],
    ['204', '\\boxed{204}'],
    ['113', '\\boxed{m+n=113}'],
    ['1000', 'The answer is 1,000.'],
    ['12', '12. Let me check: 3*4 = 12. Yes.'],
    ['12', '\\boxed{12^\\circ}'],
    ['8', '\\boxed{2^3}'],
    ['7', '\\boxed{7.0}'],
    ['8', 'The answer is 9. Wait, actually 8.'],
    ['204', 'The answer is 204!'],
    ['8', "The answer isn't 9. It is 8."],
    ['8', 'The answer is 8, I think.'],
    ['8', 'The answer is 9. This is wrong; it is 8.'],
    ['18', 'The answer is 17. EDIT: 18'],
    ['8', '<answer>9</answer> oops, 8'],
    ['7', 'They meet at 7 in the evening.'],
    ['8', '9 is wrong, so it must be 8'],
    ['8', '8 works, but 9 does not'],
    ['8', 'New answer: 8. Old answer: 9'],
    ['8', 'I first thought 9, however it is 8'],
    ['8', TeX`\boxed{9} Hmm, it should be 8.`],
    ['75', '75 minutes (1 hour 15 minutes)'],
    ['75', '1 hour 15 minutes (75 minutes)'],
    ['125', '$1.25 (125 cents)'],
    ['120', '2 hours (120 minutes)'],
    ['2', '2 hours (120 minutes)'],
    ['24', '2 dozen (24)'],
    ['2500000', 'two and a half million'],
    ['1500', '1.5 thousand'],
    ['6', 'half a dozen'],
    ['18', 'a dozen and a half'],
    ['-12', 'minus twelve'],
  ])('%s accepts %s', (gold, prediction) => {
    expect(integerGrader.grade(gold, prediction)).toMatchObject({ verdict: 'correct' });
  });

  it.each([
    ['204', '205', 'wrong'],
    ['204', '-204', 'wrong'],
    ['20', 'She worked for 3 hours and 20 minutes.', 'unparsable'],
    ['204', '\\boxed{20.4}', 'unparsable'],
    ['204', '\\boxed{\\sqrt{2}}', 'unparsable'],
    ['204', '\\boxed{x}', 'unparsable'],
    ['204', '\\boxed{1, 2}', 'unparsable'],
    ['31', '1 hour 30 minutes', 'unparsable'],
    ['90', 'one hour and thirty minutes', 'unparsable'],
    ['53', 'three dollars and fifty cents', 'unparsable'],
    ['204', '', 'unparsable'],
    ['9', 'The answer is 9. Wait, that is wrong. It is 8.', 'wrong'],
    ['9', 'The answer is 9. Wait, that is wrong.', 'unparsable'],
    ['9', "The answer isn't 9.", 'unparsable'],
    ['9', 'The answer is 9. That is not right.', 'unparsable'],
    ['9', '\\boxed{9} is wrong.', 'unparsable'],
    ['9', 'Not \\boxed{9}.', 'unparsable'],
    ['9', '<answer>9</answer> oops, 8', 'wrong'],
    ['8', 'There are no 8 apples.', 'unparsable'],
    ['8', 'It is hardly 8.', 'unparsable'],
    ['9', '9 is wrong, so it must be 8', 'wrong'],
    ['9', '8 works, but 9 does not', 'wrong'],
    ['8', '8 is too small, 9 too big', 'unparsable'],
    ['8', 'either 8 or 9', 'unparsable'],
    ['8', 'It is 8, right? No.', 'unparsable'],
    ['15', '75 minutes (1 hour 15 minutes)', 'wrong'],
    ['1', '1 hour 15 minutes (75 minutes)', 'wrong'],
    ['80', '75 minutes (1 hour 20 minutes)', 'unparsable'],
    ['1', '$1.25 (125 cents)', 'wrong'],
    ['2', '2 dozen (24)', 'wrong'],
    ['12', 'minus twelve', 'wrong'],
    ['12', '6 foot 2', 'unparsable'],
    ['8', '6 foot 2', 'unparsable'],
    ['a', '3', 'unparsable'],
  ])('%s against %s is not correct', (gold, prediction, verdict) => {
    expect(integerGrader.grade(gold, prediction).verdict).toBe(verdict);
  });
});

describe('the registry', () => {
  it('holds every grader under its name', () => {
    expect(GRADERS.map((grader) => grader.name)).toEqual([...GRADER_NAMES]);
    for (const name of GRADER_NAMES) expect(graderNamed(name).name).toBe(name);
  });

  it('suggests the nearest name', () => {
    expect(() => graderNamed('maths')).toThrow(UsageError);
    expect(() => graderNamed('maths')).toThrow(/math/);
  });

  it('takes the answer, else what the solution says, for Countdown the numbers, and says what is missing', () => {
    const problem = { id: 'p', question: 'q', solution: 'so \\boxed{4}' };
    expect(goldOf({ ...problem, answer: '4' }, graderNamed('math'))).toBe('4');
    expect(goldOf(problem, graderNamed('math'))).toBe('so \\boxed{4}');
    expect(goldOf({ ...problem, numbers: [2, 2], target: 4 }, graderNamed('countdown'))).toBe(
      '{"numbers":[2,2],"target":4}',
    );
    const told = { ...problem, solution: 'Tom has 3. Tom finds 1 more. Tom has 4.' };
    expect(goldOf(told, graderNamed('math'))).toBe('4');
    expect(goldOf({ ...problem, solution: 'The answer is (B).' }, graderNamed('choice'))).toBe('The answer is (B).');
    expect(() => goldOf(problem, graderNamed('countdown'))).toThrow(/answer/);
  });
});
