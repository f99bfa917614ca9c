"""The engine on the phantom's files, judged by programs that are not ours: pydicom, dcmdump, strings, dciodvfy."""

import datetime
import hashlib
import hmac
import json
import os
import pathlib
import re
import subprocess

import pydicom
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DCMCOURIER_BIN", ROOT / "build" / "bin"))
KEY = bytes(range(32)).hex()
SAMPLE_OPTIONS = "retain_patient_characteristics,modify_dates"


def run(pairs, options="", *flags):
    words = [str(path) for pair in pairs for path in pair]
    return subprocess.run([BIN / "deidentify_tool", "--options", options, "--key", KEY, *flags, *words],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)


class Study:
    """A phantom's study, de-identified as a whole."""

    def __init__(self, folder, charset, options):
        self.input, self.output = folder / "in", folder / "out"
        self.output.mkdir(parents=True)
        subprocess.run([ROOT / "scripts" / "phantom", self.input, "--study", "small", "--charset", charset],
                       check=True, stdout=subprocess.DEVNULL)
        self.told = json.loads((self.input / "canaries.json").read_text(encoding="utf-8"))
        self.pairs = [(self.input / one["file"], self.output / one["file"].replace("/", "_"))
                      for one in self.told["instances"]]
        self.done = run(self.pairs, options)
        assert self.done.returncode in (0, 3), self.done.stderr

    def released(self):
        return [(source, target) for source, target in self.pairs if target.exists()]

    def canaries(self):
        words = [word.encode() for word in self.told["canaries"]] + [bytes.fromhex(h) for h in self.told["canaries_hex"]]
        return words + [word.decode().encode("utf-16-le") for word in words if word.isascii()]


@pytest.fixture(scope="module", params=["ascii", "latin1", "japanese", "chinese", "cyrillic", "korean", "utf8"])
def study(request, tmp_path_factory):
    return Study(tmp_path_factory.mktemp(request.param), request.param, SAMPLE_OPTIONS)


@pytest.fixture(scope="module")
def basic(tmp_path_factory):
    return Study(tmp_path_factory.mktemp("basic"), "ascii", "")


def test_images_are_released_and_report_and_screen_are_not(study):
    series = {source.parent.name for source, _ in study.released()}
    assert series == {"ct", "mr", "multiframe", "jpegls"}
    assert "Clean Structured Content" in study.done.stdout
    assert "pixels may hold text" in study.done.stdout
    assert len(study.released()) == len(study.pairs) - 2


def test_no_canary_is_in_any_byte(study):
    for _, target in study.released():
        data = target.read_bytes()
        for word in study.canaries():
            assert word.lower() not in data.lower(), target.name


def test_no_date_of_the_input_is_left(study):
    for _, target in study.released():
        text = subprocess.run(["strings", "-n", "6", target], stdout=subprocess.PIPE, check=True).stdout
        for day in study.told["dates"]:
            assert day.encode() not in text


def test_the_scan_has_teeth(study):
    done = run(study.pairs, SAMPLE_OPTIONS, "--leave-in")
    assert done.stdout.split() == ["found"] * len(study.pairs)


@pytest.mark.filterwarnings("ignore")
def test_each_canary_alone_is_found_in_a_kept_attribute(study, tmp_path):
    """Whatever identifies in the input is searched for: planted in a structural value, it stops the instance."""
    planted_words = 0
    source = study.pairs[0][0]
    for number, word in enumerate(study.told["canaries"]):
        data = pydicom.dcmread(source)
        if not word.isascii() or len(re.sub(r"\W", "", word)) < 5 or not is_collected(word, data):
            continue
        data.BodyPartExamined = word.upper()[:60]
        planted = tmp_path / f"{number}.dcm"
        data.save_as(planted)
        done = run([(planted, tmp_path / "out.dcm")], SAMPLE_OPTIONS)
        assert "residual scan" in done.stdout, word
        planted_words += 1
    assert planted_words >= 10


def is_collected(word, data):
    """Names, numbers and addresses; occupations and mail addresses are removed but not searched for."""
    numbers = {data.PatientID, data.AccessionNumber, data.StationName, data.get("DeviceSerialNumber", "")}
    names = {part for element in data.iterall() if element.VR == "PN"
             for name in ([element.value] if element.VM == 1 else element.value or [])
             for part in re.split(r"[\^=]", str(name))}
    return word in numbers or word in names


def test_pixels_are_equal(study):
    told = {one["file"]: one["pixel_sha256"] for one in study.told["instances"]}
    for source, target in study.released():
        data = pydicom.dcmread(target)
        assert data.PixelData == pydicom.dcmread(source).PixelData
        if not data.file_meta.TransferSyntaxUID.is_compressed:
            name = str(source.relative_to(study.input))
            assert hashlib.sha256(data.PixelData).hexdigest() == told[name]


