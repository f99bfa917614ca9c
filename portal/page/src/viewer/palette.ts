// Palette Color Lookup Tables (PS3.3 C.7.9), brought to 8 bits an entry.

import type { DataSet } from "dicom-parser";
import type { Layout, Palette } from "./layout";
import { refuse } from "./refusal";

interface Descriptor {
  entries: number;
  first: number;
  bits: number;
}

function descriptor(set: DataSet, tag: string, signed: boolean): Descriptor {
  const [entries, bits] = [set.uint16(tag, 0), set.uint16(tag, 2)];
  const first = signed ? set.int16(tag, 1) : set.uint16(tag, 1);
  if (entries === undefined || first === undefined || (bits !== 8 && bits !== 16)) return refuse("unsupported");
  return { entries: entries === 0 ? 65536 : entries, first, bits };
}

/** Entries of 8 bits lie in a byte each, or in a word each; some writers then use its upper half. */
function table(set: DataSet, tag: string, { entries, bits }: Descriptor): Uint8Array {
  const element = set.elements[tag] ?? refuse("unsupported");
  if (bits === 8 && element.length < entries * 2) {
    if (element.length < entries) refuse("damaged");
    return set.byteArray.slice(element.dataOffset, element.dataOffset + entries) as Uint8Array;
  }
  if (element.length < entries * 2) refuse("damaged");
  const words = Array.from({ length: entries }, (_, i) => set.uint16(tag, i) ?? 0);
  const upper = bits === 16 || words.some((word) => word > 255);
  return Uint8Array.from(words, (word) => (upper ? word >> 8 : word));
}

export function readPalette(set: DataSet, { signed }: Layout): Palette {
  const described = descriptor(set, "x00281101", signed);
  const [red, green, blue] = ["x00281201", "x00281202", "x00281203"].map((tag) => table(set, tag, described));
  return { first: described.first, red, green, blue };
}
