"""What our sealer writes, a decryptor that is not ours opens; what was tampered with, it refuses."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "independent"))
import sealed_stream  # noqa: E402

BIN = Path(os.environ.get("DCMCOURIER_BIN", ROOT / "build" / "bin"))
KEY = bytes(range(32))
AD = b"associated"
FIRST = (1 << 20) - 56
FULL = (1 << 20) - 16
SIZES = [0, 1, FIRST - 1, FIRST, FIRST + 1, 1048520 - 1, 1048520, 1048520 + 1,
         FIRST + FULL - 1, FIRST + FULL, FIRST + FULL + 1, 5_000_000]


def seal(plaintext):
    command = [BIN / "seal_tool", KEY.hex(), AD.hex()]
    return subprocess.run(command, input=plaintext, stdout=subprocess.PIPE, check=True).stdout


def plaintext_of(size):
    return (random.Random(size).randbytes(9973) * (size // 9973 + 1))[:size]


@pytest.mark.parametrize("size", SIZES)
def test_a_decryptor_that_is_not_ours_opens_what_we_sealed(size):
    plaintext = plaintext_of(size)
    sealed = seal(plaintext)
    segments = max(1, -(-(size + 40) // FULL))
    assert len(sealed) == size + 40 + 16 * segments
    assert sealed_stream.decrypt(KEY, AD, sealed) == plaintext


MIB = 1 << 20
TAMPERED = {
    "cut": lambda sealed, _: sealed[:-1],
    "cut at a segment": lambda sealed, _: sealed[: 2 * MIB],
    "reordered": lambda sealed, _: sealed[:MIB] + sealed[2 * MIB : 3 * MIB] + sealed[MIB : 2 * MIB] + sealed[3 * MIB :],
    "swapped": lambda sealed, other: sealed[:MIB] + other[MIB : 2 * MIB] + sealed[2 * MIB :],
    "appended": lambda sealed, _: sealed + sealed[-17:],
    "changed": lambda sealed, _: sealed[:5000] + bytes([sealed[5000] ^ 1]) + sealed[5001:],
}


@pytest.mark.parametrize("how", TAMPERED)
def test_what_was_tampered_with_is_refused(how):
    sealed, other = seal(plaintext_of(3_500_000)), seal(plaintext_of(3_500_000))
    assert sealed_stream.decrypt(KEY, AD, sealed) == plaintext_of(3_500_000)
    with pytest.raises(sealed_stream.NotGenuine):
        sealed_stream.decrypt(KEY, AD, TAMPERED[how](sealed, other))


def test_another_key_or_associated_data_is_refused():
    sealed = seal(b"content")
    with pytest.raises(sealed_stream.NotGenuine):
        sealed_stream.decrypt(bytes(32), AD, sealed)
    with pytest.raises(sealed_stream.NotGenuine):
        sealed_stream.decrypt(KEY, b"other", sealed)


def test_the_decryptor_itself_opens_the_published_vector():
    """tink-java, AesGcmHkdfStreamingTestUtil.java, createTestVector0."""
    sealed = bytes.fromhex(
        "1893b3af5e14ab378d065addfc8484da642c0862877baea8"
        "db92d9c77406a406168478821c4298eab3e6d531277f4c1a051714faebcaefcbca7b7be05e9445ea"
        "a0bb2904153398a25084dd80ae0edcd1c3079fcea2cd3770630ee36f7539207b8ec9d754956d486b"
        "71cdf989f0ed6fba6779b63558be0a66e668df14e1603cd2"
        "af8944844078345286d0b292e772e7190775c51a0f83e40c0b75821027e7e538e111")
    plaintext = sealed_stream.decrypt(bytes.fromhex("6eb56cdc726dfbe5d57f2fcdc6e9345b"), b"aad",
                                      sealed, key_size=16, algorithm=hashes.SHA1(), segment=64)
    assert plaintext == (b"This is a fairly long plaintext. It is of the exact length to create "
                         b"three output blocks. ")


def test_the_opener_that_is_not_ours_derives_the_keys_of_the_vectors():
    import opener

    vectors = json.loads((ROOT / "tests" / "vectors" / "share.json").read_text())
    codes = ["", "oVlm-9zkt 2b8d", "Copper-lantern  orbit Maple QUIET stone"]
    for mode, code in enumerate(codes):
        expected = vectors[f"mode{mode}"]
        link = opener.Link(f"https://h.example/s/{vectors['share']}#{expected['fragment']}")
        assert opener.normal_code(mode, code).decode() == expected["code"]
        keys = opener.Keys(link, opener.normal_code(mode, code))
        for name in ("link_proof", "code_proof", "take_key", "take_check"):
            assert getattr(keys, name).hex() == expected[name]
