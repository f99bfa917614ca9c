// The index of a package, docs/share.md section 5: which series and instances there are, and where.
import { textOf, type Bytes8 } from "./bytes";
import { inflated } from "./inflate";
import { bytes, list, object, parsed, text, whole } from "./shape";
import { NotGenuine } from "./stream";
import type { Instance, Series } from "./study";

const kMostInstances = 2_000_000;
const kLargestIndex = 64 << 20; // bytes of JSON
export const kLargestDeflated = 16 << 20;

export interface Entry {
  file: string;
  offset: number; // of its stored bytes in the package's content
  stored: number;
  size: number;
  method: 0 | 8; // stored, deflated
  sha256: Uint8Array; // of the file
}

export type PlacedInstance = Instance & { entry: Entry };

export interface PlacedSeries extends Series {
  instances: PlacedInstance[];
}

export interface StudyIndex {
  series: PlacedSeries[];
  others: Entry[];
}

function readEntry(value: unknown, length: number): Entry {
  const entry = object(value);
  const [offset, stored, size] = [whole(entry.offset), whole(entry.stored), whole(entry.size)];
  const method = whole(entry.method, 8);
  if (method !== 0 && method !== 8) throw new NotGenuine("a method that is not known");
  if (offset + stored > length || (method === 0 ? stored !== size : Math.max(size, stored) > kLargestDeflated)) throw new NotGenuine("an entry that does not fit");
  const file = text(entry.file);
  if (!/^[A-Z0-9_]+(\/[A-Z0-9_]+)*(\.[A-Z0-9]+)?$/.test(file)) throw new NotGenuine("a file name");
  return { file, offset, stored, size, method, sha256: bytes(entry.sha256, 32) };
}

function readInstance(value: unknown, length: number): PlacedInstance {
  const instance = object(value);
  const entry = readEntry(value, length);
  return {
    uid: text(instance.uid), sopClass: text(instance.sop_class), transferSyntax: text(instance.transfer_syntax),
    file: entry.file, size: entry.size, frames: whole(instance.frames), entry,
  };
}

/** `length`: bytes of the package's content. */
export async function readIndex(content: Bytes8, length: number): Promise<StudyIndex> {
  const size = content.length < 4 ? 0 : new DataView(content.buffer, content.byteOffset).getUint32(0);
  if (size > kLargestIndex) throw new NotGenuine("an index that is too large");
  const index = parsed(textOf(await inflated(content.subarray(4), size)));
  if (index.v !== 1) throw new NotGenuine("an index of another version");
  return {
    series: list(index.series, kMostInstances).map((value) => {
      const series = object(value);
      return {
        uid: text(series.uid), modality: text(series.modality),
        ...(series.description === undefined ? {} : { description: text(series.description) }),
        ...(series.number === undefined ? {} : { number: Number(series.number) }),
        instances: list(series.instances, kMostInstances).map((instance) => readInstance(instance, length)),
      };
    }),
    others: list(index.others, 100).map((other) => readEntry(other, length)),
  };
}
