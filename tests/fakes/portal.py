"""A small portal for the tests of openers: one share, in memory, plain HTTP on loopback, with faults
to order. It shares no code with the real portal."""

import hashlib
import hmac
import http.server
import io
import json
import os
import struct
import sys
import threading
import time
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "independent"))
import opener  # noqa: E402
import sealed_stream  # noqa: E402
from opener import b64, label, sha256, unb64  # noqa: E402

CODE = "0V1M-9ZKT-2B8D"


def make_package(files, manifest=None, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    if manifest is None:
        manifest = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files)
    with zipfile.ZipFile(out, "w", method) as package:
        for name, data in files:
            package.writestr(zipfile.ZipInfo(name), data, method)
        if manifest is not False:
            package.writestr(zipfile.ZipInfo("MANIFEST.SHA256"), manifest, method)
    return out.getvalue()


class Share:
    """A share as dispatch makes it: link, code, cover, grant and sealed blobs."""

    def __init__(self, contents, mode=1, **changes):
        self.id, self.secret, self.arm, self.issue = os.urandom(16), os.urandom(32), 1, 1
        self.mode, self.contents, self.changes = mode, contents, changes
        version = bytes([0x10 + mode])
        total = sha256(label("link") + self.id + version + self.secret)[:3]
        self.fragment = b64(version + self.secret + total)
        link = opener.Link(f"http://127.0.0.1/s/{b64(self.id)}#{self.fragment}")
        self.keys = opener.Keys(link, opener.normal_code(mode, CODE) if mode else b"")
        self.ctx, self.blobs = link.ctx, {}
        granted = [self.seal_blob(content) for content in contents]
        self.cover = self.seal_cover()
        self.grant = self.seal_grant(granted)

    def seal(self, key, ad, data):
        return sealed_stream.encrypt(key, ad, data, os.urandom(32), os.urandom(7))

    def seal_blob(self, content, role=1):
        blob_id, key = os.urandom(16), os.urandom(32)
        padding = self.changes.get("padding", bytes(opener.padded(len(content)) - len(content)))
        sealed = self.seal(key, label("blob") + blob_id + bytes([role]), content + padding)
        sums = b"".join(sha256(sealed[i : i + opener.SEGMENT])
                        for i in range(0, len(sealed), opener.SEGMENT))
        self.blobs[b64(blob_id)] = (sealed, sums)
        return {"id": b64(blob_id), "role": role, "key": b64(key), "length": len(content),
                "sealed_length": len(sealed), "sums": b64(sha256(sums)),
                "sha256": b64(self.changes.get("sha256", sha256(content)))}

    def seal_cover(self):
        cover = {"v": 1, "sender": "St. Example", "contact": "+1 555 0100", "code_by": "operator",
                 "language": "en"}
        ad = label("cover") + self.ctx + struct.pack(">I", self.arm)
        return self.seal(self.keys.cover, ad, json.dumps(cover).encode())

    def seal_grant(self, blobs):
        now = int(time.time())
        grant = {"v": 1, "share": b64(self.id), "scope": "take", "arm": self.arm,
                 "issue": self.issue, "study_revision": 1, "issued": now, "not_after": now + 3600,
                 "fresh_until": now + 3600, "sender": "St. Example", "blobs": blobs}
        grant.update(self.changes.get("grant", {}))
        ad = label("grant") + self.ctx + b"\x02" + struct.pack(">II", self.arm, self.issue)
        return self.keys.take_check + self.seal(self.keys.take_key, ad, json.dumps(grant).encode())


class FakePortal:
    def __init__(self, share):
        self.share, self.state, self.tries_left = share, "ready", 100
        self.tickets, self.receipts, self.hellos, self.opens = set(), [], [], 0
        self.cut_after = []      # bytes of a blob after which the connection breaks, one a request
        self.expire_after = None  # blob requests after which every ticket ends, once
        self.fail_posts = 0      # answers 503 so often first
        self.ignore_range = False
        self.requests = []
        portal = self

        class Requests(Handler):
            fake = portal

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Requests)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def link(self):
        return f"{self.origin}/s/{b64(self.share.id)}#{self.share.fragment}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def receipts_verified(self):
        """Kinds of the receipts; every MAC must be right."""
        kinds = []
        for receipt in self.receipts:
            payload = unb64(receipt["payload"])
            mac = hmac.digest(self.share.keys.receipt, label("receipt") + payload, "sha256")
            assert hmac.compare_digest(mac, unb64(receipt["mac"]))
            kinds.append(json.loads(payload)["kind"])
        return kinds


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake = None

    def log_message(self, *arguments):
        pass

    def answer(self, status, message):
        body = json.dumps(message).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        fake = self.fake
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fake.requests.append(self.path)
        if fake.fail_posts > 0:
            fake.fail_posts -= 1
            return self.answer(503, {})
        if self.path == "/api/1/receipts":
            fake.receipts.append(request)
            return self.answer(202, {})
        share = fake.share
        if unb64(request["share"]) != share.id or unb64(request["link_proof"]) != share.keys.link_proof:
            return self.answer(404, {})
        if self.path == "/api/1/hello":
            return self.hello(request)
        return self.open(request)

    def hello(self, request):
        fake = self.fake
        fake.hellos.append(request)
        self.answer(200, {"state": fake.state, "arm": fake.share.arm, "issue": fake.share.issue,
                          "cover": b64(fake.share.cover), "otp": False, "step_up": False,
                          "now": int(time.time())})

    def open(self, request):
        fake = self.fake
        fake.opens += 1
        if fake.state != "ready":
            return self.answer(409, {"state": fake.state})
        if unb64(request["code_proof"]) != fake.share.keys.code_proof:
            fake.tries_left -= 1
            return self.answer(403, {"tries_left": fake.tries_left})
        ticket = os.urandom(32)
        fake.tickets.add(b64(ticket))
        self.answer(200, {"ticket": b64(ticket), "ticket_ends": int(time.time()) + 900,
                          "pending": False, "arm": fake.share.arm, "issue": fake.share.issue,
                          "grants": {"take": b64(fake.share.grant)}})

    def do_GET(self):
        fake = self.fake
        parts = self.path.split("/")
        ticket = self.headers.get("Authorization", "").removeprefix("Bearer ")
        fake.requests.append(self.path + " " + self.headers.get("Range", ""))
        if fake.expire_after is not None:
            fake.expire_after -= 1
            if fake.expire_after < 0:
                fake.tickets.clear()
                fake.expire_after = None
        if ticket not in fake.tickets or parts[4] not in fake.share.blobs:
            return self.answer(401, {})
        sealed, sums = fake.share.blobs[parts[4]]
        self.send_bytes(sums if self.path.endswith("/sums") else sealed, self.path.endswith("/sums"))

    def send_bytes(self, data, whole):
        first, last = 0, len(data) - 1
        wanted = self.headers.get("Range") if not self.fake.ignore_range else None
        if wanted:
            begin, end = wanted.removeprefix("bytes=").split("-")
            first, last = int(begin), int(end) if end else last
        body = data[first : last + 1]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if wanted:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.end_headers()
        if not whole and self.fake.cut_after:
            self.wfile.write(body[: self.fake.cut_after.pop(0)])
            self.close_connection = True
            return
        self.wfile.write(body)
