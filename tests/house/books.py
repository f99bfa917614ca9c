"""What a house holds, read from its disk by code that shares nothing with it: rows of the ledger, keys as
docs/audit.md and ARCHITECTURE.md have them, spool files opened as docs/spool.md says."""

import collections
import contextlib
import hashlib
import hmac
import io
import json
import sqlite3
import struct

import pydicom

from tests.flows.spool_reader import HEADER, SpoolKey, hkdf, label
from tests.independent import sealed_stream

Spooled = collections.namedtuple("Spooled", "uid sha256")


def derived_uid(domain_key, uid):
    """docs/deidentification.md, "Keys and maps"."""
    key = hkdf(domain_key, bytes(32), b"deid/uid/v1")
    digest = bytearray(hmac.digest(key, uid.encode(), "sha256")[:16])
    digest[6], digest[8] = digest[6] & 0x0F | 0x80, digest[8] & 0x3F | 0x80
    return f"2.25.{int.from_bytes(digest, 'big')}"


def split(content):
    """SOP Instance UID of the File Meta Information, and the SHA-256 of the data set behind it."""
    meta = 144 + struct.unpack("<I", content[140:144])[0]
    head = pydicom.dcmread(io.BytesIO(content[:meta])).file_meta
    return Spooled(str(head.MediaStorageSOPInstanceUID), hashlib.sha256(content[meta:]).hexdigest())


class Keys:
    """The keys at rest, opened with the KEK."""

    def __init__(self, house):
        kek = bytes.fromhex((house.folder / "credentials" / "kek").read_text().strip())
        self.domain = bytes.fromhex((house.folder / "credentials" / "deidentify-key").read_text().strip())
        with contextlib.closing(_read_only(house.store / "ledger" / "keys.db")) as keys:
            wrapped = dict(keys.execute("SELECT name, value FROM wrapped"))
        ledger = self._open(hkdf(kek, b"", label(b"kek")), "ledger", wrapped["ledger"])
        row = hkdf(ledger, b"", label(b"row"))
        self._look_up = hkdf(ledger, b"", label(b"look-up"))
        scalars = [self._open(row, name, value) for name, value in wrapped.items() if name.startswith("spool:")]
        pairs = [SpoolKey(int.from_bytes(scalar, "big")) for scalar in scalars]
        self.spool = {hashlib.sha256(pair.point).digest()[:8]: pair for pair in pairs}

    @staticmethod
    def _open(key, name, value):
        parts = (b"wrapped", name.encode(), b"value")
        named = label(b"row") + b"".join(struct.pack(">I", len(part)) + part for part in parts)
        return sealed_stream.decrypt(key, named, value)

    def sop_key(self, uid):
        return hmac.digest(self._look_up, b"instance\0" + uid.encode(), "sha256")


def _read_only(path):
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
    connection.row_factory = sqlite3.Row
    return connection


class Books:
    """One look at ledger and spool. `spooled` has None where a file cannot be opened."""

    def __init__(self, house):
        self.house, self.keys, self._by_name = house, Keys(house), {}
        with contextlib.closing(_read_only(house.store / "ledger" / "ledger.db")) as ledger:
            ledger.execute("BEGIN")
            self.instances = [dict(row) for row in ledger.execute("SELECT * FROM instance ORDER BY id")]
            self.studies = {row["id"]: dict(row) for row in ledger.execute("SELECT * FROM study")}
            self.bundles = {row["id"]: dict(row) for row in ledger.execute("SELECT * FROM bundle")}
            self.shares = {row["id"]: dict(row) for row in ledger.execute("SELECT * FROM share")}
            self.records = [{"at": at, **json.loads(record)}
                            for at, record in ledger.execute("SELECT at, record FROM audit ORDER BY sequence")]
        self.spooled = {(path.parent.name, int(path.stem)): self._opened(path) for path in house.spooled()}

    def _opened(self, path):
        sealed = path.read_bytes()
        try:
            content = self.keys.spool[sealed[5:13]].open(sealed)
            owner = (sealed[13:29].hex(), struct.unpack(">I", sealed[94:HEADER])[0])
            return split(content) if owner == (path.parent.name, int(path.stem)) else None
        except Exception:  # whatever is wrong with it, it is not an instance
            return None

    def audit(self, event):
        return [record for record in self.records if record["event"] == event]

    def file_of(self, row):
        return self.spooled.get((row["association"], row["sequence"]))

    def rows_of(self, uid):
        """By the ledger's keyed digest; by the spool file where the row was never examined."""
        if not self._by_name:
            for row in self.instances:
                spooled = self.file_of(row)
                name = row["sop_key"] or (spooled.uid if spooled else None)
                self._by_name.setdefault(name, []).append(row)
        return self._by_name.get(self.keys.sop_key(uid), []) + self._by_name.get(uid, [])
