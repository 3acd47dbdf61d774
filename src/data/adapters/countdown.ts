/** Countdown: numbers and the number to make. */
import { z } from 'zod';
import { InputError } from '../../errors.js';
import { parseRecord } from '../files/record.js';
import { countdownProblem } from '../tasks/countdown.js';
import { type DatasetAdapter, label } from './adapter.js';

const countdownSchema = z.object({
  id: label('id'),
  nums: z.array(z.int(), { error: 'nums is not a list of whole numbers' }).nullish(),
  numbers: z.array(z.int(), { error: 'numbers is not a list of whole numbers' }).nullish(),
  target: z.int({ error: 'target is not a whole number' }),
});
const COUNTDOWN_LAYOUT = 'nums (or numbers), target';

export const countdown: DatasetAdapter = {
  name: 'countdown',
  layout: COUNTDOWN_LAYOUT,
  columns: ['id', ['nums', 'numbers'], 'target'],
  fits: (record) => ('nums' in record || 'numbers' in record) && 'target' in record && !('question' in record),
  problem(record, place) {
    const remedy = `The layout countdown has ${COUNTDOWN_LAYOUT}.`;
    const row = parseRecord(countdownSchema, record, place, remedy);
    const numbers = row.nums ?? row.numbers;
    if (numbers == null) throw new InputError('nums is missing', { ...place, field: 'nums', remedy });
    const problem = countdownProblem(numbers, row.target, place);
    return row.id == null ? problem : { ...problem, id: String(row.id) };
  },
};
