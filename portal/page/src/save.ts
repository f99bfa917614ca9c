// Saving: what is decrypted here goes to the service worker piece by piece, and from there to a file,
// whatever its size. A browser without service workers gets small files through its memory.
import { toBase64, type Bytes8 } from "./bytes";
import { scriptAddress } from "./trusted";

export interface Saving {
  name: string; // of the file; letters, digits, - . _ only
  size: number;
  pieces(signal: AbortSignal): AsyncGenerator<Bytes8>;
}

export type Ending = "saved" | "cancelled";

const kInMemory = 400 << 20;
const kPatience = 30_000; // ms, for the worker
const kAwake = 8_000; // ms: Firefox ends a worker that hears nothing for 30 s

export const canSave = (size: number): boolean => "serviceWorker" in navigator || size <= kInMemory;

/** The promise, unless nobody wants it any more, or the time is over. */
function inTime<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    const timer = setTimeout(() => reject(new Error("the service worker does not answer")), kPatience);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    void promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    });
  });
}

async function worker(): Promise<ServiceWorker> {
  const there = await navigator.serviceWorker.register(scriptAddress("/save.js"), { scope: "/save/" });
  const coming = there.active ?? there.waiting ?? there.installing!;
  if (coming.state === "activated") return coming;
  return new Promise((resolve, reject) => {
    coming.addEventListener("statechange", () => {
      if (coming.state === "activated") resolve(coming);
      if (coming.state === "redundant") reject(new Error("no service worker"));
    });
  });
}

/** Hands out the next piece whenever the worker asks; ends when it has saved the last one. */
function serve(saving: Saving, port: MessagePort, signal: AbortSignal, told: (done: number) => void): Promise<Ending> {
  const stop = new AbortController();
  const pieces = saving.pieces(stop.signal);
  let done = 0;
  return new Promise((resolve, reject) => {
    const fail = (fault: unknown) => {
      port.postMessage("broken");
      reject(fault as Error);
    };
    const more = async () => {
      const { value } = await pieces.next();
      if (value === undefined && done !== saving.size) throw new Error("a file of another length");
      if (value === undefined) return port.postMessage(null);
      done += value.length;
      told(done);
      port.postMessage(value, [value.buffer]);
    };
    signal.addEventListener("abort", () => (stop.abort(signal.reason), fail(signal.reason)), { once: true });
    const never = setTimeout(() => fail(new Error("the browser did not begin to save")), kPatience);
    port.addEventListener("message", ({ data }) => {
      clearTimeout(never);
      if (data === "more") more().catch(fail);
      if (data === "saved") resolve("saved");
      if (data === "cancelled") {
        stop.abort();
        resolve("cancelled");
      }
    });
    port.start();
  });
}

function follow(address: string, name?: string): void {
  const link = document.createElement("a");
  link.href = address;
  if (name !== undefined) link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}

/** The worker keeps nothing, since the browser may end it at any moment: it asks for what it is to save when the file is asked for. */
function asked(id: string, { name, size }: Saving): { port: Promise<MessagePort>; forget(): void } {
  let listen: (event: MessageEvent) => void = () => undefined;
  const port = new Promise<MessagePort>((resolve) => {
    listen = ({ data, source }) => {
      if ((data as { want?: string }).want !== id) return;
      const { port1, port2 } = new MessageChannel();
      navigator.serviceWorker.removeEventListener("message", listen);
      source!.postMessage({ id, name, size }, { transfer: [port2] });
      resolve(port1);
    };
  });
  navigator.serviceWorker.addEventListener("message", listen);
  navigator.serviceWorker.startMessages();
  return { port, forget: () => navigator.serviceWorker.removeEventListener("message", listen) };
}

async function throughWorker(saving: Saving, signal: AbortSignal, told: (done: number) => void): Promise<Ending> {
  const active = await inTime(worker(), signal);
  const id = toBase64(crypto.getRandomValues(new Uint8Array(16)));
  const wish = asked(id, saving);
  const awake = setInterval(() => active.postMessage("awake"), kAwake);
  try {
    signal.throwIfAborted();
    follow(`/save/${id}`);
    const port = await inTime(wish.port, signal);
    try {
      return await serve(saving, port, signal, told);
    } finally {
      port.close();
    }
  } finally {
    clearInterval(awake);
    wish.forget();
  }
}

async function throughMemory(saving: Saving, signal: AbortSignal, told: (done: number) => void): Promise<Ending> {
  const pieces: Bytes8[] = [];
  let done = 0;
  for await (const piece of saving.pieces(signal)) {
    pieces.push(piece);
    told((done += piece.length));
  }
  if (done !== saving.size) throw new Error("a file of another length");
  const address = URL.createObjectURL(new Blob(pieces, { type: "application/octet-stream" }));
  follow(address, saving.name);
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return "saved";
}

/** Resolves once every byte was verified and handed over; rejects when some could not be. */
export function save(saving: Saving, signal: AbortSignal, told: (done: number) => void): Promise<Ending> {
  return "serviceWorker" in navigator ? throughWorker(saving, signal, told) : throughMemory(saving, signal, told);
}
