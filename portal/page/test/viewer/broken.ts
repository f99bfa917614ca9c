// Series whose first images are damaged within their compressed pixels, and whose last is whole.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Instance, Series } from "../../src/study";
import { addSeries, seriesIn } from "./house";

export const BROKEN = ["rle", "jpegls one", "lossless", "j2k", "baseline", "extended 12", "htj2k"];
export const VARIANTS = 6;

/** Numbers that look drawn, and are the same each time. */
function* draws(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** Forty bytes of the last nine tenths are others, or from somewhere on all are zero. */
function damaged(file: Buffer, seed: number): Buffer {
  const draw = draws(seed);
  const at = () => Math.floor(file.length * (0.1 + 0.89 * draw.next().value));
  if (seed % 3 === 0) return file.fill(0, at());
  for (let i = 0; i < 40; i++) file[at()] = Math.floor(256 * draw.next().value);
  return file;
}

function brokenSeries(folder: string, whole: Series): Series {
  const [instance] = whole.instances;
  const bad = Array.from({ length: VARIANTS }, (_, seed): Instance => {
    const file = `broken ${whole.description} ${seed}.dcm`;
    writeFileSync(join(folder, file), damaged(readFileSync(join(folder, instance.file)), seed));
    return { ...instance, uid: file, file };
  });
  return { ...whole, uid: `broken ${whole.uid}`, description: `broken ${whole.description}`, instances: [...bad, instance] };
}

export function addBroken(folder: string): void {
  const wanted = seriesIn(folder).filter(({ description }) => BROKEN.includes(description ?? ""));
  addSeries(folder, ...wanted.map((whole) => brokenSeries(folder, whole)));
}
