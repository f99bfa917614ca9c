// A sealed blob at the portal, read by ranges: each stored segment is held against its sum before it
// is decrypted, and the sums against the grant. After a network error reading goes on where it was.
import { equal, fromBase64, joined, sha256, wipe, type Bytes8 } from "./bytes";
import type { Blob as GrantedBlob } from "./grant";
import * as portal from "./portal";
import { label } from "./schedule";
import type { Session } from "./session";
import { kSegment, NotGenuine, openSegment, plainStart, segmentAt, segmentsOf, streamKey, type StreamKey } from "./stream";

const kKept = 32; // segments of plaintext, 1 MiB each
const kPauses = [1, 2, 4, 8, 15, 30]; // seconds between attempts that brought nothing; the last one again and again
const kAttempts = 40; // a quarter of an hour without a byte

/** What `Content-Range` must say for us to believe that these are the bytes that were asked for. */
const rangeOf = (from: number, to: number, whole: number): string => `bytes ${from}-${to}/${whole}`;

function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal?.removeEventListener("abort", stop);
      resolve();
    };
    const stop = () => {
      done();
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(done, seconds * 1000);
    addEventListener("online", done);
    signal?.addEventListener("abort", stop);
  });
}

interface Pending {
  segment: Promise<Bytes8>;
  wanted: number; // by so many readers
  stop: AbortController;
}

export class Blob {
  private sums: Promise<Uint8Array> | null = null;
  private key: Promise<StreamKey> | null = null;
  private readonly kept = new Map<number, Bytes8>(); // the one used last at the end
  private readonly pending = new Map<number, Pending>();
  readonly segments: number;

  constructor(private readonly session: Session, private readonly blob: GrantedBlob) {
    this.segments = segmentsOf(blob.sealedLength);
  }

  get id(): string {
    return this.blob.id;
  }
  get length(): number {
    return this.blob.length;
  }

  /** Fetches what every reading needs, beside what is read meanwhile. Who reads hears of what failed. */
  prepare(): void {
    for (const needed of [this.allSums(), this.streamKey()]) needed.catch(() => undefined);
  }

  /** Content bytes [from, to). */
  async read(from: number, to: number, signal?: AbortSignal): Promise<Bytes8> {
    if (from < 0 || to < from || to > this.blob.length) throw new RangeError("outside of the content");
    if (from === to) return new Uint8Array();
    const [first, last] = [segmentAt(from), segmentAt(to - 1)];
    const parts = await Promise.all(Array.from({ length: last - first + 1 }, (_, i) => this.segment(first + i, signal)));
    return joined(...parts.map((part, i) => {
      const begin = plainStart(first + i);
      return part.subarray(Math.max(0, from - begin), Math.max(0, to - begin));
    }));
  }

  /** The content from byte `from` to `to`, a segment at a time, in one request as long as it holds; at its end the padding is looked at too. */
  async *stream(from: number, to: number, signal: AbortSignal): AsyncGenerator<Bytes8> {
    const last = to === this.blob.length ? this.segments - 1 : segmentAt(to - 1);
    for await (const [i, stored] of this.storedFrom(segmentAt(from), last, signal)) {
      const begin = plainStart(i);
      const plain = await this.opened(i, stored);
      if (plain.subarray(Math.max(0, this.blob.length - begin)).some((byte) => byte !== 0)) throw new NotGenuine("padding that is not zero");
      const piece = plain.slice(Math.max(0, from - begin), Math.max(0, to - begin));
      if (piece.length > 0) yield piece;
    }
  }

  /** Drops what was read. */
  forget(): void {
    wipe(...this.kept.values());
    this.kept.clear();
    wipe(this.blob.key);
  }

