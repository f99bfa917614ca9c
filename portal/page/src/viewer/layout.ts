// How the samples of a frame lie in its bytes: the Image Pixel Module (PS3.3 C.7.6.3), checked.

import { refuse } from "./refusal";

export type Samples = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array;

export interface Layout {
  rows: number;
  columns: number;
  samples: number; // 1 or 3
  photometric: string;
  planar: boolean; // Planar Configuration 1
  allocated: number; // 8, 16, 32; 1 for bits
  stored: number;
  highBit: number;
  signed: boolean;
  bigEndian: boolean;
}

/** Palette Color Lookup Tables, 8 bits an entry. */
export interface Palette {
  first: number; // value of the first entry
  red: Uint8Array;
  green: Uint8Array;
  blue: Uint8Array;
}

/** Stored values that are no tissue (Pixel Padding Value and its Range Limit). */
export interface Padding {
  low: number;
  high: number;
}

export const SIDE_LIMIT = 32768;
export const FRAME_LIMIT = 256 * 2 ** 20;

const GREY = ["MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"];
const COLOUR = ["RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT"];

/** Bits of an uncompressed frame; 4:2:2 keeps two of three samples. */
export function frameBits(layout: Layout): number {
  const samples = layout.photometric === "YBR_FULL_422" ? 2 : layout.samples;
  return layout.rows * layout.columns * samples * layout.allocated;
}

export function checkLayout(layout: Layout): Layout {
  checkSize(layout);
  checkBits(layout);
  const known = layout.samples === 1 ? GREY : layout.samples === 3 ? COLOUR : [];
  if (!known.includes(layout.photometric)) refuse("unsupported");
  return layout;
}

function checkSize({ rows, columns }: Layout): void {
  if (!(rows > 0 && columns > 0)) refuse("damaged");
  if (rows > SIDE_LIMIT || columns > SIDE_LIMIT) refuse("tooLarge");
  // Drawn with 4 bytes a pixel, whatever it was.
  if (rows * columns * 4 > FRAME_LIMIT) refuse("tooLarge");
}

function checkBits({ allocated, stored, highBit, samples }: Layout): void {
  const wide = samples === 3 ? [8, 16] : [1, 8, 16, 32];
  if (!wide.includes(allocated)) refuse("unsupported");
  if (!(stored >= 1 && stored <= allocated && highBit >= stored - 1 && highBit < allocated)) refuse("damaged");
}
