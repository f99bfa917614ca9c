#!/usr/bin/python3
"""What the browser check looks at: the phantom's series, one of its slices in every transfer syntax, some pictures that
phantoms do not have. Writes DIR/study.json (as the page knows studies) and DIR/expected.json: the pixels that are to be
seen, computed by pydicom and numpy, as SHA-256 of their RGB."""

import hashlib
import json
import pathlib
import subprocess
import sys

import numpy
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

ROOT = pathlib.Path(__file__).resolve().parents[4]
LOSSLESS_TOOLS = {
    "rle": ["dcmcrle"],
    "jpegls one": ["dcmcjpls"],
    "lossless": ["dcmcjpeg", "+e1"],
    "lossless14": ["dcmcjpeg", "+el"],
    "j2k": ["gdcmconv", "--j2k"],
}


def windowed(values, center, width):
    """PS3.3 C.11.2.1.2.1, to 8 bits, halves up."""
    y = ((values - (center - 0.5)) / (width - 1) + 0.5) * 255
    return numpy.floor(numpy.clip(y, 0, 255) + 0.5).astype(numpy.uint8)


def modality(dataset, array):
    return array * float(dataset.get("RescaleSlope", 1)) + float(dataset.get("RescaleIntercept", 0))


def digest(grey_or_rgb):
    rgb = grey_or_rgb if grey_or_rgb.ndim == 3 else numpy.repeat(grey_or_rgb[:, :, None], 3, axis=2)
    return hashlib.sha256(numpy.ascontiguousarray(rgb, numpy.uint8).tobytes()).hexdigest()


def seen(dataset, array):
    """As stored: its window, or the whole range."""
    values = modality(dataset, array)
    if "WindowCenter" in dataset:
        return windowed(values, float(dataset.WindowCenter), float(dataset.WindowWidth))
    low, high = values.min(), values.max()
    y = ((values - (low + high) / 2) / (high - low) + 0.5) * 255
    return numpy.floor(numpy.clip(y, 0, 255) + 0.5).astype(numpy.uint8)


class Material:
    def __init__(self, folder):
        self.folder = folder
        self.series = []
        self.expected = {}

    def add(self, name, modality_name, files):
        instances = []
        for file in files:
            dataset = pydicom.dcmread(file, stop_before_pixels=True)
            instances.append({
                "uid": str(dataset.SOPInstanceUID) + "/" + name, "sopClass": str(dataset.SOPClassUID),
                "transferSyntax": str(dataset.file_meta.TransferSyntaxUID), "file": str(file.relative_to(self.folder)),
                "size": file.stat().st_size,
                "frames": int(dataset.get("NumberOfFrames", 1)) if "Rows" in dataset else 0})
        self.series.append({"uid": f"1.2.3.{len(self.series)}", "modality": modality_name, "description": name,
                            "instances": instances})

    def save(self, name, dataset, rgb=None):
        """A data set of our own; what is seen of it, if not what pydicom says."""
        file = self.folder / "own" / f"{name}.dcm"
        file.parent.mkdir(exist_ok=True)
        dataset.save_as(file, write_like_original=False)
        self.expected[name] = digest(rgb if rgb is not None else seen(dataset, dataset.pixel_array))
        self.add(name, dataset.Modality, [file])
        return file


def image(array, photometric="MONOCHROME2", **other):
    """A data set of one frame of these samples."""
    dataset = Dataset()
    dataset.is_little_endian, dataset.is_implicit_VR = True, False
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", generate_uid()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.Modality, dataset.SamplesPerPixel = "OT", 3 if array.ndim == 3 else 1
    dataset.PhotometricInterpretation = photometric
    dataset.Rows, dataset.Columns = array.shape[:2]
    dataset.BitsAllocated = dataset.BitsStored = array.itemsize * 8
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(array.dtype.kind == "i")
    if array.ndim == 3:
        dataset.PlanarConfiguration = 0
    for key, value in other.items():
        setattr(dataset, key, value)
    dataset.PixelData = array.tobytes() + b"\0" * (array.nbytes % 2)
    dataset["PixelData"].VR = "OB" if array.itemsize == 1 else "OW"
    return dataset


