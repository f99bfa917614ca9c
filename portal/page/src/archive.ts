// A ZIP of one series, made of the package's own records: each local header with its data as it
// stands there, one behind the other, and a central directory for just these. docs/package.md has
// the layout that is relied upon; whatever differs is refused.
import type { Blob } from "./blob";
import { bytesOf, joined, textOf, type Bytes8 } from "./bytes";
import { NotGenuine } from "./stream";
import type { Entry } from "./study_index";

const kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50, kEnd64 = 0x06064b50, kLocator = 0x07064b50;
const kFits = 0xffffffff;
const kLocalFixed = 30, kLocalExtra = 20, kCentralFixed = 46;

const isLarge = (entry: Entry): boolean => entry.size >= kFits || entry.stored >= kFits;
const headerLength = (entry: Entry): number => kLocalFixed + entry.file.length + (isLarge(entry) ? kLocalExtra : 0);
const recordLength = (entry: Entry): number => headerLength(entry) + entry.stored;

/** Of the header that stands before the entry in the package. */
function crcOf(header: Uint8Array, entry: Entry): number {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const name = textOf(header.subarray(kLocalFixed, kLocalFixed + entry.file.length));
  const [stored, size] = [view.getUint32(18, true), view.getUint32(22, true)];
  const sizesFit = isLarge(entry) || (stored === entry.stored && size === entry.size);
  if (view.getUint32(0, true) !== kLocal || view.getUint16(8, true) !== entry.method || name !== entry.file || !sizesFit)
    throw new NotGenuine("a record of the package that is not where the index says");
  return view.getUint32(14, true);
}

function setU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 2 ** 32, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}

function centralRecord(entry: Entry, crc: number, offset: number): Bytes8 {
  const wide = [entry.size, entry.stored, offset].filter((value) => value >= kFits);
  const extra = wide.length === 0 ? 0 : 4 + 8 * wide.length;
  const record = new Uint8Array(kCentralFixed + entry.file.length + extra);
  const view = new DataView(record.buffer);
  const version = extra === 0 ? 20 : 45;
  view.setUint32(0, kCentral, true);
  view.setUint16(4, 0x0300 | version, true);
  view.setUint16(6, version, true);
  view.setUint16(10, entry.method, true);
  view.setUint16(14, 0x0021, true);
  view.setUint32(16, crc, true);
  view.setUint32(20, Math.min(entry.stored, kFits), true);
  view.setUint32(24, Math.min(entry.size, kFits), true);
  view.setUint16(28, entry.file.length, true);
  view.setUint16(30, extra, true);
  view.setUint32(38, 0x81a40000, true);
  view.setUint32(42, Math.min(offset, kFits), true);
  record.set(bytesOf(entry.file), kCentralFixed);
  if (extra !== 0) {
    view.setUint16(kCentralFixed + entry.file.length, 1, true);
    view.setUint16(kCentralFixed + entry.file.length + 2, extra - 4, true);
    wide.forEach((value, i) => setU64(view, kCentralFixed + entry.file.length + 4 + 8 * i, value));
  }
  return record;
}

/** The end records of a directory of `count` records and `length` bytes that begins at `offset`. */
function endRecords(count: number, length: number, offset: number): Bytes8 {
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, kEnd, true);
  view.setUint16(8, Math.min(count, 0xffff), true);
  view.setUint16(10, Math.min(count, 0xffff), true);
  view.setUint32(12, Math.min(length, kFits), true);
  view.setUint32(16, Math.min(offset, kFits), true);
  if (count < 0xffff && length < kFits && offset < kFits) return end;
  const wide = new Uint8Array(56 + 20);
  const view64 = new DataView(wide.buffer);
  view64.setUint32(0, kEnd64, true);
  setU64(view64, 4, 44);
  view64.setUint16(12, 45, true);
  view64.setUint16(14, 45, true);
  [count, count, length, offset].forEach((value, i) => setU64(view64, 24 + 8 * i, value));
  view64.setUint32(56, kLocator, true);
  setU64(view64, 64, offset + length);
  view64.setUint32(72, 1, true);
  return joined(wide, end);
}

/** Entries that stand one right behind the other are read in one go. */
function runsOf(entries: Entry[]): Entry[][] {
  const runs: Entry[][] = [];
  let end = -1;
  for (const entry of entries) {
    if (entry.offset - headerLength(entry) === end) runs.at(-1)!.push(entry);
    else runs.push([entry]);
    end = entry.offset + entry.stored;
  }
  return runs;
}

/** The local headers of a run, gathered while its bytes pass. */
class Headers {
  private readonly found: Bytes8[] = [];
  constructor(private readonly run: Entry[]) {}

  /** `piece` lies at `at` in the package. */
  pass(piece: Uint8Array, at: number): void {
    for (let entry = this.run[this.found.length]; entry !== undefined; entry = this.run[this.found.length]) {
      const begin = entry.offset - headerLength(entry);
      if (begin >= at + piece.length) return;
      this.begun = joined(this.begun, piece.subarray(Math.max(0, begin - at), entry.offset - at));
      if (this.begun.length < headerLength(entry)) return; // goes on in the next piece
      this.found.push(this.begun);
      this.begun = new Uint8Array();
    }
  }
  crcs(): number[] {
    return this.run.map((entry, i) => crcOf(this.found[i]!, entry));
  }
  private begun: Bytes8 = new Uint8Array();
}

export async function* archive(blob: Pick<Blob, "stream">, entries: Entry[], signal: AbortSignal): AsyncGenerator<Bytes8> {
  const crcs: number[] = [];
  for (const run of runsOf(entries)) {
    const headers = new Headers(run);
    const last = run.at(-1)!;
    let at = run[0]!.offset - headerLength(run[0]!);
    for await (const piece of blob.stream(at, last.offset + last.stored, signal)) {
      headers.pass(piece, at);
      at += piece.length;
      yield piece;
    }
    crcs.push(...headers.crcs());
  }
  yield directoryOf(entries, crcs);
}

function directoryOf(entries: Entry[], crcs: number[]): Bytes8 {
  const records: Bytes8[] = [];
  let offset = 0;
  entries.forEach((entry, i) => {
    records.push(centralRecord(entry, crcs[i]!, offset));
    offset += recordLength(entry);
  });
  const length = records.reduce((sum, record) => sum + record.length, 0);
  return joined(...records, endRecords(entries.length, length, offset));
}

/** Bytes of the whole archive. */
export const archiveLength = (entries: Entry[]): number =>
  entries.reduce((sum, entry) => sum + recordLength(entry), directoryOf(entries, entries.map(() => 0)).length);
