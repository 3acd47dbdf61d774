/**
 * The transaction log of Weights & Biases, which its client writes when it is offline and `wandb sync` uploads: Record
 * messages in the log format of LevelDB, with the checksum of zlib.
 *
 * Format: github.com/wandb/wandb, core/internal/leveldb and wandb/proto/wandb_internal.proto.
 */
import { crc32 } from 'node:zlib';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { message, text, type Write } from './wire.js';

const BLOCK = 32_768;
const HEADER = 7;
const [FULL, FIRST, MIDDLE, LAST] = [1, 2, 3, 4] as const;

/** What a file begins with: `:W&B`, a magic number, version 0. */
const FILE_HEADER = Buffer.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0x00]);

/** Records as a file continues with them that has `length` bytes. */
export function framed(length: number, records: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = length;
  const add = (bytes: Uint8Array): void => {
    parts.push(bytes);
    at += bytes.length;
  };
  if (length === 0) add(FILE_HEADER);
  for (const data of records) {
    let done = 0;
    let isFirst = true;
    do {
      let room = BLOCK - (at % BLOCK);
      if (room < HEADER) {
        add(Buffer.alloc(room));
        room = BLOCK;
      }
      const piece = data.subarray(done, done + room - HEADER);
      done += piece.length;
      const isLast = done === data.length;
      add(physical(isFirst ? (isLast ? FULL : FIRST) : isLast ? LAST : MIDDLE, piece));
      isFirst = false;
    } while (done < data.length);
  }
  return Buffer.concat(parts);
}

function physical(type: number, data: Uint8Array): Uint8Array {
  const framed = Buffer.alloc(HEADER + data.length);
  framed.writeUInt16LE(data.length, 4);
  framed[6] = type;
  framed.set(data, HEADER);
  framed.writeUInt32LE(crc32(framed.subarray(6)), 0);
  return framed;
}

const integer = (writer: BinaryWriter, field: number, value: number): BinaryWriter =>
  writer.tag(field, WireType.Varint).int64(value);

/** An item of a config, history or summary: its value as JSON. */
const item = (writer: BinaryWriter, field: number, key: string, value: unknown): BinaryWriter =>
  message(writer, field, (of) => text(text(of, 1, key), 16, JSON.stringify(value)));

const record = (num: number, field: number, write: Write): Uint8Array =>
  message(integer(new BinaryWriter(), 1, num), field, write).finish();

export const runRecord = (
  num: number,
  run: {
    readonly id: string;
    readonly entity: string | null;
    readonly project: string;
    readonly name: string;
    readonly began: number;
    readonly config: Readonly<Record<string, unknown>>;
  },
): Uint8Array =>
  record(num, 17, (of) => {
    text(of, 1, run.id);
    if (run.entity !== null) text(of, 2, run.entity);
    text(of, 3, run.project);
    message(of, 4, (config) => {
      // The server keeps every value of a config beside its description.
      for (const [key, value] of Object.entries(run.config)) item(config, 1, key, value);
      return config;
    });
    text(of, 8, run.name);
    return message(of, 17, (time) =>
      time
        .tag(1, WireType.Varint)
        .int64(Math.floor(run.began / 1000))
        .tag(2, WireType.Varint)
        .int32((run.began % 1000) * 1_000_000),
    );
  });

/** Says that metrics below a stage's name have the step of that stage as their axis. */
export const metricRecord = (num: number, glob: string, step: string): Uint8Array =>
  record(num, 12, (of) =>
    message(text(text(of, 2, glob), 4, step), 6, (options) => options.tag(1, WireType.Varint).bool(true)),
  );

export const historyRecord = (num: number, row: number, values: Readonly<Record<string, number>>): Uint8Array =>
  record(num, 2, (of) => {
    for (const [key, value] of Object.entries(values)) item(of, 1, key, value);
    return message(of, 2, (step) => integer(step, 1, row));
  });

export const summaryRecord = (num: number, values: Readonly<Record<string, number>>): Uint8Array =>
  record(num, 3, (of) => {
    for (const [key, value] of Object.entries(values)) item(of, 1, key, value);
    return of;
  });

export const exitRecord = (num: number, seconds: number): Uint8Array =>
  record(num, 18, (of) => of.tag(1, WireType.Varint).int32(0).tag(2, WireType.Varint).int32(seconds));
