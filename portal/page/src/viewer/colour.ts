// From colour samples to RGBA: RGB, YBR_FULL, YBR_FULL_422 (PS3.3 C.7.6.3.1.2), PALETTE COLOR (C.7.6.3.1.5).

import type { Layout, Palette, Samples } from "./layout";
import { unpack } from "./samples";

/** A colour frame, ready to be drawn. */
export interface Colour {
  kind: "colour";
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

const blank = (layout: Layout): Uint8ClampedArray<ArrayBuffer> => new Uint8ClampedArray(layout.rows * layout.columns * 4).fill(255);

/** `at` takes the first byte of a pixel in RGBA. Components beyond 0 and 255 are clamped by the array. */
function putYbr(rgba: Uint8ClampedArray, at: number, y: number, cb: number, cr: number): void {
  rgba[at] = y + 1.402 * (cr - 128);
  rgba[at + 1] = y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128);
  rgba[at + 2] = y + 1.772 * (cb - 128);
}

/** Two pixels share their chrominance: Y1 Y2 Cb Cr. */
function halved(bytes: Uint8Array, layout: Layout): Colour {
  const rgba = blank(layout);
  for (let i = 0, at = 0; at < rgba.length; i += 4, at += 8) {
    putYbr(rgba, at, bytes[i], bytes[i + 2], bytes[i + 3]);
    if (at + 4 < rgba.length) putYbr(rgba, at + 4, bytes[i + 1], bytes[i + 2], bytes[i + 3]);
  }
  return { kind: "colour", rgba };
}

function wholeColour(samples: Samples, layout: Layout): Colour {
  const rgba = blank(layout);
  const count = layout.rows * layout.columns;
  const [step, next] = layout.planar ? [1, count] : [3, 1];
  const ybr = layout.photometric.startsWith("YBR_FULL");
  // Deeper samples are cut to 8 bits.
  const cut = layout.stored > 8 ? layout.stored - 8 : 0;
  for (let i = 0, from = 0, at = 0; i < count; i++, from += step, at += 4) {
    const [a, b, c] = [samples[from] >> cut, samples[from + next] >> cut, samples[from + 2 * next] >> cut];
    if (ybr) putYbr(rgba, at, a, b, c);
    else [rgba[at], rgba[at + 1], rgba[at + 2]] = [a, b, c];
  }
  return { kind: "colour", rgba };
}

export function colour(bytes: Uint8Array, layout: Layout): Colour {
  const samples = layout.photometric === "YBR_FULL_422" ? undefined : unpack(bytes, layout);
  return samples ? wholeColour(samples, layout) : halved(bytes, layout);
}

/** Values below the first entry take the first, those beyond the last take the last. */
export function paletteColour(samples: Samples, layout: Layout, { first, red, green, blue }: Palette): Colour {
  const rgba = blank(layout);
  const last = red.length - 1;
  for (let i = 0, at = 0; at < rgba.length; i++, at += 4) {
    const entry = Math.min(Math.max(samples[i] - first, 0), last);
    [rgba[at], rgba[at + 1], rgba[at + 2]] = [red[entry], green[entry], blue[entry]];
  }
  return { kind: "colour", rgba };
}
