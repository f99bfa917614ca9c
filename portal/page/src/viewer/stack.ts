// A series as what is scrolled through: its images, multi-frame ones frame by frame.

import type { Series } from "../study";
import type { FrameRef } from "./frames";

const FRAMES_LIMIT = 100_000; // of one instance that can be scrolled through

export interface Place extends FrameRef {
  image: number; // from 0, among the images of the series
}

export function stackOf(series: Series): Place[] {
  const images = series.instances.filter(({ frames }) => frames > 0);
  return images.flatMap((instance, image) => {
    const length = Math.min(instance.frames, FRAMES_LIMIT);
    return Array.from({ length }, (_, frame) => ({ instance, frame, image }));
  });
}

export function imageCount(series: Series): number {
  return series.instances.filter(({ frames }) => frames > 0).length;
}

/** The first frame of the middle image: what a series is known by. */
export function middleOf(series: Series): FrameRef | undefined {
  const images = series.instances.filter(({ frames }) => frames > 0);
  return images.length > 0 ? { instance: images[Math.floor(images.length / 2)], frame: 0 } : undefined;
}

/** What is fetched besides the place that is looked at: two in the direction of travel, one behind. */
export function neighbours(at: number, count: number, forward: boolean): number[] {
  const step = forward ? 1 : -1;
  return [at + step, at + 2 * step, at - step].filter((place) => place >= 0 && place < count);
}
