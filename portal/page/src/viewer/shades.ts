// What a header says of how its frames are shaded and shaped: Modality LUT, windows, pixel aspect. Enhanced objects say
// it in functional groups (PS3.3 C.7.6.16), shared or of each frame; a frame's own go before shared ones.

import type { DataSet } from "dicom-parser";
import { validWindow, type Rescale, type Window } from "./voi";

export interface FrameShade {
  rescale: Rescale;
  window?: Window;
  aspect: number; // height of a pixel, its width being 1
}

type Part = Partial<FrameShade>;

export interface Shades {
  whole: Part;
  shared: Part;
  frames: Part[];
}

function rescaleOf(set: DataSet | undefined): Rescale | undefined {
  const [slope, intercept] = [set?.floatString("x00281053"), set?.floatString("x00281052")];
  if (slope === undefined || intercept === undefined || !Number.isFinite(slope) || !Number.isFinite(intercept)) return undefined;
  return slope === 0 ? undefined : { slope, intercept };
}

function windowOf(set: DataSet | undefined): Window | undefined {
  return set && validWindow(set.floatString("x00281050"), set.floatString("x00281051"), set.string("x00281056"));
}

/** Vertical by horizontal; what no scanner has is taken for square. */
function ratio(vertical: number | undefined, horizontal: number | undefined): number | undefined {
  const value = vertical && horizontal ? vertical / horizontal : NaN;
  return value > 0.05 && value < 20 ? value : undefined;
}

function aspectOf(set: DataSet | undefined): number | undefined {
  if (!set) return undefined;
  for (const tag of ["x00280030", "x00181164", "x00182010"]) {
    const spacing = ratio(set.floatString(tag, 0), set.floatString(tag, 1));
    if (spacing) return spacing;
  }
  return ratio(set.intString("x00280034", 0), set.intString("x00280034", 1));
}

const item = (set: DataSet, tag: string): DataSet | undefined => set.elements[tag]?.items?.[0]?.dataSet;

function groupPart(group: DataSet | undefined): Part {
  if (!group) return {};
  return {
    rescale: rescaleOf(item(group, "x00289145")),
    window: windowOf(item(group, "x00289132")),
    aspect: aspectOf(item(group, "x00289110")),
  };
}

export function readShades(set: DataSet): Shades {
  return {
    whole: { rescale: rescaleOf(set), window: windowOf(set), aspect: aspectOf(set) },
    shared: groupPart(item(set, "x52009229")),
    frames: (set.elements.x52009230?.items ?? []).map((frame) => groupPart(frame.dataSet)),
  };
}

const PLAIN: FrameShade = { rescale: { slope: 1, intercept: 0 }, aspect: 1 };

export function shadeOf({ whole, shared, frames }: Shades, frame: number): FrameShade {
  const own = frames[frame] ?? {};
  return {
    rescale: own.rescale ?? shared.rescale ?? whole.rescale ?? PLAIN.rescale,
    window: own.window ?? shared.window ?? whole.window,
    aspect: own.aspect ?? shared.aspect ?? whole.aspect ?? PLAIN.aspect,
  };
}
