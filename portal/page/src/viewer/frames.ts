// The frames that are looked at: read, decoded, kept for a while. Those who want the same frame share one fetch,
// which ends when the last of them lost interest.

import type { Bytes, Instance } from "../study";
import { aborted, Decoder } from "./decoder";
import type { Frame, Picture } from "./decode";
import { Encapsulated, nativeRange } from "./frame_bytes";
import { readHeader, type Header } from "./header";
import type { Layout, Padding } from "./layout";
import { Recent } from "./recent";
import { shadeOf, type FrameShade } from "./shades";

/** A frame of an instance, from 0. */
export interface FrameRef {
  instance: Instance;
  frame: number;
}

/** A frame ready to be drawn. */
export interface Shown {
  picture: Picture;
  layout: Layout;
  padding?: Padding;
  shade: FrameShade;
}

interface Opened {
  header: Header;
  encapsulated?: Encapsulated;
}

interface Fetch {
  promise: Promise<Shown>;
  stop: AbortController;
  wanted: number;
}

const KEPT_BYTES = 256 * 2 ** 20;
const KEPT_HEADERS = 4096;

const keyOf = ({ instance, frame }: FrameRef): string => `${instance.uid}/${frame}`;

function weight({ picture }: Shown): number {
  return picture.kind === "grey" ? picture.samples.byteLength : picture.rgba.byteLength;
}

export class Frames {
  private readonly kept = new Recent<Shown>(KEPT_BYTES, weight);
  private readonly opened = new Recent<Opened>(KEPT_HEADERS, ({ header }) => 1 + header.shades.frames.length / 64);
  private readonly fetches = new Map<string, Fetch>();
  private readonly decoder = new Decoder();

  constructor(private readonly bytes: Bytes) {
    this.decoder.prepare();
  }

  /** What is here already, without waiting. */
  here(ref: FrameRef): Shown | undefined {
    return this.kept.get(keyOf(ref));
  }

  async frame(ref: FrameRef, signal: AbortSignal): Promise<Shown> {
    const here = this.here(ref);
    if (here) return here;
    if (signal.aborted) throw aborted();
    const key = keyOf(ref);
    const fetch = this.fetches.get(key) ?? this.begin(key, ref);
    fetch.wanted += 1;
    return new Promise((resolve, reject) => {
      const leave = () => (this.leave(fetch), reject(aborted()));
      signal.addEventListener("abort", leave, { once: true });
      fetch.promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
    });
  }

  close(): void {
    for (const { stop } of this.fetches.values()) stop.abort();
    this.decoder.close();
    this.kept.clear();
    this.opened.clear();
  }

  private leave(fetch: Fetch): void {
    fetch.wanted -= 1;
    if (fetch.wanted === 0) fetch.stop.abort();
  }

  private begin(key: string, ref: FrameRef): Fetch {
    const stop = new AbortController();
    const fetch: Fetch = { stop, wanted: 0, promise: this.fetch(ref, stop.signal) };
    this.fetches.set(key, fetch);
    const over = () => this.fetches.get(key) === fetch && this.fetches.delete(key);
    stop.signal.addEventListener("abort", over, { once: true });
    fetch.promise.then((shown) => !stop.signal.aborted && this.kept.put(key, shown), () => undefined).finally(over);
    return fetch;
  }

  private async fetch(ref: FrameRef, signal: AbortSignal): Promise<Shown> {
    const opened = await this.open(ref.instance, signal);
    const { layout, padding, shades } = opened.header;
    const frame = await this.read(ref, opened, signal);
    const picture = await this.decoder.decode(frame, signal);
    return { picture, layout, padding, shade: shadeOf(shades, ref.frame) };
  }

  private async open(instance: Instance, signal: AbortSignal): Promise<Opened> {
    const before = this.opened.get(instance.uid);
    if (before) return before;
    const header = await readHeader(this.bytes, instance, signal);
    const encapsulated = header.pixels.length === undefined ? new Encapsulated(this.bytes, instance, header) : undefined;
    const opened = { header, encapsulated };
    this.opened.put(instance.uid, opened);
    return opened;
  }

  private async read({ instance, frame }: FrameRef, { header, encapsulated }: Opened, signal: AbortSignal): Promise<Frame> {
    const { syntax, layout, palette, padding } = header;
    const about = { syntax, layout, palette, padding, encapsulated: encapsulated !== undefined };
    if (encapsulated) return { ...about, data: await encapsulated.frame(frame, signal), firstBit: 0 };
    const { from, to, firstBit } = nativeRange(header, frame);
    return { ...about, data: await this.bytes.read(instance, from, to, signal), firstBit };
  }
}
