// A series out of a package that Python's zipfile has written in our layout, judged by Python.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { archive, archiveLength } from "../src/archive";
import type { Entry } from "../src/study_index";

const folder = mkdtempSync(join(tmpdir(), "archive-"));
const python = (script: string, ...args: string[]): string => execFileSync("/usr/bin/python3", ["-c", script, ...args], { encoding: "utf8" });

const made = JSON.parse(python(`
import json, random, sys, zipfile
dice, entries = random.Random(7), []
with zipfile.ZipFile(sys.argv[1], "w") as z:
    for i in range(6):
        info = zipfile.ZipInfo(f"DICOM/ST000001/SE00000{1 + i % 2}/IM{i:06}")
        info.compress_type = zipfile.ZIP_DEFLATED if i % 3 else zipfile.ZIP_STORED
        z.writestr(info, dice.randbytes(200_000) + bytes(dice.randrange(900_000)))
    for info in z.infolist():
        entries.append({"file": info.filename, "offset": info.header_offset + 30 + len(info.filename), "stored": info.compress_size,
                        "size": info.file_size, "method": info.compress_type})
print(json.dumps(entries))`, join(folder, "whole.zip"))) as Entry[];
const whole = readFileSync(join(folder, "whole.zip"));

/** The package in pieces of `size` bytes, as a blob would give them. */
const inPieces = (size: number) => ({
  async *stream(from: number, to: number) {
    for (let at = from; at < to; ) {
      const end = Math.min(to, (Math.floor(at / size) + 1) * size);
      yield new Uint8Array(whole.subarray(at, end));
      at = end;
    }
  },
});

async function zipped(entries: Entry[], piece: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of archive(inPieces(piece), entries, new AbortController().signal)) parts.push(part);
  return Buffer.concat(parts);
}

it.each([1 << 20, 70_001, 17])("is a ZIP with the same files, read in pieces of %i bytes", async (piece) => {
  const series = made.filter(({ file }) => file.includes("SE000002"));
  const zip = await zipped(series, piece);
  expect(zip.length).toBe(archiveLength(series));
  writeFileSync(join(folder, "series.zip"), zip);
  const same = python(`
import sys, zipfile
one, whole = zipfile.ZipFile(sys.argv[1]), zipfile.ZipFile(sys.argv[2])
assert one.testzip() is None
print(len(one.namelist()), all(one.read(name) == whole.read(name) for name in one.namelist()))`,
    join(folder, "series.zip"), join(folder, "whole.zip"));
  expect(same).toBe("3 True\n");
  execFileSync("unzip", ["-tq", join(folder, "series.zip")]);
});
it("reads entries that stand together in one go", async () => {
  const asked: [number, number][] = [];
  const counted = { stream: (from: number, to: number) => (asked.push([from, to]), inPieces(1 << 20).stream(from, to)) };
  for await (const _ of archive(counted as never, made, new AbortController().signal));
  expect(asked.length).toBe(1);
});
it("refuses records that are not where the index says", async () => {
  await expect(zipped([{ ...made[1]!, offset: made[1]!.offset + 1 }], 1 << 20)).rejects.toThrow("not where the index says");
  await expect(zipped([{ ...made[1]!, file: made[2]!.file }], 1 << 20)).rejects.toThrow("not where the index says");
});
it("says sizes over 4 GiB in Zip64", () => {
  const large = { file: "A", offset: 51, stored: 5e9, size: 5e9, method: 0, sha256: new Uint8Array(32) } as Entry;
  const behind = { ...large, file: "B", offset: 51 + 5e9 + 31, stored: 10, size: 10 };
  expect(archiveLength([large, behind])).toBe(51 + 5e9 + 31 + 10 + (46 + 1 + 20) + (46 + 1 + 12) + 76 + 22);
});
