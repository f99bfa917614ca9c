// The opened study: what it holds, the images, and saving.
import { archive, archiveLength } from "../archive";
import type { Blob } from "../blob";
import { el, filled, show } from "../dom";
import type { Cover } from "../grant";
import { dateText, drawn, numberText, sizeText, words } from "../language";
import type { Package } from "../package";
import type { Saving } from "../save";
import type { Session } from "../session";
import type { PlacedInstance, PlacedSeries, StudyIndex } from "../study_index";
import { contactOf } from "./ends";
import { openViewer } from "../viewer";
import { Saves } from "./saves";

export interface Study {
  session: Session;
  cover: Cover;
  index: StudyIndex;
  blob: Blob;
  package: Package;
}

const isImage = (instance: PlacedInstance): boolean => instance.frames > 0;
const sizeOf = (instances: PlacedInstance[]): number => instances.reduce((sum, { entry }) => sum + entry.stored, 0);

function wholeStudy({ blob }: Study): Saving {
  return { name: "study.zip", size: blob.length, pieces: (signal) => blob.stream(0, blob.length, signal) };
}

function oneSeries({ blob }: Study, series: PlacedSeries, number: number): Saving {
  const entries = series.instances.map(({ entry }) => entry);
  return { name: `series-${number}.zip`, size: archiveLength(entries), pieces: (signal) => archive(blob, entries, signal) };
}

function factsOf({ cover, index, blob, session }: Study): HTMLElement {
  const w = words();
  const images = index.series.flatMap(({ instances }) => instances).filter(isImage).length;
  const { notAfter, freshUntil } = session.grant;
  const until = Math.min(notAfter, freshUntil);
  const stale = until < Date.now() / 1000 ? [el("p", { role: "alert" }, filled(w.stale, { date: dateText(until) }))] : [];
  return el("section", { class: "facts" },
    el("p", {}, filled(w.facts, { images: numberText(images), series: numberText(index.series.length), size: sizeText(blob.length) })),
    el("p", {}, filled(w.until, { date: dateText(notAfter) })), ...stale, contactOf(cover, w.questions));
}

function rowOf(study: Study, series: PlacedSeries, number: number, saves: Saves): HTMLElement {
  const w = words();
  const name = series.description || filled(w.seriesNumber, { n: number });
  const button = el("button", { type: "button", "aria-label": `${w.saveSeries}: ${name}`, click: () => saves.begin(oneSeries(study, series, number), w.savedSeriesHint) }, w.saveSeries);
  return el("tr", {},
    el("th", { scope: "row" }, name), el("td", {}, series.modality), el("td", {}, numberText(series.instances.length)),
    el("td", {}, sizeText(sizeOf(series.instances))), el("td", {}, button));
}

function savePanel(study: Study, saves: Saves): HTMLElement {
  const w = words();
  const head = el("tr", {}, ...[w.series, w.seriesKind, w.seriesCount, w.seriesSize].map((text) => el("th", { scope: "col" }, text)), el("td"));
  return el("section", { class: "save", "aria-labelledby": "save" },
    el("h2", { id: "save" }, w.saveTitle),
    el("button", { type: "button", class: "main", click: () => saves.begin(wholeStudy(study), w.savedHint) },
      filled(w.saveAll, { size: sizeText(study.blob.length) })),
    saves.place,
    el("div", { class: "wide" }, el("table", {}, el("thead", {}, head),
      el("tbody", {}, ...study.index.series.map((series, i) => rowOf(study, series, i + 1, saves))))));
}

export interface Shown {
  busy(): boolean; // a file is on its way
  forget(): void; // everything that was read, and the keys
}

/** `over`: called with every fault of saving; some end the page. */
export function showStudy(study: Study, close: () => void, over: (fault: unknown) => void): Shown {
  const saves = new Saves((bytes, whole) => study.session.tell(whole === study.blob.length ? "complete" : "part", study.blob.id, bytes), over);
  let viewer = { close: () => undefined as void };
  drawn(() => {
    const w = words();
    viewer.close();
    const images = el("section", { class: "images" });
    show(filled(w.studyTitle, { sender: study.cover.sender }), factsOf(study), images, savePanel(study, saves),
      el("p", {}, el("button", { type: "button", click: close }, w.lock)));
    viewer = openViewer(images, study.index.series, study.package, w.viewer);
  });
  const forget = () => {
    viewer.close();
    saves.stop();
    study.package.forget();
    study.blob.forget();
  };
  return { busy: () => saves.busy, forget };
}
