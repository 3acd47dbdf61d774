/** References of several parts. */
import type { Kind } from './kind.js';

const TeX = String.raw;

export const SEVERAL_PARTS: readonly Kind[] = [
  {
    kind: 'references of several parts',
    equal: [
      [
        TeX`The domain is $[0,9)$ and the range is $[2,\infty)$.`,
        TeX`The domain is $[0,9)$ and the range is $[2,\infty)$.`,
      ],
      [
        'The maximum is $5$ at $x=1$; the minimum is $-3$ at $x=4$.',
        'The minimum is $-3$ at $x=4$; the maximum is $5$ at $x=1$.',
      ],
      ['a) $3$, b) $5$', 'a) $3$, b) $5$'],
      ['(a) $3$ (b) $5$', TeX`\boxed{(a)\ 3, (b)\ 5}`],
      ['(i) 12 (ii) 15', '(i) 12 (ii) 15'],
      ['$x$-intercept: $(2,0)$; $y$-intercept: $(0,4)$', '$x$-intercept: $(2,0)$; $y$-intercept: $(0,4)$'],
      ['Center: $(1,2)$, radius: $3$', TeX`\boxed{\text{Center: } (1,2), \text{ radius: } 3}`],
      ['Center $(1,2)$; radius $3$', 'The center is $(1,2)$ and the radius is $3$.'],
      ['Vertex $(1,2)$, axis $x=1$', 'Vertex $(1,2)$, axis $x=1$'],
      ['$12$ apples and $15$ oranges', '$12$ apples and $15$ oranges'],
      ['12 apples and 15 oranges', '15 oranges and 12 apples'],
    ],
    different: [
      [TeX`The domain is $[0,9)$ and the range is $[2,\infty)$.`, TeX`\boxed{[2,\infty)}`],
      [
        TeX`The domain is $[0,9)$ and the range is $[2,\infty)$.`,
        TeX`The domain is $[0,8)$ and the range is $[2,\infty)$.`,
      ],
      ['The maximum is $5$ at $x=1$; the minimum is $-3$ at $x=4$.', TeX`\boxed{4}`],
      [
        'The maximum is $5$ at $x=1$; the minimum is $-3$ at $x=4$.',
        'The maximum is $6$ at $x=2$; the minimum is $-2$ at $x=4$.',
      ],
      ['The maximum is $5$ at $x=1$; the minimum is $-3$ at $x=4$.', TeX`\boxed{x=4}`],
      ['a) $3$, b) $5$', '5'],
      ['a) $3$, b) $5$', 'a) $5$, b) $3$'],
      ['(a) $3$ (b) $5$', TeX`\boxed{5}`],
      ['(a) $3$ (b) $5$', '(a) $4$ (b) $5$'],
      ['(i) 12 (ii) 15', '15'],
      ['(i) 12 (ii) 15', '(i) 13 (ii) 15'],
      ['$x$-intercept: $(2,0)$; $y$-intercept: $(0,4)$', TeX`\boxed{(0,4)}`],
      ['Center: $(1,2)$, radius: $3$', '3'],
      ['Center: $(1,2)$, radius: $3$', 'Center: $(1,3)$, radius: $3$'],
      ['Center $(1,2)$; radius $3$', TeX`\boxed{3}`],
      ['Vertex $(1,2)$, axis $x=1$', 'x=1'],
      ['Vertex $(1,2)$, axis $x=1$', 'Vertex $(1,5)$, axis $x=1$'],
      ['$12$ apples and $15$ oranges', '15'],
      ['12 apples and 15 oranges', '15'],
      ['12 apples and 15 oranges', '12'],
      ['12 apples and 15 oranges', '15 apples and 12 oranges'],
      [TeX`The series converges for $|x|<1$ and its sum is $\frac{1}{1-x}$.`, TeX`\frac{1}{1-x}`],
      ['There are two roots: $x = 3$ is a simple root. The other, $x=5$, is a double root.', TeX`\boxed{5}`],
      ['The slope is 3. The intercept is 4.', '4'],
      ['The slope is 3. The intercept is 4.', 'The slope is 2. The intercept is 4.'],
      ['Speed of the boat: 12 mph. Speed of the current: 3 mph.', '3 mph'],
      ['$f$ is increasing on $(0,2)$. $f$ is decreasing on $(2,5)$.', '(2,5)'],
      ['Local maximum at $x=1$. Local minimum at $x=3$. Inflection point at $x=2$.', 'x=2'],
      ['We have $a=2$ and then $b=3$, therefore the curve is $y=2x+3$ and its area is $7$.', '7'],
      ['1. $x=2$ 2. $x=5$', 'x=5'],
      ['1) 12; 2) 30', '30'],
      ['Part A: 12. Part B: 30.', '30'],
      [TeX`$P(A)=\frac12$. $P(B)=\frac13$.`, TeX`\frac13`],
      [TeX`\text{Area} = 12, \text{Perimeter} = 14`, '14'],
      [TeX`\text{Area } 12, \text{ perimeter } 14`, '14'],
      ['$12 for adults and $8 for children', '8'],
      ['Adults: 12, children: 8', '8'],
    ],
  },
  {
    kind: 'functions by cases, in other forms',
    equal: [
      [
        TeX`f(x)=\begin{cases} x^2 & x<0 \\ 2x & x\ge 0\end{cases}`,
        TeX`f(x)=\begin{cases} x^2, & \text{if } x<0 \\ 2x, & \text{if } x \geq 0\end{cases}`,
      ],
      [TeX`\begin{cases} x^2 & x<0 \\ 2x & x\ge 0\end{cases}`, TeX`\begin{cases} 2x & x\ge 0 \\ x^2 & x<0 \end{cases}`],
      [TeX`\begin{cases} x^2 & x<0 \\ 2x & x\ge 0\end{cases}`, TeX`x^2 \text{ if } x < 0, \ 2x \text{ if } x \ge 0`],
      [TeX`\begin{cases} x^2 & x<0 \\ 2x & x\ge 0\end{cases}`, 'x^2 if x<0, 2x if x>=0'],
      [
        TeX`\begin{cases} 1 & \text{if } n=1 \\ 0 & \text{otherwise}\end{cases}`,
        TeX`\begin{cases} 1, & n=1 \\ 0, & \text{else}\end{cases}`,
      ],
      [
        TeX`\begin{cases} x & \text{for } 0 \le x \le 1 \\ 2-x & \text{for } 1 < x \le 2\end{cases}`,
        TeX`\begin{cases} x, & x \in [0,1] \\ 2-x, & x \in (1,2]\end{cases}`,
      ],
      [
        TeX`\begin{cases} x & \text{when } x>0 \\ -x & \text{when } x \le 0\end{cases}`,
        TeX`\begin{cases} x & x>0 \\ -x & x\le 0\end{cases}`,
      ],
      [
        TeX`|x| = \begin{cases} x, & x \ge 0, \\ -x, & x < 0. \end{cases}`,
        TeX`\begin{cases} x & \text{if } x \ge 0 \\ -x & \text{if } x < 0\end{cases}`,
      ],
      [
        TeX`f(x) = \left\{ \begin{array}{ll} 1 & x > 0 \\ -1 & x < 0 \end{array} \right.`,
        TeX`f(x) = \begin{cases} 1 & x>0 \\ -1 & x<0\end{cases}`,
      ],
      [
        TeX`\begin{cases} 3 & \text{if } t<5 \\ 4 & \text{if } t\ge5\end{cases}`,
        TeX`3 \text{ for } t<5; 4 \text{ for } t \ge 5`,
      ],
      [
        TeX`\begin{cases} 3 & \text{if $t<5$} \\ 4 & \text{if $t\ge5$}\end{cases}`,
        TeX`\begin{cases} 3 & t<5 \\ 4 & t\ge5\end{cases}`,
      ],
      [
        TeX`\begin{cases} 0, & x < 0 \\ x, & 0 \leq x < 1 \\ 1, & x \geq 1 \end{cases}`,
        TeX`\begin{cases} 0 & \text{if } x < 0, \\ x & \text{if } 0 \leq x < 1, \\ 1 & \text{if } x \geq 1. \end{cases}`,
      ],
      [
        TeX`y = \begin{cases} 2 & \text{if } x = 0 \\ 3 & \text{if } x \neq 0 \end{cases}`,
        TeX`y = \begin{cases} 3 & \text{if } x \neq 0 \\ 2 & \text{if } x = 0 \end{cases}`,
      ],
      [
        TeX`\begin{cases} n/2 & \text{if } n \text{ is even} \\ (n-1)/2 & \text{if } n \text{ is odd} \end{cases}`,
        TeX`\begin{cases} \frac{n}{2}, & n \text{ even} \\ \frac{n-1}{2}, & n \text{ odd} \end{cases}`,
      ],
      [TeX`\begin{cases} x & x>0 \\ 0 & x \le 0\end{cases}`, TeX`\begin{cases} x & 0<x \\ 0 & 0 \ge x\end{cases}`],
    ],
    different: [
      [TeX`\begin{cases} x^2 & x<0 \\ 2x & x\ge 0\end{cases}`, TeX`\begin{cases} x^2 & x\ge0 \\ 2x & x< 0\end{cases}`],
      [TeX`\begin{cases} x^2 & x<0 \\ 2x & x\ge 0\end{cases}`, TeX`\begin{cases} x^2 & x<0 \\ 3x & x\ge 0\end{cases}`],
      [TeX`\begin{cases} x^2 & x<0 \\ 2x & x\ge 0\end{cases}`, 'x^2'],
      [TeX`\begin{cases} x^2 & x<0 \\ 2x & x\ge 0\end{cases}`, '2x'],
      [
        TeX`\begin{cases} n/2 & \text{if } n \text{ is even} \\ (n-1)/2 & \text{if } n \text{ is odd} \end{cases}`,
        TeX`\begin{cases} \frac{n}{2}, & n \text{ odd} \\ \frac{n-1}{2}, & n \text{ even} \end{cases}`,
      ],
      [TeX`\begin{cases} x & x>0 \\ 0 & x \le 0\end{cases}`, TeX`\begin{cases} x & x>1 \\ 0 & x \le 1\end{cases}`],
    ],
  },
];
