#!/usr/bin/python3
"""A decryptor of the sealed stream that shares no code with the project, written from
docs/sealed-stream.md: sealed_stream.py KEY_HEX AD_HEX < sealed > plaintext"""

import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SEGMENT = 1 << 20
TAG = 16


class NotGenuine(Exception):
    """The bytes are not what was sealed with this key and associated data."""


def hkdf(ikm, salt, info, size, algorithm=None):
    return HKDF(algorithm or hashes.SHA256(), size, salt or None, info).derive(ikm)


def segment_of(sealed, i, segment, header):
    begin = i * segment
    return sealed[begin + (header if i == 0 else 0) : begin + segment]


def decrypt(ikm, associated_data, sealed, *, key_size=32, algorithm=None, segment=SEGMENT):
    """The plaintext of one sealed stream; segments are opened from the last to the first."""
    header = 1 + key_size + 7
    if len(sealed) < header + TAG or sealed[0] != header:
        raise NotGenuine("no header")
    salt, prefix = sealed[1 : 1 + key_size], sealed[1 + key_size : header]
    cipher = AESGCM(hkdf(ikm, salt, associated_data, key_size, algorithm))
    count = -(-len(sealed) // segment)
    parts = []
    for i in reversed(range(count)):
        nonce = prefix + i.to_bytes(4, "big") + bytes([1 if i == count - 1 else 0])
        try:
            parts.append(cipher.decrypt(nonce, segment_of(sealed, i, segment, header), None))
        except Exception as error:
            raise NotGenuine(f"segment {i}") from error
    return b"".join(reversed(parts))


def encrypt(ikm, associated_data, plaintext, salt, prefix):
    """Only for tests that play the sender."""
    header = bytes([40]) + salt + prefix
    cipher = AESGCM(hkdf(ikm, salt, associated_data, 32))
    out, at, i = bytearray(header), 0, 0
    while True:
        room = SEGMENT - TAG - (40 if i == 0 else 0)
        last = len(plaintext) - at <= room
        nonce = prefix + i.to_bytes(4, "big") + bytes([1 if last else 0])
        out += cipher.encrypt(nonce, bytes(plaintext[at : at + room]), None)
        at, i = at + room, i + 1
        if last:
            return bytes(out)


def main():
    key, associated_data = (bytes.fromhex(text) for text in sys.argv[1:3])
    try:
        sys.stdout.buffer.write(decrypt(key, associated_data, sys.stdin.buffer.read()))
    except NotGenuine as error:
        sys.exit(f"not genuine: {error}")


if __name__ == "__main__":
    main()
