// A box for a link that did not come through whole.
import { el, show } from "../dom";
import { drawn, words } from "../language";
import { readLink, type Link, type NoLink } from "../link";
import { contactOf } from "./ends";

export function paste(why: NoLink, opened: (link: Link) => void): void {
  drawn(() => {
    const w = words();
    const reasons = { nothing: w.pasteNothing, damaged: w.pasteDamaged, newer: w.pasteNewer };
    const reason = el("p", { id: "why", role: "alert" }, reasons[why]);
    const box = el("textarea", { id: "link", rows: "4", autocomplete: "off", spellcheck: "false", "aria-describedby": "why", required: true });
    const submit = async (event: Event) => {
      event.preventDefault();
      const link = await readLink(box.value);
      box.value = "";
      if (typeof link !== "string") return opened(link);
      reason.textContent = reasons[link];
      box.focus();
    };
    show(w.pasteTitle, reason,
      el("form", { submit: (event) => void submit(event) },
        el("label", { for: "link" }, w.pasteLabel), box, el("button", { type: "submit" }, w.pasteButton)),
      contactOf());
  });
}
