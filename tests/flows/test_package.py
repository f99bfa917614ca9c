"""A package as its recipient unpacks it: read by unzip, Python, Java, dcmdump, pydicom and sha256sum.

pack_tool prepares it from the phantom's plain files as a work child does and judges it as a verify
child does; nothing here is read by the house's own code again.
"""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import warnings
import zipfile
import zlib

import pydicom
import pydicom.fileset
import pytest

BIN = pathlib.Path(os.environ.get("DCMCOURIER_BIN", "build/bin")).absolute()
ROOT = pathlib.Path(__file__).resolve().parents[2]
MOST_MEMORY = 128 * 1024  # KiB


def run(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)


def pack(*arguments):
    done = run(BIN / "pack_tool", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module", name="study")
def fixture_study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantom")
    assert run(ROOT / "scripts" / "phantom", folder, "--slices", 8).returncode == 0
    return folder


@pytest.fixture(scope="module", name="files")
def fixture_files(study):
    return sorted(study.rglob("*.dcm"))


class Bundle:
    def __init__(self, folder, reply):
        self.reply = reply
        self.zip = folder / "study.zip"
        index = (folder / "index").read_bytes()
        text = zlib.decompress(index[4:], -15)
        assert len(text) == int.from_bytes(index[:4], "big")
        self.index = json.loads(text)
        self.folder = folder / "unpacked"


@pytest.fixture(scope="module", name="bundle", params=["basic", "none", "stored"])
def fixture_bundle(request, tmp_path_factory, files):
    folder = tmp_path_factory.mktemp(request.param)
    how = {"basic": ["--basic", "--drop"], "none": [], "stored": ["--basic", "--drop", "--store", "--bare"]}
    reply = pack(*how[request.param], "--zip", folder / "study.zip", "--index", folder / "index", *files)
    assert reply["prepare"]["sealed"], reply
    assert reply["verify"]["clean"], reply
    made = Bundle(folder, reply)
    made.deidentified = request.param != "none"
    done = run("unzip", "-q", made.zip, "-d", made.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return made


def indexed(bundle):
    """Every file of the index: name -> entry."""
    entries = [instance for series in bundle.index["series"] for instance in series["instances"]]
    return {entry["file"]: entry for entry in entries + bundle.index["others"]}


def test_the_digest_that_verify_returns_is_that_of_the_zip(bundle):
    assert hashlib.sha256(bundle.zip.read_bytes()).hexdigest() == bundle.reply["verify"]["sha256"]


def test_unzip_finds_no_fault_in_it(bundle):
    done = run("unzip", "-t", bundle.zip)
    assert done.returncode == 0 and "No errors" in done.stdout


def test_python_reads_every_entry_and_none_is_dated_or_described_later(bundle):
    with zipfile.ZipFile(bundle.zip) as archive:
        assert archive.testzip() is None
        for entry in archive.infolist():
            assert entry.flag_bits == 0
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        assert archive.namelist()[-3:] == ["DICOMDIR", "MANIFEST.SHA256", "README.TXT"]


def test_java_reads_the_same_seeking_and_streaming(bundle):
    done = run("java", ROOT / "tests" / "tools" / "CheckZip.java", bundle.zip)
    assert done.returncode == 0, done.stderr
    read = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert read.keys() == indexed(bundle).keys()
    for path in bundle.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            name = path.relative_to(bundle.folder).as_posix()
            assert read[name] == f"{len(content)} {hashlib.sha256(content).hexdigest()}"


def test_names_are_those_of_the_standard(bundle):
    for name in indexed(bundle):
        assert all(re.fullmatch(r"[A-Z0-9_]{1,8}", part) for part in name.split("/")) or name in (
            "MANIFEST.SHA256", "README.TXT")


def test_sha256sum_accepts_the_manifest_and_it_names_every_other_file(bundle):
    done = run("sha256sum", "-c", "--strict", "--quiet", "MANIFEST.SHA256", cwd=bundle.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    named = {line.split("  ")[1] for line in (bundle.folder / "MANIFEST.SHA256").read_text().splitlines()}
    assert named == indexed(bundle).keys() - {"MANIFEST.SHA256"}


def test_the_index_points_at_each_file_in_the_package(bundle):
    import base64
    import zlib

    content = bundle.zip.read_bytes()
    for name, entry in indexed(bundle).items():
        stored = content[entry["offset"]:entry["offset"] + entry["stored"]]
        whole = zlib.decompress(stored, -15) if entry["method"] == 8 else stored
        assert len(whole) == entry["size"]
        digest = base64.urlsafe_b64encode(hashlib.sha256(whole).digest()).decode().rstrip("=")
        assert digest == entry["sha256"], name
    for series in bundle.index["series"]:
        for instance in series["instances"]:
            data_set = pydicom.dcmread(bundle.folder / instance["file"], stop_before_pixels=True)
            assert data_set.SOPInstanceUID == instance["uid"]
            assert data_set.SeriesInstanceUID == series["uid"]
            assert data_set.file_meta.TransferSyntaxUID == instance["transfer_syntax"]


def test_dcmdump_reads_the_directory_without_a_complaint(bundle):
    done = run("dcmdump", "-q", bundle.folder / "DICOMDIR")
    assert done.returncode == 0 and not done.stderr
    done = run("dcmdump", bundle.folder / "DICOMDIR")
    assert not re.search(r"^[WEF]:", done.stderr + done.stdout, re.M)


def test_pydicom_finds_every_instance_through_the_directory(bundle):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", DeprecationWarning)
        files = pydicom.fileset.FileSet(bundle.folder / "DICOMDIR")
    found = {instance.path: instance for instance in files}
    instances = {entry["file"]: entry for series in bundle.index["series"] for entry in series["instances"]}
    assert {pathlib.Path(path).relative_to(bundle.folder).as_posix() for path in found} == instances.keys()
    for path, instance in found.items():
        data_set = pydicom.dcmread(path, stop_before_pixels=True)
        assert instance.SOPInstanceUID == data_set.SOPInstanceUID
        assert instance.SeriesInstanceUID == data_set.SeriesInstanceUID
        assert instance.PatientID == data_set.PatientID
        assert instance.Modality == data_set.Modality


def test_offsets_in_the_directory_lead_to_records_of_the_right_kind(bundle):
    """By offset alone, as a viewer does; pydicom above went by the same offsets, dcmdump by sequence."""
    directory = pydicom.dcmread(bundle.folder / "DICOMDIR")
    at = {record.seq_item_tell: record for record in directory.DirectoryRecordSequence}
    below = {"PATIENT": {"STUDY"}, "STUDY": {"SERIES"}}
    seen = set()

    def walk(offset, kinds):
        while offset:
            record = at[offset]
            assert offset not in seen
            seen.add(offset)
            assert kinds is None or record.DirectoryRecordType in kinds
            walk(record.OffsetOfReferencedLowerLevelDirectoryEntity, below.get(record.DirectoryRecordType))
            offset = record.OffsetOfTheNextDirectoryRecord

    walk(directory.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity, {"PATIENT"})
    assert seen == at.keys()


def test_dicom3tools_finds_no_error_in_the_directory(bundle):
    done = run("dciodvfy", bundle.folder / "DICOMDIR")
    assert "BasicDirectory" in done.stderr
    assert not re.findall(r"^Error.*$", done.stderr, re.M), done.stderr


def test_no_identifier_of_the_phantom_is_in_any_byte(bundle, study):
    if not bundle.deidentified:
        pytest.skip("an identified bundle")
    canaries = json.loads((study / "canaries.json").read_text())
    words = [w for w in strings_of(canaries.get("canaries", canaries)) if len(w) >= 6]
    assert words
    for path in bundle.folder.rglob("*"):
        if path.is_file() and path.name != "README.TXT":
            content = path.read_bytes().upper()
            assert not [w for w in words if w.upper().encode() in content], path


def strings_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings_of(inner)


def test_pixels_are_those_that_were_sent(bundle, files):
    sent = {hashlib.sha256(data_set.PixelData).digest() for data_set in map(pydicom.dcmread, files)
            if "PixelData" in data_set}
    count = 0
    for name in indexed(bundle):
        if name.startswith("DICOM/"):
            data_set = pydicom.dcmread(bundle.folder / name)
            if "PixelData" in data_set:
                assert hashlib.sha256(data_set.PixelData).digest() in sent
                count += 1
    assert count >= 32


def test_a_study_that_may_not_leave_leaves_nothing(files):
    reply = pack("--basic", *files)
    assert not reply["prepare"]["sealed"]
    assert reply["emptied"]
    assert len(reply["prepare"]["setbacks"]) == 2  # the dose report and the dose screen


def sanitized():
    return "libasan" in run("ldd", BIN / "pack_tool").stdout


def test_memory_stays_bounded_whatever_the_size_of_an_instance(files):
    ct = next(path for path in files if path.parent.name == "ct")
    reply = pack("--basic", "--large", 300_000_000, ct)
    assert reply["verify"]["clean"], reply
    if not sanitized():
        assert reply["prepare"]["peak_kib"] < MOST_MEMORY
        assert reply["verify"]["peak_kib"] < MOST_MEMORY


def test_memory_stays_bounded_whatever_the_number_of_instances(files, tmp_path):
    small = tmp_path / "small.dcm"
    data_set = pydicom.dcmread(next(path for path in files if path.parent.name == "mr"))
    data_set.Rows = data_set.Columns = 16
    data_set.PixelData = data_set.PixelData[:512]
    data_set.save_as(small)
    count = 2_000 if sanitized() else 20_000
    reply = pack("--basic", "--repeat", count, small)
    assert reply["prepare"]["released"] == count
    assert reply["verify"]["clean"], reply
    if not sanitized():
        assert reply["prepare"]["peak_kib"] < MOST_MEMORY
        assert reply["verify"]["peak_kib"] < MOST_MEMORY


@pytest.mark.parametrize("program, decoders", [("dcmcourierd-work", True), ("dcmcourierd-verify", False)])
def test_the_programs_link_no_network_library_nor_a_database_and_work_alone_decodes_images(program, decoders):
    linked = run("ldd", BIN / program).stdout
    assert "libcrypto" in linked
    assert not re.search(r"libcurl|libsqlite|libssl", linked)
    assert bool(re.search(r"libdcm|libcharls|libopenjp2", linked)) == decoders


@pytest.mark.parametrize("program", ["dcmcourierd-work", "dcmcourierd-verify"])
def test_the_programs_tell_how_they_are_used(program):
    assert run(BIN / program, "--help").stdout.startswith(f"usage: {program} --socket PATH")
    assert run(BIN / program, "--version").stdout.startswith(program)
    for wrong in ([], ["--socket", "/x", "--children", "0"], ["--socket", "/x", "more"], ["--no-such"]):
        done = run(BIN / program, *wrong)
        assert done.returncode == 64 and "usage" in done.stderr
