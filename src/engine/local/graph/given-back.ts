/** Memory of arrays that nobody needs any more, given back at once: the garbage collector gives it back when it will. */
import { MessageChannel } from 'node:worker_threads';

/** A closed port drops what it is sent, and with it the memory that was handed over to it. */
const nowhere = new MessageChannel().port1;
nowhere.close();

/** Gives back the memory that arrays lie in. They, and all others that lie in it, are empty from then on. */
export function giveBack(arrays: Iterable<Float32Array>): void {
  const memory = new Set<ArrayBuffer>();
  // What threads share stays until the last of them lets go of it.
  for (const { buffer } of arrays) if (buffer instanceof ArrayBuffer && buffer.byteLength > 0) memory.add(buffer);
  if (memory.size > 0) nowhere.postMessage(undefined, [...memory]);
}
