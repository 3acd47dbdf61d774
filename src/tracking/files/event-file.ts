/**
 * Event files of TensorBoard: TFRecords (length, checksum, data, checksum) of Event messages.
 *
 * Format: tensorflow/core/lib/io/record_writer.h; messages: tensorboard/compat/proto/{event,summary,tensor}.proto and
 * tensorboard/plugins/hparams/plugin_data.proto.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { crc32c } from './crc32c.js';
import { message, text, type Write } from './wire.js';

/** Checksums of data that hold checksums themselves are masked. */
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function record(data: Uint8Array): Uint8Array {
  const framed = Buffer.alloc(data.length + 16);
  framed.writeBigUInt64LE(BigInt(data.length), 0);
  framed.writeUInt32LE(maskedChecksum(framed.subarray(0, 8)), 8);
  framed.set(data, 12);
  framed.writeUInt32LE(maskedChecksum(data), 12 + data.length);
  return framed;
}

const double = (writer: BinaryWriter, field: number, value: number): BinaryWriter =>
  writer.tag(field, WireType.Bit64).double(value);

function event(timeMs: number, step: number, write: Write): Uint8Array {
  const writer = double(new BinaryWriter(), 1, timeMs / 1000);
  if (step !== 0) writer.tag(2, WireType.Varint).int64(step);
  return record(write(writer).finish());
}

/** The first record of a file. */
export const versionEvent = (timeMs: number): Uint8Array =>
  event(timeMs, 0, (writer) => text(writer, 3, 'brain.Event:2'));

/** The figures of one step. */
export const scalarsEvent = (timeMs: number, step: number, values: Readonly<Record<string, number>>): Uint8Array =>
  event(timeMs, step, (writer) =>
    message(writer, 5, (summary) => {
      for (const [tag, value] of Object.entries(values))
        message(summary, 1, (of) => text(of, 1, tag).tag(2, WireType.Bit32).float(value));
      return summary;
    }),
  );

function parameter(writer: BinaryWriter, value: string | number | boolean): BinaryWriter {
  if (typeof value === 'number') return double(writer, 2, value);
  if (typeof value === 'boolean') return writer.tag(4, WireType.Varint).bool(value);
  return text(writer, 3, value);
}

/** The parameters of the run, for the HParams dashboard. */
export function parametersEvent(
  timeMs: number,
  name: string,
  parameters: Readonly<Record<string, string | number | boolean>>,
): Uint8Array {
  const content = message(new BinaryWriter(), 3, (info) => {
    for (const [key, value] of Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1)))
      message(info, 1, (entry) => message(text(entry, 1, key), 2, (of) => parameter(of, value)));
    return double(text(info, 4, name), 5, timeMs / 1000);
  }).finish();
  return event(timeMs, 0, (writer) =>
    message(writer, 5, (summary) =>
      message(summary, 1, (value) => {
        text(value, 1, '_hparams_/session_start_info');
        // The dashboard reads the metadata; a value needs a tensor all the same: an empty one of floats (DT_FLOAT).
        message(value, 8, (tensor) => message(tensor.tag(1, WireType.Varint).int32(1), 2, (shape) => shape));
        return message(value, 9, (metadata) =>
          message(metadata, 1, (plugin) => text(plugin, 1, 'hparams').tag(2, WireType.LengthDelimited).bytes(content)),
        );
      }),
    ),
  );
}