def test_pydicom_reads_the_marks(study):
    for _, target in study.released():
        data = pydicom.dcmread(target)
        assert data.PatientIdentityRemoved == "YES"
        assert [code.CodeValue for code in data.DeidentificationMethodCodeSequence] == ["113100", "113107", "113108"]
        assert data.LongitudinalTemporalInformationModified == "MODIFIED"
        assert data.PatientID == str(data.PatientName)
        assert re.fullmatch(r"P[0-9A-HJKMNP-TV-Z]{12}", data.PatientID)
        assert not [element for element in data.iterall() if element.tag.is_private]
        assert data.preamble == bytes(128)
        assert data.file_meta.MediaStorageSOPInstanceUID == data.SOPInstanceUID


def test_references_hold_within_the_study(study):
    instances = [pydicom.dcmread(target) for _, target in study.released()]
    assert len({data.StudyInstanceUID for data in instances}) == 1
    assert len({data.PatientID for data in instances}) == 1
    originals = {pydicom.dcmread(source).SeriesInstanceUID for source, _ in study.released()}
    assert len({data.SeriesInstanceUID for data in instances}) == len(originals)
    assert len({data.SOPInstanceUID for data in instances}) == len(instances)


def derived(label):
    return HKDF(hashes.SHA256(), 32, bytes(32), label).derive(bytes(range(32)))


def mapped_uid(uid):
    digest = bytearray(hmac.digest(derived(b"deid/uid/v1"), uid.encode(), "sha256")[:16])
    digest[6], digest[8] = digest[6] & 0x0F | 0x80, digest[8] & 0x3F | 0x80
    return f"2.25.{int.from_bytes(digest, 'big')}"


def test_maps_are_those_of_the_document(study):
    """Written from docs/deidentification.md alone, with Python's own HKDF and HMAC."""
    assert mapped_uid("1.2.3") == "2.25.265167921702543904579733803694101665194"
    for source, target in study.released():
        was, now = pydicom.dcmread(source), pydicom.dcmread(target)
        patient = f"{was.PatientID.upper()}\x1f{was.get('IssuerOfPatientID', '').upper()}".encode()
        shift = int.from_bytes(hmac.digest(derived(b"deid/date/v1"), patient, "sha256")[:8], "big") % 3286 + 365
        day = datetime.datetime.strptime(was.StudyDate, "%Y%m%d") - datetime.timedelta(days=shift)
        number = int.from_bytes(hmac.digest(derived(b"deid/pid/v1"), patient, "sha256")[:8], "big") >> 4
        letters = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number >> 5 * place & 31] for place in range(11, -1, -1))
        assert now.StudyDate == day.strftime("%Y%m%d")
        assert now.PatientID == "P" + letters
        assert now.SOPInstanceUID == mapped_uid(was.SOPInstanceUID)
        assert now.StudyInstanceUID == mapped_uid(was.StudyInstanceUID)


def test_without_options_dates_are_gone(basic):
    for _, target in basic.released():
        data = pydicom.dcmread(target)
        assert data.StudyDate == "" and data.PatientSex == ""
        assert data.LongitudinalTemporalInformationModified == "REMOVED"
        assert [code.CodeValue for code in data.DeidentificationMethodCodeSequence] == ["113100"]


def test_dcmdump_reads_every_output(study):
    for _, target in study.released():
        done = subprocess.run(["dcmdump", "-q", target], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 0 and not done.stderr


def errors(path):
    """Classes of dciodvfy's errors, without values and positions."""
    done = subprocess.run(["dciodvfy", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    lines = done.stdout.decode("latin-1").splitlines()
    return {re.sub(r"<[^>]*>|\[\d+\]|= *\S+$", "", line).strip() for line in lines if line.startswith("Error")}


def test_dciodvfy_has_no_new_error(study, basic):
    for source, target in study.released() + basic.released():
        assert errors(target) <= errors(source), target.name


def test_the_same_input_gives_the_same_bytes(study, tmp_path):
    again = [(source, tmp_path / target.name) for source, target in study.pairs]
    run(again, SAMPLE_OPTIONS)
    run_backwards = [(source, tmp_path / ("b" + target.name)) for source, target in reversed(study.pairs)]
    run(run_backwards, SAMPLE_OPTIONS)
    for _, target in study.released():
        assert (tmp_path / target.name).read_bytes() == target.read_bytes()
        assert (tmp_path / ("b" + target.name)).read_bytes() == target.read_bytes()


def test_options_that_exclude_each_other_are_refused(study):
    done = run(study.pairs[:1], "modify_dates,retain_full_dates")
    assert done.returncode == 1 and "exclude each other" in done.stderr
