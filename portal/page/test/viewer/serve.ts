// Serves the built page under the portal's CSP, and ranges of a study's files; counts what is read of each.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { open, readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import type { AddressInfo } from "node:net";

export const CSP =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
  "worker-src 'self'; require-trusted-types-for 'script'; trusted-types dcmcourier";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".json": "application/json",
};

export interface Served {
  url: string;
  read: Map<string, number>; // bytes given of each file
  asked: string[]; // paths of the page's own files
  close(): Promise<void>;
}

async function range(file: string, from: number, to: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(to - from), 0, to - from, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, page: string, study: string, served: Served): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://page");
  const path = normalize(decodeURIComponent(pathname === "/" ? "/index.html" : pathname));
  response.setHeader("Content-Security-Policy", CSP);
  response.setHeader("X-Content-Type-Options", "nosniff");
  if (path.startsWith("/files/")) {
    const name = path.slice("/files/".length);
    const data = await range(join(study, name), Number(searchParams.get("from")), Number(searchParams.get("to")));
    served.read.set(name, (served.read.get(name) ?? 0) + data.length);
    response.end(data);
    return;
  }
  if (path === "/favicon.ico") {
    response.writeHead(204).end();
    return;
  }
  served.asked.push(path);
  const file = path === "/study.json" ? join(study, searchParams.get("name") ?? "study.json") : join(page, path);
  const data = await readFile(file);
  response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
  response.end(data);
}

export async function serve(page: string, study: string): Promise<Served> {
  const server: Server = createServer((request, response) => {
    answer(request, response, page, study, served).catch(() => response.writeHead(404).end());
  });
  const close = () => new Promise<void>((resolve) => (server.closeAllConnections(), server.close(() => resolve())));
  const served: Served = { url: "", read: new Map(), asked: [], close };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  served.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return served;
}
