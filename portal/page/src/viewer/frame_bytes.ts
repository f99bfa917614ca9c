// Which bytes of a file are a frame's, and the reading of just these. Uncompressed frames lie one after the other;
// encapsulated ones (PS3.5 A.4) are found by an offset table, or by walking from item to item.

import type { Bytes, Instance } from "../study";
import type { Header } from "./header";
import { FRAME_LIMIT, frameBits } from "./layout";
import { joined } from "./joined";
import { isAbort, refuse } from "./refusal";
import { ItemWalk, type Range } from "./item_walk";

/** Where frame `frame` lies uncompressed; `firstBit` is of its first byte, for frames of single bits. */
export function nativeRange(header: Header, frame: number): Range & { firstBit: number } {
  const { at, length } = header.pixels;
  const bits = frameBits(header.layout);
  const from = at + Math.floor((bits * frame) / 8);
  const to = at + Math.ceil((bits * (frame + 1)) / 8);
  if (length === undefined || to > at + length || to > header.fileSize) refuse("damaged");
  if (to - from > FRAME_LIMIT) refuse("tooLarge");
  return { from, to, firstBit: (bits * frame) % 8 };
}

/** Ranges of the items of each frame by its first offset, or nothing if the table cannot be true. */
export function tableRanges(offsets: number[], base: number, end: number): Range[] | undefined {
  const ranges = offsets.map((offset, i) => ({ from: base + offset, to: i + 1 < offsets.length ? base + offsets[i + 1] : end }));
  return offsets[0] === 0 && ranges.every(({ from, to }) => from + 8 <= to && to <= end) ? ranges : undefined;
}

/** The value of the items in `bytes`, joined; stops at the delimiter. */
export function joinItems(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts: Uint8Array[] = [];
  for (let at = 0; at + 8 <= bytes.length && view.getUint32(at, true) === ITEM; ) {
    const length = view.getUint32(at + 4, true);
    if (at + 8 + length > bytes.length) refuse("damaged");
    parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return joined(parts);
}

const ITEM = 0xe000fffe; // FFFE,E000 as a little endian word
const TABLE_LIMIT = 4 * 2 ** 20;

/** The encapsulated frames of one instance, found out as they are asked for. */
export class Encapsulated {
  private table: Promise<Range[] | undefined> | undefined;
  private walk: ItemWalk | undefined;

  constructor(
    private readonly bytes: Bytes,
    private readonly instance: Instance,
    private readonly header: Header,
  ) {}

  async frame(index: number, signal?: AbortSignal): Promise<Uint8Array> {
    const { from, to } = await this.range(index, signal);
    if (to - from > FRAME_LIMIT) refuse("tooLarge");
    const data = joinItems(await this.bytes.read(this.instance, from, to, signal));
    return data.length > 0 ? data : refuse("damaged");
  }

  private async range(index: number, signal?: AbortSignal): Promise<Range> {
    const table = await this.tableFor(signal);
    if (table) return table[index] ?? refuse("damaged");
    if (!this.walk) throw new Error("a walk begins with the table");
    return this.walk.range(index, signal);
  }

  /** The table is read once. If who asked for it lost interest, the next one reads it. */
  private async tableFor(signal?: AbortSignal): Promise<Range[] | undefined> {
    this.table ??= this.readTable(signal).catch((error: unknown) => {
      this.table = undefined;
      throw error;
    });
    try {
      return await this.table;
    } catch (error) {
      if (isAbort(error) && !signal?.aborted) return this.tableFor(signal);
      throw error;
    }
  }

  private async readTable(signal?: AbortSignal): Promise<Range[] | undefined> {
    const { pixels, fileSize, frames, syntax, extended } = this.header;
    const head = await this.bytes.read(this.instance, pixels.at, Math.min(pixels.at + 8, fileSize), signal);
    if (head.length < 8) return refuse("damaged");
    const view = new DataView(head.buffer, head.byteOffset, 8);
    const length = view.getUint32(4, true);
    const base = pixels.at + 8 + length;
    if (view.getUint32(0, true) !== ITEM || base > fileSize) return refuse("damaged");
    this.walk = new ItemWalk(this.bytes, this.instance, base, frames, syntax);
    if (frames === 1) return [{ from: base, to: fileSize }];
    return extendedRanges(extended, base, fileSize) ?? this.basicRanges(base, length, signal);
  }

  private async basicRanges(base: number, length: number, signal?: AbortSignal): Promise<Range[] | undefined> {
    const { frames, fileSize } = this.header;
    if (length !== frames * 4 || length > TABLE_LIMIT) return undefined;
    const table = await this.bytes.read(this.instance, base - length, base, signal);
    const view = new DataView(table.buffer, table.byteOffset, table.length);
    return tableRanges(Array.from({ length: frames }, (_, i) => view.getUint32(4 * i, true)), base, fileSize);
  }
}

/** Extended Offset Table: each frame is one item of known length. */
export function extendedRanges(extended: Header["extended"], base: number, end: number): Range[] | undefined {
  const ranges = extended?.offsets.map((offset, i) => ({ from: base + offset, to: base + offset + 8 + evenly(extended.lengths[i]) }));
  return ranges?.every(({ from, to }) => from < to && to <= end) ? ranges : undefined;
}

const evenly = (length: number): number => length + (length % 2);
