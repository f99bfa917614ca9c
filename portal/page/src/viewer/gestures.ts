// Mouse, pen, touch and wheel over the image, told as what they mean.

export type Mode = "scroll" | "window" | "move";

export interface Meanings {
  mode(): Mode;
  scroll(images: number): void;
  window(right: number, down: number): void;
  move(dx: number, dy: number): void;
  zoom(factor: number, atX: number, atY: number): void; // from the surface's centre
  press(atX: number, atY: number): void; // a click or tap without a drag
}

interface Finger {
  x: number;
  y: number;
}

const DRAG_STEP = 12; // CSS pixels an image
const WHEEL_STEP = 60;
const STILL = 4;

export class Gestures {
  private readonly fingers = new Map<number, Finger>();
  private button = 0;
  private travelled = 0; // since the last image, or since the wheel's last
  private path = 0; // all of this drag

  constructor(
    private readonly surface: HTMLElement,
    private readonly means: Meanings,
  ) {
    surface.addEventListener("pointerdown", (event) => this.down(event));
    surface.addEventListener("pointermove", (event) => this.moved(event));
    for (const end of ["pointerup", "pointercancel"] as const) surface.addEventListener(end, (event) => this.up(event));
    surface.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    surface.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  private down(event: PointerEvent): void {
    if (event.button === 1) event.preventDefault();
    this.surface.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.button = event.button;
    this.travelled = 0;
    this.path = this.fingers.size > 1 ? Infinity : 0;
  }

  private moved(event: PointerEvent): void {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    this.path += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
    if (this.fingers.size === 2) this.pinch(event.pointerId, before, now);
    else if (this.fingers.size === 1) this.drag(now.x - before.x, now.y - before.y);
    this.fingers.set(event.pointerId, now);
  }

  private up(event: PointerEvent): void {
    const known = this.fingers.delete(event.pointerId);
    if (known && event.type === "pointerup" && this.button === 0 && this.path < STILL) this.means.press(...this.fromCentre(event));
  }

  private drag(dx: number, dy: number): void {
    if (this.button !== 0) return this.means.move(dx, dy);
    const mode = this.means.mode();
    if (mode === "move") this.means.move(dx, dy);
    else if (mode === "window") this.means.window(dx, dy);
    else this.travel(dy, DRAG_STEP);
  }

  /** Two fingers move the image with their middle, and zoom with their distance. */
  private pinch(id: number, before: Finger, now: Finger): void {
    const other = [...this.fingers].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const apart = (finger: Finger) => Math.max(1, Math.hypot(finger.x - other.x, finger.y - other.y));
    const middle = { clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 };
    this.means.move((now.x - before.x) / 2, (now.y - before.y) / 2);
    this.means.zoom(apart(now) / apart(before), ...this.fromCentre(middle));
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : WHEEL_STEP;
    if (event.ctrlKey || event.metaKey) this.means.zoom(Math.exp(-event.deltaY * lines * 0.004), ...this.fromCentre(event));
    else this.travel(event.deltaY * lines, WHEEL_STEP);
  }

  private travel(distance: number, step: number): void {
    this.travelled += distance;
    const images = Math.trunc(this.travelled / step);
    this.travelled -= images * step;
    if (images !== 0) this.means.scroll(images);
  }

  private fromCentre({ clientX, clientY }: { clientX: number; clientY: number }): [number, number] {
    const { left, top, width, height } = this.surface.getBoundingClientRect();
    return [clientX - left - width / 2, clientY - top - height / 2];
  }
}
