import { expect, it } from "vitest";
import { readLink } from "../src/link";

const id = "AAECAwQFBgcICQoLDA0ODw";
const fragment = "ESAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4_s5jd";
const origin = "https://share.example.org";
const opened = async (text: string) => {
  const link = await readLink(text);
  return typeof link === "string" ? link : { mode: link.mode, repaired: link.repaired };
};

it.each(["%23", "%2523"])("repairs %s and says so", async (mark) => {
  expect(await opened(`${origin}/s/${id}${mark}${fragment}`)).toEqual({ mode: 1, repaired: true });
});
it.each([
  ["brackets", `Your link: <${origin}/s/${id}#${fragment}>.`],
  ["line breaks", `${origin}/s/${id}#${fragment.slice(0, 20)}\n  ${fragment.slice(20)}\n`],
  ["what stands behind it", `${origin}/s/${id}#${fragment}\nKind regards`],
])("finds a link in spite of %s", async (_, text) => expect(await opened(text)).toEqual({ mode: 1, repaired: false }));

it.each([
  ["another symbol", `${origin}/s/${id}#${fragment.slice(0, 30)}A${fragment.slice(31)}`],
  ["a cut", `${origin}/s/${id}#${fragment.slice(0, 40)}`],
  ["no fragment", `${origin}/s/${id}`],
  ["an empty fragment", `${origin}/s/${id}#`],
  ["a cut id", `${origin}/s/${id.slice(1)}#${fragment}`],
  ["the fragment of another share", `${origin}/s/AAECAwQFBgcICQoLDA0ODg#${fragment}`],
])("calls a link with %s damaged", async (_, text) => expect(await readLink(text)).toBe("damaged"));

it.each(["", "https://www.example.org/", "no link at all"])("finds no link in %j", async (text) => expect(await readLink(text)).toBe("nothing"));
