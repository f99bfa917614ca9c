// RLE Lossless (PS3.5 Annex G): byte planes, each packed by itself, high bytes first.

import type { Layout } from "./layout";
import { refuse } from "./refusal";

/** One segment, unpacked into every `step`-th byte of `out` from `at` on. */
function segment(data: Uint8Array, out: Uint8Array, at: number, step: number, count: number): void {
  let [from, left] = [0, count];
  while (left > 0 && from < data.length) {
    const head = (data[from++] << 24) >> 24;
    if (head === -128) continue;
    const run = Math.min(Math.abs(head) + 1, left);
    for (let i = 0; i < run; i++, at += step) out[at] = data[head < 0 ? from : from + i];
    from += head < 0 ? 1 : head + 1;
    left -= run;
  }
  if (left > 0 || from > data.length) refuse("damaged");
}

/** The frame as it would be uncompressed, samples by plane, little endian. */
export function unpackRle(data: Uint8Array, layout: Layout): Uint8Array {
  const width = layout.allocated / 8;
  const planes = width * layout.samples;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  if (data.length < 64 || view.getUint32(0, true) !== planes || planes > 15) refuse("damaged");
  const count = layout.rows * layout.columns;
  const out = new Uint8Array(count * planes);
  for (let plane = 0; plane < planes; plane++) {
    const from = view.getUint32(4 + 4 * plane, true);
    const to = plane + 1 < planes ? view.getUint32(8 + 4 * plane, true) : data.length;
    if (!(from >= 64 && from <= to && to <= data.length)) refuse("damaged");
    const sample = Math.floor(plane / width);
    segment(data.subarray(from, to), out, sample * count * width + (width - 1 - (plane % width)), width, count);
  }
  return out;
}
