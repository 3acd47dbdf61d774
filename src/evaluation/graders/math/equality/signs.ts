/** ± and ∓ as two readings. */
import { contains, type Expression, mapped, negated, sum } from '../tree/expression.js';

/** The readings of ±: all upper signs, then all lower signs. */
export function signs(node: Expression): Expression[] {
  return contains(node, (part) => part.kind === 'plusMinus') ? [withSign(node, 1), withSign(node, -1)] : [node];
}

function withSign(node: Expression, sign: 1 | -1): Expression {
  return mapped(node, (part) => {
    if (part.kind !== 'plusMinus') return undefined;
    const right = part.upper * sign > 0 ? withSign(part.right, sign) : negated(withSign(part.right, sign));
    return part.left === undefined ? right : sum([withSign(part.left, sign), right]);
  });
}
