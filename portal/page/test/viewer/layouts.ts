// Layouts to begin from.

import type { Layout } from "../../src/viewer/layout";

export function layout(change: Partial<Layout> = {}): Layout {
  const image = { rows: 1, columns: 4, samples: 1, photometric: "MONOCHROME2", planar: false };
  const whole = { ...image, allocated: 16, stored: 16, signed: false, bigEndian: false, ...change };
  return { ...whole, highBit: change.highBit ?? whole.stored - 1 };
}
