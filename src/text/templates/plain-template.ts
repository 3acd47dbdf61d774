/**
 * Chat templates so plain that a bound on steps and sizes is enough to know that they end. The watch over time costs
 * half a millisecond per rendering, which is more than the rendering; a training stage renders thousands.
 */
import { isObject } from '../../json.js';

/** None of these makes a value that holds others: all lists are the messages or slices of them. */
const NODES: ReadonlySet<unknown> = new Set([
  'Program',
  'If',
  'For',
  'Set',
  'Comment',
  'Break',
  'Continue',
  'Identifier',
  'MemberExpression',
  'SliceExpression',
  'StringLiteral',
  'IntegerLiteral',
  'FloatLiteral',
  'BinaryExpression',
  'UnaryExpression',
  'SelectExpression',
  'TestExpression',
  'FilterExpression',
  'CallExpression',
  'Ternary',
]);
/** Each takes linear time, and gives a text no longer than it was given. */
const FILTERS: ReadonlySet<unknown> = new Set(['trim', 'length']);
const METHODS: ReadonlySet<unknown> = new Set(['strip', 'lstrip', 'rstrip', 'startswith', 'endswith']);
const FUNCTIONS: ReadonlySet<unknown> = new Set(['raise_exception', 'strftime_now']);
/** `*` repeats texts. */
const OPERATORS: ReadonlySet<unknown> = new Set([
  '+',
  '-',
  '~',
  '==',
  '!=',
  '<',
  '>',
  '<=',
  '>=',
  'and',
  'or',
  'not',
  'in',
  'not in',
  '%',
]);

/** Whether a parsed template has only loops, conditions, joined texts and the calls above. */
export function isPlainTemplate(node: unknown): boolean {
  if (Array.isArray(node)) return node.every(isPlainTemplate);
  if (!isObject(node)) return !(node instanceof Map);
  if (!('type' in node)) return true;
  if (!NODES.has(node.type)) return false;
  if (isObject(node.operator) && !OPERATORS.has(node.operator.value)) return false;
  if (node.type === 'FilterExpression' && !(isObject(node.filter) && FILTERS.has(node.filter.value))) return false;
  if (node.type === 'CallExpression' && !isPlainCall(node.callee)) return false;
  return Object.entries(node).every(([key, value]) => key === 'operator' || isPlainTemplate(value));
}

function isPlainCall(callee: unknown): boolean {
  if (!isObject(callee)) return false;
  if (callee.type === 'Identifier') return FUNCTIONS.has(callee.value);
  return callee.type === 'MemberExpression' && isObject(callee.property) && METHODS.has(callee.property.value);
}
