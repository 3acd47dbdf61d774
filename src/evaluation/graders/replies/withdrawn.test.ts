import { describe, expect, it } from 'vitest';
import { graderNamed } from '../registry.js';

const verdict = (grader: string, gold: string, reply: string): string => graderNamed(grader).grade(gold, reply).verdict;

describe('replies that take their answer back, ask back or leave it to others', () => {
  it.each([
    ['math', '17', 'The answer is 17. Ignore the 3 that was given as a distraction.'],
    ['math', '15', 'First I got 12. Scratch that, 12 is wrong. The answer is 15.'],
    ['integer', '6', 'Never mind the leftovers: she fills 6 boxes.'],
    ['math', '25', 'We have 30. Scratch that, I forgot the 5. So it is 25.'],
    ['math', '18', 'The answer is 18. Let me know if you meant something else.'],
    ['integer', '20', 'The answer is 20. Do you want me to show the steps?'],
    ['math', '42', 'Edit: please disregard my earlier message. The answer is 42.'],
    ['integer', '31', 'The answer is 13. I take that back: it is 31.'],
    ['math', '9', 'She takes back 4 of the 13 books, so 9 remain.'],
    ['choice', 'D', 'B. No, I take that back. D.'],
    ['math', '8', 'The answer is 8. Does that make sense?'],
    ['math', '11', 'The answer is 11. I was not sure at first, but it checks out.'],
    ['integer', '21', 'I had no answer with 4 rows, but with 3 rows there are 21.'],
    ['math', '12', 'The area is 12. The proof for the other cases is left to the reader.'],
    ['integer', '40', 'The total is 40. How the friends share it cannot be determined.'],
    ['math', '6', 'Without the second clue, x cannot be found; with it, x = 6.'],
    ['math', '9', 'I did not know how to do it with 4 tables, but counting chairs I get 9.'],
  ])('%s: %s is %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).toBe('correct');
  });

  it.each([
    ['math', '48', 'The total is 48.\n\nEdit: please disregard that answer.'],
    ['math', '17', 'So she has 17 marbles. No... I take that back.'],
    ['integer', '17', 'The answer is 17. Scratch that, I am not sure.'],
    ['math', '12', '\\boxed{12}\n\nOn reflection, I take this answer back.'],
    ['math', '5', 'x = 5. Hmm, actually ignore that, I misread the question.'],
    ['choice', 'B', 'The answer is (B). Wait, no, forget what I said.'],
    ['choice', 'C', 'Answer: C\n\nEDIT: I retract my answer.'],
    ['math', '24', "I think it's 24. Actually, never mind, I need to think about this more."],
    ['integer', '30', 'The final answer is 30. Sorry, please ignore this; I used the wrong formula.'],
    ['math', '14', 'She pays $14. Strike that — I am no longer sure.'],
    ['integer', '72', 'The answer is 72. I withdraw this answer.'],
    ['math', '9', 'There are 9 apples. Oh wait, scratch that. I do not know.'],
    ['math', '40', 'That would be 40. Do you mean the total for one week or for both weeks?'],
    ['integer', '18', 'It comes to 18. Could you clarify whether the return trip counts?'],
    ['math', '35', '35? Or do you mean per person?'],
    ['choice', 'A', 'A. Are you asking about the first or the second reaction?'],
    ['math', '3', 'The answer is 17. Ignore the 3 that was given as a distraction.'],
    ['math', '12', 'First I got 12. Scratch that, 12 is wrong. The answer is 15.'],
    ['integer', '7', 'Never mind the leftovers: she fills 6 boxes.'],
    ['math', '5', 'We have 30. Scratch that, I forgot the 5. So it is 25.'],
    ['math', '8', 'The answer is 18. Let me know if you meant something else.'],
    ['integer', '2', 'The answer is 20. Do you want me to show the steps?'],
    ['math', '4', 'Edit: please disregard my earlier message. The answer is 42.'],
    ['integer', '13', 'The answer is 13. I take that back: it is 31.'],
    ['math', '4', 'She takes back 4 of the 13 books, so 9 remain.'],
    ['choice', 'B', 'B. No, I take that back. D.'],
    ['math', '7', 'The answer is 8. Does that make sense?'],
    ['math', '10', 'The answer is 11. I was not sure at first, but it checks out.'],
    [
      'math',
      '24',
      'Each box holds 24 pens. The number of boxes is missing, so the total number of pens cannot be found.',
    ],
    ['math', '8', 'The length is 8 m. Without the width, the area of the garden cannot be calculated.'],
    ['integer', '12', 'I tried 12 first, which fails. Sorry, I have no answer for this question.'],
    ['integer', '90', "There are 90 two-digit numbers to go through. I'll leave the final count to you."],
    ['math', '15', 'We add the 15 cards from the first round. The rest is left as an exercise for the reader.'],
    [
      'integer',
      '33',
      'Answer: 33\n\nEdit: please ignore this answer. The bound of 33 does not hold. I could not find the right number.',
    ],
    ['math', '7', 'Is "7 days" with or without the weekend? It depends on that, so please tell me which one you mean.'],
    ['choice', 'C', 'C\n\nBut wait: C needs the second premise, so I withdraw that. I cannot tell which is right.'],
    ['math', '21', 'We tried 21, which is too large. We do not have a final answer.'],
    ['integer', '4', 'I had no answer with 4 rows, but with 3 rows there are 21.'],
    ['math', '5', 'The area is 12. The proof for the other cases is left to the reader.'],
    ['integer', '3', 'The total is 40. How the friends share it cannot be determined.'],
    ['math', '2', 'Without the second clue, x cannot be found; with it, x = 6.'],
    ['math', '4', 'I did not know how to do it with 4 tables, but counting chairs I get 9.'],
  ])('%s: %s is not %j', (grader, gold, reply) => {
    expect(verdict(grader, gold, reply)).not.toBe('correct');
  });
});
