// From the address to the images: link, code, study. Each step shows its screen and calls the next.
import "./page.css";
import { Blob } from "./blob";
import { el } from "./dom";
import { openCover, type Cover } from "./grant";
import { begin, suggest, toggle, words } from "./language";
import { takeLink, type Link } from "./link";
import { Package } from "./package";
import { hello, Refused, type Hello } from "./portal";
import { context, coverKey, linkProof } from "./schedule";
import { askCode } from "./screens/code";
import { closed, ended, notGenuine, superseded, unreached, unsupported, working } from "./screens/ends";
import { paste } from "./screens/paste";
import { showStudy } from "./screens/study";
import { Session, Superseded } from "./session";
import { NotGenuine } from "./stream";
import { readIndex } from "./study_index";

const kIdle = 30 * 60 * 1000; // ms: then the images close by themselves

const supported = (): boolean =>
  isSecureContext && typeof crypto?.subtle?.deriveBits === "function" && typeof DecompressionStream === "function" &&
  typeof ReadableStream === "function" && typeof AbortController === "function";

/** Where a fault leads, whichever step it came from. */
function failed(fault: unknown, again: () => void, cover?: Cover): void {
  if (fault instanceof NotGenuine) return notGenuine(cover);
  if (fault instanceof Superseded) return superseded(again);
  if (!(fault instanceof Refused)) return unreached(again);
  if (fault.status === 403) return ended("locked", cover);
  if (fault.status === 429) return unreached(again);
  ended(fault.state !== undefined && fault.state !== "ready" ? fault.state : "gone", cover);
}

/** Closes the study that is open, if one is. */
let leave: () => void = () => undefined;

/** Counts the links that were tried: what an earlier one still brings is not shown any more. */
let visit = 0;

async function greet(link: Link): Promise<void> {
  const mine = ++visit;
  working();
  const ctx = context(link.mode, link.share);
  let told: Hello;
  let cover: Cover;
  try {
    told = await hello(link.share, await linkProof(link.secret, ctx), link.repaired);
    cover = await openCover(await coverKey(link.secret, ctx), ctx, told.arm, told.cover);
  } catch (fault) {
    return mine === visit ? failed(fault, () => void greet(link)) : undefined;
  }
  if (mine !== visit) return;
  suggest(cover.language);
  if (told.state !== "ready") return ended(told.state, cover);
  const again = () => void greet(link);
  askCode(link, cover, (session) => void study(session, cover, again), (fault) => failed(fault, again, cover));
}

async function study(session: Session, cover: Cover, again: () => void): Promise<void> {
  const mine = visit;
  working();
  try {
    const { grant } = session;
    const [lists, blob] = [new Blob(session, grant.index), new Blob(session, grant.package)];
    for (const each of [lists, blob]) each.prepare();
    const index = await readIndex(await lists.read(0, grant.index.length), grant.package.length);
    if (mine !== visit) return;
    const opened = new Package(blob, () => session.tell("viewed", blob.id), (fault) => over(fault));
    const drop = () => {
      removeEventListener("pagehide", close);
      stayAwake();
      leave = () => undefined;
      shown.forget();
    };
    const close = () => {
      drop();
      closed(again);
    };
    // A share that has ended, or has other content by now, ends the page; anything else is said where it happened.
    const over = (fault: unknown) => {
      const ends = fault instanceof Superseded || (fault instanceof Refused && [404, 409, 410].includes(fault.status));
      if (!ends || leave !== close) return;
      drop();
      failed(fault, again, cover);
    };
    leave = close;
    const shown = showStudy({ session, cover, index, blob, package: opened }, close, over);
    const stayAwake = afterIdling(kIdle, shown.busy, close);
    addEventListener("pagehide", close);
  } catch (fault) {
    failed(fault, again, cover);
  }
}

/** Acts when nobody has touched the page for so long and it is not busy; returns what calls it off. */
function afterIdling(milliseconds: number, busy: () => boolean, act: () => void): () => void {
  const over = () => (busy() ? touched() : act());
  let timer = setTimeout(over, milliseconds);
  const touched = () => {
    clearTimeout(timer);
    timer = setTimeout(over, milliseconds);
  };
  const kinds = ["pointerdown", "keydown", "wheel"];
  for (const kind of kinds) addEventListener(kind, touched, { passive: true });
  return () => {
    clearTimeout(timer);
    for (const kind of kinds) removeEventListener(kind, touched);
  };
}

/** What stands above every screen. */
function frame(): void {
  const notice = el("span");
  const language = el("button", { type: "button", class: "quiet", click: toggle });
  begin(() => {
    notice.textContent = words().notForDiagnosis;
    language.textContent = words().other;
  });
  document.body.prepend(el("header", {}, notice, language));
}

async function start(): Promise<void> {
  if (!supported()) return unsupported();
  const link = await takeLink(location, history);
  if (typeof link === "string") return paste(link, (found) => void greet(found));
  await greet(link);
}

frame();
void start();
// A link that is typed into the address of this very page changes only what stands behind the #.
addEventListener("hashchange", () => {
  if (location.hash === "") return;
  leave();
  void start();
});
