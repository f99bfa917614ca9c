// The page's side of the worker: one frame at a time, so that what nobody waits for any more is never begun.

import DecodeWorker from "./decode_worker?worker&url";
import type { Answer, Job } from "./decode_worker";
import type { Frame, Picture } from "./decode";
import { scriptAddress } from "../trusted";
import { Refusal } from "./refusal";

interface Waiting {
  frame: Frame;
  signal?: AbortSignal;
  resolve(picture: Picture): void;
  reject(error: unknown): void;
}

// A frame that takes longer than this is one made to take long.
const PATIENCE_MS = 60_000;

export class Decoder {
  private worker: Worker | undefined;
  private queue: Waiting[] = [];
  private current: Waiting | undefined;
  private id = 0;
  private clock: ReturnType<typeof setTimeout> | undefined;

  /** The worker's script comes while the first frame is fetched. */
  prepare(): void {
    this.worker ??= this.hire();
  }

  decode(frame: Frame, signal?: AbortSignal): Promise<Picture> {
    return new Promise((resolve, reject) => {
      this.queue.push({ frame, signal, resolve, reject });
      this.next();
    });
  }

  close(): void {
    for (const waiting of this.queue.splice(0)) waiting.reject(aborted());
    this.current?.reject(aborted());
    this.drop();
  }

  private next(): void {
    if (this.current) return;
    const waiting = this.queue.shift();
    if (!waiting) return;
    if (waiting.signal?.aborted) {
      waiting.reject(aborted());
      return this.next();
    }
    this.begin(waiting);
  }

  private begin(waiting: Waiting): void {
    this.current = waiting;
    this.worker ??= this.hire();
    this.clock = setTimeout(() => this.failed(), PATIENCE_MS);
    // A copy: the bytes may be a part of something larger, which would go along whole.
    const data = waiting.frame.data.slice();
    this.worker.postMessage({ id: ++this.id, frame: { ...waiting.frame, data } } satisfies Job, [data.buffer]);
  }

  private hire(): Worker {
    const worker = new Worker(scriptAddress(DecodeWorker), { type: "module" });
    worker.addEventListener("message", (event: MessageEvent<Answer>) => this.done(event.data));
    worker.addEventListener("error", () => this.failed());
    return worker;
  }

  private done(answer: Answer): void {
    const { current } = this;
    if (!current || answer.id !== this.id) return;
    this.rest();
    // A new worker fetches anew what could not be had, and a codec that stumbled decodes nothing else.
    if ("reason" in answer && answer.reason !== "unsupported") this.drop();
    if ("picture" in answer) current.resolve(answer.picture);
    else current.reject(new Refusal(answer.reason));
    this.next();
  }

  /** The worker broke down or hangs: the frame is given up, the next one gets a new worker. */
  private failed(): void {
    this.current?.reject(new Refusal("failed"));
    this.drop();
    this.next();
  }

  private rest(): void {
    clearTimeout(this.clock);
    this.current = undefined;
  }

  private drop(): void {
    this.worker?.terminate();
    this.worker = undefined;
    this.rest();
  }
}

export function aborted(): DOMException {
  return new DOMException("no longer looked at", "AbortError");
}
