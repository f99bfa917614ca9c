// Which language the page speaks: the reader's choice, else that of the mail, else the browser's.
import { de } from "./words/de";
import { en, type Words } from "./words/en";

const kAll: Record<string, Words> = { en, de };

const spoken = (name: string | undefined): string | undefined => Object.keys(kAll).find((one) => name?.toLowerCase().startsWith(one));

let current = navigator.languages.map(spoken).find((name) => name !== undefined) ?? "en";
let chosen = false;
let again: () => void = () => undefined;
let spokenNow: () => void = () => undefined;

export const words = (): Words => kAll[current]!;

function speak(name: string): void {
  current = name;
  document.documentElement.lang = name;
  document.title = words().title;
  spokenNow();
}

/** The language of the mail, unless the reader has chosen. */
export function suggest(name: string): void {
  const known = spoken(name);
  if (!chosen && known !== undefined) speak(known);
}

export function toggle(): void {
  chosen = true;
  speak(current === "en" ? "de" : "en");
  again();
}

/** Draws now, and again in the other language. */
export function drawn(draw: () => void): void {
  again = draw;
  draw();
}

/** `heard`: now, and whenever the language changes. */
export function begin(heard: () => void): void {
  spokenNow = heard;
  speak(current);
}

/** Dates and numbers as where the reader is, in the language that the page speaks. */
const locale = (): string => navigator.languages.find((name) => spoken(name) === current) ?? current;

export const sizeText = (bytes: number): string => {
  const [unit, value] = bytes < 1e6 ? ["kilobyte", bytes / 1e3] : bytes < 1e9 ? ["megabyte", bytes / 1e6] : ["gigabyte", bytes / 1e9];
  return new Intl.NumberFormat(locale(), { style: "unit", unit: unit as string, maximumFractionDigits: (value as number) < 10 ? 1 : 0 }).format(value as number);
};

export const numberText = (value: number): string => new Intl.NumberFormat(locale()).format(value);

export const dateText = (seconds: number): string =>
  new Intl.DateTimeFormat(locale(), {
    weekday: "long", year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
  }).format(new Date(seconds * 1000));
