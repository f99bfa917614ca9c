// Screens on which the way ends, and what to do then.
import { el, filled, show } from "../dom";
import type { Cover } from "../grant";
import { drawn, words } from "../language";
import type { State } from "../portal";

/** Whom to call: from the cover, when the link could be proven. */
export function contactOf(cover?: Cover, how = words().callSender): HTMLElement {
  const w = words();
  if (cover === undefined) return el("p", {}, w.callMail);
  const plain = /^\+?[0-9][0-9 ()/.-]{4,30}$/.test(cover.contact);
  const contact = plain ? el("a", { href: `tel:${cover.contact.replace(/[^+0-9]/g, "")}` }, cover.contact) : cover.contact;
  return el("p", {}, filled(how, { sender: cover.sender }), " ", el("strong", {}, contact));
}

export type Ending = Exclude<State, "ready"> | "gone";

export function ended(state: Ending, cover?: Cover): void {
  drawn(() => {
    const w = words();
    const [title, text] = {
      gone: [w.goneTitle, w.gone], expired: [w.expiredTitle, w.expired], revoked: [w.revokedTitle, w.revoked],
      locked: [w.lockedTitle, w.locked], suspended: [w.suspendedTitle, w.suspended],
    }[state];
    show(title!, el("p", {}, text!), contactOf(cover));
  });
}

export function notGenuine(cover?: Cover): void {
  drawn(() => show(words().falseTitle, el("p", {}, words().isFalse), contactOf(cover)));
}

export function unreached(again: () => void): void {
  drawn(() => show(words().unreachedTitle, el("p", {}, words().unreached), el("button", { type: "button", click: again }, words().again)));
}

export function superseded(again: () => void): void {
  drawn(() => show(words().newerTitle, el("p", {}, words().newer), el("button", { type: "button", click: again }, words().reopen)));
}

export function unsupported(): void {
  drawn(() => show(words().browserTitle, el("p", {}, words().browser)));
}

export function closed(again: () => void): void {
  drawn(() => show(words().title, el("p", {}, words().lockedOff), el("button", { type: "button", click: again }, words().reopen)));
}

export function working(): void {
  drawn(() => show(words().title, el("p", { role: "status" }, words().opening)));
}
