"""Data sets made with pydicom, what the engine makes of them, and what programs that are not ours say about it."""

import copy
import dataclasses
import datetime
import functools
import hmac
import io
import os
import pathlib
import re
import subprocess
import tempfile

import numpy
import pydicom
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydicom.dataset import FileDataset, FileMetaDataset

from tests.phantom import images, modules, people, pixels, studies

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DCMCOURIER_BIN", ROOT / "build" / "bin"))
KEY = bytes(range(32)).hex()
EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
ROOT_UID = "1.2.826.0.1.3680043.9.9999.1.100.1"
SCRATCH = tempfile.TemporaryDirectory(prefix="deidentified-")  # gone when the tests are
CASES = {line.split("\t")[0] for line in (ROOT / "tests/vectors/deidentify_cases.tsv").read_text().splitlines()}


def case(identifier):
    """Marks the test of a case of the table."""
    assert identifier in CASES
    return lambda test: test


def phantom_study(**changes):
    patient = copy.copy(people.PATIENTS[0])
    for name, value in changes.items():
        setattr(patient, name, value)
    return studies.Study(patient)


BODY = pixels.Body(16, 16, [1, 1])


def with_meta(data, syntax=EXPLICIT):
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = syntax
    data.file_meta.MediaStorageSOPClassUID = data.get("SOPClassUID", "")
    data.file_meta.MediaStorageSOPInstanceUID = data.get("SOPInstanceUID", "")
    data.is_little_endian, data.is_implicit_VR = True, syntax == IMPLICIT
    return data


def ct(number=1, study=None, **values):
    return changed(with_meta(images.ct(study or phantom_study(), studies.CT, number, BODY)), values)


def mr(number=1, study=None, **values):
    return changed(with_meta(images.mr(study or phantom_study(), studies.MR, number, BODY)), values)


def enhanced_ct(frames=2, **values):
    data = images.enhanced_ct(phantom_study(), studies.MULTIFRAME, 1, (16, 16), frames)
    data.add_new("PixelData", "OW", b"".join(BODY.slice(n).tobytes() for n in range(frames)))
    return changed(with_meta(data), values)


def of_class(sop_class, modality, **values):
    """A CT in everything but its class: for rules that go by the class alone."""
    return with_meta(changed(ct(), {"SOPClassUID": sop_class, "Modality": modality, **values}))


def without_pixels(data):
    for name in ("PixelData", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
                 "SamplesPerPixel", "PhotometricInterpretation"):
        if name in data:
            delattr(data, name)
    return data


def changed(data, values):
    for name, value in values.items():
        setattr(data, name, value)
    if "SOPInstanceUID" in values:
        data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    return data


def with_image(data, array, photometric="MONOCHROME2", signed=False):
    """Pixels of 8 or 16 bits: (frames,) rows, columns (, samples)."""
    colour = photometric in ("RGB", "YBR_FULL")
    frames = array.shape[0] if array.ndim == 3 + colour else 1
    data.SamplesPerPixel = 3 if colour else 1
    data.PhotometricInterpretation = photometric
    data.Rows, data.Columns = array.shape[-2 - colour:][:2]
    bits = array.dtype.itemsize * 8
    data.BitsAllocated, data.BitsStored, data.HighBit = bits, bits, bits - 1
    data.PixelRepresentation = int(signed)
    if colour:
        data.PlanarConfiguration = 0
    if frames > 1:
        data.NumberOfFrames = frames
    content = array.tobytes()
    data.add_new("PixelData", "OW" if bits > 8 else "OB", content + b"\0" * (len(content) % 2))
    return data


def pixels_of(data):
    colour = data.SamplesPerPixel == 3
    kind = numpy.dtype(f"{'i' if data.PixelRepresentation else 'u'}{data.BitsAllocated // 8}")
    shape = (int(data.get("NumberOfFrames", 1)), data.Rows, data.Columns) + ((3,) if colour else ())
    return numpy.frombuffer(data.PixelData, kind)[:numpy.prod(shape)].reshape(shape)


