/** Replies that begin with their answer, or name other numbers in a phrase behind it; for `math` and `integer`. */
import type { Kind } from './kinds/kind.js';
import { told } from './told.js';

const TeX = String.raw;

export const TRAILING_PHRASES: readonly Kind[] = [
  told('the working behind an answer', '315', '45', [
    '315. We multiply 7 by 45, where 45 is the number of edges.',
    '**315.** Each of the 7 solids has 45 edges.',
    '315 edges. Each of the 7 solids has 45.',
  ]),
  told('the working of a sum of money', '96', '64', [
    '$96. The shirts cost 2 × $16 = $32 and the pants cost 2 × $32 = $64, and adding them together gives the total.',
    '$96. The shirts cost $32 and the pants cost $64.',
  ]),
  told('an item of a list, or a conclusion of its own', '12', '2', [
    '2. Add 5 and 7 to get 12.',
    '2 boxes. Each holds 6, so there are 12.',
    '2 rows. Each has 6 seats, and 2 × 6 = 12 people, so the answer is 12.',
  ]),
  told('what there are ways to do', '720', '6', [
    'There are 6! = 720 ways to seat 6 people.',
    'There are $6! = 720$ ways to seat 6 people.',
    'There are 720 ways to seat 6 people.',
    'There are 6! = 720 different permutations of 6 letters.',
  ]),
  told('what is chosen from what', '120', '10', [
    TeX`$\binom{10}{3} = \frac{10!}{3!\,7!} = 120$ ways to choose 3 books out of 10.`,
    'C(10, 3) = 120 ways to choose 3 of the 10.',
  ]),
  told('what follows behind ways', '40', '2', [
    'There are 4 × 5 = 20 ways to choose 2, and twice as many to choose 3, so 40 in all.',
    'There are 4 × 5 = 20 ways to seat them, times 2 = 40.',
  ]),
  told('what is left of a given', '35', '65', [
    'He used up 65 of his 100 points, leaving him with 35.',
    'She spent $65 of the $100, leaving her with $35.',
  ]),
  told('what is left where nothing is given', '5', '15', ['So, he gave away 5 lollipops, leaving him with 15.']),
  told('where an extremum is', '36', '6', [
    'The minimum value 36 occurs when x = 6.',
    'The minimum value of $36$ occurs at $x = 6$.',
    'The maximum 36 is attained at x = 6.',
    'The greatest area is 36, and it occurs when w = 6.',
  ]),
  told('where an extremum of no value is', '6', '36', ['The minimum value occurs when x = 6.']),
  told('the length of a trip', '60', '3', [
    'The train was travelling at 60 mph during the 3-hour trip.',
    'Speed = distance/time = 180/3. The train was travelling at 60 mph during the 3-hour trip.',
    'He drove at 60 mph for the 3-hour trip.',
  ]),
  told('a rate in brackets', '104', '2', [
    "Over the course of 52 weeks, she'd read a grand total of 104 books (2 per week).",
    'She earns 104 dollars (2 for each cup).',
  ]),
  told('how far it was checked', '385', '10', [
    "I believe it's 385, although I only checked the cases up to 10.",
    "It's 385, but I only checked up to 10.",
    "It's 385, though I only verified it for n up to 10.",
  ]),
  told('a measure in another one', '28', '7', [
    'How many days are there in 4 weeks? There are 7 days in a week. 4 weeks is 28 days.',
    'There are 7 days in a week. So 4 weeks is 28 days.',
  ]),
  told('a year', '12500', '2030', [
    'The population will be $12{,}500$ people in 2030.',
    'The population will be 12,500 people in 2030.',
  ]),
  told('the year itself', '2020', '12', [
    'She was born in 2020.',
    'She was 12 years older than he was. He was born in 2020.',
  ]),
  told('the last digits of a number', '81', '6081', [
    'The last three digits of 6081 are **081**.',
    'The last three digits of 6081 are 081.',
    'The last 2 digits of 6081 are 81.',
  ]),
];

/** Results in words, which `integer` does not read. */
export const RESULTS_IN_WORDS: readonly Kind[] = [
  told('a result in words', '3', '4', [
    '12 cookies shared by 4 kids: everyone gets three.',
    '12 cookies are shared by 4 kids; each of them gets three cookies.',
  ]),
];
