/** Replies by how they say their answer, for the graders `math` and `integer`: pairs of a reference and a reply. */

const TeX = String.raw;

interface ReplyKind {
  readonly kind: string;
  readonly equal: readonly (readonly [gold: string, prediction: string])[];
  readonly different: readonly (readonly [gold: string, prediction: string])[];
}

/** Every reply is right for one reference and wrong for the other. */
const told = (right: string, wrong: string, replies: readonly string[]) => ({
  equal: replies.map((reply) => [right, reply] as const),
  different: replies.map((reply) => [wrong, reply] as const),
});

const CHECKED = [
  'x = 5. Check: 5 - 3 = 2.',
  'x = 5. Indeed 5 - 3 = 2.',
  'So x = 5. Plugging in: 5 - 3 = 2.',
  '$x = 5$. Check: $5 - 3 = 2$.',
  'x = 5. Check: 5 - 3 = 2 ✓',
  '$x = 5$. Check: $5 - 3 = 2$ ✓',
  'x = 5\n\nCheck:\n5 - 3 = 2',
  'x = 5\n\nCheck: 5 - 3 = 2 ✓',
];

export const REPLY_KINDS: readonly ReplyKind[] = [
  { kind: 'an answer that is checked behind it', ...told('5', '2', CHECKED) },
  { kind: 'an answer that is checked: 7', ...told('2', '7', ['x = 2. Check: 2(2) + 3 = 7 ✓']) },
  {
    kind: 'an answer with emphasis in front of what is counted',
    ...told('12', '13', [
      'Answer: **12** apples',
      'The answer is **12** apples.',
      'So the answer is **12** dollars.',
      '**Answer: 12** apples',
      'Final answer: **12** cm',
      'Answer: *12* apples',
    ]),
  },
  { kind: 'several answers with emphasis', equal: [], different: [['12', 'Answer: **12** or **13**']] },
  { kind: 'an answer with an emoji', ...told('12', '13', ['Final answer: 12 ✅', 'The answer is 12 😊.', '12 🎉']) },
  { kind: 'an answer with a refusing emoji', equal: [], different: [['12', 'Final answer: 12 ❌']] },
  {
    kind: 'an answer with the end of the text',
    ...told('15', '20', [
      '#### 15 ✅',
      'Answer: 15</s>',
      'Answer: 15<eos>',
      '15<end_of_turn>',
      'Answer: **15**<|eot_id|>',
    ]),
  },
  {
    kind: 'an answer beside one that others give',
    ...told('15', '20', [
      'Correct answer: 15. Incorrect answer: 20.',
      'The answer is 15. A common wrong answer is 20.',
      'Right: 15. Wrong: 20.',
      TeX`\boxed{15}. Many would write \boxed{20}, which is wrong.`,
      TeX`\boxed{15}. A common mistake is to answer \boxed{20}.`,
      'A common mistake is 20; the answer is 15.',
      'Wrong: 20. Right: 15.',
    ]),
  },
  {
    kind: 'an answer that is called wrong',
    equal: [['14', '8+6 = 14, so 12 is wrong.']],
    different: [
      ['12', '8+6 = 14, so 12 is wrong.'],
      ['20', 'The answer is wrong: 20'],
    ],
  },
  {
    kind: 'an amount that leaves the answer',
    ...told('15', '5', [
      '5 failed, so 15 passed.',
      '5 are red, so the other 15 are green.',
      '5 were sold, so he has 15.',
      '5 left, so there are 15 now.',
    ]),
  },
  { kind: 'a text that is struck out at the end', ...told('8', '9', ['8 <s>9</s>']) },
  {
    kind: 'an answer that is common to several',
    ...told('15', '20', ['The common result is 15.', 'The common answer is 15.']),
  },
  {
    kind: 'an answer with its reason',
    ...told('15', '5', ['15, so he needs 5 more.', '15 apples, so it is odd.', '15 are needed, so that 5 remain.']),
  },
];

/** As above, for references with a name, which only `math` compares. */
export const NAMED_REPLY_KINDS: readonly ReplyKind[] = [
  { kind: 'a named answer that is checked behind it', ...told('x = 5', 'x = 2', CHECKED) },
  { kind: 'a named answer that is checked: 7', ...told('x = 2', 'x = 7', ['x = 2. Check: 2(2) + 3 = 7 ✓']) },
];
