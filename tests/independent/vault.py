#!/usr/bin/python3
"""A reader of the re-identification vault that shares no code with the project, written from docs/vault.md:
vault.py VAULT.DB KEY_FILE prints an object of JSON for each entry that the key opens."""

import contextlib
import hashlib
import json
import pathlib
import sqlite3
import sys

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from tests.independent.sealed_stream import decrypt, hkdf  # noqa: E402

POINT = 65
HEADER = 5 + 8 + POINT


def label(text):
    return b"dcmcourier/1 " + text.encode() + b"\0"


def read_key(path):
    return ec.derive_private_key(int(pathlib.Path(path).read_text().strip(), 16), ec.SECP256R1())


def point_of(key):
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def open_entry(sealed, key):
    header, stream = sealed[:HEADER], sealed[HEADER:]
    if header[:5] != b"DCMV\x01" or header[5:13] != hashlib.sha256(point_of(key)).digest()[:8]:
        return None
    ephemeral = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), header[13:])
    product = key.exchange(ec.ECDH(), ephemeral)
    entry_key = hkdf(product, b"", label("vault key") + header + point_of(key), 32)
    return json.loads(decrypt(entry_key, label("vault") + header, stream))


def read(path, key):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as vault:
        found = [open_entry(sealed, key) for sealed, in vault.execute("SELECT sealed FROM entry ORDER BY number")]
    return [entry for entry in found if entry is not None]


def main():
    for entry in read(sys.argv[1], read_key(sys.argv[2])):
        print(json.dumps(entry))


if __name__ == "__main__":
    main()
