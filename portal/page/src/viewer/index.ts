// The image viewer: a strip of series, and the stage where one of them is looked at. Nothing of it is stored.

import "./viewer.css";
import type { Bytes, Series } from "../study";
import { make } from "./dom";
import { Frames } from "./frames";
import { Stage } from "./stage";
import { imageCount } from "./stack";
import { Strip } from "./strip";
import { Thumbnails } from "./thumbnails";
import type { ViewerWords } from "./words";

export type { ViewerWords } from "./words";

/** Shows the series in `root`, whose content it replaces. `close` aborts what is under way and drops all pixels. */
export function openViewer(root: HTMLElement, series: Series[], bytes: Bytes, words: ViewerWords): { close(): void } {
  const frames = new Frames(bytes);
  const stage = new Stage(frames, words);
  const thumbnails = new Thumbnails(frames, () => stage.rested());
  const choose = (chosen: Series) => (strip.mark(chosen), stage.open(chosen));
  const strip = new Strip(series, words, thumbnails, choose);
  const viewer = make("div", "viewer");
  viewer.append(strip.element, stage.element);
  root.replaceChildren(viewer);
  const first = series.find((one) => imageCount(one) > 0);
  if (first) choose(first);
  else stage.element.hidden = true;
  const close = () => {
    thumbnails.close();
    stage.close();
    frames.close();
    root.replaceChildren();
  };
  return { close };
}
