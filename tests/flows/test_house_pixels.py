"""Blanking in a whole house: the codecs run in work's confined child, and the recipient's images are looked at by GDCM."""

import subprocess

import pydicom
import pytest

from tests.house.files import instances_in
from test_clean_pixels import US_MULTIFRAME, check_marks, dataset, decoded, saved, smooth

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
    return smooth(3, 480, 640)


def clip(pixels, number, **more):
    data = dataset(pixels, sop_class=US_MULTIFRAME, InstanceNumber=number, SOPInstanceUID=f"1.2.3.4.5.6.7.{number}", **more)
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    return data


@pytest.fixture(scope="module")
def delivered(shared_house, pixels, tmp_path_factory):
    """One clip in each family, and one that no rule knows."""
    made, house = tmp_path_factory.mktemp("made"), shared_house(routes=[ROUTE])
    code = house.code_for()
    for number, (tool, syntax) in enumerate(TOOLS.values(), 1):
        plain, packed = saved(clip(pixels, number), made / f"{number}.dcm"), made / f"{number}-packed.dcm"
        subprocess.run([*tool, plain, packed], check=True)
        store(house, packed, syntax)
    store(house, saved(clip(pixels, 99, ManufacturerModelName="NOBODY KNOWS IT"), made / "unknown.dcm"), "-xe")
    out = tmp_path_factory.mktemp("out")
    house.open(house.wait_for_mails(1)[0].link, code, out)
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
