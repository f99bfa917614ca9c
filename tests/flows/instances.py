"""One instance for a receiver to store, and what it kept of it."""
import struct

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset

from receiver import CT, EXPLICIT, IMPLICIT, JPEG_LS, wait_until

PREAMBLE = bytes(128) + b"DICM"


def make_instance(path, sop_class=CT, syntax=EXPLICIT, pixels=b"\1\2" * 5000, number=1):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID = sop_class, syntax
    meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.3680043.9.7777.{number}"
    instance = Dataset()
    instance.file_meta, instance.is_little_endian, instance.is_implicit_VR = meta, True, syntax == IMPLICIT
    instance.SOPClassUID, instance.SOPInstanceUID = sop_class, meta.MediaStorageSOPInstanceUID
    instance.PatientName, instance.PatientID, instance.Modality = "Canary^Carl", "CANARY-1", "CT"
    if syntax == JPEG_LS:
        instance.PixelData = pydicom.encaps.encapsulate([pixels])
        instance["PixelData"].is_undefined_length = True
    else:
        instance.PixelData = pixels
    instance["PixelData"].VR = "OW" if syntax == IMPLICIT else "OB"
    instance.save_as(path, write_like_original=False)
    return path


def data_set_of(content):
    """What follows the File Meta Information, found by its group length."""
    assert content[:132] == PREAMBLE
    return content[144 + struct.unpack("<I", content[140:144])[0]:]


def read_back(content, tmp_path):
    (tmp_path / "read-back.dcm").write_bytes(content)
    return pydicom.dcmread(tmp_path / "read-back.dcm")


def nothing_left(receiver):
    return receiver.quiet() and wait_until(lambda: receiver.spool.associations() == [])
