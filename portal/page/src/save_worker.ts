// The service worker of downloads: turns what the page decrypts into a file that the browser saves,
// a piece at a time and only as fast as the disk takes it. It knows no key, keeps nothing and
// touches no other request.
/// <reference lib="webworker" />
export {};
declare const self: ServiceWorkerGlobalScope;

interface Wish {
  name: string;
  size: number;
  page: MessagePort;
}

const kPatience = 20_000; // ms

/** Asked for, and not answered yet: lives no longer than the request that asks. */
const open = new Map<string, (wish: Wish) => void>();

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event: ExtendableMessageEvent) => {
  if (event.data === "awake") return; // a message is enough for the browser to let us live
  const { id, name, size } = event.data as { id: string; name: string; size: number };
  open.get(id)?.({ name, size, page: event.ports[0]! });
});

/** Nothing is kept from one request to the next, since the browser may end this worker in between: the pages are asked. */
async function wishOf(id: string): Promise<Wish | null> {
  const answer = new Promise<Wish | null>((resolve) => {
    open.set(id, resolve);
    setTimeout(() => resolve(null), kPatience);
  });
  for (const page of await self.clients.matchAll({ type: "window", includeUncontrolled: true })) page.postMessage({ want: id });
  return answer.finally(() => open.delete(id));
}

/** Each pull asks the page for one piece; null is the end, and only a whole file has one. */
function bodyOf({ page }: Wish): ReadableStream<Uint8Array> {
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

async function answer(id: string): Promise<Response> {
  const wish = await wishOf(id);
  if (wish === null) return new Response(null, { status: 204 }); // whoever navigated here stays where he is
  return new Response(bodyOf(wish), {
    headers: {
      "Content-Type": "application/octet-stream",
      "Content-Length": String(wish.size),
      "Content-Disposition": `attachment; filename="${wish.name}"`,
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      "Content-Security-Policy": "default-src 'none'; sandbox",
    },
  });
}

self.addEventListener("fetch", (event: FetchEvent) => {
  event.respondWith(answer(new URL(event.request.url).pathname.slice("/save/".length)));
});
