// The vectors that every implementation runs: tests/vectors/share.json.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { joined, toBase64 } from "../src/bytes";
import { normalCode, readLink } from "../src/link";
import { codeProof, context, coverKey, linkProof, receiptKey, rootOf, takeKey } from "../src/schedule";

const vectors = JSON.parse(readFileSync(new URL("../../../tests/vectors/share.json", import.meta.url), "utf8"));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const share = Uint8Array.from({ length: 16 }, (_, i) => i);
const secret = Uint8Array.from({ length: 32 }, (_, i) => 0x20 + i);

describe.each([0, 1, 2])("mode %i", (mode) => {
  const expected = vectors[`mode${mode}`];
  const ctx = context(mode, share);
  const address = `https://share.example.org/s/${toBase64(share)}#${expected.fragment}`;

  it("reads the link", async () => {
    expect(await readLink(address)).toEqual({ share, mode, secret, repaired: false });
  });
  it("derives every key", async () => {
    expect(hex(await linkProof(secret, ctx))).toBe(expected.link_proof);
    expect(hex(await coverKey(secret, ctx))).toBe(expected.cover_key);
    const root = await rootOf(secret, ctx, expected.code);
    expect(hex(root)).toBe(expected.root);
    expect(hex(await codeProof(root, ctx))).toBe(expected.code_proof);
    expect(hex(await receiptKey(root, ctx))).toBe(expected.receipt_key);
    const { key, check } = await takeKey(root, ctx);
    expect(hex(joined(key, check))).toBe(expected.take_key + expected.take_check);
  });
});

it("knows the normal form of a code", () => {
  expect(normalCode(1, "oVlm-9zkt 2b8d")).toBe("0V1M9ZKT2B8D");
  expect(normalCode(2, "Copper-lantern  orbit Maple QUIET stone")).toBe("copper lantern orbit maple quiet stone");
});
it.each(["", "0V1M9ZKT2B8", "0V1M9ZKT2B8DD", "0V1M9ZKT2B8U", "０V1M9ZKT2B8D", "ſV1M9ZKT2B8D"])("refuses %j as a code", (typed) => {
  expect(normalCode(1, typed)).toBeNull();
});
it("refuses a phrase that is too short", () => expect(normalCode(2, "one two three four five")).toBeNull());
