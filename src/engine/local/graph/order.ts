/** In which order nodes are written, and in which ONNX Runtime computes them. */

/** What makes values of values. */
interface Step<Value> {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/**
 * The nodes that results need, in the order in which they are written. ONNX Runtime computes depth first, beginning with
 * what the last node without successors needs. So these nodes stand last, and the first of them at the very end: results
 * are computed in the order of the graph, gradients of the last layer first, and what each needs is freed early.
 */
export function writtenOrder<Value, Node extends Step<Value>>(
  nodes: readonly (Node & Step<Value>)[],
  results: Iterable<Value>,
): readonly Node[] {
  const wanted = new Set(results);
  const needed: Node[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    needed.push(node);
    for (const name of node.inputs) wanted.add(name);
  }
  needed.reverse();
  const used = new Set(needed.flatMap(({ inputs }) => inputs));
  const isLast = ({ outputs }: Node) => !outputs.some((name) => used.has(name));
  return [...needed.filter((node) => !isLast(node)), ...needed.filter(isLast).reverse()];
}

/**
 * The order in which ONNX Runtime computes nodes that were written in this order: depth first from those without
 * successors, the last ones first (`ReverseDFSFrom` of its graph).
 */
export function computedOrder<Value, Node extends Step<Value>>(
  written: readonly (Node & Step<Value>)[],
): readonly Node[] {
  const makers = new Map(written.flatMap((node, index) => node.outputs.map((value) => [value, index] as const)));
  const used = new Set(written.flatMap(({ inputs }) => inputs));
  const order: Node[] = [];
  const visited = new Set<number>();
  const open = written.flatMap(({ outputs }, index) =>
    outputs.some((value) => used.has(value)) ? [] : [{ index, isLeft: false }],
  );
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { index, isLeft } = next;
    const node = written[index];
    if (node === undefined) continue;
    if (isLeft) order.push(node);
    if (isLeft || visited.has(index)) continue;
    visited.add(index);
    open.push({ index, isLeft: true });
    const before = new Set(node.inputs.flatMap((value) => makers.get(value) ?? []));
    for (const maker of [...before].sort((a, b) => a - b))
      if (!visited.has(maker)) open.push({ index: maker, isLeft: false });
  }
  return order;
}

/** How many steps read each value. */
export function readersOf<Value>(steps: readonly Pick<Step<Value>, 'inputs'>[]): ReadonlyMap<Value, number> {
  const readers = new Map<Value, number>();
  for (const { inputs } of steps)
    for (const value of new Set(inputs)) readers.set(value, (readers.get(value) ?? 0) + 1);
  return readers;
}
