#!/usr/bin/python3
"""An opener of links that shares no code with the project, written from docs/share.md and
docs/sealed-stream.md: opener.py LINK [--code CODE] --out DIR [--ca FILE]

Exit status: 0 opened, 69 the portal refuses, 77 wrong code, 76 not genuine, 65 bad link."""

import argparse
import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import ssl
import struct
import sys
import time
import urllib.parse
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sealed_stream  # noqa: E402

SEGMENT = sealed_stream.SEGMENT


class Refused(Exception):
    def __init__(self, status, body=None):
        super().__init__(f"the portal answers {status} {body or ''}")
        self.status, self.body = status, body or {}


class NotGenuine(Exception):
    pass


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64(data) != text:
        raise NotGenuine("not base64url")
    return data


def sha256(data):
    return hashlib.sha256(data).digest()


def label(x):
    return b"dcmcourier/1 " + x.encode() + b"\0"


class Link:
    def __init__(self, text):
        address, fragment = re.split("%2523|%23|#", text.strip(), maxsplit=1)
        self.origin, share = address.rsplit("/s/", 1)
        self.share = unb64(share)
        raw = unb64(fragment)
        version, self.secret, total = raw[0], raw[1:33], raw[33:]
        expected = sha256(label("link") + self.share + bytes([version]) + self.secret)[:3]
        if len(raw) != 36 or version >> 4 != 1 or total != expected:
            raise ValueError("the link is cut or mistyped")
        self.mode = version & 15
        self.ctx = bytes([self.mode]) + self.share


def normal_code(mode, typed):
    if mode == 0:
        return b""
    if mode == 1:
        text = re.sub("[ -]", "", typed.upper()).translate(str.maketrans("OIL", "011"))
        if not re.fullmatch("[0-9A-HJKMNP-TV-Z]{12}", text):
            raise ValueError("no code")
        return text.encode()
    return re.sub("[^a-z]+", " ", typed.lower()).strip().encode()


class Keys:
    def __init__(self, link, code):
        def h(ikm, x, n=32):
            return sealed_stream.hkdf(ikm, b"", label(x) + link.ctx, n)

        secret = link.secret
        self.link_proof, self.cover = h(secret, "link proof"), h(secret, "cover")
        stretched = b""
        if link.mode:
            salt = h(secret, "code salt")
            stretched = hashlib.pbkdf2_hmac("sha256", code, salt, 600000, 32)
        root = h(secret + stretched, "root")
        self.code_proof, self.receipt = h(root, "code proof"), h(root, "receipt")
        take = h(root, "grant take", 64)
        self.take_key, self.take_check = take[:32], take[32:]


class Portal:
    def __init__(self, origin, ca=None):
        url = urllib.parse.urlsplit(origin)
        if url.scheme == "https":
            context = ssl.create_default_context(cafile=ca)
            self.http = http.client.HTTPSConnection(url.netloc, context=context, timeout=60)
        else:
            self.http = http.client.HTTPConnection(url.netloc, timeout=60)

    def post(self, path, message):
        body = json.dumps(message)
        self.http.request("POST", path, body, {"Content-Type": "application/json"})
        answer = self.http.getresponse()
        text = answer.read()
        if answer.status not in (200, 202):
            try:
                raise Refused(answer.status, json.loads(text))
            except ValueError:
                raise Refused(answer.status) from None
        return json.loads(text) if text else {}

    def get(self, path, ticket, first, last):
        headers = {"Authorization": "Bearer " + ticket, "Range": f"bytes={first}-{last}"}
        self.http.request("GET", path, headers=headers)
        answer = self.http.getresponse()
        data = answer.read()
        if answer.status != 206:
            raise Refused(answer.status)
        return data


def open_cover(link, keys, hello):
    ad = label("cover") + link.ctx + struct.pack(">I", hello["arm"])
    return json.loads(sealed_stream.decrypt(keys.cover, ad, unb64(hello["cover"])))


def open_grant(link, keys, answer):
    stored = unb64(answer["grants"]["take"])
    if not hmac.compare_digest(stored[:32], keys.take_check):
        raise NotGenuine("grant of another link or code")
    arm, issue = answer["arm"], answer["issue"]
    ad = label("grant") + link.ctx + b"\x02" + struct.pack(">II", arm, issue)
    grant = json.loads(sealed_stream.decrypt(keys.take_key, ad, stored[32:]))
    same = (grant["v"], grant["share"], grant["scope"], grant["arm"], grant["issue"])
    if same != (1, b64(link.share), "take", arm, issue):
        raise NotGenuine("grant of another share")
    if time.time() >= min(grant["not_after"], grant["fresh_until"]) + 3600:
        raise Refused(410)
    return grant


