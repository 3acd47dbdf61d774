/** Computes together what waits together, as servers do: one call of the local engine after the other. */
export function batched<Item, Result>(compute: (items: readonly Item[]) => Promise<readonly Result[]>) {
  const waiting: { readonly item: Item; readonly settle: (results: Promise<Result>) => void }[] = [];
  let busy = false;
  const work = async () => {
    busy = true;
    await new Promise((resolve) => setImmediate(resolve));
    for (let batch = waiting.splice(0); batch.length > 0; batch = waiting.splice(0)) {
      const results = compute(batch.map(({ item }) => item));
      await results.catch(() => undefined);
      for (const [i, { settle }] of batch.entries()) settle(results.then((all) => all[i] as Result));
    }
    busy = false;
  };
  return (item: Item) =>
    new Promise<Result>((resolve) => {
      waiting.push({ item, settle: resolve });
      if (!busy) void work();
    });
}
