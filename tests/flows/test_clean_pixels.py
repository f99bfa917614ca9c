"""Blanking, judged by programs that are not ours: numpy and pydicom on native pixels, GDCM, DCMTK and OpenJPEG on compressed
ones. Inside the blanked areas everything is black; outside nothing changes; what cannot be read is quarantined."""

import os
import pathlib
import struct
import subprocess

import numpy
import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DCMCOURIER_BIN", ROOT / "build" / "bin"))
KEY = bytes(range(32)).hex()
US = "1.2.840.10008.5.1.4.1.1.6.1"
US_MULTIFRAME = "1.2.840.10008.5.1.4.1.1.3.1"
VIDEO = "1.2.840.10008.1.2.4.102"
SC = "1.2.840.10008.5.1.4.1.1.7"
RNG = numpy.random.default_rng(7)


def run(source, target, options="clean_pixel_data", **kwargs):
    """What is left is read elsewhere (test_house_pixels, the cases T5x): it takes a second a picture."""
    return subprocess.run([BIN / "deidentify_tool", "--blind", "--options", options, "--key", KEY, source, target],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, **kwargs)


# R041 is what most of these match: SEQUOIA, 480 x 640, (0, 0, 640, 30).
def dataset(pixels, photometric="MONOCHROME2", sop_class=US, syntax=ExplicitVRLittleEndian, **more):
    """`pixels`: frames, rows, columns[, samples], of the cells as they are stored."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, "1.2.3.4.5.6.7"
    meta.TransferSyntaxUID = syntax
    data = FileDataset(None, Dataset(), file_meta=meta, preamble=bytes(128))
    data.SOPClassUID, data.SOPInstanceUID = sop_class, "1.2.3.4.5.6.7"
    data.StudyInstanceUID, data.SeriesInstanceUID = "1.2.3.4.5", "1.2.3.4.5.6"
    data.Modality, data.PatientID, data.PatientName = "US", "MRN-7734-XQ", "VANDERMOLEN^WILHELMINA"
    data.Manufacturer, data.ManufacturerModelName = "ACUSON", "SEQUOIA C512"
    data.ImageType, data.BurnedInAnnotation = ["ORIGINAL", "PRIMARY"], "YES"
    data.Rows, data.Columns = pixels.shape[1:3]
    data.NumberOfFrames = pixels.shape[0]
    data.SamplesPerPixel = 3 if pixels.ndim == 4 else 1
    if pixels.ndim == 4:
        data.PlanarConfiguration = 0
    data.PhotometricInterpretation = photometric
    data.BitsAllocated = data.BitsStored = pixels.dtype.itemsize * 8
    data.HighBit = data.BitsStored - 1
    data.PixelRepresentation = int(pixels.dtype.kind == "i")
    data.SmallestImagePixelValue = 1
    data.PixelData = pixels.tobytes()
    data["PixelData"].VR = "OW" if data.BitsAllocated > 8 else "OB"
    data.is_little_endian, data.is_implicit_VR = True, syntax == ImplicitVRLittleEndian
    for keyword, value in more.items():
        setattr(data, keyword, value)
    return data


def region(x0, y0, x1, y1):
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = 1, 1, 0
    item.RegionLocationMinX0, item.RegionLocationMinY0 = x0, y0
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = x1, y1
    return item


def noise(*shape, dtype="u1", low=1, high=None):
    return RNG.integers(low, high or numpy.iinfo(dtype).max, shape).astype(dtype)


def smooth(frames, rows, columns, dtype="u1", top=250):
    """Compresses, and has no black."""
    y, x = numpy.mgrid[0:rows, 0:columns]
    return numpy.stack([(1 + (x + 2 * y + 9 * f) % top).astype(dtype) for f in range(frames)])


def saved(data, path):
    data.save_as(path, write_like_original=False)
    return path


def cleaned(data, folder, options="clean_pixel_data"):
    source, target = saved(data, folder / "in.dcm"), folder / "out.dcm"
    done = run(source, target, options)
    assert done.returncode == 0, done.stdout + done.stderr
    return pydicom.dcmread(target)


def refused(data, folder, options="clean_pixel_data"):
    done = run(saved(data, folder / "in.dcm"), folder / "out.dcm", options)
    assert done.returncode == 3 and not (folder / "out.dcm").exists(), done.stdout + done.stderr
    return done.stdout


def check_marks(data):
    assert data.BurnedInAnnotation == "NO"
    assert "113101" in [code.CodeValue for code in data.DeidentificationMethodCodeSequence]
    assert "SmallestImagePixelValue" not in data
    assert data.ImageType == ["ORIGINAL", "PRIMARY"]


# Native: a name, the array, its photometric interpretation, the cell that is black.
NATIVE = [
    ("monochrome2", noise(1, 480, 640), "MONOCHROME2", 0),
    ("monochrome1", noise(3, 480, 640, low=0, high=254), "MONOCHROME1", 255),
    ("16 bits", noise(2, 480, 640, dtype="u2"), "MONOCHROME2", 0),
    ("signed", noise(2, 480, 640, dtype="i2", low=-500), "MONOCHROME2", -32768),
    ("signed monochrome1", noise(1, 480, 640, dtype="i2", low=-500, high=30000), "MONOCHROME1", 32767),
    ("32 bits", noise(1, 480, 640, dtype="u4"), "MONOCHROME2", 0),
    ("rgb", noise(3, 480, 640, 3), "RGB", (0, 0, 0)),
    ("ybr", noise(3, 480, 640, 3), "YBR_FULL", (0, 128, 128)),
    ("rgb of 16 bits", noise(1, 480, 640, 3, dtype="u2"), "RGB", (0, 0, 0)),
]


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize("pixels, photometric, black", [row[1:] for row in NATIVE], ids=[row[0] for row in NATIVE])
def test_a_band_becomes_black_in_every_frame_and_the_rest_stays(pixels, photometric, black, syntax, tmp_path):
    data = cleaned(dataset(pixels, photometric, syntax=syntax), tmp_path)
    made = numpy.frombuffer(data.PixelData, pixels.dtype).reshape(pixels.shape)
    assert (made[:, 0:30] == black).all()
    assert (made[:, 30:] == pixels[:, 30:]).all()
    assert data.file_meta.TransferSyntaxUID == syntax and data.PhotometricInterpretation == photometric
    check_marks(data)


def test_planes_of_colour_become_black(tmp_path):
    pixels = noise(2, 3, 480, 640)
    data = dataset(numpy.moveaxis(pixels, 1, -1), "YBR_FULL", PlanarConfiguration=1, PixelData=pixels.tobytes())
    made = numpy.frombuffer(cleaned(data, tmp_path).PixelData, "u1").reshape(pixels.shape)
    assert (made[:, 0, :30] == 0).all() and (made[:, 1:, :30] == 128).all()
    assert (made[:, :, 30:] == pixels[:, :, 30:]).all()


def test_subsampled_colour_becomes_black(tmp_path):
    packed = noise(2, 480, 320, 4)
    data = dataset(numpy.zeros((2, 480, 640, 3), "u1"), "YBR_FULL_422", PixelData=packed.tobytes())
    made = numpy.frombuffer(cleaned(data, tmp_path).PixelData, "u1").reshape(packed.shape)
    assert (made[:, :30] == (0, 0, 128, 128)).all() and (made[:, 30:] == packed[:, 30:]).all()


def test_twelve_bits_stored_and_signed_keep_their_sign(tmp_path):
    pixels = noise(1, 480, 640, dtype="i2", low=-2000, high=2000)
    made = cleaned(dataset(pixels, BitsStored=12, HighBit=11), tmp_path)
    made = numpy.frombuffer(made.PixelData, "i2").reshape(pixels.shape)
    assert (made[:, :30] == -2048).all() and (made[:, 30:] == pixels[:, 30:]).all()


def palette(data, first=0):
    values = numpy.full((3, 256), 60000, "u2")
    values[:, 77] = (100, 200, 300)
    for number, name in enumerate(("Red", "Green", "Blue")):
        setattr(data, name + "PaletteColorLookupTableDescriptor", [256, first, 16])
        setattr(data, name + "PaletteColorLookupTableData", values[number].tobytes())
    return data


def test_of_a_palette_the_darkest_entry_is_black(tmp_path):
    pixels = noise(2, 480, 640)
    data = cleaned(palette(dataset(pixels, "PALETTE COLOR")), tmp_path)
    made = numpy.frombuffer(data.PixelData, "u1").reshape(pixels.shape)
    assert (made[:, :30] == 77).all() and (made[:, 30:] == pixels[:, 30:]).all()
    assert data.RedPaletteColorLookupTableData == palette(Dataset()).RedPaletteColorLookupTableData


def test_outside_of_the_regions_every_frame_is_black(tmp_path):
    pixels = noise(4, 100, 120, 3)
    data = dataset(pixels, "RGB", US_MULTIFRAME, ManufacturerModelName="unknown",
                   SequenceOfUltrasoundRegions=[region(10, 20, 59, 69), region(40, 60, 99, 89)])
    data = cleaned(data, tmp_path)
    keep = numpy.zeros((100, 120), bool)
    keep[20:70, 10:60] = keep[60:90, 40:100] = True
    made = numpy.frombuffer(data.PixelData, "u1").reshape(pixels.shape)
    assert (made[:, keep] == pixels[:, keep]).all() and (made[:, ~keep] == 0).all()
    assert len(data.SequenceOfUltrasoundRegions) == 2
    check_marks(data)


def test_single_bits_become_black_over_the_borders_of_bytes(tmp_path):
    bits = RNG.integers(0, 2, (3, 33, 29)).astype("u1")
    packed = numpy.packbits(bits.ravel(), bitorder="little").tobytes()
    data = dataset(numpy.zeros((3, 33, 29), "u1"), ManufacturerModelName="unknown", BitsAllocated=1, BitsStored=1, HighBit=0,
                   PixelData=packed + bytes(len(packed) % 2), SequenceOfUltrasoundRegions=[region(5, 7, 20, 28)])
    made = numpy.unpackbits(numpy.frombuffer(cleaned(data, tmp_path).PixelData, "u1"), bitorder="little")
    made = made[:bits.size].reshape(bits.shape)
    wanted = numpy.zeros_like(bits)
    wanted[:, 7:29, 5:21] = bits[:, 7:29, 5:21]
    assert (made == wanted).all()


# Compressed: how to make it, and what it becomes. Each tool is another program than ours.
LOSSLESS = "1.2.840.10008.1.2.4.70"
RLE, JPEG_LS, JPEG_2000 = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"
FAMILIES = [
    (["gdcmconv", "--rle"], RLE, RLE),
    (["dcmcrle"], RLE, RLE),
    (["dcmcjpeg", "+e1"], LOSSLESS, LOSSLESS),
    (["dcmcjpeg", "+el"], "1.2.840.10008.1.2.4.57", LOSSLESS),
    (["dcmcjpeg", "+eb"], "1.2.840.10008.1.2.4.50", LOSSLESS),
    (["dcmcjpeg", "+ee"], "1.2.840.10008.1.2.4.51", LOSSLESS),
    (["dcmcjpls", "+el"], JPEG_LS, JPEG_LS),
    (["dcmcjpls", "+en", "+md", "2"], "1.2.840.10008.1.2.4.81", JPEG_LS),
    (["gdcmconv", "--j2k"], JPEG_2000, JPEG_2000),
    (["gdcmconv", "--j2k", "--lossy", "-q", "80"], "1.2.840.10008.1.2.4.91", JPEG_2000),
]
IMAGES = {
    "grey": (smooth(3, 480, 640), "MONOCHROME2"),
    "16 bits": (smooth(2, 480, 640, "u2", 60000), "MONOCHROME2"),
    "colour": (numpy.stack([smooth(2, 480, 640)] * 3, -1) // numpy.array([1, 2, 3], "u1") + numpy.uint8(1), "RGB"),
}
ONLY_EIGHT_BITS = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")


def decoded(path):
    """By GDCM: samples as they are stored, by pixel."""
    raw = path.with_suffix(".raw.dcm")
    subprocess.run(["gdcmconv", "--raw", path, raw], check=True)
    data = pydicom.dcmread(raw)
    shape = (int(data.get("NumberOfFrames", 1)), data.Rows, data.Columns)
    cells = numpy.frombuffer(data.PixelData, f"u{data.BitsAllocated // 8}")
    if data.SamplesPerPixel == 3 and data.PlanarConfiguration == 1:
        return numpy.moveaxis(cells.reshape(shape[0], 3, *shape[1:]), 1, -1)
    return cells.reshape(shape + ((3,) if data.SamplesPerPixel == 3 else ()))


@pytest.mark.parametrize("image", IMAGES)
@pytest.mark.parametrize("tool, before, after", FAMILIES, ids=[" ".join(row[0]) for row in FAMILIES])
def test_compressed_frames_are_blanked_and_encoded_again_without_loss(tool, before, after, image, tmp_path):
    pixels, photometric = IMAGES[image]
    if before in ONLY_EIGHT_BITS and image == "16 bits":
        pytest.skip("lossy JPEG has 8 or 12 bits")
    source = saved(dataset(pixels, photometric), tmp_path / "raw.dcm")
    packed, target = tmp_path / "packed.dcm", tmp_path / "out.dcm"
    subprocess.run([*tool, source, packed], check=True)
    assert pydicom.dcmread(packed).file_meta.TransferSyntaxUID == before
    done = run(packed, target)
    assert done.returncode == 0, done.stdout + done.stderr
    data = pydicom.dcmread(target)
    assert data.file_meta.TransferSyntaxUID == after
    was, now = decoded(packed), decoded(target)
    assert (now[:, 30:] == was[:, 30:]).all()
    black = (0, 128, 128) if data.PhotometricInterpretation.startswith("YBR_FULL") else 0
    assert (now[:, :30] == black).all()
    assert data.get("LossyImageCompression") == pydicom.dcmread(packed).get("LossyImageCompression")
    again = tmp_path / "again.dcm"
    assert run(packed, again).returncode == 0 and again.read_bytes() == target.read_bytes()


def compressed(fragments, **more):
    data = dataset(noise(1, 480, 640), syntax=VIDEO, **more)
    data.PixelData = encapsulate(fragments)
    data["PixelData"].is_undefined_length = True
    return data


def renamed(path, syntax):
    """pydicom does not write transfer syntaxes that it does not know."""
    whole = path.read_bytes()
    assert whole.count(VIDEO.encode()) == 1
    path.write_bytes(whole.replace(VIDEO.encode(), syntax.encode().ljust(len(VIDEO), b"\0")))
    return path


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.110",
                                    "1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80",
                                    "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50"])
def test_what_cannot_be_decoded_is_never_skipped(syntax, tmp_path):
    """T59"""
    for garbage in (b"\xff\xd8\xff\xd9", b"\xff\x4f\xff\x51" + bytes(60), bytes(64), noise(4000).tobytes()):
        source = renamed(saved(compressed([garbage]), tmp_path / "in.dcm"), syntax)
        done = run(source, tmp_path / "out.dcm")
        assert done.returncode == 3
        assert any(reason in done.stdout for reason in ("cannot be decoded", "of an unknown form"))
        assert not (tmp_path / "out.dcm").exists()


@pytest.mark.parametrize("tool, before, after", FAMILIES, ids=[" ".join(row[0]) for row in FAMILIES])
def test_damaged_frames_are_quarantined_or_blanked_but_never_passed(tool, before, after, tmp_path):
    source = saved(dataset(smooth(1, 480, 640)), tmp_path / "raw.dcm")
    packed, target = tmp_path / "packed.dcm", tmp_path / "out.dcm"
    subprocess.run([*tool, source, packed], check=True)
    whole = packed.read_bytes()
    body = whole.rindex(b"\xfe\xff\x00\xe0") + 8
    for number in range(12):
        broken = bytearray(whole)
        for at in RNG.integers(body, len(whole) - 8, 1 + number):
            broken[at] ^= 0x55
        packed.write_bytes(broken)
        target.unlink(missing_ok=True)
        done = run(packed, target)
        assert done.returncode in (0, 3), done.stderr
        assert target.exists() == (done.returncode == 0)


REFUSED = {
    "no rule and no region": {"ManufacturerModelName": "unknown"},
    "a length of other frames": {"NumberOfFrames": 2},
    "a retired colour model": {"PhotometricInterpretation": "ARGB"},
    "a palette without table": {"PhotometricInterpretation": "PALETTE COLOR"},
    "a region outside": {"SequenceOfUltrasoundRegions": [region(0, 0, 5000, 10)]},
    "a region turned round": {"SequenceOfUltrasoundRegions": [region(50, 50, 10, 60)]},
    "regions that are everything": {"SequenceOfUltrasoundRegions": [region(0, 0, 639, 479)]},
    "tiles": {"TotalPixelMatrixColumns": 6400},
    "more bits stored than allocated": {"BitsStored": 12},
}


@pytest.mark.parametrize("more", REFUSED.values(), ids=REFUSED)
def test_what_is_not_certain_is_quarantined(more, tmp_path):
    """T57, T61"""
    refused(dataset(noise(1, 480, 640), **more), tmp_path)


def test_without_the_option_nothing_is_cleaned(tmp_path):
    assert "pixels may hold text" in refused(dataset(noise(1, 480, 640)), tmp_path, "")


def test_pixels_that_need_no_cleaning_are_not_said_to_be_cleaned(tmp_path):
    data = dataset(noise(1, 64, 64, dtype="u2"), sop_class="1.2.840.10008.5.1.4.1.1.2", Modality="CT",
                   ManufacturerModelName="unknown", Manufacturer="unknown")
    del data.BurnedInAnnotation
    data = cleaned(data, tmp_path)
    assert "BurnedInAnnotation" not in data and "SmallestImagePixelValue" in data
    assert [code.CodeValue for code in data.DeidentificationMethodCodeSequence] == ["113100"]


def test_a_dose_screen_is_blanked_by_its_rule(tmp_path):
    """T58"""
    pixels = noise(1, 512, 512)
    data = cleaned(dataset(pixels, sop_class=SC, Modality="CT", Manufacturer="GE MEDICAL SYSTEMS", ConversionType="WSD",
                           SeriesDescription="Dose Report"), tmp_path)
    made = numpy.frombuffer(data.PixelData, "u1").reshape(pixels.shape)
    assert (made[:, :110] == 0).all() and (made[:, 110:] == pixels[:, 110:]).all()


def test_rectangles_end_with_the_image(tmp_path):
    """T62: EPIQ, (0, 0, 1024, 49) on 800 columns."""
    pixels = noise(2, 600, 800)
    data = cleaned(dataset(pixels, ManufacturerModelName="EPIQ 7", Manufacturer="Philips"), tmp_path)
    made = numpy.frombuffer(data.PixelData, "u1").reshape(pixels.shape)
    assert (made[:, :49] == 0).all() and (made[:, 49:] == pixels[:, 49:]).all()


def test_padding_that_is_black_is_counted(tmp_path):
    """T64"""
    source = saved(dataset(noise(1, 480, 640), PixelPaddingValue=0), tmp_path / "in.dcm")
    assert "black_is_padding=1" in run(source, tmp_path / "out.dcm").stdout
    source = saved(dataset(noise(1, 480, 640), PixelPaddingValue=255), tmp_path / "in.dcm")
    assert "black_is_padding" not in run(source, tmp_path / "out.dcm").stdout


def test_fragments_are_told_apart_by_their_offset_table(tmp_path):
    pixels = smooth(3, 480, 640)
    source = saved(dataset(pixels), tmp_path / "raw.dcm")
    subprocess.run(["dcmcjpls", "+fs", "2", "+ot", source, tmp_path / "packed.dcm"], check=True)
    packed = pydicom.dcmread(tmp_path / "packed.dcm")
    assert packed.PixelData.count(b"\xfe\xff\x00\xe0") > 4
    assert run(tmp_path / "packed.dcm", tmp_path / "out.dcm").returncode == 0
    assert (decoded(tmp_path / "out.dcm")[:, 30:] == pixels[:, 30:]).all()
    table = 4 * int(packed.NumberOfFrames)
    assert struct.unpack("<I", packed.PixelData[4:8])[0] == table
    packed.PixelData = packed.PixelData[:8] + bytes(table) + packed.PixelData[8 + table:]
    packed.save_as(tmp_path / "packed.dcm")
    # A table that lies is made anew from where the frames begin.
    assert run(tmp_path / "packed.dcm", tmp_path / "out.dcm").returncode == 0
    assert (decoded(tmp_path / "out.dcm")[:, 30:] == pixels[:, 30:]).all()
