"""The house's reader and writer of data sets, held against pydicom and dcmdump.

dicom_tool prints what the reader saw; pydicom walks the same file on its own.
"""

import os
import pathlib
import subprocess

import pydicom
import pydicom.data
import pytest
from pydicom.filewriter import dcmwrite
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

TOOL = pathlib.Path(os.environ.get("DCMCOURIER_BIN", "build/bin")).absolute() / "dicom_tool"
FOLDER = pathlib.Path(pydicom.data.__file__).parent / "test_files"

# What pydicom ships as broken, or as something else than a Part 10 file.
REFUSED = {
    "ExplVR_BigEndNoMeta.dcm": "not a DICOM file",
    "ExplVR_LitEndNoMeta.dcm": "not a DICOM file",
    "MR_truncated.dcm": "length past the end in (7FE0,0010)",
    "SC_rgb_jpeg.dcm": "no VR in (0008,0008)",
    "image_dfl.dcm": "deflated data set",
    "meta_missing_tsyntax.dcm": "no Transfer Syntax UID",
    "nested_priv_SQ.dcm": "odd length of (0001,0002)",
    "no_meta.dcm": "not a DICOM file",
    "rtplan_truncated.dcm": "length past the end in (300A,00B0)",
    "rtstruct.dcm": "not a DICOM file",
}
WITHOUT_JSON = {"badVR.dcm"}  # an IS that is no number
FILES = sorted(path.name for path in FOLDER.glob("*.dcm"))


def tool(*arguments):
    return subprocess.run([TOOL, *map(str, arguments)], capture_output=True, text=True, check=False)


def walked(path):
    """[(path of tags, number of items or None)] as the house sees it."""
    done = tool("walk", path)
    assert done.returncode == 0, done.stderr
    seen = []
    for line in done.stdout.splitlines():
        words = line.split()
        seen.append((words[0], int(words[3]) if words[2] == "items" else None))
    return seen


def tags_of(data_set, prefix=""):
    """The same by pydicom."""
    seen = []
    for tag in sorted(data_set.keys()):
        element = data_set[tag]
        here = f"{prefix}({tag.group:04X},{tag.element:04X})"
        is_sequence = element.VR == "SQ"
        seen.append((here, len(element.value) if is_sequence else None))
        for number, item in enumerate(element.value if is_sequence else []):
            seen += tags_of(item, f"{here}[{number}]")
    return seen


@pytest.mark.parametrize("name", [name for name in FILES if name not in REFUSED])
def test_the_reader_sees_what_pydicom_sees(name):
    assert walked(FOLDER / name) == tags_of(pydicom.dcmread(FOLDER / name))


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_broken_files_are_refused_with_their_reason(name):
    done = tool("walk", FOLDER / name)
    assert done.returncode == 65
    assert done.stderr.strip() == REFUSED[name]


@pytest.mark.parametrize("name", [name for name in FILES if name not in REFUSED])
def test_a_written_file_reads_the_same_elsewhere(name, tmp_path):
    out = tmp_path / "out.dcm"
    assert tool("rewrite", FOLDER / name, out).returncode == 0
    before, after = pydicom.dcmread(FOLDER / name), pydicom.dcmread(out)
    assert tags_of(after) == tags_of(before)
    assert after.file_meta.TransferSyntaxUID == before.file_meta.TransferSyntaxUID
    assert after.file_meta.ImplementationVersionName == "DCMCOURIER"
    # Values of another byte order or another length would differ here.
    if name not in WITHOUT_JSON:
        assert after.to_json_dict() == before.to_json_dict()
    dump = subprocess.run(["dcmdump", "-q", "-M", out], capture_output=True, check=False)
    known_to_dcmtk = subprocess.run(["dcmdump", "-q", "-M", FOLDER / name], capture_output=True, check=False)
    assert dump.returncode == known_to_dcmtk.returncode == 0
    again = tmp_path / "again.dcm"
    assert tool("rewrite", out, again).returncode == 0
    assert again.read_bytes() == out.read_bytes()


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_study_with_functional_groups_survives_every_native_syntax(syntax, tmp_path):
    source = pydicom.dcmread(FOLDER / "rtplan.dcm")
    source.file_meta.TransferSyntaxUID = syntax
    source.is_little_endian = syntax.is_little_endian
    source.is_implicit_VR = syntax.is_implicit_VR
    dcmwrite(tmp_path / "in.dcm", source, write_like_original=False)
    assert tool("rewrite", tmp_path / "in.dcm", tmp_path / "out.dcm").returncode == 0
    assert pydicom.dcmread(tmp_path / "out.dcm").to_json_dict() == source.to_json_dict()
