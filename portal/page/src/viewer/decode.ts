// One frame's bytes to a picture. Runs in the worker.

import { codecOf, isKnown } from "./codecs";
import type { Decoded } from "./codecs/codec";
import { checkShape } from "./codecs/codestream";
import { colour, paletteColour, type Colour } from "./colour";
import type { Layout, Padding, Palette } from "./layout";
import { refuse, Refusal } from "./refusal";
import { unpackRle } from "./rle";
import { bounded, unpack } from "./samples";
import type { Grey } from "./voi";

export type Picture = Grey | Colour;

export interface Frame {
  syntax: string;
  encapsulated: boolean;
  layout: Layout;
  palette?: Palette;
  padding?: Padding;
  data: Uint8Array;
  firstBit: number;
}

const RLE = "1.2.840.10008.1.2.5";

export async function decodeFrame(frame: Frame): Promise<Picture> {
  if (!frame.encapsulated) return picture(frame, frame.data, frame.layout);
  if (frame.syntax === RLE) return runLengths(frame);
  return compressed(frame);
}

function runLengths(frame: Frame): Picture {
  if (frame.layout.allocated === 1) refuse("unsupported");
  return picture(frame, unpackRle(frame.data, frame.layout), { ...whole(frame.layout), planar: true });
}

/** Codecs give whole chrominance, whatever the header says of the bytes that they were given. */
function whole(layout: Layout): Layout {
  const photometric = layout.photometric === "YBR_FULL_422" ? "YBR_FULL" : layout.photometric;
  return { ...layout, photometric, bigEndian: false };
}

async function compressed(frame: Frame): Promise<Picture> {
  if (!isKnown(frame.syntax)) refuse("unsupported");
  const { bits } = checkShape(frame.data, frame.layout);
  const codec = await codecOf(frame.syntax, bits)().catch(() => refuse("failed"));
  const decoded = await codec.decode(frame.data, frame.layout).catch((error: unknown) => {
    throw error instanceof Refusal ? error : new Refusal("damaged");
  });
  return picture(frame, decoded.bytes, decodedLayout(frame.layout, decoded));
}

function decodedLayout(layout: Layout, { bits, planar, rgb }: Decoded): Layout {
  const allocated = bits > 8 ? 16 : 8;
  const stored = Math.min(layout.samples === 1 ? layout.stored : bits, allocated);
  const base = { ...whole(layout), allocated, stored, highBit: stored - 1, planar };
  return rgb && layout.samples === 3 ? { ...base, photometric: "RGB" } : base;
}

function picture({ palette, padding, firstBit }: Frame, bytes: Uint8Array, layout: Layout): Picture {
  if (layout.samples === 3) return colour(bytes, layout);
  const samples = unpack(bytes, layout, firstBit);
  return palette ? paletteColour(samples, layout, palette) : bounded(samples, padding);
}
