/**
 * Protocol Buffers messages as tables: a message is an object of fields, each with its number and the codec of its
 * values. Types follow from the table, unknown fields are skipped, and absent fields have proto3's defaults.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { InputError } from '../../../errors.js';

/** How values of one type are written, without their tag. */
export interface Codec<T> {
  readonly wire: WireType;
  readonly write: (writer: BinaryWriter, value: T) => void;
  readonly read: (reader: BinaryReader) => T;
}

/** One field of a message. Without `initial` it may be absent. */
interface Field<T> {
  readonly number: number;
  readonly initial: T | undefined;
  write(writer: BinaryWriter, value: T): void;
  /** The field's value after another entry of it; undefined when an entry of this wire type is not one of it. */
  read(reader: BinaryReader, wire: WireType, before: T | undefined): T | undefined;
}

export interface Message<T> extends Codec<T> {
  readonly name: string;
  /** Fields that are left out have their defaults. */
  readonly encode: (value: Partial<T>) => Uint8Array<ArrayBuffer>;
  /** @throws {InputError} when the bytes are not such a message */
  readonly decode: (bytes: Uint8Array) => T;
}

const codec = <T>(
  wire: WireType,
  write: (writer: BinaryWriter, value: T) => void,
  read: (reader: BinaryReader) => T,
): Codec<T> => ({ wire, write, read });

const { Varint, Bit64, LengthDelimited } = WireType;
export const STRING = codec<string>(
  LengthDelimited,
  (writer, value) => writer.string(value),
  (reader) => reader.string(),
);
/** Bytes that are read share the message's memory. */
export const BYTES = codec<Uint8Array>(
  LengthDelimited,
  (writer, value) => writer.bytes(value),
  (reader) => reader.bytes(),
);
export const BOOL = codec<boolean>(
  Varint,
  (writer, value) => writer.bool(value),
  (reader) => reader.bool(),
);
export const INT32 = codec<number>(
  Varint,
  (writer, value) => writer.int32(value),
  (reader) => reader.int32(),
);
export const UINT32 = codec<number>(
  Varint,
  (writer, value) => writer.uint32(value),
  (reader) => reader.uint32(),
);
/** Integers beyond 2^53 are refused: none of the protocol's are as large. */
export const INT64 = codec<number>(
  Varint,
  (writer, value) => writer.int64(value),
  (reader) => {
    const value = Number(reader.int64());
    if (!Number.isSafeInteger(value)) throw new RangeError(`the integer ${value} is too large`);
    return value;
  },
);
export const DOUBLE = codec<number>(
  Bit64,
  (writer, value) => writer.double(value),
  (reader) => reader.double(),
);

/** An enumeration whose values are numbered from 0 in the order of the names. */
export const enumeration = <Name extends string>(names: readonly [Name, ...Name[]]): Codec<Name> =>
  codec<Name>(
    Varint,
    (writer, value) => writer.int32(names.indexOf(value)),
    (reader) => {
      const number = reader.int32();
      const name = names[number];
      if (name === undefined) throw new RangeError(`${number} is none of ${names.join(', ')}`);
      return name;
    },
  );

/** A field that is left out where it has its default. */
export const field = <T>(number: number, { wire, write, read }: Codec<T>, initial: T): Field<T> => ({
  number,
  initial,
  write(writer, value) {
    if (isDefault(value, initial)) return;
    write(writer.tag(number, wire), value);
  },
  read: (reader, found) => (found === wire ? read(reader) : undefined),
});
const isDefault = (value: unknown, initial: unknown): boolean =>
  value instanceof Uint8Array ? value.length === 0 : value === initial;

/** A field that may be absent, or that is one of a `oneof`. */
export const optional = <T>(number: number, { wire, write, read }: Codec<T>): Field<T> => ({
  number,
  initial: undefined,
  write: (writer, value) => write(writer.tag(number, wire), value),
  read: (reader, found) => (found === wire ? read(reader) : undefined),
});

