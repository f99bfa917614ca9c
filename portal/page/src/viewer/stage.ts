// The place where a series is looked at: one image, and what changes it.

import type { Series } from "../study";
import { make } from "./dom";
import type { FrameRef, Frames, Shown } from "./frames";
import { Gestures, type Meanings, type Mode } from "./gestures";
import { listenForKeys } from "./keys";
import { paint } from "./painter";
import { isAbort, Refusal } from "./refusal";
import { neighbours, stackOf, type Place } from "./stack";
import { Surface } from "./surface";
import { Tools } from "./tools";
import { Travel } from "./travel";
import { View } from "./view";
import { choicesFor, isGrey, Windowing } from "./windowing";
import { fill, type ViewerWords } from "./words";

export class Stage {
  readonly element = make("section", "viewer-stage");
  private readonly surface: Surface;
  private readonly tools: Tools;
  private readonly travel: Travel;
  private readonly view: View;
  private readonly resized: ResizeObserver;
  private readonly wanted = new Map<string, AbortController>();
  private series: Series | undefined;
  private places: Place[] = [];
  private at = 0;
  private forward = true;
  private shown: Shown | undefined;
  private windowing = new Windowing();
  private mode: Mode = matchMedia("(pointer: coarse)").matches ? "scroll" : "window";
  private repaint = 0;

  constructor(
    private readonly frames: Frames,
    private readonly words: ViewerWords,
  ) {
    this.surface = new Surface(words);
    this.view = new View(this.surface.element, this.surface.canvas);
    this.tools = new Tools(words, this.toolMeanings());
    this.travel = new Travel(words, (at) => this.go(at), (images) => this.scroll(images));
    this.element.append(this.tools.element, this.surface.element, this.travel.element, this.keyList());
    this.listen();
    this.setMode(this.mode);
    this.resized = new ResizeObserver(() => this.view.apply());
    this.resized.observe(this.surface.element);
  }

  open(series: Series): void {
    this.series = series;
    this.places = stackOf(series);
    this.windowing = new Windowing();
    this.shown = undefined;
    this.at = 0;
    this.surface.title([series.modality, series.description].filter(Boolean).join("  "));
    this.view.fit();
    this.go(0);
  }

  /** Settles when nothing is waited for at the place that is looked at. */
  async rested(): Promise<void> {
    while (this.current) await this.current;
  }
  private current: Promise<void> | undefined;

  close(): void {
    for (const stop of this.wanted.values()) stop.abort();
    this.resized.disconnect();
    this.travel.close();
    cancelAnimationFrame(this.repaint);
    this.shown = undefined;
    [this.surface.canvas.width, this.surface.canvas.height] = [1, 1];
  }

  private go(at: number): void {
    const next = Math.min(Math.max(at, 0), this.places.length - 1);
    this.forward = next >= this.at;
    this.at = next;
    const place = this.places[next];
    const total = this.places.length;
    const name = this.travel.name(place, next, total);
    this.travel.show(place, next, total);
    this.surface.at(`${next + 1} / ${total}`, `${name}, ${this.series?.modality ?? ""}`, place.instance.frames > 1 ? name : "");
    this.fetch(place);
  }

  private scroll(images: number): void {
    this.go(this.at + images);
  }

  /** The place itself first; its neighbours once it is there; nothing else any more. */
  private fetch(place: Place): void {
    const around = neighbours(this.at, this.places.length, this.forward).map((at) => this.places[at]);
    const keep = new Set([place, ...around].map(keyOf));
    for (const [key, stop] of this.wanted) if (!keep.has(key)) this.letGo(key, stop);
    const here = this.frames.here(place);
    if (here) this.present(here);
    else this.surface.state("waiting", this.words.loading);
    const waited: Promise<void> = (here ? Promise.resolve() : this.await(place)).then(() => {
      if (this.current === waited) this.current = undefined;
      if (this.places[this.at] === place) for (const next of around) void this.load(next).catch(() => undefined);
    });
    this.current = waited;
  }

