import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boxesIn, lastBoxed } from './boxed.js';

const TeX = String.raw;

describe('the last box', () => {
  it.each([
    [TeX`\boxed{4}`, '4'],
    [TeX`$\boxed{x}$`, 'x'],
    [TeX`\boxed{1} then \boxed{ \frac{1}{2} }.`, TeX`\frac{1}{2}`],
    [TeX`\boxed{\frac{1}{2}} and \boxed{ x^{2} }`, 'x^{2}'],
    [TeX`\boxed {5}`, '5'],
    ['\\boxed\n{5}', '5'],
    [TeX`\boxed{\text{a}}`, TeX`\text{a}`],
    [TeX`\boxed{\text{a {b} c}}`, TeX`\text{a {b} c}`],
    [TeX`\fbox{7}`, '7'],
    [TeX`\framebox{7}`, '7'],
    ['in JSON \\\\boxed{5}', '5'],
    ['', undefined],
    ['no box', undefined],
    [TeX`\boxedness{1}`, undefined],
    [TeX`\boxed`, undefined],
    [TeX`\boxed `, undefined],
  ])('of %j is %j', (text, box) => {
    expect(lastBoxed(text)).toBe(box);
  });

  it.each([
    [TeX`\boxed{\{1, 2\}}`, TeX`\{1, 2\}`],
    [TeX`\boxed{1 \} 2}`, TeX`1 \} 2`],
    [TeX`\boxed{\{}`, TeX`\{`],
    [TeX`\boxed{a \\ b}`, TeX`a \\ b`],
  ])('reads escaped braces as text: %j is %j', (text, box) => {
    expect(lastBoxed(text)).toBe(box);
  });

  it.each([
    [TeX`so \boxed 12.`, '12'],
    [TeX`so \boxed 12, as was to be shown`, '12'],
    [TeX`so \boxed 12`, '12'],
    [TeX`\boxed 5`, '5'],
    [TeX`\boxed5`, '5'],
    [TeX`\boxed 7$`, '7'],
    [TeX`$$\boxed -7.5$$`, '-7.5'],
    [TeX`\boxed 1,234.`, '1,234'],
    [TeX`\boxed 20\%.`, TeX`20\%`],
    [TeX`\(\boxed 5\)`, '5'],
    [TeX`**\boxed 5**`, '5'],
    [TeX`\boxed x`, 'x'],
    [TeX`\boxed C.`, 'C'],
    [TeX`\boxed (C)`, '(C)'],
    [TeX`(that is \boxed 5)`, '5'],
    [TeX`{\boxed 5}`, '5'],
    [TeX`\boxed\pi`, TeX`\pi`],
    [TeX`\boxed 2\pi.`, TeX`2\pi`],
    [TeX`\boxed\frac12`, TeX`\frac12`],
    [TeX`\boxed \frac12.`, TeX`\frac12`],
    [TeX`\boxed\frac 12 of it`, TeX`\frac 12`],
    [TeX`\boxed\frac{1}{2}`, TeX`\frac{1}{2}`],
    [TeX`\boxed\dfrac1{2} and`, TeX`\dfrac1{2}`],
    [TeX`\boxed-\frac{1}{2}`, TeX`-\frac{1}{2}`],
    [TeX`\boxed\sqrt[3]{2} is it`, TeX`\sqrt[3]{2}`],
    [TeX`\boxed\sqrt2`, TeX`\sqrt2`],
    [TeX`\boxed 2\sqrt{3}`, TeX`2\sqrt{3}`],
    [TeX`\boxed x^{2}+1`, 'x^{2}+1'],
    [TeX`\boxed\text{no solution}`, TeX`\text{no solution}`],
    [TeX`\boxed\left(1, 2\right)`, TeX`\left(1, 2\right)`],
    [TeX`\boxed\{1,2\}.`, TeX`\{1,2\}`],
    [TeX`\boxed 5\end{align}`, '5'],
    [TeX`\boxed 5\\`, '5'],
    [TeX`\boxed 5\quad`, '5'],
    [TeX`\boxed $5$`, undefined],
    [TeX`\boxed.`, undefined],
    [TeX`\boxed\frac`, undefined],
    [TeX`\boxed (see above`, undefined],
  ])('without braces: %j is %j', (text, box) => {
    expect(lastBoxed(text)).toBe(box);
  });

  it.each([
    [TeX`\boxed{\boxed{3}}`, '3'],
    [TeX`\boxed{ \fbox{3} }`, '3'],
    [TeX`\boxed{\fbox{1}, \fbox{2}}`, TeX`\fbox{1}, \fbox{2}`],
    [TeX`\boxed{x = \boxed{3}}`, '3'],
    [TeX`\boxed{Thus $\boxed{42}$.}`, '42'],
    [TeX`\boxed{\boxed{\fbox{1}, \fbox{2}}}`, TeX`\fbox{1}, \fbox{2}`],
    [TeX`\boxed{\boxed 3}`, '3'],
  ])('of boxes in boxes is the only one inside, or the one that holds several: %j is %j', (text, box) => {
    expect(lastBoxed(text)).toBe(box);
  });

  it.each([
    [TeX`\boxed{a} then \boxed{b`, 'a'],
    [TeX`\boxed{3} and \boxed{open`, '3'],
    [TeX`\boxed{a \boxed{b`, undefined],
    [TeX`\boxed{a \boxed{b}`, 'b'],
    [TeX`} \boxed{4`, undefined],
    [TeX`} \boxed{4}`, '4'],
    [TeX`{{ \boxed{4}`, '4'],
    [TeX`\boxed{4}}`, '4'],
    [TeX`\boxed{4\}`, undefined],
  ])('is one whose braces close: %j is %j', (text, box) => {
    expect(lastBoxed(text)).toBe(box);
  });

  it.each([
    [TeX`\boxed{}`, undefined],
    [TeX`\boxed{ }`, undefined],
    [TeX`\boxed{5}, as asked in \boxed{}`, '5'],
    [TeX`\boxed{\boxed{}}`, undefined],
  ])('is not an empty one: %j is %j', (text, box) => {
    expect(lastBoxed(text)).toBe(box);
  });

  it('is found in linear time in hostile texts', () => {
    // A quadratic reader would run into the time limit of a test many times over.
    const n = 100_000;
    expect(lastBoxed(TeX`\boxed{`.repeat(n))).toBeUndefined();
    expect(lastBoxed(`\\boxed{4}${TeX`\boxed{`.repeat(n)}`)).toBe('4');
    expect(lastBoxed(`${TeX`\boxed{`.repeat(n)}x${'}'.repeat(n)}`)).toBe('x');
    expect(lastBoxed(`${TeX`\boxed{ `.repeat(n)}x${' }'.repeat(n)}`)).toBe('x');
    expect(lastBoxed(`\\boxed{${'{'.repeat(n)}x${'}'.repeat(n)}}`)).toBe(`${'{'.repeat(n)}x${'}'.repeat(n)}`);
    expect(lastBoxed(TeX`\boxed{1} `.repeat(n))).toBe('1');
    expect(lastBoxed(`\\boxed{${TeX`\boxed{1} `.repeat(n)}}`)).toHaveLength(10 * n - 1);
    expect(lastBoxed(TeX`\boxed 1 `.repeat(n))).toBe('1');
    expect(lastBoxed(`${TeX`\boxed\frac{`.repeat(n)}`)).toBeUndefined();
    expect(lastBoxed(`${TeX`\boxed(`.repeat(n)}`)).toBeUndefined();
    expect(lastBoxed(`\\boxed${' '.repeat(n)}5`)).toBe('5');
    expect(lastBoxed(`\\boxed${' '.repeat(n)}`.repeat(4))).toBeUndefined();
    expect(lastBoxed('\\'.repeat(n))).toBeUndefined();
    expect(lastBoxed(`\\boxed{}${'{'.repeat(n)}`)).toBeUndefined();
  });
});

describe('the boxes of a text', () => {
  it('stand where they say, in order, apart from each other', () => {
    const parts = fc.constantFrom(
      ...[TeX`\boxed{`, TeX`\boxed `, TeX`\fbox{`, '{', '}', '(', ')', '\\', TeX`\frac`, TeX`\{`, TeX`\}`],
      ...['1', '2', 'x', ' ', '.', ',', '\n', '$', '-', '='],
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 40 }), (written) => {
        const text = written.join('');
        let end = 0;
        for (const box of boxesIn(text)) {
          expect(box.start).toBeGreaterThanOrEqual(end);
          expect(text.slice(box.start)).toMatch(/^\\(?:boxed|fbox)/);
          expect(text.slice(box.start, box.end)).toContain(box.content);
          expect(box.content.trim()).not.toBe('');
          end = box.end;
        }
      }),
    );
  });

  it('find again whatever was put into one', () => {
    const balanced = fc.letrec<{ text: string }>((tie) => ({
      text: fc
        .array(
          fc.oneof(
            { depthSize: 'small' },
            fc.constantFrom('a', '1', TeX`\{`, TeX`\}`, TeX`\pi `, ' ', '$', ')'),
            tie('text').map((inner) => `{${inner}}`),
          ),
          { maxLength: 6 },
        )
        .map((pieces) => pieces.join('')),
    })).text;
    fc.assert(
      fc.property(balanced, (content) => {
        fc.pre(content.trim() !== '');
        expect(lastBoxed(`first \\boxed{0}, then $\\boxed{${content}}$.`)).toBe(content.trim());
      }),
    );
  });

  it('end with an open one, to the end of its line, where the last never closes', () => {
    expect(boxesIn('\\boxed{1} so \\boxed{\\frac{1}{2}\nmore')).toEqual([
      { start: 0, end: 9, content: '1', closed: true },
      { start: 13, end: 31, content: '\\frac{1}{2}', closed: false },
    ]);
    expect(boxesIn('\\boxed{1 and \\boxed{2}')).toEqual([{ start: 13, end: 22, content: '2', closed: true }]);
  });
});
