"""Cases of tests/vectors/deidentify_cases.tsv: what stands in the pixels."""

import hashlib
import resource
import subprocess

import numpy
import pydicom
import pytest
from deidentified import (BIN, KEY, SCRATCH, case, ct, encoded, everything_in, item, of_class, one, pixels_of, quarantined, with_image,
                          with_meta)
from pydicom.encaps import encapsulate, generate_pixel_data_frame

from tests.phantom import images, people, pixels

pytestmark = pytest.mark.filterwarnings("ignore")
US, US_MULTIFRAME, SC = "1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.3.1", "1.2.840.10008.5.1.4.1.1.7"
J2K, MPEG4, JXL, HTJ2K = (f"1.2.840.10008.1.2.4.{number}" for number in (90, 102, 110, 201))
CLEAN = "clean_pixel_data"


def noise(*shape, kind="u1", seed=7):
    return numpy.random.default_rng(seed).integers(20, 200, shape).astype(kind)


def region(x0, y0, x1, y1):
    return item(RegionLocationMinX0=x0, RegionLocationMinY0=y0, RegionLocationMaxX1=x1, RegionLocationMaxY1=y1,
                RegionSpatialFormat=1, RegionDataType=1, RegionFlags=0, PhysicalUnitsXDirection=3, PhysicalUnitsYDirection=3,
                PhysicalDeltaX=0.1, PhysicalDeltaY=0.1)


def ultrasound(array, photometric="MONOCHROME2", regions=(), **values):
    multi = array.ndim == (4 if photometric != "MONOCHROME2" else 3)
    data = of_class(US_MULTIFRAME if multi else US, "US", ImageType=["ORIGINAL", "PRIMARY"], **values)
    if regions:
        data.SequenceOfUltrasoundRegions = list(regions)
    if multi:
        data.FrameTime = "33"
        data.FrameIncrementPointer = 0x00181063
    return with_image(data, array, photometric)


@case("T56")
def test_t56_only_the_regions_of_an_ultrasound_are_left():
    was = noise(3, 60, 80)
    made = one(ultrasound(was, regions=[region(10, 20, 49, 49), region(40, 30, 69, 54)]), CLEAN)
    inside = numpy.zeros((60, 80), bool)
    inside[20:50, 10:50] = inside[30:55, 40:70] = True
    now = pixels_of(made.data)
    assert (now[:, inside] == was[:, inside]).all() and not now[:, ~inside].any()
    assert made.data.BurnedInAnnotation == "NO" and made.codes == ["113100", "113101"]


@case("T57")
def test_t57_an_ultrasound_with_text_and_no_region_is_held_back():
    quarantined(one(ultrasound(noise(60, 80), BurnedInAnnotation="YES"), CLEAN))
    quarantined(one(ultrasound(noise(60, 80))))