def run(*command):
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def phantom(material):
    run(ROOT / "scripts/phantom", material.folder / "standard", "--study", "standard")
    kinds = {"ct": "CT", "mr": "MR", "multiframe": "CT", "jpegls": "CT", "rdsr": "SR", "dose": "OT"}
    for name, kind in kinds.items():
        files = sorted((material.folder / "standard" / name).glob("*.dcm"))
        material.add(name, kind, files)
        dataset = pydicom.dcmread(files[0])
        if name in ("ct", "mr", "dose"):
            material.expected[name] = digest(seen(dataset, dataset.pixel_array))
    frames = pydicom.dcmread(files_of(material, "multiframe")[0])
    group = frames.SharedFunctionalGroupsSequence[0]
    per_frame = frames.PerFrameFunctionalGroupsSequence[6]
    flat = Dataset()
    for functional in (group, per_frame):
        for sequence in ("PixelValueTransformationSequence", "FrameVOILUTSequence"):
            if sequence in functional:
                flat.update(functional[sequence].value[0])
    material.expected["multiframe 7"] = digest(seen(flat, frames.pixel_array[6]))


def files_of(material, name):
    return sorted((material.folder / "standard" / name).glob("*.dcm"))


def syntaxes(material):
    """One CT slice, losslessly in every syntax: the same pixels are seen."""
    source = files_of(material, "ct")[31]
    dataset = pydicom.dcmread(source)
    wanted = digest(seen(dataset, dataset.pixel_array))
    (material.folder / "syntax").mkdir()
    for name, command in LOSSLESS_TOOLS.items():
        file = material.folder / "syntax" / f"{name}.dcm"
        run(*command, source, file)
        material.expected[name] = wanted
        material.add(name, "CT", [file])
    (material.folder / "htj2k.raw").write_bytes(dataset.pixel_array.tobytes())
    material.expected["htj2k"] = wanted
    file = material.folder / "syntax" / "big.dcm"
    run("dcmconv", "+tb", source, file)
    material.expected["big"] = wanted
    material.add("big", "CT", [file])


def signed_syntaxes(material):
    """Values below zero, in every codec."""
    for name, command in LOSSLESS_TOOLS.items():
        file = material.folder / "syntax" / f"signed {name}.dcm"
        run(*command, material.folder / "own" / "signed.dcm", file)
        material.expected[f"signed {name}"] = material.expected["signed"]
        material.add(f"signed {name}", "OT", [file])


def many_frames(material):
    """Encapsulated frames with a Basic Offset Table, and with an empty one."""
    source = files_of(material, "multiframe")[0]
    for name, command in {"frames with table": ["dcmcjpls", "+ot"], "frames without table": ["dcmcjpls", "-ot"]}.items():
        file = material.folder / "syntax" / f"{name}.dcm"
        run(*command, source, file)
        material.add(name, "CT", [file])


def greys(material):
    y, x = numpy.mgrid[0:48, 0:64]
    signed = (x * 40 - y * 30 - 700).astype("<i2")
    material.save("signed", image(signed, RescaleSlope="0.5", RescaleIntercept="-20", WindowCenter="-100", WindowWidth="350"))
    inverted = image((x * 60).astype("<u2"), "MONOCHROME1", WindowCenter="1500", WindowWidth="2001")
    material.save("monochrome1", inverted, 255 - seen(inverted, inverted.pixel_array))
    odd = image((x[:45, :61] * 40 + y[:45, :61] * 30).astype("<u2"), BitsStored=12, HighBit=11)
    material.save("rows of 61", odd)
    shifted = image(((x * 20 + y) << 4).astype("<u2") | 0x000F, BitsStored=12, HighBit=15)
    material.save("high bit 15", shifted, seen(Dataset(), (x * 20 + y)))
    wide = image((x * 100000 + y).astype("<u4"))
    material.save("32 bits", wide, seen(Dataset(), (x * 100000 + y)))


def colours(material):
    y, x = numpy.mgrid[0:48, 0:64]
    rgb = numpy.stack([x * 4, y * 5, 255 - x * 2 - y], axis=2).astype(numpy.uint8)
    material.save("rgb", image(rgb, "RGB"), rgb)
    planes = image(rgb, "RGB", PlanarConfiguration=1)
    planes.PixelData = rgb.transpose(2, 0, 1).tobytes()
    material.save("rgb planes", planes, rgb)
    material.save("ybr", image(rgb, "YBR_FULL"), ybr(rgb))
    halved(material, rgb)
    palette(material, x, y)
    compressed_colour(material, rgb)