def padded(n):
    step = max(4096, 1 << max(0, n.bit_length() - 6))
    return -(-n // step) * step


def fetch_blob(portal, ticket, blob):
    """The content of a blob, after every check of docs/share.md section 5."""
    path, size = "/api/1/blobs/" + blob["id"], blob["sealed_length"]
    count = -(-size // SEGMENT)
    sums = portal.get(path + "/sums", ticket, 0, 32 * count - 1)
    if len(sums) != 32 * count or sha256(sums) != unb64(blob["sums"]):
        raise NotGenuine("sums")
    sealed = bytearray()
    for i in range(count):
        segment = portal.get(path, ticket, i * SEGMENT, min(size, (i + 1) * SEGMENT) - 1)
        if sha256(segment) != sums[32 * i : 32 * i + 32]:
            raise NotGenuine("segment")
        sealed += segment
    ad = label("blob") + unb64(blob["id"]) + bytes([blob["role"]])
    content = sealed_stream.decrypt(unb64(blob["key"]), ad, bytes(sealed))
    n = blob["length"]
    if len(content) not in (n, padded(n)) or any(content[n:]):
        raise NotGenuine("padding")
    if sha256(content[:n]) != unb64(blob["sha256"]):
        raise NotGenuine("content")
    return content[:n]


def unpack(content, out):
    import io

    with zipfile.ZipFile(io.BytesIO(content)) as package:
        lines = package.read("MANIFEST.SHA256").decode().splitlines()
        manifest = {line[66:]: line[:64] for line in lines}
        names = set(package.namelist())
        if names != set(manifest) | {"MANIFEST.SHA256"} or len(package.infolist()) != len(names):
            raise NotGenuine("manifest")
        for name, digest in manifest.items():
            if hashlib.sha256(package.read(name)).hexdigest() != digest:
                raise NotGenuine("file")
        package.extractall(out)
    return len(names)


def check_index(index, package):
    """Every entry of the index lies in the package where the index says."""
    import zlib

    text = zlib.decompress(index[4:], -15)
    if len(text) != int.from_bytes(index[:4], "big"):
        raise NotGenuine("index")
    index = json.loads(text)
    entries = [i for s in index["series"] for i in s["instances"]] + index["others"]
    for entry in entries:
        stored = package[entry["offset"] : entry["offset"] + entry["stored"]]
        data = stored if entry["method"] == 0 else zlib.decompress(stored, -15)
        if len(data) != entry["size"] or sha256(data) != unb64(entry["sha256"]):
            raise NotGenuine("index")


def send_receipt(portal, link, keys, answer, kind, blob=None, size=0):
    receipt = {"share": b64(link.share), "arm": answer["arm"], "issue": answer["issue"],
               "id": b64(os.urandom(16)), "kind": kind, "at": int(time.time())}
    if blob:
        receipt.update(blob=blob, bytes=size)
    payload = json.dumps(receipt).encode()
    mac = hmac.digest(keys.receipt, label("receipt") + payload, "sha256")
    portal.post("/api/1/receipts",
                {"ticket": answer["ticket"], "payload": b64(payload), "mac": b64(mac)})


def open_link(text, code, out, ca=None, repaired=False):
    link = Link(text)
    keys = Keys(link, normal_code(link.mode, code))
    portal = Portal(link.origin, ca)
    proof = {"share": b64(link.share), "link_proof": b64(keys.link_proof)}
    hello = portal.post("/api/1/hello", {**proof, "repaired": repaired})
    cover = open_cover(link, keys, hello)
    if hello["state"] != "ready":
        raise Refused(409, {"state": hello["state"], "contact": cover["contact"]})
    answer = portal.post("/api/1/open",
                         {**proof, "code_proof": b64(keys.code_proof), "scopes": ["take"]})
    grant = open_grant(link, keys, answer)
    send_receipt(portal, link, keys, answer, "opened")
    blobs = {}
    for blob in grant["blobs"]:
        blobs.setdefault(blob["role"], []).append((blob, fetch_blob(portal, answer["ticket"], blob)))
    os.makedirs(out, exist_ok=True)
    files, packages = 0, blobs[1]
    for i, (blob, content) in enumerate(packages):
        files += unpack(content, out if len(packages) == 1 else os.path.join(out, str(i + 1)))
        if 2 in blobs:
            check_index(blobs[2][i][1], content)
        send_receipt(portal, link, keys, answer, "complete", blob["id"], len(content))
    return {"sender": grant["sender"], "contact": cover["contact"], "files": files,
            "study_revision": grant["study_revision"], "not_after": grant["not_after"]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("link")
    parser.add_argument("--code", default="")
    parser.add_argument("--out", required=True)
    parser.add_argument("--ca")
    args = parser.parse_args()
    try:
        print(json.dumps(open_link(args.link, args.code, args.out, args.ca)))
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(77 if refusal.status == 403 else 69)
    except (NotGenuine, sealed_stream.NotGenuine) as error:
        print("not genuine:", error, file=sys.stderr)
        sys.exit(76)
    except ValueError as error:
        print(error, file=sys.stderr)
        sys.exit(65)


if __name__ == "__main__":
    main()
