/** Pairs by kinds of notation that references of textbooks have: conditions, labels, formulas over several lines. */
import type { Kind } from './kinds/kind.js';

const TeX = String.raw;

export const REFERENCE_KINDS: readonly Kind[] = [
  {
    kind: 'conditions on the symbols of an answer',
    equal: [
      [TeX`$(2s, s-1)$ for all real numbers $s$`, TeX`\boxed{(2s, s-1)}`],
      [TeX`$(2s, s-1)$ for all real numbers $s$`, TeX`\boxed{(2s, s-1), s \in \mathbb{R}}`],
      [TeX`$\frac{\pi}{4}+n\pi$, for any integer $n$`, TeX`\boxed{\frac{\pi}{4}+\pi n, n \in \mathbb{Z}}`],
      [TeX`$\frac{\pi}{4}+n\pi$, where $n$ is an integer`, TeX`\boxed{n\pi + \pi/4}`],
      [TeX`$V_1=4V_2$, where $V_2$ is the volume of the smaller jar`, TeX`\boxed{V_1=4V_2}`],
      [TeX`$x=a+s$, $y=2s$, where $a$ and $s$ are parameters`, TeX`\boxed{x=a+s, y=2s}`],
    ],
    different: [
      [TeX`$(2s, s-1)$ for all real numbers $s$`, TeX`\boxed{s}`],
      [TeX`$\frac{\pi}{4}+n\pi$, for any integer $n$`, TeX`\boxed{n}`],
      [TeX`$V_1=4V_2$, where $V_2$ is the volume of the smaller jar`, TeX`\boxed{V_2}`],
      ['2k, k ∈ ℤ', '2k+1, k ∈ ℤ'],
      ['2k, m ∈ ℤ', '2k'],
    ],
  },
  {
    kind: 'statements about a symbol',
    equal: [
      ['No value of $q$ makes the two lines parallel here.', 'No value of q makes the two lines parallel here.'],
      ['The smallest such number is $m$.', TeX`\boxed{m}`],
    ],
    different: [
      ['No value of $q$ makes the two lines parallel here.', TeX`\boxed{q}`],
      ['The function is positive for every $t$', TeX`\boxed{t}`],
    ],
  },
  {
    kind: 'parts with labels in words',
    equal: [
      ['rising when $x<3$, falling when $x>3$', TeX`\boxed{\text{rising when } x<3, \text{ falling when } x>3}`],
      ['rising when $x<3$, falling when $x>3$', 'Falling when $x > 3$, rising when $x < 3$.'],
      [TeX`domain: $[0,9)$, range: $[2,\infty)$`, TeX`\boxed{\text{Domain: } [0,9), \quad \text{Range: } [2,\infty)}`],
      ['length: $6$, width: $5/2$', TeX`\boxed{\text{width: } 2.5, \text{length: } 6}`],
    ],
    different: [
      ['rising when $x<3$, falling when $x>3$', TeX`\boxed{\text{falling when } x<3, \text{ rising when } x>3}`],
      ['rising when $x<3$, falling when $x>3$', TeX`\boxed{x>3}`],
      [TeX`domain: $[0,9)$, range: $[2,\infty)$`, TeX`\boxed{[2,\infty)}`],
      ['length: $6$, width: $5/2$', TeX`\boxed{\text{length: } 2.5, \text{width: } 6}`],
      ['length: $6$, width: $5/2$', TeX`\boxed{5/2}`],
    ],
  },
  {
    kind: 'a formula that goes on in the next one',
    equal: [
      ['$7 x^{4}-3 x^{2}+$ $9 x-1$', TeX`\boxed{-1+9x-3x^2+7x^4}`],
      ['$x^{3} / 3-\\ln x+$ C', TeX`\boxed{\frac{x^3}{3}-\ln x+C}`],
      [TeX`$(3 n \pi,(3 n+$ $1) \pi)$`, TeX`\boxed{(3n\pi, (3n+1)\pi)}`],
      ['$2, 3$, $5$', '2, 3, 5'],
    ],
    different: [
      ['$7 x^{4}-3 x^{2}+$ $9 x-1$', TeX`\boxed{9x-1}`],
      ['$x^{3} / 3-\\ln x+$ C', TeX`\boxed{\frac{x^3}{3}-\ln x}`],
    ],
  },
  {
    kind: 'sums that are cut with dots',
    equal: [
      [TeX`1-\frac{x}{3}+\frac{x^2}{5}+\cdots`, TeX`\boxed{1-x/3+x^2/5+\dots}`],
      [TeX`x+x^2+\cdots+x^{n}`, TeX`\boxed{x+x^2+\ldots+x^n}`],
    ],
    different: [
      [TeX`1-\frac{x}{3}+\cdots`, TeX`\boxed{1-\frac{x}{2}+\cdots}`],
      [TeX`1-\frac{x}{3}+\cdots`, TeX`\boxed{1-\frac{x}{3}}`],
    ],
  },
  {
    kind: 'minutes and seconds',
    equal: [
      [TeX`$12^{\circ} 30^{\prime}$`, TeX`\boxed{12.5^\circ}`],
      [TeX`$-8^{\circ} 15^{\prime} 36^{\prime\prime}$`, TeX`\boxed{-8.26^\circ}`],
      [`8° 15' 36''`, TeX`\boxed{8^\circ 15' 36''}`],
      ['7:04:09 a.m.', '07:04:09 AM'],
      ['7:04:00 p.m.', '7:04 PM'],
    ],
    different: [
      [TeX`$12^{\circ} 30^{\prime}$`, TeX`\boxed{12.3^\circ}`],
      [TeX`$12^{\circ} 30^{\prime}$`, TeX`\boxed{12^\circ}`],
      ['7:04:09 a.m.', '7:04:09 p.m.'],
      ['7:04:09 a.m.', '7:04 a.m.'],
    ],
  },
  {
    kind: 'units of textbooks',
    equal: [
      [TeX`4.2 \mathrm{ft} / \mathrm{sec}`, '4.2 ft/s'],
      [TeX`30 \pi \mathrm{mi} / \mathrm{min}`, TeX`\boxed{30\pi \text{ miles/minute}}`],
      ['14 (pieces of chalk)', '14'],
      ['14 (feet of string)', TeX`\boxed{14\text{ feet}}`],
    ],
    different: [
      [TeX`4.2 \mathrm{ft} / \mathrm{sec}`, '4.2 ft/min'],
      ['14 (feet of string)', TeX`\boxed{14\text{ inches}}`],
    ],
  },
  {
    kind: 'names, sets and cases of textbooks',
    equal: [
      [TeX`$P_{\max }=k^{2}+1$`, TeX`\boxed{k^2+1}`],
      [TeX`P_{\text{max}}=9`, '9'],
      [TeX`No solution: $\oslash$`, TeX`\boxed{\text{no solution}}`],
      [TeX`\oslash`, TeX`\emptyset`],
      [TeX`\bigcup_{k=-\infty}^{\infty}(k, k+3)`, TeX`\boxed{\bigcup_{k=-\infty}^{\infty} (k, k+3)}`],
      [
        TeX`g(t)=\left\{\begin{array}{rll} 3 t & \text { if } & 0 \leq t \leq 4 \\ 12 & \text { if } & t>4\end{array}\right.`,
        TeX`\boxed{g(t)=\begin{cases} 3t & 0 \le t \le 4 \\ 12 & t>4 \end{cases}}`,
      ],
      ['65_7', TeX`65_{\text{seven}}`],
    ],
    different: [
      [TeX`\oslash`, '0'],
      [TeX`\bigcup_{k=-\infty}^{\infty}(k, k+3)`, TeX`\boxed{(k, k+3)}`],
      [
        TeX`g(t)=\left\{\begin{array}{rll} 3 t & \text { if } & 0 \leq t \leq 4 \\ 12 & \text { if } & t>4\end{array}\right.`,
        TeX`\boxed{g(t)=\begin{cases} 12 & 0 \le t \le 4 \\ 3t & t>4 \end{cases}}`,
      ],
      ['65_7', TeX`65_{\text{nine}}`],
    ],
  },
  {
    kind: 'short sentences and other boxes',
    equal: [
      ['9', 'She has 9.'],
      ['9', 'y is 9'],
      ['1.6', TeX`\boxed{$1\frac35$}`],
      ['$5', TeX`\boxed{$5}`],
      ['C', 'Let me see. <|begin_of_box|>C<|end_of_box|>'],
      ['a b', TeX`a \medspace b`],
    ],
    different: [
      ['9', 'She has 19.'],
      ['\\cos(0)=45', TeX`\boxed{$\min$ at $x=1/2$}`],
      ['9', 'y is not 9'],
      ['0.6', TeX`\boxed{$1\frac35$}`],
      ['C', '<|begin_of_box|>B<|end_of_box|>'],
    ],
  },
  {
    kind: 'absolute values that turn far away',
    equal: [
      ['|x+3|', '|-3-x|'],
      ['|2x-800|', '2|x-400|'],
    ],
    different: [
      ['|x+700|-700', '|x+800|-800'],
      ['|x+700|', 'x+700'],
    ],
  },
];
