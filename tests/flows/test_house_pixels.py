"""Blanking in a whole house: the codecs and the reader of text run in work's confined child, and the recipient's images are looked
at by GDCM."""

import json
import subprocess

import numpy
import pydicom
import pytest

from deidentified import encoded
from tests.house.files import instances_in
from tests.house.house import House, wait_until
from test_clean_pixels import US_MULTIFRAME, check_marks, dataset, decoded, saved
from test_deidentify_cases_pixels import dose_screen

# What encodes it, and storescu's word for it.
TOOLS = {"native": (["cp"], "-xe"), "RLE": (["gdcmconv", "--rle"], "-xr"), "JPEG Lossless": (["dcmcjpeg", "+e1"], "-xs"),
         "JPEG-LS": (["dcmcjpls", "+el"], "-xt"), "JPEG 2000": (["gdcmconv", "--j2k"], "-xv")}
ROUTE = {"name": "blanked", "match": {"called_ae_title": "COURIER"}, "recipients": ["dr-okafor"],
         "deidentify": {"profile": "basic", "options": ["clean_pixel_data"], "on_quarantine": "drop_instance"},
         "share": {"lifetime": "7d", "purpose": "second opinion"}}


def store(house, path, syntax):
    subprocess.run(["storescu", "-aet", "US01", "-aec", "COURIER", "-R", syntax, "127.0.0.1", str(house.port), path], check=True)


@pytest.fixture(scope="module")
def pixels():
    """From dark to bright, without black, and with nothing that takes a reader long."""
    y, x = numpy.mgrid[0:480, 0:640]
    return numpy.stack([60 + frame + x // 8 + y // 8 for frame in range(2)]).astype("u1")


def clip(pixels, number, **more):
    data = dataset(pixels, sop_class=US_MULTIFRAME, InstanceNumber=number, SOPInstanceUID=f"1.2.3.4.5.6.7.{number}", **more)
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    return data


@pytest.fixture(scope="module")
def delivered(shared_house, pixels, tmp_path_factory):
    """One clip in each family, and one that no rule knows."""
    made, house = tmp_path_factory.mktemp("made"), shared_house(routes=[ROUTE])
    code = house.code_for()
    ready = [(saved(clip(pixels, 99, ManufacturerModelName="NOBODY KNOWS IT"), made / "unknown.dcm"), "-xe")]
    for number, (tool, syntax) in enumerate(TOOLS.values(), 1):
        plain, packed = saved(clip(pixels, number), made / f"{number}.dcm"), made / f"{number}-packed.dcm"
        subprocess.run([*tool, plain, packed], check=True)
        ready.append((packed, syntax))
    for path, syntax in ready:  # close together: a pause would end the study
        store(house, path, syntax)
    out = tmp_path_factory.mktemp("out")
    house.open(house.wait_for_mails(1, 300)[0].link, code, out)
    return house, {int(pydicom.dcmread(path).InstanceNumber): path for path in instances_in(out)}


@pytest.mark.parametrize("number", range(1, len(TOOLS) + 1), ids=TOOLS)
def test_a_clip_arrives_black_where_its_rule_says_and_unchanged_elsewhere(number, delivered, pixels):
    path = delivered[1][number]
    check_marks(pydicom.dcmread(path))
    made = decoded(path)
    assert (made[:, :30] == 0).all() and (made[:, 30:] == pixels[:, 30:]).all()


def test_what_no_rule_knows_is_held_back_and_counted(delivered):
    house, arrived = delivered
    assert len(arrived) == len(TOOLS)
    report, = house.audit("bundle.report")
    assert report["quarantined"] == "1" and report["count_pixels_blanked"] == str(len(TOOLS))
    assert report["count_pixels_frames_read"] == str(2 * len(TOOLS))


@pytest.fixture(scope="module")
def screens(tmp_path_factory):
    """Of General Electric's scanners: one with the patient where the rule blanks, one with the patient below it as well."""
    folder = tmp_path_factory.mktemp("screens")
    for number, (name, lines) in enumerate((("blanked", (24, 64)), ("below", (24, 300))), 1):
        data = dose_screen(lines=lines, InstanceNumber=number, SOPInstanceUID=f"1.2.3.4.5.6.{number}")
        (folder / name).write_bytes(encoded(data))
    return folder


def held_bundle(house):
    wait_until(lambda: house.audit("bundle.held"), 120, house.report)
    return house.audit("bundle.held")[-1]["reason"]


def test_a_screen_that_is_wholly_blanked_leaves_and_one_that_still_names_the_patient_does_not(open_house, screens, tmp_path):
    house = open_house(routes=[ROUTE])
    code = house.code_for()
    for name in ("blanked", "below"):
        store(house, screens / name, "-xe")
    house.open(house.wait_for_mails(1, 300)[0].link, code, tmp_path / "out")
    arrived, = [pydicom.dcmread(path) for path in instances_in(tmp_path / "out")]
    assert arrived.InstanceNumber == 1 and arrived.BurnedInAnnotation == "NO"
    report, = house.audit("bundle.report")
    assert report["reason_1"] == "1: text that names the patient, or a date, is left in the pixels after blanking"
    assert (report["count_pixels_frames_read"], report["count_pixels_text_before"]) == ("1", "1")
    assert "elements pixels_text_before" in house.cli("report", "1").stdout


@pytest.fixture
def untrained(tmp_path):
    """A house that looks for trained data in a folder that is empty."""
    house = House(tmp_path / "house", routes=[ROUTE])
    house.environment["TESSDATA_PREFIX"] = str(tmp_path)
    try:
        yield house.start()
    finally:
        house.stop()


def test_without_trained_data_what_is_to_be_blanked_is_held_until_it_is_installed(untrained, screens, tmp_path, monkeypatch):
    house = untrained
    house.code_for()
    store(house, screens / "blanked", "-xe")
    wanted = "the reader of text has no trained data; install tesseract-ocr-eng"
    assert held_bundle(house) == wanted
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    found, = [one for one in json.loads(house.cli("doctor", "--no-mail", "--json", check=False).stdout) if one["what"] == "reader of text"]
    assert found["grade"] == "fail" and found["figure"] == wanted
    (tmp_path / "eng.traineddata").symlink_to("/usr/share/tesseract-ocr/5/tessdata/eng.traineddata")
    house.cli("release", "bundle:1")
    house.wait_for_mails(1, 300)
