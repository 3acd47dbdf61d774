/** Values of one name that a reply numbers: `x_1 = 1, x_2 = 2`. */
import { contains, type Expression } from '../tree/expression.js';

/** The name of an equation that gives the value of a letter. */
function letterOf(node: Expression): string | undefined {
  const [name] = node.kind === 'relation' && node.operators.join() === '=' ? node.operands : [];
  return name?.kind === 'symbol' && /^[A-Za-z]$/.test(name.name) ? name.name : undefined;
}

/** The name that all values of a list have, `x = 1, x = 2`; undefined where they have several names or none. */
function commonName(node: Expression): string | undefined {
  if (node.kind !== 'list' || node.items.length < 2) return undefined;
  const [first, ...others] = node.items.map(letterOf);
  return others.every((name) => name === first) ? first : undefined;
}

/** The letter of `x_1`, also of `x1`, which is read as a product. */
function numberedLetter(name: Expression | undefined): string | undefined {
  if (name?.kind === 'symbol') return /^([A-Za-z])_\d$/.exec(name.name)?.[1];
  const [letter, index, ...more] = name?.kind === 'product' ? name.factors : [];
  const isIndex = index?.kind === 'number' && index.value.denominator === 1n && index.value.numerator >= 0n;
  return letter?.kind === 'symbol' && isIndex && more.length === 0 && /^[A-Za-z]$/.test(letter.name)
    ? letter.name
    : undefined;
}

/** Whether a reference is of values without numbers, whatever their order: a set, values of one name, or a value with both signs. */
function letterOfValues(gold: Expression): string | undefined {
  if (gold.kind === 'set') return '';
  if (!contains(gold, (part) => part.kind === 'plusMinus')) return commonName(gold);
  return gold.kind === 'relation' ? letterOf(gold) : '';
}

/** The values alone of a reply that numbers them, where the reference does not; the reply itself where it does. */
export function withoutIndices(reply: Expression, gold: Expression): Expression {
  if (reply.kind !== 'list') return reply;
  const wanted = letterOfValues(gold);
  if (wanted === undefined) return reply;
  const letters = new Set<string>();
  const values = reply.items.flatMap((item) => {
    const [name, value, ...more] = item.kind === 'relation' && item.operators[0] === '=' ? item.operands : [];
    const letter = numberedLetter(name);
    if (letter === undefined || value === undefined || more.length > 0) return [];
    letters.add(letter);
    return [value];
  });
  const [letter = ''] = letters;
  const isNumbered = letters.size === 1 && values.length === reply.items.length && (wanted === '' || wanted === letter);
  return isNumbered ? { ...reply, items: values } : reply;
}