def ybr(values):
    """PS3.3 C.7.6.3.1.2, rounded to the nearest."""
    luma, cb, cr = (values[..., i].astype(float) for i in range(3))
    red = luma + 1.402 * (cr - 128)
    green = luma - 0.344136 * (cb - 128) - 0.714136 * (cr - 128)
    blue = luma + 1.772 * (cb - 128)
    return numpy.rint(numpy.clip(numpy.stack([red, green, blue], axis=2), 0, 255)).astype(numpy.uint8)


def halved(material, rgb):
    whole = rgb.copy()
    whole[:, 1::2, 1:] = whole[:, ::2, 1:]
    packed = numpy.stack([whole[:, ::2, 0], whole[:, 1::2, 0], whole[:, ::2, 1], whole[:, ::2, 2]], axis=2)
    dataset = image(whole, "YBR_FULL_422")
    dataset.PixelData = packed.tobytes()
    material.save("ybr 422", dataset, ybr(whole))


def palette(material, x, y):
    entries = numpy.arange(256)
    tables = [(entries * 257).astype("<u2"), ((255 - entries) * 257).astype("<u2"), ((entries ^ 0x55) * 257).astype("<u2")]
    index = (x * 3 + y).astype(numpy.uint8)
    dataset = image(index, "PALETTE COLOR")
    for name, values in zip(("Red", "Green", "Blue"), tables):
        setattr(dataset, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(dataset, f"{name}PaletteColorLookupTableData", values.tobytes())
    material.save("palette", dataset, numpy.stack([(table >> 8)[index] for table in tables], axis=2))


def compressed_colour(material, rgb):
    source = material.folder / "own" / "rgb.dcm"
    for name, command in {"rgb rle": ["dcmcrle"], "rgb jpegls": ["dcmcjpls"], "rgb jpegls planes": ["dcmcjpls", "+il"],
                          "rgb lossless": ["dcmcjpeg", "+e1"], "rgb j2k": ["gdcmconv", "--j2k"]}.items():
        file = material.folder / "syntax" / f"{name}.dcm"
        run(*command, source, file)
        material.expected[name] = digest(rgb)
        material.add(name, "OT", [file])


def lossy(material):
    """Compared with a tolerance: what DCMTK and GDCM see of the same bytes."""
    for name, source, command in (
            ("baseline", material.folder / "own" / "ybr.dcm", ["dcmcjpeg", "+eb", "+q", "95"]),
            ("baseline rgb", material.folder / "own" / "rgb.dcm", ["dcmcjpeg", "+eb", "+q", "98", "+cr"]),
            ("extended 8", files_of(material, "dose")[0], ["dcmcjpeg", "+ee", "+q", "95"]),
            ("extended 12", files_of(material, "ct")[31], ["dcmcjpeg", "+ee", "+q", "95"]),
            ("extended 12 odd", material.folder / "own" / "rows of 61.dcm", ["dcmcjpeg", "+ee", "+q", "95"]),
            ("lossy j2k", files_of(material, "ct")[31], ["gdcmconv", "--lossy", "--j2k"]),
            ("near jpegls", files_of(material, "ct")[31], ["dcmcjpls", "+en", "+md", "2"])):
        file = material.folder / "syntax" / f"{name}.dcm"
        run(*command, source, file)
        plain = material.folder / "syntax" / f"{name} plain.dcm"
        undo = {"near jpegls": ["dcmdjpls"], "lossy j2k": ["gdcmconv", "--raw"]}.get(name, ["dcmdjpeg"])
        run(*undo, file, plain)
        dataset = pydicom.dcmread(plain)
        array = dataset.pixel_array
        if dataset.SamplesPerPixel == 3 and dataset.PhotometricInterpretation.startswith("YBR"):
            array = ybr(array)
        shown = array if array.ndim == 3 else seen(dataset, array)
        rgb = shown if shown.ndim == 3 else numpy.repeat(shown[:, :, None], 3, axis=2)
        (material.folder / f"{name}.rgb").write_bytes(numpy.ascontiguousarray(rgb, numpy.uint8).tobytes())
        material.add(name, "OT", [file])


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True)
    material = Material(folder)
    phantom(material)
    (folder / "study.json").write_text(json.dumps(material.series))
    syntaxes(material)
    greys(material)
    signed_syntaxes(material)
    many_frames(material)
    colours(material)
    lossy(material)
    (folder / "all.json").write_text(json.dumps(material.series))
    (folder / "expected.json").write_text(json.dumps(material.expected))


main()
