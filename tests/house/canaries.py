"""Looking for what must not be there: identifiers in the bytes of files, and pixels that must be equal."""

import hashlib
import json
import pathlib
import subprocess
import tempfile

import pydicom


class Canaries:
    def __init__(self, phantom):
        self.told = json.loads((pathlib.Path(phantom) / "canaries.json").read_text())
        self.words = [word for word in self.told["canaries"] if len(word) >= 5] + self.told["uids"]
        self.forms = {bytes.fromhex(text): text for text in self.told["canaries_hex"]}
        for word in self.words:
            for encoding in ("utf-8", "latin-1", "utf-16-le", "utf-16-be"):
                for written in (word, word.upper(), word.lower()):
                    try:
                        self.forms[written.encode(encoding)] = word
                    except UnicodeEncodeError:
                        pass

    def hits(self, folder):
        """(file, words) for each file below the folder that holds a canary in its bytes or its name."""
        found = []
        with tempfile.NamedTemporaryFile() as patterns:
            # Without the NUL bytes of UTF-16, which grep's pattern files cannot hold.
            patterns.write(b"\n".join(sorted({form.replace(b"\0", b"") for form in self.forms})))
            patterns.flush()
            for path in sorted(pathlib.Path(folder).rglob("*")):
                if path.is_file() and not path.is_symlink() and self.suspects(path, patterns.name):
                    words = self.in_bytes(path.read_bytes() + path.name.encode())
                    found += [(str(path), words)] if words else []
        return found

    @staticmethod
    def suspects(path, patterns):
        """One fast pass: may this file hold one? grep cannot be wrong about "no"."""
        for bytes_of in ("cat", "tr -d '\\000' <"):
            command = f"{{ printf '%s\\n' \"$1\"; {bytes_of} \"$2\"; }} | LC_ALL=C grep -aFc -f \"$3\""
            done = subprocess.run(["bash", "-c", command, "-", path.name, str(path), patterns], capture_output=True, text=True)
            assert done.returncode in (0, 1), done.stderr
            if done.stdout.strip() != "0":
                return True
        return False

    def in_bytes(self, data):
        return sorted({word for form, word in self.forms.items() if form in data})


def pixel_digest(path):
    """SHA-256 of the value of Pixel Data as pydicom gives it; None where there is none."""
    data_set = pydicom.dcmread(path)
    return hashlib.sha256(data_set.PixelData).hexdigest() if "PixelData" in data_set else None
