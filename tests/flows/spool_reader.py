#!/usr/bin/python3
"""Opens the spool's sealed files, written from docs/spool.md alone: an independent reader."""
import hashlib
import json
import pathlib
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HEADER = 98
SEGMENT = 1 << 20
CURVE = ec.SECP256R1()


def label(name):
    return b"dcmcourier/1 " + name + b"\0"


def hkdf(ikm, salt, info, size=32):
    return HKDF(hashes.SHA256(), size, salt or None, info).derive(ikm)


class SpoolKey:
    """The spool's key pair, as dispatch keeps it."""

    def __init__(self, scalar=None):
        self.private = ec.derive_private_key(scalar, CURVE) if scalar else ec.generate_private_key(CURVE)
        self.point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def install(self, spool):
        spool = pathlib.Path(spool)
        spool.mkdir(parents=True, exist_ok=True)
        (spool / "key.pub").write_bytes(self.point)

    def open(self, sealed):
        """The content of a spool file, every segment verified."""
        header, stream = sealed[:HEADER], sealed[HEADER:]
        assert header[:5] == b"DCMS\x01"
        key_id, association = header[5:13], header[13:29]
        ephemeral = header[29:94]
        assert key_id == hashlib.sha256(self.point).digest()[:8]
        shared = self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, ephemeral))
        key = hkdf(shared, b"", label(b"association") + key_id + association + ephemeral + self.point)
        return open_stream(key, label(b"spool") + header, stream)


def open_stream(key, associated_data, stream):
    assert stream[0] == 40
    salt, prefix = stream[1:33], stream[33:40]
    cipher = AESGCM(hkdf(key, salt, associated_data))
    count = max(1, -(-len(stream) // SEGMENT))
    content = b""
    for i in range(count):
        piece = stream[max(40, i * SEGMENT):(i + 1) * SEGMENT]
        nonce = prefix + struct.pack(">IB", i, i == count - 1)
        content += cipher.decrypt(nonce, piece, None)
    return content


def sequence(sealed):
    return struct.unpack(">I", sealed[94:98])[0]


class Spool:
    """The folder as dispatch sees it."""

    def __init__(self, folder, key):
        self.folder, self.key = pathlib.Path(folder), key

    def associations(self):
        return sorted(p for p in self.folder.iterdir() if p.is_dir())

    def files(self):
        return sorted(self.folder.glob("*/*.dcms"), key=lambda p: (p.parent.name, int(p.stem)))

    def contents(self):
        found = []
        for path in self.files():
            sealed = path.read_bytes()
            assert sealed[13:29].hex() == path.parent.name
            assert sequence(sealed) == int(path.stem)
            found.append(self.key.open(sealed))
        return found

    def origin(self, association):
        return json.loads((association / "origin").read_text())
