// Draws a frame into a canvas of the image's own pixels.

import type { Shown } from "./frames";
import { shade } from "./voi";
import { isGrey, type Windowing } from "./windowing";

/** The frame's pixels as they are to be seen. */
export function pixelsOf(shown: Shown, windowing: Windowing): ImageData {
  const { columns, rows } = shown.layout;
  if (shown.picture.kind === "colour") return new ImageData(shown.picture.rgba, columns, rows);
  const image = new ImageData(columns, rows);
  if (isGrey(shown)) shade(shown.picture, windowing.shadingOf(shown), new Uint32Array(image.data.buffer));
  return image;
}

export function paint(canvas: HTMLCanvasElement, shown: Shown, windowing: Windowing): void {
  const { columns, rows } = shown.layout;
  if (canvas.width !== columns || canvas.height !== rows) [canvas.width, canvas.height] = [columns, rows];
  canvas.getContext("2d", { alpha: false })?.putImageData(pixelsOf(shown, windowing), 0, 0);
}

/** A small copy of at most `side` pixels, of the right aspect. */
export function paintSmall(canvas: HTMLCanvasElement, shown: Shown, windowing: Windowing, side: number): void {
  const whole = document.createElement("canvas");
  paint(whole, shown, windowing);
  const tall = whole.height * shown.shade.aspect;
  const scale = side / Math.max(whole.width, tall);
  canvas.width = Math.max(1, Math.round(whole.width * scale));
  canvas.height = Math.max(1, Math.round(tall * scale));
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) return;
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, 0, 0, canvas.width, canvas.height);
}
