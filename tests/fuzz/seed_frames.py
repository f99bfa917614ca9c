"""Seeds of the target `frames`: small images, compressed by DCMTK's and GDCM's tools, each behind the bytes that frames.cpp
reads its header from."""
import pathlib
import subprocess
import tempfile

import numpy
import pydicom
from pydicom.encaps import generate_pixel_data_frame
from pydicom.uid import ExplicitVRLittleEndian

SYNTAXES = ["1.2.840.10008.1.2.5", *(f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 57, 70, 80, 81, 90, 91))]  # as frames.cpp has them
BITS = (8, 16, 32)
TOOLS = (["dcmcrle"], ["dcmcjpeg", "+e1"], ["dcmcjpeg", "+el"], ["dcmcjpeg", "+eb"], ["dcmcjpeg", "+ee"], ["dcmcjpls", "+el"],
         ["dcmcjpls", "+en", "+md", "2"], ["gdcmconv", "--j2k"], ["gdcmconv", "--j2k", "--lossy", "-q", "80"])


def image(bits, samples, signed=False):
    cells = numpy.add.outer(numpy.arange(9), numpy.arange(12)) * 7 % (1 << min(bits, 12))
    data = pydicom.Dataset()
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = "1.2.826.0.1.3680043.9.9999.2"
    data.StudyInstanceUID = data.SeriesInstanceUID = "1.2.826.0.1.3680043.9.9999.1"
    data.Rows, data.Columns, data.SamplesPerPixel = *cells.shape, samples
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = bits, bits, bits - 1, int(signed)
    data.PhotometricInterpretation = "RGB" if samples == 3 else "MONOCHROME2"
    if samples == 3:
        cells, data.PlanarConfiguration = numpy.stack([cells, cells // 2, cells // 3], -1), 0
    data.add_new("PixelData", "OB" if bits == 8 else "OW", cells.astype(f"u{bits // 8}").tobytes())
    data.is_little_endian, data.is_implicit_VR = True, False
    return data


def header(data):
    form = (data.SamplesPerPixel == 3) | data.PixelRepresentation << 1 | BITS.index(data.BitsAllocated) << 2
    return bytes([SYNTAXES.index(data.file_meta.TransferSyntaxUID), data.Rows, data.Columns, form, data.BitsStored - 1])


def frames(corpus):
    with tempfile.TemporaryDirectory() as folder:
        native, made = pathlib.Path(folder) / "native.dcm", pathlib.Path(folder) / "made.dcm"
        for name, data in {"grey": image(8, 1), "deep": image(16, 1), "signed": image(16, 1, True), "colour": image(8, 3)}.items():
            pydicom.dcmwrite(native, data, write_like_original=False)
            for tool in TOOLS:
                made.unlink(missing_ok=True)
                done = subprocess.run([*tool, native, made], capture_output=True, check=False)
                if done.returncode != 0 or not made.exists():  # baseline JPEG has eight bits
                    continue
                compressed = pydicom.dcmread(made)
                frame = next(generate_pixel_data_frame(compressed.PixelData, 1))
                corpus.add("frames", f"{name}-{'-'.join(word.strip('+-') for word in tool)}", header(compressed) + frame)
