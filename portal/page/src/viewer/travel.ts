// The slider under the image. The image's number is said once the scrolling rests.

import { button, make } from "./dom";
import { fill, type ViewerWords } from "./words";
import type { Place } from "./stack";

const REST_MS = 600;

export class Travel {
  readonly element: HTMLElement;
  private readonly slider: HTMLInputElement;
  private readonly spoken: HTMLElement;
  private readonly ends: [HTMLButtonElement, HTMLButtonElement];
  private rest: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly words: ViewerWords,
    go: (at: number) => void,
    step: (images: number) => void,
  ) {
    this.element = make("div", "viewer-travel");
    this.slider = make("input", "viewer-slider");
    this.slider.type = "range";
    [this.slider.min, this.slider.value] = ["1", "1"];
    this.slider.setAttribute("aria-label", words.position);
    this.slider.addEventListener("input", () => go(this.slider.valueAsNumber - 1));
    this.spoken = make("p", "viewer-unseen");
    this.spoken.setAttribute("aria-live", "polite");
    const before = button("viewer-button viewer-sign", "‹", words.previous, () => step(-1));
    const after = button("viewer-button viewer-sign", "›", words.next, () => step(1));
    this.ends = [before, after];
    this.element.append(before, this.slider, after, this.spoken);
  }

  /** What stands at `at` of `total`, in words. */
  name(place: Place, at: number, total: number): string {
    const { instance, image, frame } = place;
    const whole = fill(this.words.image, { n: at + 1, total });
    if (instance.frames <= 1) return whole;
    return fill(this.words.imageAndFrame, { image: image + 1, frame: frame + 1, frames: instance.frames });
  }

  show(place: Place, at: number, total: number): void {
    const name = this.name(place, at, total);
    this.slider.max = String(total);
    this.slider.value = String(at + 1);
    this.slider.disabled = total === 1;
    this.slider.setAttribute("aria-valuetext", name);
    // A disabled button loses the focus; one that does nothing keeps it.
    this.ends[0].setAttribute("aria-disabled", String(at === 0));
    this.ends[1].setAttribute("aria-disabled", String(at + 1 === total));
    clearTimeout(this.rest);
    this.rest = setTimeout(() => (this.spoken.textContent = name), REST_MS);
  }

  close(): void {
    clearTimeout(this.rest);
  }
}
