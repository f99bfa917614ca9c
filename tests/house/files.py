"""What lies in folders of instances: those that were sent and those that came out of a link."""

import hashlib
import pathlib
import struct

import pydicom


def instances_in(folder):
    return sorted(path for path in pathlib.Path(folder).rglob("*") if path.is_file() and is_instance(path))


def is_instance(path):
    with open(path, "rb") as file:
        return file.read(132)[128:] == b"DICM" and path.name != "DICOMDIR"


def data_set_bytes(path):
    """The bytes behind the File Meta Information."""
    data = pathlib.Path(path).read_bytes()
    assert data[132:140] == struct.pack("<HH2sH", 2, 0, b"UL", 4)
    return data[144 + struct.unpack("<I", data[140:144])[0]:]


def data_sets(folder):
    return sorted(map(data_set_bytes, instances_in(folder)))


def contents(folder):
    """{relative path: SHA-256} of every file."""
    folder = pathlib.Path(folder)
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*") if path.is_file()}


def values(folder, keyword):
    """The values of one attribute over all instances; None stands for an absent one."""
    return {pydicom.dcmread(path, stop_before_pixels=True).get(keyword) for path in instances_in(folder)}
