/** A value that components follow. */
import { useEffect, useState } from 'preact/hooks';

export interface Store<Value> {
  readonly value: Value;
  set(value: Value): void;
  listen(listener: () => void): () => void;
}

export function createStore<Value>(initial: Value): Store<Value> {
  let current = initial;
  const listeners = new Set<() => void>();
  return {
    get value() {
      return current;
    },
    set(value) {
      current = value;
      for (const listener of listeners) listener();
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<Value>(store: Store<Value>): Value {
  const [, redraw] = useState(0);
  useEffect(() => store.listen(() => redraw((count) => count + 1)), [store]);
  return store.value;
}
