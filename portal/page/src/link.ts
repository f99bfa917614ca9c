// The link, docs/share.md section 3: what mail programs and gateways make of it is repaired here,
// before any request.
import { equal, fromBase64, joined, sha256 } from "./bytes";
import { label } from "./schedule";

export interface Link {
  share: Uint8Array; // 16
  mode: 0 | 1 | 2; // link alone, code, phrase
  secret: Uint8Array; // 32
  repaired: boolean; // its # had become %23: a gateway has seen the secret
}

/** "nothing": no link at all; "damaged": cut or mistyped; "newer": of a version that is not known here. */
export type NoLink = "nothing" | "damaged" | "newer";

const kShape = /\/s\/([A-Za-z0-9_-]{22})(#|%2523|%23)([A-Za-z0-9_-]*)/;

/** Out of an address, or of what somebody pasted: line breaks and brackets around it are left out. */
export async function readLink(text: string): Promise<Link | NoLink> {
  const found = kShape.exec(text.replace(/\s+/g, ""));
  if (found === null) return /\/s\//.test(text) ? "damaged" : "nothing";
  const share = fromBase64(found[1]!, 16);
  const fragment = fromBase64(found[3]!.slice(0, 48), 36);
  if (share === null || fragment === null) return "damaged";
  const [version, secret] = [fragment[0]!, fragment.slice(1, 33)];
  const sum = await sha256(joined(label("link"), share, fragment.subarray(0, 33)));
  if (!equal(sum.subarray(0, 3), fragment.subarray(33))) return "damaged";
  if (version >> 4 !== 1 || (version & 15) > 2) return "newer";
  return { share, mode: (version & 15) as Link["mode"], secret, repaired: found[2] !== "#" };
}

/** The address that the page was opened under; its secret part leaves the history at once. */
export async function takeLink(where: Location, past: History): Promise<Link | NoLink> {
  const address = where.href;
  if (where.hash !== "" || /%(25)?23/.test(address)) {
    const bare = /^\/s\/[A-Za-z0-9_-]{22}/.exec(where.pathname);
    past.replaceState(null, "", bare === null ? "/s/" : bare[0]);
  }
  return readLink(address);
}

/** Null: cannot be one, and is no attempt. */
export function normalCode(mode: number, typed: string): string | null {
  if (mode === 0) return "";
  if (mode === 1) {
    if (/[^\x20-\x7E]/.test(typed)) return null;
    const code = typed.toUpperCase().replace(/[ -]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
    return /^[0-9A-HJKMNP-TV-Z]{12}$/.test(code) ? code : null;
  }
  const lower = [...typed].map((c) => (c >= "A" && c <= "Z" ? c.toLowerCase() : c)).join("");
  const phrase = lower.replace(/[^a-z]+/g, " ").trim();
  return phrase.split(" ").length >= 6 ? phrase : null;
}

