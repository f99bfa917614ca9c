"""Looking for what must not be there: identifiers in the bytes of files, and pixels that must be equal."""

import hashlib
import json
import pathlib

import pydicom


class Canaries:
    def __init__(self, phantom):
        self.told = json.loads((pathlib.Path(phantom) / "canaries.json").read_text())
        self.words = [word for word in self.told["canaries"] if len(word) >= 5] + self.told["uids"]
        self.forms = {bytes.fromhex(text): text for text in self.told["canaries_hex"]}
        for word in self.words:
            for encoding in ("utf-8", "latin-1", "utf-16-le", "utf-16-be"):
                try:
                    self.forms[word.encode(encoding)] = word
                    self.forms[word.upper().encode(encoding)] = word
                except UnicodeEncodeError:
                    pass

    def hits(self, folder):
        """(file, word) for each canary in any byte below the folder, and in file names."""
        found = []
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.is_file() and not path.is_symlink():
                found += [(str(path), word) for word in self.in_bytes(path.read_bytes() + str(path.name).encode())]
        return found

    def in_bytes(self, data):
        return sorted({word for form, word in self.forms.items() if form in data})


def pixel_digest(path):
    """SHA-256 of the value of Pixel Data as pydicom gives it; None where there is none."""
    data_set = pydicom.dcmread(path)
    return hashlib.sha256(data_set.PixelData).hexdigest() if "PixelData" in data_set else None
