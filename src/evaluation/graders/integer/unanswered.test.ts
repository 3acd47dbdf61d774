import { describe, expect, it } from 'vitest';
import { mathGrader } from '../math/math.js';
import { withoutUnanswered } from '../replies/unanswered.js';
import { integerGrader } from './integer.js';

const GRADERS = [mathGrader, integerGrader];
const verdicts = (gold: string, reply: string) => GRADERS.map((grader) => grader.grade(gold, reply).verdict);

/** Every number of a reply, none of which it gives as its answer. */
const numbersOf = (reply: string) => new Set(reply.match(/\d+/g));

describe('replies that answer nothing', () => {
  it.each([
    'Would the result be 9?',
    'Are there 9 of them?',
    'In which of the 9 rows does she sit?',
    'If 9 of the 20 balls are red, how many are not?',
    'What is the remainder of 100 divided by 9?',
    'Which number is smaller, 9 or 14',
    'How many wheels do 9 bikes have',
    'A bag holds 9 marbles and 4 of them are blue. What fraction is blue?',
    'Mrs. Lee bakes 9 trays of 12 rolls. How many rolls does Mrs. Lee bake? Let me think.',
    'Anna is 9. Ben is 4 years older. Determine the age of Ben.',
    'Compute the product of 9 and 14.',
    'Given that y = 9, calculate x.',
    'If y = 9, then find the value of x.',
    'How many pints are in 9 gallons? (There are 8 pints in a gallon.)',
    "Let's see what happens with 9.",
    'Let us consider the case of 9 people.',
    'To find the answer, we would multiply by 9.',
    'We will need to look at the 9 cases.',
    'First, we multiply 9 by 4.',
    'Our goal is to find the sum of the 9 numbers.',
    'The problem says that there are 9 boys.',
    'We were told that p is 9.',
    'Given information: p = 9',
    'Let p denote 9.',
    'Assume that there are 9 of them.',
    'We begin with 9.',
    'Recall that a nonagon has 9 sides.',
    'Do you want me to go through step 9?',
    'I can show you any of the 9 cases.',
    'I ran out of tokens at step 9.',
    'The problem asks how many of the 9 are blue. We need to find the number of blue ones.',
    'There are 9 rows. Now we have 36. Let us continue with step 4.',
    '9 * 4 = 36. Next, divide by 12.',
    'Jane has 9 boxes of',
    'Then multiply 9 by 4 to get 36, and subtract the',
    '9 * 4 = 36\n36 -',
    'Jane has 9 boxes,',
    '1. Find the total.\n2. Divide by 9.',
  ])('%s', (reply) => {
    for (const number of numbersOf(reply)) {
      for (const verdict of verdicts(number, reply)) expect(verdict).not.toBe('correct');
    }
  });

  it.each([
    ['9', 'How many are left? 9.'],
    ['9', 'What is 4 + 5? It is 9.'],
    ['9', 'Is it 9? Yes.'],
    ['9', '9?'],
    ['9', 'n = 9'],
    ['9', 'Let n be the number of boxes. Then n = 45 / 5 = 9.'],
    ['9', '4 + 5 = 9. Does that make sense?'],
    ['9', 'She has 9 apples left. Would you like me to explain step 2?'],
    ['9', 'He needs 9 boxes. Do you have any questions about the 5 steps?'],
    ['9', 'So there are 9. I can also explain any of the 3 steps.'],
    ['9', 'It is 9. What do you think?'],
    ['9', "We need to find the total. Let's add 4 and 5. 4 + 5 = 9."],
    ['9', "Let's say 9."],
    ['9', "Let's go with 9."],
    ['9', "Let's calculate: 4 + 5 = 9"],
    ['9', 'I would say 9.'],
    ['9', 'We can see that there are 9 ways.'],
    ['9', 'We can find 9 of them.'],
    ['9', 'We can find the total as 9.'],
    ['9', 'We find that she needs 9 boxes.'],
    ['9', 'To carry 36 eggs, we need 9 boxes.'],
    ['9', 'Suppose each box holds 4 eggs. Then 36 / 4 = 9 boxes are needed.'],
    ['9', 'We are given that 2x = 18, so x = 9.'],
    ['9', 'Given 36 eggs and 4 per box, we get 9 boxes.'],
    ['9', 'What is left is 9.'],
    ['9', '9. Want to see the 3 steps?'],
    ['9', 'To find the total, we add 4 to 5 and get 9.'],
    ['9', 'Subtract 3 from 12 and 9 remain.'],
    ['9', 'Divide 36 by 4 and you get 9.'],
    ['9', 'The answer is 9. How many of the 20 are red?'],
    ['9', '4 + 5 = 9. How many does Ben have?'],
    ['9', 'The answer is 9. Next, we would check step 2.'],
    ['9', 'So she has 9, which is'],
    ['9', 'In total she needs 9 boxes. We can see that 4 of'],
    ['9', '9 because'],
    ['36', 'She needs 36 tiles. Note that tiles come in packs of 5.'],
    ['36', 'So Paul ran 36 miles. (See step 2.)'],
    ['36', '36 eggs. Why? Because 4 boxes hold 9 each.\\boxed{36}'],
  ])('%s: %s', (gold, reply) => {
    expect(verdicts(gold, reply)).toEqual(['correct', 'correct']);
  });

  it.each([
    ['11\\sqrt{2}', 'Simplify $\\sqrt{242}$.', 'Simplify $\\sqrt{242}$ to $11\\sqrt{2}$.'],
    ['7', 'Compute\n\\[3 + 4.\\]', 'Compute\n\\[3 + 4 = 7.\\]'],
    ['0.75', 'Convert $\\frac{3}{4}$ to a decimal.', 'Convert $\\frac{3}{4}$ to the decimal $0.75$.'],
  ])('%s is not what is asked in %s, but is said by %s', (gold, task, answer) => {
    expect(mathGrader.grade(gold, task).verdict).not.toBe('correct');
    expect(mathGrader.grade(gold, answer).verdict).toBe('correct');
  });

  it('takes linear time', () => {
    for (const word of [
      'if ',
      'so ',
      'let x = 7 ',
      'how many 7? ',
      'Mr. 7 ',
      '7 + ',
      '= 7 ',
      'we need to ',
      '1. ',
      '(',
    ]) {
      const started = performance.now();
      withoutUnanswered(word.repeat(100_000 / word.length));
      mathGrader.grade('7', `${word.repeat(20_000 / word.length)} of the`);
      expect(performance.now() - started).toBeLessThan(10_000);
    }
  });
});