/** A list; of integers it is packed. */
export const repeated = <T>(number: number, { wire, write, read }: Codec<T>): Field<readonly T[]> => ({
  number,
  initial: [],
  write(writer, values) {
    if (values.length === 0) return;
    if (wire === LengthDelimited) {
      for (const value of values) write(writer.tag(number, wire), value);
      return;
    }
    writer.tag(number, LengthDelimited).fork();
    for (const value of values) write(writer, value);
    writer.join();
  },
  read(reader, found, before) {
    // Appended in place: a message of n entries would take time n^2 otherwise. `initial` itself is never changed.
    const values = before === undefined || before.length === 0 ? [] : (before as T[]);
    if (found === wire) {
      values.push(read(reader));
      return values;
    }
    if (found !== LengthDelimited) return undefined;
    const end = endOf(reader);
    while (reader.pos < end) values.push(read(reader));
    return values;
  },
});

export type Entries<T> = ReadonlyMap<string, T>;

/** A map with names as keys. */
export const map = <T>(number: number, { wire, write, read }: Codec<T>, initial: T): Field<Entries<T>> => ({
  number,
  initial: new Map<string, T>(),
  write(writer, entries) {
    for (const [key, value] of entries) {
      writer.tag(number, LengthDelimited).fork();
      STRING.write(writer.tag(1, LengthDelimited), key);
      write(writer.tag(2, wire), value);
      writer.join();
    }
  },
  read(reader, found, before) {
    if (found !== LengthDelimited) return undefined;
    const entries = before === undefined || before.size === 0 ? new Map<string, T>() : (before as Map<string, T>);
    const end = endOf(reader);
    let key = '';
    let value = initial;
    while (reader.pos < end) {
      const [inner, innerWire] = reader.tag();
      if (inner === 1 && innerWire === LengthDelimited) key = reader.string();
      else if (inner === 2 && innerWire === wire) value = read(reader);
      else reader.skip(innerWire, inner);
    }
    return entries.set(key, value);
  },
});

/** Where the length-delimited value that begins here ends. */
function endOf(reader: BinaryReader): number {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError('the message ends too early');
  return end;
}

/** A message with these fields. They are written in the order of the table. */
export function message<T extends object>(
  name: string,
  table: { readonly [Name in keyof T]-?: Field<NonNullable<T[Name]>> },
): Message<T> {
  const fields = Object.entries(table) as readonly (readonly [string, Field<unknown>])[];
  const byNumber = new Map(fields.map(([key, one]) => [one.number, [key, one] as const]));
  const defaults = Object.fromEntries(
    fields.flatMap(([key, one]) => (one.initial === undefined ? [] : [[key, one.initial]])),
  );

  const writeFields = (writer: BinaryWriter, value: Partial<T>) => {
    const values = value as Readonly<Record<string, unknown>>;
    for (const [key, one] of fields) if (values[key] !== undefined) one.write(writer, values[key]);
  };
  const readFields = (reader: BinaryReader, end: number): T => {
    const values: Record<string, unknown> = { ...defaults };
    while (reader.pos < end) {
      const [number, wire] = reader.tag();
      const [key = '', one] = byNumber.get(number) ?? [];
      const value = one?.read(reader, wire, values[key]);
      if (value === undefined) reader.skip(wire, number);
      else values[key] = value;
    }
    if (reader.pos !== end) throw new RangeError('a field ends beyond its message');
    return values as T;
  };
  return {
    name,
    wire: LengthDelimited,
    write(writer, value) {
      writer.fork();
      writeFields(writer, value);
      writer.join();
    },
    read: (reader) => readFields(reader, endOf(reader)),
    encode(value) {
      const writer = new BinaryWriter();
      writeFields(writer, value);
      return writer.finish();
    },
    decode(bytes) {
      try {
        return readFields(new BinaryReader(bytes), bytes.length);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new InputError(`the bytes are not a ${name}: ${why}`, { cause });
      }
    },
  };
}
