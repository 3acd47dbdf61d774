/**
 * The table of operations: for each its shape rule, the ONNX nodes that compute it and its reverse-mode derivative.
 * Adding an operation is one more entry in a part of it, with a function that applies the operation.
 */
import { arithmeticOperations } from './operations/arithmetic.js';
import { integerOperations } from './operations/integer.js';
import { layoutOperations } from './operations/layout.js';
import { networkOperations } from './operations/network.js';
import { productOperations } from './operations/product.js';
import { quantisedOperations } from './operations/quantised.js';
import { vocabularyOperations } from './operations/vocabulary.js';

export * from './operations/arithmetic.js';
export * from './operations/integer.js';
export * from './operations/layout.js';
export * from './operations/network.js';
export * from './operations/product.js';
export * from './operations/quantised.js';
export * from './operations/vocabulary.js';

/**
 * Every operation by name, for tests that walk the table.
 * @internal
 */
export const operations = {
  ...arithmeticOperations,
  ...layoutOperations,
  ...productOperations,
  ...quantisedOperations,
  ...integerOperations,
  ...networkOperations,
  ...vocabularyOperations,
};
