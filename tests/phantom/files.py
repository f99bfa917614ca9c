"""Part 10 files on disk, with what is known of each afterwards: its SHA-256 of the pixel data."""

import hashlib
import io
import pathlib
import struct
import subprocess
import tempfile

import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate, generate_pixel_data_frame
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.filebase import DicomFileLike

from . import people

EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
JPEG_LS_LOSSLESS = "1.2.840.10008.1.2.4.80"


def _head(data_set, study, syntax):
    """Preamble and File Meta Information, canaries in both: no receiver may carry them on."""
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\0\1"
    meta.MediaStorageSOPClassUID = data_set.SOPClassUID
    meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = "2.25.190284657120938475610293847561029384756"
    meta.ImplementationVersionName = "PHANTOM"
    meta.SourceApplicationEntityTitle = people.AE_TITLE
    meta.PrivateInformationCreatorUID = "2.25.190284657120938475610293847561029384757"
    meta.PrivateInformation = study.patient.patient_id.encode().ljust(32, b"\0")
    ascii_name = study.patient.name.split("=")[0].encode("ascii", "replace")
    head = io.BytesIO()
    head.write((ascii_name + b" " + study.patient.patient_id.encode())[:128].ljust(128, b"\0") + b"DICM")
    write_file_meta_info(head, meta, enforce_standard=True)
    return head.getvalue()


def _encoded(data_set, syntax):
    buffer = DicomFileLike(io.BytesIO())
    buffer.is_little_endian, buffer.is_implicit_VR = True, syntax == IMPLICIT
    data_set.is_little_endian, data_set.is_implicit_VR = True, syntax == IMPLICIT
    write_dataset(buffer, data_set)
    return buffer.parent.getvalue()


def record(path, folder, data_set, series, syntax, pixels):
    return {
        "sop_instance_uid": str(data_set.SOPInstanceUID), "sop_class_uid": str(data_set.SOPClassUID),
        "series": series.name, "modality": series.modality, "transfer_syntax_uid": syntax,
        "file": str(pathlib.Path(path).relative_to(folder)), "frames": int(data_set.get("NumberOfFrames", 1)),
        "pixel_sha256": pixels,
    }


def write(path, data_set, study, syntax=EXPLICIT):
    """Gives the SHA-256 of the pixel data; "" without any."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_head(data_set, study, syntax) + _encoded(data_set, syntax))
    return hashlib.sha256(data_set.PixelData).hexdigest() if "PixelData" in data_set else ""


def write_compressed(path, data_set, study):
    """As JPEG-LS, by DCMTK's coder, one fragment a frame."""
    with tempfile.TemporaryDirectory() as folder:
        native, compressed = pathlib.Path(folder) / "native.dcm", pathlib.Path(folder) / "compressed.dcm"
        write(native, data_set, study)
        subprocess.run(["dcmcjpls", "+el", native, compressed], check=True)
        frames = list(generate_pixel_data_frame(pydicom.dcmread(compressed).PixelData))
    data_set.PixelData = encapsulate(frames)
    data_set["PixelData"].VR = "OB"
    data_set["PixelData"].is_undefined_length = True
    write(path, data_set, study, JPEG_LS_LOSSLESS)
    # As a reader finds it: without the delimiter at its end.
    return hashlib.sha256(pydicom.dcmread(path).PixelData).hexdigest()


def write_frames(path, data_set, study, frames):
    """`frames` yields the bytes of one frame after another: never more than one is in memory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    length = data_set.NumberOfFrames * data_set.Rows * data_set.Columns * data_set.BitsAllocated // 8
    with open(path, "wb") as file:
        file.write(_head(data_set, study, EXPLICIT) + _encoded(data_set, EXPLICIT))
        file.write(struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OW", 0, length))
        for frame in frames:
            file.write(frame)
            digest.update(frame)
    return digest.hexdigest()