def encoded(data):
    if isinstance(data, bytes):
        return data
    out = io.BytesIO()
    if not isinstance(data, FileDataset):
        data.preamble = getattr(data, "preamble", None) or bytes(128)
    pydicom.dcmwrite(out, data, write_like_original=False)
    return out.getvalue()


@dataclasses.dataclass
class Made:
    """What became of one instance. `said` is what the engine said: actions counted, or the reason."""
    code: int
    said: str
    source: pathlib.Path
    path: pathlib.Path

    @property
    def released(self):
        return self.path.exists()

    @functools.cached_property
    def bytes(self):
        return self.path.read_bytes()

    @functools.cached_property
    def data(self):
        assert self.released, self.said
        return pydicom.dcmread(self.path, force=True)

    def counted(self, name):
        found = re.search(rf"\b{name}=(\d+)", self.said)
        return int(found[1]) if found else 0

    @functools.cached_property
    def codes(self):
        return [item.CodeValue for item in self.data.DeidentificationMethodCodeSequence]


def tool(*words):
    return subprocess.run([BIN / "deidentify_tool", *map(str, words)], capture_output=True, text=True, check=False)


def deidentify(*instances, options="", key=KEY, flags=()):
    """One study, given as data sets or as whole files; a Made for each, in order."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=SCRATCH.name))
    pairs = []
    for number, instance in enumerate(instances):
        source = folder / f"in{number}.dcm"
        source.write_bytes(encoded(instance))
        pairs.append((source, folder / f"out{number}.dcm"))
    done = tool("--options", options, "--key", key, *flags, *[path for pair in pairs for path in pair])
    assert done.returncode in (0, 1, 3), done  # never a signal
    lines = done.stdout.splitlines() if done.returncode != 1 else []
    lines += [done.stderr.strip()] * (len(pairs) - len(lines))
    return [Made(done.returncode, line, *pair) for line, pair in zip(lines, pairs)]


def one(instance, options="", **more):
    return deidentify(instance, options=options, **more)[0]


def quarantined(made):
    """Held back for a reason that says nothing of the patient."""
    assert made.code == 3 and not made.released, made.said
    assert re.fullmatch(r"quarantined: [\x20-\x7e]{5,160}", made.said), made.said
    return made.said


def refused(made):
    """Not even read: a Fault with words of ours."""
    assert made.code == 1 and not made.released and made.said
    return made.said


def dcmdump(path, *flags):
    done = subprocess.run(["dcmdump", "-q", *flags, path], capture_output=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.decode("latin-1")


def errors(path):
    """Classes of dciodvfy's errors, without values and positions."""
    done = subprocess.run(["dciodvfy", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    lines = done.stdout.decode("latin-1").splitlines()
    return {re.sub(r"<[^>]*>|\[\d+\]|= *\S+$", "", line).strip() for line in lines if line.startswith("Error")}


def everything_in(data_set):
    """Each element at every depth."""
    for element in data_set:
        yield element
        if element.VR == "SQ":
            for item in element.value:
                yield from everything_in(item)


# The maps, from docs/deidentification.md alone, with Python's own HKDF and HMAC.

def derived(label, key=KEY):
    return HKDF(hashes.SHA256(), 32, bytes(32), label).derive(bytes.fromhex(key))


def mapped_uid(uid, key=KEY):
    digest = bytearray(hmac.digest(derived(b"deid/uid/v1", key), uid.encode("latin-1"), "sha256")[:16])
    digest[6], digest[8] = digest[6] & 0x0F | 0x80, digest[8] & 0x3F | 0x80
    return f"2.25.{int.from_bytes(digest, 'big')}"


def patient_key(identifier, issuer):
    return f"{identifier.upper()}\x1f{issuer.upper()}".encode()


def shift_of(patient):
    return int.from_bytes(hmac.digest(derived(b"deid/date/v1"), patient, "sha256")[:8], "big") % 3286 + 365


def shifted(day, patient):
    moved = datetime.datetime.strptime(day, "%Y%m%d") - datetime.timedelta(days=shift_of(patient))
    return moved.strftime("%Y%m%d")


PATIENT = patient_key("MRN-7734-XQ", people.PATIENTS[0].issuer)
item, code = modules.item, modules.code