  private letGo(key: string, stop: AbortController): void {
    this.wanted.delete(key);
    stop.abort();
  }

  private async await(place: Place): Promise<void> {
    const looking = () => this.places[this.at] === place;
    try {
      const shown = await this.load(place);
      if (looking()) this.present(shown);
    } catch (error) {
      if (looking() && !isAbort(error)) this.failed(error);
    }
  }

  private async load(ref: FrameRef): Promise<Shown> {
    const key = keyOf(ref);
    const stop = this.wanted.get(key) ?? new AbortController();
    this.wanted.set(key, stop);
    try {
      return await this.frames.frame(ref, stop.signal);
    } finally {
      if (this.wanted.get(key) === stop) this.wanted.delete(key);
    }
  }

  private present(shown: Shown): void {
    this.shown = shown;
    cancelAnimationFrame(this.repaint);
    this.draw();
  }

  private draw(): void {
    const { shown, windowing } = this;
    if (!shown) return;
    paint(this.surface.canvas, shown, windowing);
    this.view.shape(shown.shade.aspect);
    this.surface.state("shown", "");
    this.offerWindows();
    if (!isGrey(shown)) return this.surface.windowed("");
    const { center, width } = windowing.windowOf(shown);
    this.surface.windowed(fill(this.words.windowValues, { center: short(center), width: short(width) }));
  }

  private failed(error: unknown): void {
    this.shown = undefined;
    this.surface.windowed("");
    const said = error instanceof Refusal ? this.words.faults[error.reason] : error instanceof Error ? error.message : "";
    this.surface.state("none", said || this.words.faults.damaged);
  }

  private redraw(): void {
    cancelAnimationFrame(this.repaint);
    this.repaint = requestAnimationFrame(() => this.draw());
  }

  private offerWindows(): void {
    this.tools.offer(choicesFor(this.series?.modality ?? ""), this.windowing.choice, isGrey(this.shown));
  }

  private setMode(mode: Mode): void {
    this.mode = mode;
    this.surface.element.dataset.mode = mode;
    this.tools.mark(mode);
  }

  private drag(right: number, down: number): void {
    if (!isGrey(this.shown)) return;
    this.windowing.drag(this.shown, right, down);
    this.redraw();
  }

  private reset(): void {
    this.windowing = new Windowing();
    this.view.fit();
    this.redraw();
  }

  private toolMeanings() {
    return {
      mode: (mode: Mode) => this.setMode(mode),
      choose: (choice: Windowing["choice"]) => ((this.windowing.choice = choice), this.redraw()),
      zoom: (factor: number) => this.view.zoomBy(factor),
      fit: () => this.view.fit(),
      actualSize: () => this.view.actualSize(),
      reset: () => this.reset(),
    };
  }

  private listen(): void {
    const means: Meanings = {
      mode: () => this.mode,
      scroll: (images) => this.scroll(images),
      window: (right, down) => this.drag(right, down),
      move: (dx, dy) => this.view.moveBy(dx, dy),
      zoom: (factor, x, y) => this.view.zoomBy(factor, x, y),
      press: (x, y) => this.mode === "move" && this.view.moveBy(-x, -y),
    };
    new Gestures(this.surface.element, means);
    const toEnd = (last: boolean) => this.go(last ? this.places.length - 1 : 0);
    listenForKeys(this.surface.element, { ...means, ...this.toolMeanings(), zoom: means.zoom, toEnd });
  }

  private keyList(): HTMLElement {
    const details = make("details", "viewer-keys");
    const list = make("dl", "viewer-key-list");
    for (const { keys, what } of this.words.keyList) list.append(make("dt", "", keys), make("dd", "", what));
    details.append(make("summary", "", this.words.keys), list);
    return details;
  }
}

const keyOf = ({ instance, frame }: FrameRef): string => `${instance.uid}/${frame}`;

function short(value: number): string {
  return Math.abs(value) < 10 ? String(Number(value.toPrecision(3))) : String(Math.round(value));
}
