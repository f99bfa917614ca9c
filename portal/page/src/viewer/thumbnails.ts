// Thumbnails of the series that are in sight, one after the other, so that they do not stand in the way of the image.

import type { FrameRef, Frames } from "./frames";
import { paintSmall } from "./painter";
import { Windowing } from "./windowing";

const SIDE = 128;

export class Thumbnails {
  private readonly stop = new AbortController();
  private readonly wanted = new Map<Element, FrameRef>();
  private turn: Promise<void> = Promise.resolve();
  private readonly sight: IntersectionObserver;

  constructor(
    private readonly frames: Frames,
    private readonly ready: () => Promise<void>,
  ) {
    this.sight = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) this.seen(entry.target as HTMLCanvasElement);
    });
  }

  add(canvas: HTMLCanvasElement, ref: FrameRef): void {
    this.wanted.set(canvas, ref);
    this.sight.observe(canvas);
  }

  close(): void {
    this.stop.abort();
    this.sight.disconnect();
    this.wanted.clear();
  }

  private seen(canvas: HTMLCanvasElement): void {
    const ref = this.wanted.get(canvas);
    this.wanted.delete(canvas);
    this.sight.unobserve(canvas);
    if (ref) this.turn = this.turn.then(() => this.draw(canvas, ref));
  }

  /** An image that cannot be shown has no thumbnail; why is said once it is looked at. */
  private async draw(canvas: HTMLCanvasElement, ref: FrameRef): Promise<void> {
    await this.ready();
    try {
      const shown = await this.frames.frame(ref, this.stop.signal);
      paintSmall(canvas, shown, new Windowing(), SIDE);
      canvas.dataset.drawn = "";
    } catch {
      canvas.dataset.failed = "";
    }
  }
}
