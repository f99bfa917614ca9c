"""What hides beside the pixels is gone, and programs that are not ours (DCMTK, GDCM) decode the same pixels as before."""

import os
import pathlib
import struct
import subprocess

import pydicom
import pytest
from pydicom.encaps import encapsulate, generate_pixel_data_frame

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DCMCOURIER_BIN", ROOT / "build" / "bin"))
KEY = bytes(range(32)).hex()
WORD = b"Seen by Dr. Osterhout, bed 12"
ENCODERS = {
    "jpeg": (["dcmcjpeg"], ["dcmdjpeg"]),
    "jpeg extended": (["dcmcjpeg", "+ee"], ["dcmdjpeg"]),
    "jpeg selected": (["dcmcjpeg", "+el", "+sv", "6"], ["dcmdjpeg"]),
    "jpeg-ls": (["dcmcjpls"], ["dcmdjpls"]),
    "jpeg 2000": (["gdcmconv", "--j2k"], ["gdcmconv", "--raw"]),
}

pytestmark = pytest.mark.filterwarnings("ignore")


def call(*words):
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def segment(marker, content):
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def spoken(frame, number):
    """The frame with a comment behind its start; in JPEG and JPEG-LS with an Exif segment as well, and text behind its end."""
    frame = frame[:frame.rfind(b"\xff\xd9") + 2]
    words = WORD + b"!" * number
    if frame[:2] == b"\xff\x4f":
        size = 4 + struct.unpack(">H", frame[4:6])[0]
        return frame[:size] + segment(0x64, b"\0\1" + words) + frame[size:] + words
    return frame[:2] + segment(0xFE, words) + segment(0xE1, b"Exif\0\0" + words) + frame[2:] + words


@pytest.fixture(scope="module")
def phantom(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantom")
    call(ROOT / "scripts" / "phantom", folder, "--study", "small")
    return {kind: next(path for path in sorted(folder.rglob("*")) if path.parent.name == kind) for kind in ("ct", "multiframe")}


def deidentify(source, target):
    done = subprocess.run([BIN / "deidentify_tool", "--key", KEY, source, target], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def decoded(decoder, source, target):
    call(*decoder, source, target)
    return pydicom.dcmread(target).PixelData


@pytest.mark.parametrize("kind", ["ct", "multiframe"])
@pytest.mark.parametrize("family", sorted(ENCODERS))
@pytest.mark.parametrize("table", ["none", "basic", "extended"])
def test_comments_are_gone_and_the_pixels_are_the_same(phantom, tmp_path, kind, family, table):
    encoder, decoder = ENCODERS[family]
    plain = tmp_path / "plain.dcm"
    call(*encoder, phantom[kind], plain)
    data = pydicom.dcmread(plain)
    count = int(data.get("NumberOfFrames", 1))
    before = decoded(decoder, plain, tmp_path / "before.dcm")
    frames = [spoken(frame, number) for number, frame in enumerate(frames_of(data, count))]
    assert len(frames) == count
    put(data, frames, table)
    data.save_as(tmp_path / "spoken.dcm")
    assert WORD in (tmp_path / "spoken.dcm").read_bytes()

    assert f"pixels_stripped={count}" in deidentify(tmp_path / "spoken.dcm", tmp_path / "clean.dcm")

    assert b"Osterhout" not in (tmp_path / "clean.dcm").read_bytes()
    assert decoded(decoder, tmp_path / "clean.dcm", tmp_path / "after.dcm") == before
    clean = pydicom.dcmread(tmp_path / "clean.dcm")
    assert len(frames_of(clean, count)) == count
    check_tables(clean, table)


def frames_of(data, count):
    return list(generate_pixel_data_frame(data.PixelData, count))


def put(data, frames, table):
    if table == "extended":
        frames = [frame + b"\0" * (len(frame) % 2) for frame in frames]
        starts = [sum(8 + len(one) for one in frames[:number]) for number in range(len(frames))]
        data.PixelData = encapsulate(frames, has_bot=False)
        data.add_new(0x7FE00001, "OV", struct.pack(f"<{len(frames)}Q", *starts))
        data.add_new(0x7FE00002, "OV", struct.pack(f"<{len(frames)}Q", *map(len, frames)))
    else:
        data.PixelData = encapsulate(frames, has_bot=table == "basic")
    data["PixelData"].is_undefined_length = True


def check_tables(clean, table):
    """Each offset points at the item of a frame, as it lies now."""
    pixels = clean.PixelData
    length = struct.unpack("<I", pixels[4:8])[0]
    first = 8 + length
    starts = []
    at = first
    while pixels[at:at + 4] == b"\xfe\xff\x00\xe0":
        starts.append(at - first)
        at += 8 + struct.unpack("<I", pixels[at + 4:at + 8])[0]
    if table == "basic":
        assert list(struct.unpack(f"<{length // 4}I", pixels[8:first])) == starts
    else:
        assert length == 0
    if table == "extended":
        assert list(struct.unpack(f"<{len(starts)}Q", clean[0x7FE00001].value)) == starts
        assert len(clean[0x7FE00002].value) == 8 * len(starts)


def test_the_same_input_gives_the_same_bytes(phantom, tmp_path):
    call("dcmcjpeg", phantom["ct"], tmp_path / "plain.dcm")
    data = pydicom.dcmread(tmp_path / "plain.dcm")
    put(data, [spoken(frame, 0) for frame in frames_of(data, 1)], "basic")
    data.save_as(tmp_path / "spoken.dcm")
    for name in ("one", "two"):
        deidentify(tmp_path / "spoken.dcm", tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_an_overlay_in_unused_bits_is_gone_and_the_pixels_are_the_same(phantom, tmp_path):
    data = pydicom.dcmread(phantom["ct"])
    pixels = [value & 0x0FFF for value in struct.unpack(f"<{len(data.PixelData) // 2}H", data.PixelData)]
    hidden = [value | (0x9000 if number % 3 else 0) for number, value in enumerate(pixels)]
    data.BitsStored, data.HighBit, data.PixelRepresentation = 12, 11, 0
    data.PixelData = struct.pack(f"<{len(hidden)}H", *hidden)
    data.add_new(0x60020010, "US", data.Rows)
    data.add_new(0x60020011, "US", data.Columns)
    data.add_new(0x60020100, "US", 16)
    data.add_new(0x60020102, "US", 12)
    data.save_as(tmp_path / "hidden.dcm")
    deidentify(tmp_path / "hidden.dcm", tmp_path / "clean.dcm")
    clean = pydicom.dcmread(tmp_path / "clean.dcm")
    assert clean.PixelData == struct.pack(f"<{len(pixels)}H", *pixels)
    assert not [element for element in clean if element.tag.group & 0xFF00 == 0x6000]
