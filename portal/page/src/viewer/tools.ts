// The row of tools over the image.

import { button, make } from "./dom";
import type { Mode } from "./gestures";
import type { Choice } from "./windowing";
import type { ViewerWords } from "./words";

export interface ToolMeanings {
  mode(mode: Mode): void;
  choose(choice: Choice): void;
  zoom(factor: number): void;
  fit(): void;
  actualSize(): void;
  reset(): void;
}

const ZOOM = 1.25;

export class Tools {
  readonly element: HTMLElement;
  private readonly modes = new Map<Mode, HTMLButtonElement>();
  private readonly list: HTMLSelectElement;

  constructor(
    private readonly words: ViewerWords,
    private readonly means: ToolMeanings,
  ) {
    this.element = make("div", "viewer-tools");
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", words.tools);
    this.list = make("select", "viewer-presets");
    this.list.setAttribute("aria-label", words.window);
    this.list.addEventListener("change", () => means.choose(this.list.value as Choice));
    this.element.append(this.modeGroup(), this.list, this.sizeGroup());
  }

  mark(mode: Mode): void {
    for (const [name, choice] of this.modes) choice.setAttribute("aria-pressed", String(name === mode));
  }

  /** The windows to choose from; of a colour image there are none. */
  offer(choices: Choice[], chosen: Choice, grey: boolean): void {
    const offered = chosen === "own" ? [...choices, chosen] : choices;
    this.list.replaceChildren(...offered.map((choice) => new Option(this.words.presets[choice], choice)));
    this.list.value = chosen;
    this.list.disabled = !grey;
    const window = this.modes.get("window");
    if (window) window.disabled = !grey;
  }

  private modeGroup(): HTMLElement {
    const { scrollMode, windowMode, moveMode, modeHints } = this.words;
    const group = make("div", "viewer-group");
    for (const [mode, text] of [["scroll", scrollMode], ["window", windowMode], ["move", moveMode]] as [Mode, string][]) {
      const choice = button("viewer-button", text, text, () => this.means.mode(mode));
      choice.title = modeHints[mode];
      this.modes.set(mode, choice);
      group.append(choice);
    }
    return group;
  }

  private sizeGroup(): HTMLElement {
    const { words, means } = this;
    const group = make("div", "viewer-group");
    group.append(
      button("viewer-button viewer-sign", "−", words.zoomOut, () => means.zoom(1 / ZOOM)),
      button("viewer-button viewer-sign", "+", words.zoomIn, () => means.zoom(ZOOM)),
      button("viewer-button", words.fit, words.fit, () => means.fit()),
      button("viewer-button", words.actualSize, words.actualSize, () => means.actualSize()),
      button("viewer-button", words.reset, words.reset, () => means.reset()),
    );
    return group;
  }
}
