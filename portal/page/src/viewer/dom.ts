// Elements, made without any markup.

export function make<K extends keyof HTMLElementTagNameMap>(tag: K, className: string, text = ""): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = className;
  if (text) element.textContent = text;
  return element;
}

export function button(className: string, text: string, name: string, act: () => void): HTMLButtonElement {
  const element = make("button", className, text);
  element.type = "button";
  if (name !== text) {
    element.setAttribute("aria-label", name);
    element.title = name;
  }
  element.addEventListener("click", act);
  return element;
}
