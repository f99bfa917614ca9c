// The code, or only a button where there is none: nothing is opened before a person wants it.
import { el, filled, show } from "../dom";
import type { Cover } from "../grant";
import { drawn, words } from "../language";
import { normalCode, type Link } from "../link";
import { Refused } from "../portal";
import { Session } from "../session";
import { contactOf } from "./ends";

const kTellLeft = 10; // attempts

/** What a refused attempt means to the person; null: it ends the way. */
function complaint(fault: unknown): string | null {
  if (!(fault instanceof Refused)) return null;
  const w = words();
  if (fault.status === 429) return filled(w.codeWait, { n: fault.retryAfter ?? 30 });
  if (fault.status !== 403) return null;
  if (fault.triesLeft === 0) return null;
  const left = fault.triesLeft;
  return left === undefined || left > kTellLeft ? w.codeWrong : filled(w.codeWrongLeft, { n: left });
}

export function askCode(link: Link, cover: Cover, opened: (session: Session) => void, failed: (fault: unknown) => void): void {
  drawn(() => {
    const w = words();
    const told = el("p", { id: "told", role: "alert" });
    const button = el("button", { type: "submit" }, w.codeButton);
    const field = el("input", {
      id: "code", type: "text", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", required: true,
      "aria-describedby": "how told", size: link.mode === 1 ? "16" : "40",
    });
    const attempt = async (event: Event) => {
      event.preventDefault();
      const code = normalCode(link.mode, field.value);
      if (code === null) {
        told.textContent = link.mode === 1 ? w.codeShape : w.phraseShape;
        return field.focus();
      }
      button.disabled = true;
      told.textContent = w.codeWorking;
      try {
        const session = await Session.open(link, code);
        field.value = "";
        opened(session);
      } catch (fault) {
        const text = complaint(fault);
        if (text === null) return failed(fault);
        told.textContent = text;
        button.disabled = false;
        field.select();
        field.focus();
      }
    };
    const how = link.mode === 0 ? "" : cover.codeBy === "operator" ? w.codeOperator : w.codeAgreed;
    const label = el("label", { for: "code" }, link.mode === 2 ? w.phraseLabel : w.codeLabel);
    show(link.mode === 0 ? w.noCodeTitle : w.codeTitle,
      el("p", {}, filled(w.codeFrom, { sender: cover.sender })),
      el("p", { id: "how" }, how),
      el("form", { submit: (event) => void attempt(event) }, ...(link.mode === 0 ? [] : [label, field]), button, told),
      contactOf(cover, w.questions));
    if (link.mode !== 0) field.focus();
  });
}
