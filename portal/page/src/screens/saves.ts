// One file at a time on its way to the disk, and how far it is.
import { el, filled } from "../dom";
import { sizeText, words } from "../language";
import { canSave, save, type Saving } from "../save";

export class Saves {
  readonly place = el("div", { class: "progress" });
  private stopping: AbortController | null = null;

  /** `told`: that so many bytes of a file of that size were saved, all verified. */
  constructor(
    private readonly told: (bytes: number, whole: number) => void,
    private readonly over: (fault: unknown) => void,
  ) {}

  get busy(): boolean {
    return this.stopping !== null;
  }

  begin(saving: Saving, hint: string): void {
    if (this.busy) return;
    if (!canSave(saving.size)) return this.say(words().tooLarge);
    void this.run(saving, hint);
  }

  stop(): void {
    this.stopping?.abort(new DOMException("closed", "AbortError"));
  }

  private say(text: string, ...more: Node[]): void {
    this.place.replaceChildren(el("p", { role: "status" }, text), ...more);
  }

  private async run(saving: Saving, hint: string): Promise<void> {
    const stopping = (this.stopping = new AbortController());
    const leaving = (event: BeforeUnloadEvent) => event.preventDefault();
    const { name, size } = saving;
    const bar = el("progress", { max: String(size), value: "0", "aria-label": name });
    const text = el("p", {}, filled(words().saving, { name, done: sizeText(0), size: sizeText(size) }));
    this.place.replaceChildren(text, bar, el("button", { type: "button", click: () => this.stop() }, words().cancel));
    try {
      const ending = await save(saving, stopping.signal, (done) => {
        addEventListener("beforeunload", leaving); // not earlier: the file itself is asked for by leaving
        bar.value = done;
        text.textContent = filled(words().saving, { name, done: sizeText(done), size: sizeText(size) });
      });
      if (ending === "saved") this.told(size, size);
      this.say(filled(ending === "saved" ? words().saved : words().cancelled, { name }), ...(ending === "saved" ? [el("p", {}, hint)] : []));
    } catch (fault) {
      this.say(filled(stopping.signal.aborted ? words().cancelled : words().broken, { name }));
      this.over(fault);
    } finally {
      this.stopping = null;
      removeEventListener("beforeunload", leaving);
    }
  }
}
