// The image and what is written over it.

import { make } from "./dom";
import type { ViewerWords } from "./words";

export class Surface {
  readonly element = make("div", "viewer-surface");
  readonly canvas = make("canvas", "viewer-canvas");
  private readonly about = make("p", "viewer-corner viewer-title");
  private readonly values = make("p", "viewer-corner viewer-values");
  private readonly place = make("p", "viewer-corner viewer-place");
  private readonly message = make("p", "viewer-message");

  constructor(words: ViewerWords) {
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "application");
    this.element.setAttribute("aria-label", words.surface);
    this.canvas.setAttribute("role", "img");
    [this.canvas.width, this.canvas.height] = [1, 1];
    this.message.setAttribute("role", "status");
    const notice = make("p", "viewer-corner viewer-notice", words.notForDiagnosis);
    this.element.append(this.canvas, this.about, notice, this.values, this.place, this.message);
  }

  title(text: string): void {
    this.about.textContent = text;
  }

  /** The number of the image, and its frame if it has several. */
  at(number: string, name: string, frame: string): void {
    this.place.replaceChildren(make("span", "viewer-line", number));
    if (frame) this.place.append(make("span", "viewer-line", frame));
    this.canvas.setAttribute("aria-label", name);
  }

  windowed(text: string): void {
    this.values.textContent = text;
  }

  /** `shown`: the canvas has the image; `waiting`: it still has another one; `none`: there is none to have. */
  state(state: "shown" | "waiting" | "none", message: string): void {
    this.element.dataset.state = state;
    if (this.message.textContent !== message) this.message.textContent = message;
  }
}
