// The worker: takes frames, gives pictures or why there is none.

import { decodeFrame, type Frame, type Picture } from "./decode";
import { Refusal, type Reason } from "./refusal";

export interface Job {
  id: number;
  frame: Frame;
}

export type Answer = { id: number; picture: Picture } | { id: number; reason: Reason };

function owned(picture: Picture): ArrayBufferLike {
  return picture.kind === "grey" ? picture.samples.buffer : picture.rgba.buffer;
}

async function answer({ id, frame }: Job): Promise<void> {
  try {
    const picture = await decodeFrame(frame);
    postMessage({ id, picture } satisfies Answer, { transfer: [owned(picture) as ArrayBuffer] });
  } catch (error) {
    // A codec's own words may quote the image; only the kind of the refusal leaves.
    postMessage({ id, reason: error instanceof Refusal ? error.reason : "damaged" } satisfies Answer);
  }
}

addEventListener("message", (event: MessageEvent<Job>) => void answer(event.data));
