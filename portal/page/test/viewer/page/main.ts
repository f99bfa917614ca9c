// A page with nothing but the viewer: the study comes from /study.json, ranges of its files from /files/.

import type { Bytes, Series } from "../../../src/study";
import "./page.css";

const letGo: string[] = [];

const bytes: Bytes = {
  async read(instance, from, to, signal) {
    if (from === to) return new Uint8Array(0);
    const over = new AbortController();
    signal?.addEventListener("abort", () => letGo.push(instance.file), { signal: over.signal });
    const response = await fetch(`/files/${instance.file}?from=${from}&to=${to}`, { signal });
    if (!response.ok) throw new Error("The image could not be fetched.");
    const data = new Uint8Array(await response.arrayBuffer());
    over.abort();
    return data;
  },
};

const root = document.getElementById("viewer");
const study = (await (await fetch(`/study.json${location.search}`)).json()) as Series[];
// As the page does it: the viewer comes when there is something to look at.
const [{ openViewer }, { de, en }] = await Promise.all([import("../../../src/viewer"), import("../../../src/viewer/words")]);
const words = location.hash === "#de" ? de : en;
if (root) Object.assign(globalThis, { letGo, viewer: openViewer(root, study, bytes, words) });
