// Cover and grant, docs/share.md section 6.
import { equal, joined, textOf, toBase64, u32 } from "./bytes";
import { label, takeKey } from "./schedule";
import { bytes, list, object, parsed, text, whole } from "./shape";
import { NotGenuine, openWhole, plainLength } from "./stream";

export const kTake = 2;
export const kPackage = 1;
export const kIndex = 2;
const kRoles = [1, 2, 5]; // that a take grant may hold

export interface Cover {
  sender: string;
  contact: string;
  codeBy: string;
  language: string;
}

export interface Blob {
  id: string; // b64
  role: number;
  key: Uint8Array; // 32
  length: number; // of the content
  sealedLength: number;
  sums: Uint8Array; // h(sums)
}

export interface Grant {
  sender: string;
  revision: number; // of the study
  issued: number;
  notAfter: number;
  freshUntil: number;
  package: Blob;
  index: Blob;
}

export async function openCover(key: Uint8Array, ctx: Uint8Array, arm: number, sealed: Uint8Array): Promise<Cover> {
  const cover = parsed(textOf(await openWhole(key, joined(label("cover"), ctx, u32(arm)), sealed)));
  if (cover.v !== 1) throw new NotGenuine("a cover of another version");
  return {
    sender: text(cover.sender),
    contact: text(cover.contact),
    codeBy: text(cover.code_by),
    language: text(cover.language),
  };
}

function readBlob(value: unknown): Blob {
  const blob = object(value);
  const role = whole(blob.role, 255);
  const [length, sealedLength] = [whole(blob.length), whole(blob.sealed_length)];
  const plain = plainLength(sealedLength);
  if (!kRoles.includes(role)) throw new NotGenuine("a blob of a role that the scope has not");
  if (length < 1 || plain === null || (plain !== length && plain !== paddedLength(length)))
    throw new NotGenuine("a blob whose lengths do not fit");
  return {
    id: toBase64(bytes(blob.id, 16)),
    role,
    key: bytes(blob.key, 32),
    length,
    sealedLength,
    sums: bytes(blob.sums, 32),
  };
}

export function paddedLength(length: number): number {
  const step = Math.max(4096, 2 ** (Math.floor(Math.log2(length)) - 5));
  return Math.ceil(length / step) * step;
}

function only(blobs: Blob[], role: number): Blob {
  const found = blobs.filter((blob) => blob.role === role);
  if (found.length !== 1) throw new NotGenuine("a grant without its blobs");
  return found[0]!;
}

const kLargestIndex = 64 << 20;

function limited(index: Blob): Blob {
  if (index.length > kLargestIndex) throw new NotGenuine("an index that is too large");
  return index;
}

export interface Expected {
  share: Uint8Array;
  arm: number;
  issue: number;
}

/** The take grant: recognised by its check, unsealed, and held against what the portal said of it. */
export async function openGrant(root: Uint8Array, ctx: Uint8Array, expected: Expected, sealed: Uint8Array): Promise<Grant> {
  const { key, check } = await takeKey(root, ctx);
  if (sealed.length < 32 || !equal(check, sealed.subarray(0, 32))) throw new NotGenuine("a grant of another share");
  const ad = joined(label("grant"), ctx, new Uint8Array([kTake]), u32(expected.arm), u32(expected.issue));
  const grant = parsed(textOf(await openWhole(key, ad, sealed.subarray(32))));
  if (grant.v !== 1 || grant.scope !== "take" || !equal(bytes(grant.share, 16), expected.share) ||
      grant.arm !== expected.arm || grant.issue !== expected.issue)
    throw new NotGenuine("a grant that says other than its seal");
  const blobs = list(grant.blobs, 64).map(readBlob);
  if (new Set(blobs.map((blob) => blob.id)).size !== blobs.length) throw new NotGenuine("a blob twice");
  return {
    sender: text(grant.sender),
    revision: whole(grant.study_revision),
    issued: whole(grant.issued),
    notAfter: whole(grant.not_after),
    freshUntil: whole(grant.fresh_until),
    package: only(blobs, kPackage),
    index: limited(only(blobs, kIndex)),
  };
}
