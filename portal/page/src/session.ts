// An opened share: its ticket, renewed before it ends and asked for again when it is refused.
import { bytesOf, joined, toBase64, type Bytes8 } from "./bytes";
import { type Grant, openGrant } from "./grant";
import type { Link } from "./link";
import * as portal from "./portal";
import { codeProof, context, label, linkProof, receiptKey, rootOf } from "./schedule";
import { NotGenuine } from "./stream";

/** The share has been amended since: what this page reads is no longer there. */
export class Superseded extends Error {}

/** The highest issue that this page has seen of a share and arm: nobody may serve it an older one. */
const highest = new Map<string, number>();

function heed(share: Uint8Array, { arm, issue }: portal.Opened): void {
  const which = `${toBase64(share)}/${arm}`;
  if (issue < (highest.get(which) ?? 0)) throw new NotGenuine("an older issue of the share");
  highest.set(which, issue);
}

const kRenewBefore = 3 * 60 * 1000;

export type ReceiptKind = "opened" | "viewed" | "part" | "complete";

export class Session {
  private waiting: Promise<void> | null = null;

  private constructor(
    private readonly link: Link,
    private readonly ctx: Uint8Array,
    private readonly root: Bytes8,
    private opened: portal.Opened,
    readonly grant: Grant,
  ) {}

  /** `code` in its normal form. Refused: 403 wrong, 404, 409 with its state, 429. */
  static async open(link: Link, code: string): Promise<Session> {
    const ctx = context(link.mode, link.share);
    const root = await rootOf(link.secret, ctx, code);
    const opened = await portal.open(link.share, await linkProof(link.secret, ctx), await codeProof(root, ctx));
    if (opened.take === null) throw new portal.Refused(410);
    const expected = { share: link.share, arm: opened.arm, issue: opened.issue };
    const session = new Session(link, ctx, root, opened, await openGrant(root, ctx, expected, opened.take));
    heed(link.share, opened);
    session.tell("opened");
    return session;
  }

  /** A ticket that is good now. */
  async ticket(): Promise<string> {
    if (Date.now() > this.opened.ticketEnds - kRenewBefore) await this.again(() => this.renew());
    return this.opened.ticket;
  }

  /** After a 401: the portal has forgotten the ticket, or the share has ended. */
  async reopen(refused: string): Promise<void> {
    while (this.waiting !== null) await this.waiting.catch(() => undefined);
    if (this.opened.ticket !== refused) return; // somebody else was quicker
    await this.again(async () => {
      const proof = await linkProof(this.link.secret, this.ctx);
      const opened = await portal.open(this.link.share, proof, await codeProof(this.root, this.ctx));
      if (opened.take === null) throw new portal.Refused(410);
      const expected = { share: this.link.share, arm: opened.arm, issue: opened.issue };
      const grant = await openGrant(this.root, this.ctx, expected, opened.take);
      heed(this.link.share, opened);
      if (grant.package.id !== this.grant.package.id) throw new Superseded();
      this.opened = opened;
    });
  }

  /** A receipt may fail: it is the sender's account, not the recipient's business. */
  tell(kind: ReceiptKind, blob?: string, bytes?: number): void {
    void this.send(kind, blob, bytes).catch(() => undefined);
  }

  private async send(kind: ReceiptKind, blob?: string, bytes?: number): Promise<void> {
    const payload = bytesOf(JSON.stringify({
      share: toBase64(this.link.share), arm: this.opened.arm, issue: this.opened.issue,
      id: toBase64(crypto.getRandomValues(new Uint8Array(16))), kind,
      ...(blob === undefined ? {} : { blob }), ...(bytes === undefined ? {} : { bytes }), at: Math.floor(Date.now() / 1000),
    }));
    const key = await crypto.subtle.importKey("raw", await receiptKey(this.root, this.ctx), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const mac = await crypto.subtle.sign("HMAC", key, joined(label("receipt"), payload));
    await portal.receipt(await this.ticket(), payload, new Uint8Array(mac));
  }

  private async renew(): Promise<void> {
    try {
      Object.assign(this.opened, await portal.renew(this.opened.ticket));
    } catch (fault) {
      if (!(fault instanceof portal.Refused)) throw fault;
      this.opened.ticketEnds = Infinity; // the next request is answered 401, and opens again
    }
  }

  /** One at a time, whoever asks. */
  private again(act: () => Promise<void>): Promise<void> {
    this.waiting ??= act().finally(() => (this.waiting = null));
    return this.waiting;
  }
}
