// Finds encapsulated frames without an offset table: walks the item headers, only as far as is asked for.

import type { Bytes, Instance } from "../study";
import { refuse } from "./refusal";

/** Bytes [from, to) of a file. */
export interface Range {
  from: number;
  to: number;
}

const ITEM = 0xe000fffe;
const DELIMITER = 0xe0ddfffe;
const RLE = "1.2.840.10008.1.2.5";
const WINDOW = 4096;

/** A fragment with which a frame begins: in RLE each one, else one with an SOI or SOC marker. */
function beginsFrame(syntax: string, first: number, second: number): boolean {
  return syntax === RLE || (first === 0xff && (second === 0xd8 || second === 0x4f));
}

export class ItemWalk {
  private starts: number[] = [];
  private at: number;
  private end: number | undefined; // where the last frame ends, once known
  private step: Promise<void> = Promise.resolve();
  private held = { from: 0, bytes: new Uint8Array(0) };

  constructor(
    private readonly bytes: Bytes,
    private readonly instance: Instance,
    base: number,
    private readonly frames: number,
    private readonly syntax: string,
  ) {
    this.at = base;
  }

  /** Those who ask at the same time walk one after the other. */
  async range(index: number, signal?: AbortSignal): Promise<Range> {
    const turn = this.step.then(() => this.walkTo(index, signal));
    this.step = turn.catch(() => undefined);
    await turn;
    const [from, to] = [this.starts[index], this.starts[index + 1] ?? this.end];
    return from === undefined || to === undefined ? refuse("damaged") : { from, to };
  }

  private async walkTo(index: number, signal?: AbortSignal): Promise<void> {
    while (this.starts.length < index + 2 && this.end === undefined) await this.oneItem(signal);
  }

  private async oneItem(signal?: AbortSignal): Promise<void> {
    const head = await this.look(signal);
    const tag = head.byteLength < 8 ? DELIMITER : head.getUint32(0, true);
    if (tag === DELIMITER) {
      this.end = this.at;
      return;
    }
    const length = head.getUint32(4, true);
    const next = this.at + 8 + length;
    if (tag !== ITEM || length < 2 || next > this.instance.size || head.byteLength < 10) refuse("damaged");
    if (beginsFrame(this.syntax, head.getUint8(8), head.getUint8(9))) this.starts.push(this.at);
    if (this.starts.length > this.frames) refuse("damaged");
    this.at = next;
  }

  /** Up to ten bytes at the present place. Small fragments are walked in what was read before. */
  private async look(signal?: AbortSignal): Promise<DataView> {
    const want = Math.min(this.at + 10, this.instance.size);
    if (this.at < this.held.from || want > this.held.from + this.held.bytes.length) {
      const bytes = await this.bytes.read(this.instance, this.at, Math.min(this.at + WINDOW, this.instance.size), signal);
      this.held = { from: this.at, bytes: bytes.slice() };
    }
    const { bytes, from } = this.held;
    return new DataView(bytes.buffer, this.at - from, Math.max(0, want - this.at));
  }
}
