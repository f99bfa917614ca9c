// Elements, made without markup: texts can only be texts.
type Child = Node | string;
type Properties = Record<string, string | boolean | ((event: Event) => void)>;

export function el<K extends keyof HTMLElementTagNameMap>(tag: K, properties: Properties = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** "{n} left" with {n: 3}. */
export const filled = (text: string, values: Record<string, string | number>): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));

/** A screen takes the place of the one before; what reads aloud begins at its heading. */
export function show(title: string, ...children: Child[]): HTMLElement {
  const place = document.getElementById("page")!;
  const heading = el("h1", { tabindex: "-1" }, title);
  place.replaceChildren(heading, ...children);
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
  return place;
}
