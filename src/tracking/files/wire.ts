/** Fields of protobuf messages that are written by hand. */
import { type BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export type Write = (writer: BinaryWriter) => BinaryWriter;

export const message = (writer: BinaryWriter, field: number, write: Write): BinaryWriter =>
  write(writer.tag(field, WireType.LengthDelimited).fork()).join();
export const text = (writer: BinaryWriter, field: number, value: string): BinaryWriter =>
  writer.tag(field, WireType.LengthDelimited).string(value);
