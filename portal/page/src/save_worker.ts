// The service worker of downloads: turns what the page decrypts into a file that the browser saves,
// a piece at a time and only as fast as the disk takes it. It knows no key, keeps nothing and
// touches no other request.
/// <reference lib="webworker" />
export {};
declare const self: ServiceWorkerGlobalScope;

interface Waiting {
  name: string;
  size: number;
  page: MessagePort;
}
const waiting = new Map<string, Waiting>();

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event: ExtendableMessageEvent) => {
  const told = event.data as { id: string; name: string; size: number } | "awake";
  if (told === "awake") return; // a message is enough for the browser to let us live
  waiting.set(told.id, { name: told.name, size: told.size, page: event.ports[0]! });
  event.ports[0]!.postMessage("ready");
});

/** Each pull asks the page for one piece; null is the end, and only a whole file has one. */
function bodyOf({ page }: Waiting): ReadableStream<Uint8Array> {
  let given: (piece: Uint8Array | null) => void;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      page.onmessage = ({ data }) => {
        if (data === "broken") controller.error(new Error("the download broke off"));
        else given(data as Uint8Array | null);
      };
    },
    async pull(controller) {
      const piece = await new Promise<Uint8Array | null>((resolve) => {
        given = resolve;
        page.postMessage("more");
      });
      if (piece !== null) return controller.enqueue(piece);
      controller.close();
      page.postMessage("saved");
    },
    cancel: () => page.postMessage("cancelled"),
  });
}

self.addEventListener("fetch", (event: FetchEvent) => {
  const id = new URL(event.request.url).pathname.slice("/save/".length);
  const one = waiting.get(id);
  // Forgotten, since the browser has started this worker anew: the page stays where it is, and gives up.
  if (one === undefined) return event.respondWith(new Response(null, { status: 204 }));
  waiting.delete(id);
  event.respondWith(new Response(bodyOf(one), {
    headers: {
      "Content-Type": "application/octet-stream",
      "Content-Length": String(one.size),
      "Content-Disposition": `attachment; filename="${one.name}"`,
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      "Content-Security-Policy": "default-src 'none'; sandbox",
    },
  }));
});
