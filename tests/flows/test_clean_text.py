"""Free text that was cleaned (clean_descriptors), as pydicom reads it: in eight character sets, the terms are left and
nothing of the patient or the physician."""
import os
import pathlib
import subprocess

import pydicom
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DCMCOURIER_BIN", ROOT / "build" / "bin"))
KEY = bytes(range(32)).hex()
CT = "1.2.840.10008.5.1.4.1.1.2"

# Specific Character Set, the patient, what a person wrote, what may be left of it.
TEXTS = {
    "ascii": ("", "Vandermolen^Wilhelmina", "CT CHEST FOR VANDERMOLEN W. 05/17/2023 DR OSTERHOUT", "CT CHEST"),
    "latin1": ("ISO_IR 100", "Müller^Jörg", "genou après injection, Dr Lefèvre, MÜLLER Jörg", "genou après injection"),
    "utf8": ("ISO_IR 192", "Łukasiewicz^Żaneta", "Kopf nativ Łukasiewicz 17. März 2023", "Kopf nativ"),
    "cyrillic": ("ISO_IR 144", "Иванов^Пётр", "CT thorax Иванов П.", "CT thorax"),
    "greek": ("ISO_IR 126", "Παπαδόπουλος^Νίκος", "MRI brain Παπαδόπουλος", "MRI brain"),
    "japanese": (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう", "山田太郎 胸部CT 造影 やまだ", "胸部CT 造影"),
    "korean": (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동", "흉부 CT 홍길동", "흉부 CT"),
    "chinese": ("GB18030", "Zhang^San=张^三丰", "胸部增强 张三丰 2023年5月17日", "胸部增强"),
}


def instance(folder, charset, patient, text):
    file = FileDataset(None, {}, file_meta=FileMetaDataset(), preamble=b"\0" * 128)
    file.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file.SpecificCharacterSet = charset
    file.SOPClassUID = file.file_meta.MediaStorageSOPClassUID = CT
    file.SOPInstanceUID = file.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    file.StudyInstanceUID, file.SeriesInstanceUID = generate_uid(), generate_uid()
    file.Modality, file.ImageType, file.PhotometricInterpretation = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"], "MONOCHROME2"
    file.PatientName, file.PatientID, file.StudyDate = patient, "MRN-7734-XQ", "20230517"
    file.StudyDescription, file.ImageComments = text, text + "\r\nmrn 7734XQ " + file.StudyInstanceUID
    file.Rows = file.Columns = 2
    file.BitsAllocated, file.BitsStored, file.HighBit, file.SamplesPerPixel, file.PixelRepresentation = 16, 12, 11, 1, 0
    file.PixelData = bytes(8)
    path = folder / "in.dcm"
    file.save_as(path, write_like_original=False)
    return path


@pytest.mark.parametrize("name", TEXTS)
def test_terms_are_left_and_nothing_of_anybody(name, tmp_path):
    charset, patient, text, left = TEXTS[name]
    path, out = instance(tmp_path, charset, patient, text), tmp_path / "out.dcm"
    done = subprocess.run([BIN / "deidentify_tool", "--options", "clean_descriptors", "--key", KEY, path, out],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    made = pydicom.dcmread(out)
    assert made.StudyDescription == left
    assert made.ImageComments == left
    assert (made.get("SpecificCharacterSet") or "") == (charset or "")
    assert [code.CodeValue for code in made.DeidentificationMethodCodeSequence] == ["113100", "113105"]
