// The strip of series.

import type { Series } from "../study";
import { make } from "./dom";
import { imageCount, middleOf } from "./stack";
import type { Thumbnails } from "./thumbnails";
import { fill, type ViewerWords } from "./words";

export class Strip {
  readonly element: HTMLElement;
  private readonly choices = new Map<Series, HTMLButtonElement>();

  constructor(
    series: Series[],
    private readonly words: ViewerWords,
    private readonly thumbnails: Thumbnails,
    private readonly choose: (series: Series) => void,
  ) {
    this.element = make("nav", "viewer-strip");
    this.element.setAttribute("aria-label", words.series);
    const list = make("ul", "viewer-series");
    list.append(...series.map((one) => this.entry(one)));
    this.element.append(list);
  }

  mark(chosen: Series): void {
    for (const [series, choice] of this.choices) {
      if (series === chosen) choice.setAttribute("aria-current", "true");
      else choice.removeAttribute("aria-current");
    }
    this.choices.get(chosen)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  private entry(series: Series): HTMLLIElement {
    const entry = make("li", "viewer-entry");
    entry.append(imageCount(series) > 0 ? this.choice(series) : this.report(series));
    return entry;
  }

  private about(series: Series, count: string): HTMLElement {
    const about = make("span", "viewer-about");
    about.append(
      make("span", "viewer-modality", series.modality),
      make("span", "viewer-description", series.description || this.words.noDescription),
      make("span", "viewer-images", count),
    );
    return about;
  }

  private choice(series: Series): HTMLButtonElement {
    const choice = make("button", "viewer-choice");
    choice.type = "button";
    const thumbnail = make("canvas", "viewer-thumbnail");
    [thumbnail.width, thumbnail.height] = [1, 1];
    thumbnail.setAttribute("aria-hidden", "true");
    choice.append(frameOf(thumbnail), this.about(series, this.count(series)));
    choice.addEventListener("click", () => this.choose(series));
    this.choices.set(series, choice);
    const middle = middleOf(series);
    if (middle) this.thumbnails.add(thumbnail, middle);
    return choice;
  }

  /** One multi-frame image counts as its frames, which is what there is to scroll through. */
  private count(series: Series): string {
    const frames = series.instances.reduce((sum, instance) => sum + instance.frames, 0);
    return frames === 1 ? this.words.oneImage : fill(this.words.imageCount, { n: frames });
  }

  private report(series: Series): HTMLElement {
    const report = make("div", "viewer-choice viewer-report");
    report.append(frameOf(make("span", "viewer-sheet")), this.about(series, this.words.reportInDownload));
    return report;
  }
}

function frameOf(content: HTMLElement): HTMLElement {
  const frame = make("span", "viewer-frame");
  frame.append(content);
  return frame;
}
