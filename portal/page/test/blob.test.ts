// Reading a blob from a portal that cuts, refuses and lies.
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Blob } from "../src/blob";
import { joined, toBase64 } from "../src/bytes";
import { Refused } from "../src/portal";
import { label } from "../src/schedule";
import type { Session } from "../src/session";
import { kSegment, NotGenuine } from "../src/stream";
import { hash, seal, sumsOf } from "./sealing";

const content = randomBytes(5_300_000);
const [id, key] = [randomBytes(16), randomBytes(32)];
const sealed = seal(key, joined(label("blob"), id, new Uint8Array([1])), content);
const sums = sumsOf(sealed);

/** What the portal does with the next requests for the blob, in their order; afterwards it serves. */
let troubles: ((answer: Response) => Response | Promise<Response>)[] = [];
let asked: string[] = [];
let stored = sealed;
let servedSums = sums;

function serve(path: string, options: RequestInit): Response {
  const headers = options.headers as Record<string, string>;
  if (path.endsWith("/sums")) return new Response(new Uint8Array(servedSums));
  const [, from, to] = /bytes=(\d+)-(\d+)/.exec(headers.Range!)!.map(Number);
  return new Response(new Uint8Array(stored.subarray(from!, to! + 1)), { status: 206, headers: { "Content-Range": `bytes ${from}-${to}/${stored.length}` } });
}

const cutAfter = (bytes: number) => async (answer: Response) => {
  const all = new Uint8Array(await answer.arrayBuffer());
  let given = false;
  const body = new ReadableStream({
    pull(controller) {
      if (given) return controller.error(new TypeError("network error"));
      given = true;
      controller.enqueue(all.subarray(0, bytes));
    },
  }, { highWaterMark: 0 });
  return new Response(body, { status: 206, headers: answer.headers });
};

const reopened: string[] = [];
const session = { ticket: async () => "ticket", reopen: async (ticket: string) => void reopened.push(ticket) } as unknown as Session;
const blob = () => new Blob(session, { id: toBase64(id), role: 1, key: Buffer.from(key), length: content.length, sealedLength: sealed.length, sums: hash(sums) });

async function streamed(from: number, to: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of blob().stream(from, to, new AbortController().signal)) parts.push(part);
  return Buffer.concat(parts);
}

const real = setTimeout;
beforeEach(() => {
  [troubles, asked, stored, servedSums] = [[], [], sealed, sums];
  reopened.length = 0;
  vi.stubGlobal("setTimeout", (act: () => void, milliseconds: number) => real(act, milliseconds / 1000)); // pauses pass quickly
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("removeEventListener", () => undefined);
  vi.stubGlobal("fetch", async (path: string, options: RequestInit) => {
    const range = (options.headers as Record<string, string>).Range ?? "sums";
    asked.push(range);
    const answer = serve(path, options);
    return range === "bytes=0-39" || range === "sums" ? answer : (troubles.shift() ?? ((one) => one))(answer);
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

it.each([[0, 10], [1_048_510, 1_048_530], [3_000_000, 5_300_000], [0, 5_300_000], [7, 7]])("reads bytes %i to %i", async (from, to) => {
  expect(Buffer.from(await blob().read(from, to)).equals(content.subarray(from, to))).toBe(true);
  expect((await streamed(from, Math.max(to, from + 1))).equals(content.subarray(from, Math.max(to, from + 1)))).toBe(true);
});
it("fetches only the segments that are touched, and each once", async () => {
  const one = blob();
  await Promise.all([one.read(2_200_000, 2_200_010), one.read(2_300_000, 2_300_010)]);
  await one.read(2_100_000, 2_100_001);
  expect(asked.filter((range) => range !== "sums" && range !== "bytes=0-39")).toEqual([`bytes=${2 * kSegment}-${3 * kSegment - 1}`]);
});
it("goes on where the connection broke off, in the middle of a segment too", async () => {
  troubles = [cutAfter(2_500_000), cutAfter(10), cutAfter(kSegment)];
  expect((await streamed(0, content.length)).equals(content)).toBe(true);
  const begun = asked.filter((range) => range.startsWith("bytes=") && range !== "bytes=0-39").map((range) => Number(/=(\d+)/.exec(range)![1]) / kSegment);
  expect(begun).toEqual([0, 2, 2, 3]);
});
it("waits while the portal is not well", async () => {
  troubles = [() => new Response("", { status: 503 }), () => new Response("", { status: 429 })];
  expect((await blob().read(0, 3)).length).toBe(3);
});
it("opens again when its ticket is refused, and gives up when that does not help", async () => {
  const refuse = () => new Response("{}", { status: 401 });
  troubles = [refuse];
  expect((await blob().read(0, 3)).length).toBe(3);
  expect(reopened).toEqual(["ticket"]);
  troubles = [refuse, refuse];
  await expect(blob().read(0, 3)).rejects.toThrow(Refused);
});
it("gives out nothing of a segment that was changed", async () => {
  stored = Buffer.from(sealed);
  stored[2 * kSegment + 5]! ^= 1;
  await expect(blob().read(2_200_000, 2_200_010)).rejects.toThrow(NotGenuine);
  expect((await blob().read(0, 3)).length).toBe(3);
  await expect(streamed(0, content.length)).rejects.toThrow(NotGenuine);
});
it("begins anew for who comes when the last one has just left", async () => {
  const [one, stop] = [blob(), new AbortController()];
  troubles = [(answer) => new Promise((resolve) => real(() => resolve(answer), 100))];
  const left = one.read(0, 3, stop.signal);
  stop.abort(new DOMException("gone on", "AbortError"));
  const came = one.read(0, 3, new AbortController().signal);
  await expect(left).rejects.toThrow("gone on");
  expect(Buffer.from(await came).equals(content.subarray(0, 3))).toBe(true);
});
it("looks at the padding before a whole content is complete", async () => {
  const padded = (last: number) => {
    const plain = Buffer.concat([content, Buffer.alloc(2_000_000)]);
    plain[plain.length - 1] = last;
    stored = seal(key, joined(label("blob"), id, new Uint8Array([1])), plain);
    const itsSums = sumsOf(stored);
    servedSums = itsSums;
    return new Blob(session, { id: toBase64(id), role: 1, key: Buffer.from(key), length: content.length, sealedLength: stored.length, sums: hash(itsSums) });
  };
  const all = async (one: Blob) => {
    let done = 0;
    for await (const piece of one.stream(0, content.length, new AbortController().signal)) done += piece.length;
    return done;
  };
  expect(await all(padded(0))).toBe(content.length);
  await expect(all(padded(7))).rejects.toThrow("padding");
});
it("stops when nobody wants it any more", async () => {
  const stop = new AbortController();
  troubles = [(answer) => new Promise((resolve) => real(() => resolve(answer), 100))];
  const reading = blob().read(0, 3, stop.signal);
  stop.abort(new DOMException("closed", "AbortError"));
  await expect(reading).rejects.toThrow("closed");
});
