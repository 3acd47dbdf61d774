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
];

/** As above, for references with a name, which only `math` compares. */
export const NAMED_REPLY_KINDS: readonly ReplyKind[] = [
  { kind: 'a named answer that is checked behind it', ...told('x = 5', 'x = 2', CHECKED) },
  { kind: 'a named answer that is checked: 7', ...told('x = 2', 'x = 7', ['x = 2. Check: 2(2) + 3 = 7 ✓']) },
];