def dose_screen(columns=512, rows=512, lines=(24, 64), **values):
    """As a scanner of General Electric makes it: the patient in the upper rows."""
    image = numpy.zeros((rows, columns), "u1")
    for row in lines:
        pixels.draw(image, "VANDERMOLEN MRN-7734-XQ"[:columns // 16], row, 8)
    image[rows // 2:rows // 2 + 16] = 90
    data = ct(Manufacturer="GE MEDICAL SYSTEMS", ManufacturerModelName="Revolution", SeriesDescription="Dose Report",
              ImageType=["ORIGINAL", "SECONDARY", "SCREEN SAVE"], **values)
    return with_image(data, image)


@case("T58")
def test_t58_the_patient_on_a_dose_screen_is_blanked_or_the_screen_held_back():
    was = dose_screen()
    made = one(was, CLEAN)
    now = pixels_of(made.data)[0]
    assert not now[:110].any()
    assert (now[110:] == pixels_of(was)[0][110:]).all() and now[256:272].all()
    # Text where no rule looks is seen, and not let out.
    below = one(dose_screen(lines=(300, 360)), CLEAN)
    assert not below.released or not pixels_of(below.data)[0][300:380].any()


def compressed(data, syntax, fragments):
    data.PixelData = encapsulate(fragments)
    data["PixelData"].VR, data["PixelData"].is_undefined_length = "OB", True
    return with_meta(data, syntax)


@case("T59")
def test_t59_what_cannot_be_decoded_is_not_skipped():
    video = encoded(compressed(dose_screen(), MPEG4, [b"\xFF\x4F\xFF\x51" + bytes(60)]))
    for syntax in (MPEG4, JXL, HTJ2K):  # of one length; pydicom does not know them all
        quarantined(one(video.replace(MPEG4.encode(), syntax.encode()), CLEAN))
    # Of a form that can be read, but damaged.
    quarantined(one(compressed(dose_screen(), J2K, [b"\xFF\x4F\xFF\x51" + bytes(60)]), CLEAN))


def jpeg(data, note):
    """Lossless JPEG by DCMTK, with a comment and an application segment put into its first frame."""
    from pathlib import Path
    source, target = Path(SCRATCH.name) / "native.dcm", Path(SCRATCH.name) / "jpeg.dcm"
    source.write_bytes(encoded(data))
    subprocess.run(["dcmcjpeg", "+e1", source, target], check=True)
    out = pydicom.dcmread(target)
    frames = list(generate_pixel_data_frame(out.PixelData))
    segments = b"".join(b"\xFF" + kind + (len(note) + 2).to_bytes(2, "big") + note for kind in (b"\xFE", b"\xE1", b"\xED"))
    frames[0] = frames[0][:2] + segments + frames[0][2:]
    frames[0] += b"\0" * (len(frames[0]) % 2)
    return compressed(out, out.file_meta.TransferSyntaxUID, frames), target


def decoded(path):
    done = subprocess.run(["dcmdjpeg", path, str(path) + ".raw"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return pydicom.dcmread(str(path) + ".raw").PixelData


@case("T60")
def test_t60_comments_leave_a_jpeg_and_its_pixels_stay():
    note = b"PATIENT VANDERMOLEN MRN-7734-XQ"
    data, plain = jpeg(ct(), note)
    made = one(data)
    assert b"VANDERMOLEN" not in made.bytes and note[:20] not in made.bytes
    assert decoded(made.path) == decoded(plain)
    frame = next(generate_pixel_data_frame(made.data.PixelData))
    assert frame[2:4] not in (b"\xFF\xFE", b"\xFF\xE1", b"\xFF\xED")


SUSPECTS = [(SC, "OT"), ("1.2.840.10008.5.1.4.1.1.7.2", "OT"), (US, "US"), ("1.2.840.10008.5.1.4.1.1.77.1.1", "ES"),
            ("1.2.840.10008.5.1.4.1.1.77.1.4", "XC"), ("1.2.840.10008.5.1.4.1.1.2", "XC"), ("1.2.840.10008.5.1.4.1.1.2", "DOC"),
            ("1.2.840.10008.5.1.4.1.1.2", "ECG"), ("1.2.840.10008.5.1.4.1.1.4", "OT")]


@pytest.mark.parametrize("sop_class, modality", SUSPECTS)
@case("T61")
def test_t61_classes_that_hold_text_need_more_than_silence(sop_class, modality):
    quarantined(one(of_class(sop_class, modality)))
    quarantined(one(of_class(sop_class, modality, BurnedInAnnotation="NO")))


@case("T62")
def test_t62_a_rectangle_larger_than_the_image_is_cut_to_it():
    made = one(dose_screen(columns=300, rows=400), CLEAN)
    now = pixels_of(made.data)[0]
    assert now.shape == (400, 300) and not now[:110].any() and now[200:216].all()


def outside(made):
    return pixels_of(made.data)[0][:10]


@case("T63")
def test_t63_what_is_blanked_is_black_in_every_colour_model():
    where = [region(10, 20, 49, 49)]
    full = one(ultrasound(noise(60, 80, 3), "YBR_FULL", where), CLEAN)
    assert (outside(full) == (0, 128, 128)).all()
    colour = one(ultrasound(noise(60, 80, 3), "RGB", where), CLEAN)
    assert not outside(colour).any()
    palette = ultrasound(noise(60, 80), regions=where)
    palette.PhotometricInterpretation = "PALETTE COLOR"
    ramp = numpy.full(256, 60000, "<u2")
    ramp[77] = 0  # the darkest
    for name in ("Red", "Green", "Blue"):
        setattr(palette, name + "PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(palette, name + "PaletteColorLookupTableData", ramp.tobytes())
    assert (outside(one(palette, CLEAN)) == 77).all()
    signed = dose_screen()
    with_image(signed, noise(512, 512, kind="<i2"), signed=True)
    assert (outside(one(signed, CLEAN)) == -32768).all()
    inverse = dose_screen()
    inverse.PhotometricInterpretation = "MONOCHROME1"
    assert (outside(one(inverse, CLEAN)) == 255).all()


@case("T64")
def test_t64_padding_does_not_change_what_is_blanked_nor_the_lut():
    data = dose_screen()
    data.PixelPaddingValue = 0
    data.WindowCenter, data.WindowWidth = "40", "400"
    made = one(data, CLEAN)
    assert not pixels_of(made.data)[0][:110].any()
    assert (made.data.PixelPaddingValue, made.data.WindowCenter, made.data.WindowWidth) == (0, 40, 400)


def measured(data):
    """Peak memory in KiB of the tool on one file; its result beside it."""
    from pathlib import Path
    source, target = Path(SCRATCH.name) / "large.dcm", Path(SCRATCH.name) / "large.out.dcm"
    source.write_bytes(encoded(data))
    target.unlink(missing_ok=True)
    code = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); " \
           "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    done = subprocess.run(["/usr/bin/python3", "-c", code, BIN / "deidentify_tool", "--options", "", "--key", KEY, source, target],
                          capture_output=True, text=True, check=True)
    return int(done.stdout), pydicom.dcmread(target)


@case("T79")
def test_t79_pixels_pass_untouched_and_memory_goes_with_the_file_alone():
    """The tool holds input and output in memory; the engine's own share must not grow with the pixels."""
    peaks = {}
    for megabytes in (8, 32):
        data = with_image(ct(), noise(megabytes * 512, 1024, kind="<u2"))
        peaks[megabytes], out = measured(data)
        assert hashlib.sha256(out.PixelData).digest() == hashlib.sha256(data.PixelData).digest()
    # Twice the file and what a growing buffer leaves behind: no more copies than that.
    assert peaks[32] - peaks[8] < 24 * 1024 * 6
    assert resource.getpagesize()


def test_nothing_of_the_screens_text_is_in_a_header():
    assert not [element for element in everything_in(dose_screen()) if "7734-XQ VANDER" in str(element.value)]
    assert images.SECONDARY_CAPTURE == SC and people.STATION
