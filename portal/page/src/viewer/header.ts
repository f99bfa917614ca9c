// The header of an instance: everything before Pixel Data, parsed and checked. Nothing in it is believed before
// it was held against the size of the file.

import dicomParser from "dicom-parser";
import type { DataSet } from "dicom-parser";
import type { Instance, Bytes } from "../study";
import { joined } from "./joined";
import { readPalette } from "./palette";
import { checkLayout, type Layout, type Padding, type Palette } from "./layout";
import { readShades, type Shades } from "./shades";
import { refuse, Refusal } from "./refusal";

export interface Header {
  syntax: string;
  layout: Layout;
  frames: number;
  pixels: { at: number; length: number | undefined }; // of the value in the file; undefined: encapsulated
  fileSize: number;
  extended?: { offsets: number[]; lengths: number[] };
  palette?: Palette;
  padding?: Padding;
  shades: Shades;
}

const FIRST_READ = 64 * 1024;
const HEADER_LIMIT = 64 * 2 ** 20;
const FRAMES_LIMIT = 1_000_000;
const UNDEFINED_LENGTH = 0xffffffff;
const NATIVE = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"];
export const BIG_ENDIAN = "1.2.840.10008.1.2.2";
const DEFLATED = "1.2.840.10008.1.2.1.99";

/** The data set before Pixel Data; else whether there is none in these bytes, or they cannot be understood. */
function parse(bytes: Uint8Array): DataSet | "noPixels" | "damaged" {
  try {
    const set = dicomParser.parseDicom(bytes, { untilTag: "x7fe00010" });
    return set.elements.x7fe00010 ? set : "noPixels";
  } catch {
    // Perhaps only cut short; the parser does not tell.
    return "damaged";
  }
}

function isPart10(bytes: Uint8Array): boolean {
  return bytes.length > 132 && String.fromCharCode(...bytes.subarray(128, 132)) === "DICM";
}

/** Reads as little as holds the header: 64 KiB, then on to four times as much, up to the limit. */
export async function readHeader(bytes: Bytes, instance: Instance, signal?: AbortSignal): Promise<Header> {
  const limit = Math.min(instance.size, HEADER_LIMIT);
  let head: Uint8Array = new Uint8Array(0);
  for (let want = FIRST_READ; ; want *= 4) {
    head = joined([head, await bytes.read(instance, head.length, Math.min(want, limit), signal)]);
    if (!isPart10(head)) refuse("damaged");
    const set = parse(head);
    if (typeof set === "object") return headerOf(set, instance.size);
    if (head.length < Math.min(want, limit)) refuse("damaged");
    if (want >= limit) refuse(limit < instance.size ? "tooLarge" : set);
  }
}

function headerOf(set: DataSet, fileSize: number): Header {
  try {
    return checkedHeader(set, fileSize);
  } catch (error) {
    // The parser's own complaints are of the same kind.
    if (error instanceof Refusal) throw error;
    return refuse("damaged");
  }
}

function checkedHeader(set: DataSet, fileSize: number): Header {
  const syntax = set.string("x00020010") ?? refuse("damaged");
  if (syntax === DEFLATED) refuse("unsupported");
  const frames = set.intString("x00280008") ?? 1;
  if (!(Number.isInteger(frames) && frames >= 1 && frames <= FRAMES_LIMIT)) refuse("damaged");
  const layout = readLayout(set, syntax);
  const header: Header = { syntax, layout, frames, fileSize, pixels: readPixels(set, syntax, fileSize), shades: readShades(set) };
  if (layout.photometric === "PALETTE COLOR") header.palette = readPalette(set, layout);
  header.padding = readPadding(set, layout);
  header.extended = readExtended(set, frames);
  return header;
}

function readPixels(set: DataSet, syntax: string, fileSize: number): Header["pixels"] {
  const element = set.elements.x7fe00010;
  const at = element.dataOffset;
  const open = element.hadUndefinedLength === true || element.length === UNDEFINED_LENGTH;
  if (open === NATIVE.includes(syntax) || at > fileSize) refuse("damaged");
  if (!open && at + element.length > fileSize) refuse("damaged");
  return { at, length: open ? undefined : element.length };
}

function readLayout(set: DataSet, syntax: string): Layout {
  const allocated = set.uint16("x00280100") ?? refuse("damaged");
  const stored = set.uint16("x00280101") ?? allocated;
  return checkLayout({
    rows: set.uint16("x00280010") ?? 0,
    columns: set.uint16("x00280011") ?? 0,
    samples: set.uint16("x00280002") ?? 1,
    photometric: set.string("x00280004") ?? "MONOCHROME2",
    planar: set.uint16("x00280006") === 1,
    allocated,
    stored,
    highBit: set.uint16("x00280102") ?? stored - 1,
    signed: set.uint16("x00280103") === 1,
    bigEndian: syntax === BIG_ENDIAN,
  });
}

function readPadding(set: DataSet, { signed, samples }: Layout): Padding | undefined {
  const read = (tag: string) => (signed ? set.int16(tag) : set.uint16(tag));
  const one = samples === 1 ? read("x00280120") : undefined;
  if (one === undefined) return undefined;
  const other = read("x00280121") ?? one;
  return { low: Math.min(one, other), high: Math.max(one, other) };
}

/** Values of 64 bits; beyond 2^53 they lie outside of any file. */
function longs(set: DataSet, tag: string, count: number): number[] | undefined {
  const element = set.elements[tag];
  if (!element || element.length !== count * 8) return undefined;
  const view = new DataView(set.byteArray.buffer, set.byteArray.byteOffset + element.dataOffset, element.length);
  return Array.from({ length: count }, (_, i) => view.getUint32(8 * i, true) + view.getUint32(8 * i + 4, true) * 2 ** 32);
}

function readExtended(set: DataSet, frames: number): Header["extended"] {
  const offsets = longs(set, "x7fe00001", frames);
  const lengths = longs(set, "x7fe00002", frames);
  return offsets && lengths ? { offsets, lengths } : undefined;
}
