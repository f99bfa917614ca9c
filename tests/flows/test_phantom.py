"""scripts/phantom: the same bytes each time, valid for other people's readers, and canaries in every corner."""

import hashlib
import json
import pathlib
import subprocess

import pydicom
import pytest

PHANTOM = pathlib.Path(__file__).parents[2] / "scripts" / "phantom"


def phantom(folder, *arguments):
    subprocess.run([PHANTOM, folder, *arguments], check=True, capture_output=True)
    return json.loads((folder / "canaries.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", name="small")
def fixture_small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    return folder, phantom(folder, "--study", "small")


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_arguments_give_the_same_bytes(small, tmp_path):
    phantom(tmp_path / "again", "--study", "small")
    assert files_of(tmp_path / "again") == files_of(small[0])


def test_another_seed_gives_another_study(small, tmp_path):
    told = phantom(tmp_path, "--study", "small", "--seed", "2")
    assert told["study_instance_uid"] != small[1]["study_instance_uid"]
    assert not set(told["pixel_sha256"]) & set(small[1]["pixel_sha256"]) - {screen(small[1])}


def screen(told):
    return next(one["pixel_sha256"] for one in told["instances"] if one["series"] == "dose")


def test_a_study_has_every_kind_that_a_real_one_brings(small):
    assert small[1]["counts"] == {
        "instances": 11, "series": {"ct": 4, "mr": 2, "multiframe": 1, "jpegls": 2, "rdsr": 1, "dose": 1}}
    syntaxes = {one["transfer_syntax_uid"] for one in small[1]["instances"]}
    assert syntaxes == {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.80"}


def test_the_description_is_true(small):
    folder, told = small
    for one in told["instances"]:
        data_set = pydicom.dcmread(folder / one["file"])
        assert data_set.SOPInstanceUID == data_set.file_meta.MediaStorageSOPInstanceUID == one["sop_instance_uid"]
        assert data_set.SOPClassUID == one["sop_class_uid"]
        assert data_set.StudyInstanceUID == told["study_instance_uid"]
        assert data_set.file_meta.TransferSyntaxUID == one["transfer_syntax_uid"]
        pixels = hashlib.sha256(data_set.PixelData).hexdigest() if "PixelData" in data_set else ""
        assert pixels == one["pixel_sha256"]
    assert sorted(one["pixel_sha256"] for one in told["instances"] if one["pixel_sha256"]) == told["pixel_sha256"]


def test_pixels_are_whole_and_differ_from_slice_to_slice(small):
    folder, told = small
    assert len(set(told["pixel_sha256"])) == len(told["pixel_sha256"]) == 10
    multiframe = pydicom.dcmread(folder / "multiframe" / "00001.dcm")
    assert len(multiframe.PixelData) == multiframe.NumberOfFrames * multiframe.Rows * multiframe.Columns * 2
    assert len(multiframe.PerFrameFunctionalGroupsSequence) == multiframe.NumberOfFrames


def test_every_instance_passes_dciodvfy(small):
    for path in small[0].rglob("*.dcm"):
        done = subprocess.run(["dciodvfy", path], capture_output=True, text=True, check=False)
        assert not [line for line in done.stderr.splitlines() if line.startswith("Error")], path


def test_the_compressed_series_decodes_to_the_pixels_of_the_native_one(small, tmp_path):
    native = tmp_path / "native.dcm"
    subprocess.run(["dcmdjpls", small[0] / "jpegls" / "00001.dcm", native], check=True)
    decoded, original = pydicom.dcmread(native), pydicom.dcmread(small[0] / "ct" / "00001.dcm")
    assert decoded.PixelData == original.PixelData


def test_each_canary_and_each_uid_is_really_there(small):
    folder, told = small
    everything = b"".join(path.read_bytes() for path in folder.rglob("*.dcm"))
    missing = [word for word in told["canaries"] if word.encode() not in everything]
    assert not missing
    for uid in told["uids"]:
        assert uid.encode() in everything, uid


def test_identifiers_stand_in_preamble_and_head_and_private_elements(small):
    whole = (small[0] / "ct" / "00001.dcm").read_bytes()
    assert b"VANDERMOLEN" in whole[:128]
    head = pydicom.dcmread(small[0] / "ct" / "00001.dcm")
    assert head.file_meta.SourceApplicationEntityTitle in small[1]["canaries"]
    assert head[0x0009, 0x1003].value[0][0x0009, 0x1010].value == "ZWEIGENBAUM^FRIEDERIKE"
    report = (small[0] / "rdsr" / "00001.dcm").read_bytes()
    assert b"VANDERMOLEN (MRN-7734-XQ) moved" in report


def test_the_dose_screen_has_its_name_in_the_pixels(small):
    image = pydicom.dcmread(small[0] / "dose" / "00001.dcm").pixel_array
    assert (image[24:44, 20:380] == 255).mean() > 0.2
    assert image.max() == 255 and image[450:].max() == 0


def test_no_canary_is_found_by_chance(small, tmp_path):
    """In pixels alone, where nothing was written: a hit in an output is then a leak."""
    phantom(tmp_path, "--study", "ct", "--slices", "8")
    pixels = b"".join(pydicom.dcmread(path).PixelData for path in (tmp_path / "ct").glob("*.dcm"))
    assert not [word for word in small[1]["canaries"] if word.encode() in pixels]


def test_a_late_slice_belongs_to_the_study(small, tmp_path):
    told = phantom(tmp_path, "--study", "small", "--late")
    assert told["counts"]["instances"] == 1
    assert told["study_instance_uid"] == small[1]["study_instance_uid"]
    known = {one["sop_instance_uid"] for one in small[1]["instances"]}
    assert told["instances"][0]["sop_instance_uid"] not in known


def test_a_changed_slice_has_a_known_uid_and_other_pixels(small, tmp_path):
    told = phantom(tmp_path, "--study", "small", "--changed")
    old = {one["sop_instance_uid"]: one["pixel_sha256"] for one in small[1]["instances"]}
    changed = told["instances"][0]
    assert old[changed["sop_instance_uid"]] != changed["pixel_sha256"]


def test_a_mixed_slice_is_another_patients_in_the_same_study(small, tmp_path):
    phantom(tmp_path, "--study", "small", "--mixed")
    strange = pydicom.dcmread(next((tmp_path / "ct").glob("*.dcm")))
    assert strange.StudyInstanceUID == small[1]["study_instance_uid"]
    assert strange.PatientID != small[1]["patient"]["id"]


@pytest.mark.parametrize("charset", ["ascii", "latin1", "cyrillic", "utf8", "japanese", "korean", "chinese"])
def test_names_survive_in_their_character_set(charset, tmp_path):
    told = phantom(tmp_path, "--study", "ct", "--slices", "1", "--charset", charset)
    data_set = pydicom.dcmread(tmp_path / "ct" / "00001.dcm")
    data_set.decode()
    assert str(data_set.PatientName) == told["patient"]["name"]


def test_the_referring_physician_can_be_chosen(tmp_path):
    told = phantom(tmp_path, "--study", "ct", "--referring", "OKAFORWILLIAMS^ADAEZE")
    assert pydicom.dcmread(tmp_path / "ct" / "00001.dcm").ReferringPhysicianName == "OKAFORWILLIAMS^ADAEZE"
    assert "OKAFORWILLIAMS" in told["canaries"] and "OKONKWOBRAITHWAITE" not in told["canaries"]


def test_a_wrong_option_is_refused(tmp_path):
    done = subprocess.run([PHANTOM, tmp_path, "--study", "ct2000"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "invalid choice" in done.stderr
