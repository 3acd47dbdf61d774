import { describe, expect, it } from 'vitest';
import { mathGrader } from '../math/math.js';
import { labelledValue } from '../replies/labelled-values.js';
import { integerGrader } from './integer.js';

const math = (gold: string, reply: string) => mathGrader.grade(gold, reply).verdict;
const integer = (gold: string, reply: string) => integerGrader.grade(gold, reply).verdict;

describe('a number behind its name', () => {
  it.each([
    ['103', 'Code 103'],
    ['103', 'code 103.'],
    ['103', '**Code 103**'],
    ['8000', 'Port 8000.'],
    ['8000', 'Port 8,000'],
    ['404', 'HTTP 404'],
    ['12', 'Zimmer 12'],
    ['5', 'Salle 5.'],
    ['443', 'TCP 443'],
    ['3', 'Tier 3'],
    ['99', 'Ticket #99'],
    ['4711', 'Order number 4711'],
    ['4711', 'Auftrag Nr. 4711'],
    ['88', 'Invoice no. 88'],
    ['4711', 'Artikel-Nr. 4711'],
    ['10', 'Windows 10'],
    ['60', 'Highway 60!'],
    ['103', 'The answer is Code 103.'],
    ['103', '\\boxed{\\text{Code 103}}'],
    ['103', 'Error code 103'],
  ])('%s: %s', (gold, reply) => {
    expect(math(gold, reply)).toBe('correct');
    expect(integer(gold, reply)).toBe('correct');
    expect(math('7', reply)).toBe('wrong');
    expect(integer('7', reply)).not.toBe('correct');
  });

  it.each([
    ['2.4.1', 'Version 2.4.1', 'Version 2.4.2'],
    ['10.0.0.5', 'IP 10.0.0.5', 'IP 10.0.0.6'],
    ['E-101', 'Fehler E-101', 'Fehler E-102'],
    ['0x80070005', 'Error 0x80070005', 'Error 0x80070006'],
    ['B12', 'Gate B12.', 'Gate B13.'],
    ['#99', 'Ticket 99', 'Ticket 98'],
    ['Code 103', '103', '104'],
    ['Raum B12', 'b12', 'b13'],
    ['Code 103', 'Code 103.', 'Code 104.'],
  ])('%s: %s, and not %s', (gold, right, wrong) => {
    expect(math(gold, right)).toBe('correct');
    expect(math(gold, wrong)).toBe('wrong');
  });

  it.each([
    ['5', 'Minus 5'],
    ['5', 'negative 5'],
    ['5', 'Twice 5'],
    ['10', 'Half 10'],
    ['16', 'Square root 16'],
    ['30', 'sin 30'],
    ['18', 'Under 18'],
    ['18', 'unter 18'],
    ['18', 'über 18.'],
    ['5', 'Not 5'],
    ['5', 'nicht 5'],
    ['103', 'kein Code 103'],
    ['103', 'Not code 103'],
    ['3', 'Step 3'],
    ['3', 'Schritt 3:'],
    ['3', 'Question 3'],
    ['2', 'Part 2'],
    ['5', 'without 5'],
    ['8', 'It is hardly 8.'],
    ['8', 'Scarcely 8'],
    ['7', 'Ответ не 7.'],
    ['7', 'Niet 7'],
    ['103', 'Code 103 or 104'],
    ['103', 'Code 104'],
    ['12', 'Room 12B'],
    ['2.4', 'Version 2.4.1'],
    ['12', 'Room 12 or 13'],
  ])('%s is not said by: %s', (gold, reply) => {
    expect(math(gold, reply)).not.toBe('correct');
    expect(integer(gold, reply)).not.toBe('correct');
  });

  it('is no longer text, and one letter is a variable', () => {
    expect(labelledValue('x 5')).toBeUndefined();
    expect(labelledValue('Please restart the router and wait for code 103')).toBeUndefined();
    expect(labelledValue(`${'a'.repeat(300)} 5`)).toBeUndefined();
  });
});
