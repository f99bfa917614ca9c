// From stored values to what is drawn: Modality LUT, VOI LUT function (PS3.3 C.11.2.1.2), inversion.

import type { Padding, Samples } from "./layout";

export type VoiFunction = "LINEAR" | "LINEAR_EXACT" | "SIGMOID";

export interface Window {
  center: number;
  width: number;
  shape: VoiFunction;
}

export interface Rescale {
  slope: number;
  intercept: number;
}

/** A grey frame: its stored values, and what they are bounded by. */
export interface Grey {
  kind: "grey";
  samples: Samples;
  low: number; // of all samples
  high: number;
  least: number; // of the samples that are no padding
  most: number;
}

/** The output of the VOI LUT function for the modality value x, from 0 to 255, not rounded. */
export function voi(x: number, { center, width, shape }: Window): number {
  if (shape === "SIGMOID") return 255 / (1 + Math.exp((-4 * (x - center)) / width));
  const [middle, range] = shape === "LINEAR" ? [center - 0.5, width - 1] : [center, width];
  if (x <= middle - range / 2) return 0;
  if (x > middle + range / 2) return 255;
  return ((x - middle) / range + 0.5) * 255;
}

/** Widths that the function is not defined for are taken for none. */
export function validWindow(center: number | undefined, width: number | undefined, shape: string | undefined): Window | undefined {
  if (center === undefined || width === undefined || !Number.isFinite(center) || !Number.isFinite(width)) return undefined;
  const known: VoiFunction = shape === "SIGMOID" || shape === "LINEAR_EXACT" ? shape : "LINEAR";
  return (known === "LINEAR" ? width >= 1 : width > 0) ? { center, width, shape: known } : undefined;
}

/** The window that shows every value of the frame that is no padding. */
export function fullRange(grey: Grey, { slope, intercept }: Rescale): Window {
  const [a, b] = [grey.least * slope + intercept, grey.most * slope + intercept];
  const width = Math.abs(b - a);
  return { center: (a + b) / 2, width: width > 0 ? width : 1, shape: "LINEAR_EXACT" };
}

export interface Shading {
  window: Window;
  rescale: Rescale;
  inverted: boolean; // MONOCHROME1
  padding?: Padding;
}

function level(stored: number, { window, rescale, inverted, padding }: Shading): number {
  // Padding round a MONOCHROME1 image is not to glare.
  if (inverted && padding && stored >= padding.low && stored <= padding.high) return 0;
  const grey = Math.round(voi(stored * rescale.slope + rescale.intercept, window));
  return inverted ? 255 - grey : grey;
}

const opaque = (grey: number): number => (0xff000000 | (grey * 0x010101)) >>> 0;

const TABLE_LIMIT = 1 << 18;

/** Draws the frame into pixels of RGBA, one 32-bit word each. */
export function shade(grey: Grey, shading: Shading, pixels: Uint32Array): void {
  const { samples, low, high } = grey;
  const count = Math.min(samples.length, pixels.length);
  if (high - low > TABLE_LIMIT) {
    for (let i = 0; i < count; i++) pixels[i] = opaque(level(samples[i], shading));
    return;
  }
  const table = new Uint32Array(high - low + 1);
  for (let i = 0; i < table.length; i++) table[i] = opaque(level(low + i, shading));
  for (let i = 0; i < count; i++) pixels[i] = table[samples[i] - low];
}
