// What the keys mean while the image has the focus.

import type { Meanings } from "./gestures";

export interface KeyMeanings extends Pick<Meanings, "scroll" | "window" | "move" | "zoom"> {
  toEnd(last: boolean): void;
  fit(): void;
  actualSize(): void;
  reset(): void;
}

const ARROWS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PAGE = 10;
const MOVE = 40;
const WINDOW = 8;
const ZOOM = 1.25;

function arrow(event: KeyboardEvent, [x, y]: [number, number], means: KeyMeanings): void {
  if (event.shiftKey) means.move(-x * MOVE, -y * MOVE);
  else means.scroll(x + y);
}

const OTHERS: Record<string, (means: KeyMeanings, sign: number) => void> = {
  PageUp: (means) => means.scroll(-PAGE),
  PageDown: (means) => means.scroll(PAGE),
  Home: (means) => means.toEnd(false),
  End: (means) => means.toEnd(true),
  "+": (means) => means.zoom(ZOOM, 0, 0),
  "=": (means) => means.zoom(ZOOM, 0, 0),
  "-": (means) => means.zoom(1 / ZOOM, 0, 0),
  "0": (means) => means.fit(),
  "1": (means) => means.actualSize(),
  w: (means, sign) => means.window(sign * WINDOW, 0),
  c: (means, sign) => means.window(0, sign * WINDOW),
  r: (means) => means.reset(),
};

/** Keys with Control, Meta or Alt are the browser's. */
export function listenForKeys(surface: HTMLElement, means: KeyMeanings): void {
  surface.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = ARROWS[event.key];
    const other = OTHERS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!direction && !other) return;
    event.preventDefault();
    if (direction) arrow(event, direction, means);
    else other(means, event.shiftKey ? -1 : 1);
  });
}