  private async segment(i: number, signal?: AbortSignal): Promise<Bytes8> {
    signal?.throwIfAborted();
    const known = this.kept.get(i);
    if (known !== undefined) {
      this.keep(i, known);
      return known;
    }
    const pending = this.pending.get(i) ?? this.begin(i);
    ++pending.wanted;
    if (signal === undefined) return pending.segment;
    let leave = () => undefined as void;
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        if (--pending.wanted === 0) this.drop(i, pending, signal.reason);
        reject(signal.reason as Error);
      };
    });
    signal.addEventListener("abort", leave, { once: true });
    return Promise.race([pending.segment, left]).finally(() => signal.removeEventListener("abort", leave));
  }

  private begin(i: number): Pending {
    const stop = new AbortController();
    const fetched = async () => {
      for await (const [, stored] of this.storedFrom(i, i, stop.signal)) {
        const plain = await this.opened(i, stored);
        this.keep(i, plain);
        return plain;
      }
      throw new NotGenuine("no segment");
    };
    const pending: Pending = { segment: fetched(), wanted: 0, stop };
    const over = () => this.pending.get(i) === pending && this.pending.delete(i);
    pending.segment.then(over, over);
    pending.segment.catch(() => undefined); // whoever waits for it hears of it
    this.pending.set(i, pending);
    return pending;
  }

  /** Nobody waits for it any more: who comes now begins anew. */
  private drop(i: number, pending: Pending, reason: unknown): void {
    if (this.pending.get(i) === pending) this.pending.delete(i);
    pending.stop.abort(reason);
  }

  private keep(i: number, plain: Bytes8): void {
    this.kept.delete(i);
    this.kept.set(i, plain);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= kKept) break;
      this.kept.delete(oldest);
    }
  }

  private async opened(i: number, stored: Uint8Array): Promise<Bytes8> {
    const sums = await this.allSums();
    if (!equal(await sha256(stored), sums.subarray(i * 32, i * 32 + 32))) throw new NotGenuine("a stored segment was changed");
    const plain = await openSegment(await this.streamKey(), i, i === this.segments - 1, stored);
    return plain;
  }

  private allSums(): Promise<Uint8Array> {
    this.sums ??= this.fetchSums().catch((fault: unknown) => {
      this.sums = null;
      throw fault;
    });
    return this.sums;
  }

  private async fetchSums(): Promise<Uint8Array> {
    const all = await this.patiently(async (ticket) => new Uint8Array(await (await portal.sums(ticket, this.blob.id)).arrayBuffer()));
    if (all.length !== this.segments * 32 || !equal(await sha256(all), this.blob.sums)) throw new NotGenuine("sums of another blob");
    return all;
  }

  private streamKey(): Promise<StreamKey> {
    this.key ??= this.fetchKey().catch((fault: unknown) => {
      this.key = null;
      throw fault;
    });
    return this.key;
  }

  private async fetchKey(): Promise<StreamKey> {
    const head = await this.patiently(async (ticket) => {
      const answer = await portal.range(ticket, this.blob.id, 0, 39);
      if (answer.headers.get("Content-Range") !== rangeOf(0, 39, this.blob.sealedLength)) throw new portal.Unreached();
      return new Uint8Array(await answer.arrayBuffer());
    });
    const id = fromBase64(this.blob.id, 16)!;
    return streamKey(this.blob.key, joined(label("blob"), id, new Uint8Array([this.blob.role])), head);
  }

  /** Stored segments first..last with their numbers; opens the request again where it broke off. */
  private async *storedFrom(first: number, last: number, signal: AbortSignal): AsyncGenerator<[number, Bytes8]> {
    let next = first;
    for (let failed = 0; next <= last; ) {
      const before = next;
      try {
        for await (const stored of this.oneRequest(next, last, signal)) yield [next++, stored];
      } catch (fault) {
        if (next > before) failed = 0;
        if (!(fault instanceof portal.Unreached) || ++failed > kAttempts) throw fault;
        await pause(kPauses[Math.min(failed, kPauses.length) - 1]!, signal);
      }
    }
  }

  private async *oneRequest(first: number, last: number, signal: AbortSignal): AsyncGenerator<Bytes8> {
    const [from, to] = [first * kSegment, Math.min((last + 1) * kSegment, this.blob.sealedLength) - 1];
    const answer = await this.asked((ticket) => portal.range(ticket, this.blob.id, from, to, signal));
    const all = from === 0 && to === this.blob.sealedLength - 1 && answer.status === 200;
    if (!all && answer.headers.get("Content-Range") !== rangeOf(from, to, this.blob.sealedLength)) throw new portal.Unreached();
    const reader = answer.body!.getReader();
    try {
      let [filled, segment] = [0, new Uint8Array(Math.min(kSegment, to + 1 - from))];
      for (let at = from; at <= to; ) {
        const { done, value } = await reader.read().catch((fault: unknown) => {
          if (signal.aborted) throw fault;
          throw new portal.Unreached();
        });
        if (done) throw new portal.Unreached(); // cut short
        for (let used = 0; used < value.length && at <= to; ) {
          const taken = Math.min(value.length - used, segment.length - filled);
          segment.set(value.subarray(used, used + taken), filled);
          [used, filled, at] = [used + taken, filled + taken, at + taken];
          if (filled < segment.length) continue;
          yield segment;
          [filled, segment] = [0, new Uint8Array(Math.min(kSegment, to + 1 - at))];
        }
      }
    } finally {
      reader.cancel().catch(() => undefined);
    }
  }

  /** With a good ticket: a refused one is replaced once. */
  private async asked<T>(ask: (ticket: string) => Promise<T>): Promise<T> {
    const ticket = await this.session.ticket();
    try {
      return await ask(ticket);
    } catch (fault) {
      if (fault instanceof portal.Refused && fault.status === 429) throw new portal.Unreached();
      if (!(fault instanceof portal.Refused) || fault.status !== 401) throw fault;
    }
    await this.session.reopen(ticket).catch((fault: unknown) => {
      if (fault instanceof portal.Refused && fault.status === 429) throw new portal.Unreached();
      throw fault;
    });
    return ask(await this.session.ticket());
  }

  private async patiently<T>(ask: (ticket: string) => Promise<T>): Promise<T> {
    for (let failed = 1; ; ++failed) {
      try {
        return await this.asked(ask);
      } catch (fault) {
        const worth = fault instanceof portal.Unreached || fault instanceof TypeError;
        if (!worth) throw fault;
        if (failed > kPauses.length) throw new portal.Unreached();
        await pause(kPauses[failed - 1]!);
      }
    }
  }
}
