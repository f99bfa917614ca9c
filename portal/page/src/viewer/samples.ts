// From the bytes of an uncompressed frame to stored values.

import type { Layout, Padding, Samples } from "./layout";
import { frameBits } from "./layout";
import { refuse } from "./refusal";
import type { Grey } from "./voi";

/** Stored values of one sample a pixel, unused bits dropped, signs extended. */
export function unpack(bytes: Uint8Array, layout: Layout, firstBit = 0): Samples {
  if (bytes.length * 8 < frameBits(layout) + firstBit) refuse("damaged");
  const count = layout.rows * layout.columns * layout.samples;
  if (layout.allocated === 1) return bits(bytes, count, firstBit);
  const words = wordsOf(bytes, layout, count);
  return layout.stored === layout.allocated ? signedAs(words, layout.signed) : narrowed(words, layout);
}

function bits(bytes: Uint8Array, count: number, firstBit: number): Uint8Array {
  const out = new Uint8Array(count);
  for (let i = 0; i < count; i++) out[i] = (bytes[(i + firstBit) >> 3] >> ((i + firstBit) & 7)) & 1;
  return out;
}

/** A copy, since a frame may begin anywhere and typed arrays only at multiples of their width. */
function wordsOf(bytes: Uint8Array, { allocated, bigEndian }: Layout, count: number): Uint8Array | Uint16Array | Uint32Array {
  const width = allocated / 8;
  const own = bytes.slice(0, count * width);
  if (bigEndian && width > 1) swap(own, width);
  return width === 1 ? own : width === 2 ? new Uint16Array(own.buffer) : new Uint32Array(own.buffer);
}

function swap(bytes: Uint8Array, width: number): void {
  for (let i = 0; i < bytes.length; i += width) bytes.subarray(i, i + width).reverse();
}

function signedAs(words: Samples, signed: boolean): Samples {
  if (!signed) return words;
  const { buffer } = words;
  if (words instanceof Uint8Array) return new Int8Array(buffer);
  return words instanceof Uint16Array ? new Int16Array(buffer) : new Int32Array(buffer);
}

function narrowed(words: Samples, { stored, highBit, signed }: Layout): Samples {
  const out = signedAs(words, signed);
  const drop = 31 - highBit;
  const keep = 32 - stored;
  for (let i = 0; i < words.length; i++) out[i] = signed ? (words[i] << drop) >> keep : (words[i] << drop) >>> keep;
  return out;
}

/** The frame with its bounds; a frame of nothing but padding is bounded by that. */
export function bounded(samples: Samples, padding?: Padding): Grey {
  let [low, high, least, most] = [Infinity, -Infinity, Infinity, -Infinity];
  const [from, to] = padding ? [padding.low, padding.high] : [Infinity, -Infinity];
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i];
    if (value < low) low = value;
    if (value > high) high = value;
    if (value >= from && value <= to) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return least > most ? { kind: "grey", samples, low, high, least: low, most: high } : { kind: "grey", samples, low, high, least, most };
}
