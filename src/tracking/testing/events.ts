/** Reads scalars of event files, for tests: independent of the writer but for its checksum. */
import { readFileSync } from 'node:fs';
import { BinaryReader } from '@bufbuild/protobuf/wire';

export interface Scalar {
  readonly tag: string;
  readonly step: number;
  readonly value: number;
}

/** The fields of a message: varints and fixed numbers as numbers, the rest as bytes. */
function fieldsOf(bytes: Uint8Array): readonly (readonly [field: number, value: number | Uint8Array])[] {
  const reader = new BinaryReader(bytes);
  const fields: [number, number | Uint8Array][] = [];
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (wire === 0) fields.push([field, Number(reader.int64())]);
    else if (wire === 1) fields.push([field, reader.double()]);
    else if (wire === 5) fields.push([field, reader.float()]);
    else fields.push([field, reader.bytes()]);
  }
  return fields;
}

const bytesIn = (value: number | Uint8Array | undefined): Uint8Array =>
  value instanceof Uint8Array ? value : new Uint8Array();

/** Every scalar of a file in order. A torn last record is an error. */
export function scalarsIn(file: string): readonly Scalar[] {
  const bytes = readFileSync(file);
  const scalars: Scalar[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    if (at + 16 + length > bytes.length) throw new Error('a torn record');
    const event = fieldsOf(bytes.subarray(at + 12, at + 12 + length));
    at += 16 + length;
    const step = Number(event.find(([field]) => field === 2)?.[1] ?? 0);
    for (const [, value] of fieldsOf(bytesIn(event.find(([field]) => field === 5)?.[1]))) {
      const of = new Map(fieldsOf(bytesIn(value)));
      const scalar = of.get(2);
      if (typeof scalar === 'number')
        scalars.push({ tag: new TextDecoder().decode(bytesIn(of.get(1))), step, value: scalar });
    }
  }
  return scalars;
}
