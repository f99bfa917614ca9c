#!/usr/bin/python3
"""Writes the inputs that fuzzing begins with, a folder for each target: made from the phantom, the
vectors and the configurations of the tests, no patient's data. scripts/fuzz runs it.

  tests/fuzz/seeds.py DIR
"""
import io
import pathlib
import struct
import sys
import tempfile

import pydicom

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))
import seed_frames  # noqa: E402  pylint: disable=wrong-import-position
import seed_messages  # noqa: E402  pylint: disable=wrong-import-position
from phantom import people, studies  # noqa: E402  pylint: disable=wrong-import-position

IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
WALK_SYNTAX = {IMPLICIT: 0, EXPLICIT: 1, BIG: 2}  # as walk.cpp numbers them; any other is compressed
COMPRESSED = 5
CT = b"1.2.840.10008.5.1.4.1.1.2"
VERIFICATION = b"1.2.840.10008.1.1"


class Corpus:
    """A folder a target, a file an input."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def add(self, target, name, content):
        path = self.folder / target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


# Data sets

def phantoms():
    """(name, data set): every series of the phantom, in each of the character sets, nearly without pixels."""
    plan = studies.Plan(ct=1, mr=1, frames=1, jpeg_ls=1, reports=True, rows=16, small_rows=16)
    for charset, (character_set, name) in people.NAMES.items():
        patient = people.PATIENTS[0].__class__(**{**vars(people.PATIENTS[0]), "character_set": character_set, "name": name})
        with tempfile.TemporaryDirectory() as folder:
            writer = studies.Writer(folder, studies.Study(patient), plan)
            writer.everything() if charset == "ascii" else writer.ct_slices([1])
            for path in sorted(pathlib.Path(folder).rglob("*.dcm")):
                yield f"{path.parent.name}-{charset}", pydicom.dcmread(path)


def small(data_set):
    data_set = pydicom.dcmread(io.BytesIO(encoded(data_set)))
    if len(data_set.get("PixelData", b"")) > 1024 and not data_set.file_meta.TransferSyntaxUID.is_compressed:
        data_set.PixelData = data_set.PixelData[:512]
    return data_set


def encoded(data_set):
    out = io.BytesIO()
    pydicom.dcmwrite(out, data_set)
    return out.getvalue()


def with_open_lengths(data_set):
    """Sequences and items of undefined length, at every depth."""
    for element in data_set:
        if element.VR == "SQ":
            element.is_undefined_length = True
            for item in element.value:
                item.is_undefined_length_sequence_item = True
                with_open_lengths(item)
    return data_set


def in_syntax(data_set, uid):
    data_set.file_meta.TransferSyntaxUID = uid
    data_set.is_implicit_VR, data_set.is_little_endian = uid == IMPLICIT, uid != BIG
    return data_set


def writings(name, data_set):
    """The same data set, written in the ways that there are."""
    data_set = small(data_set)
    yield name, encoded(data_set)
    if data_set.file_meta.TransferSyntaxUID.is_compressed:
        return
    yield name + "-open", encoded(with_open_lengths(small(data_set)))
    for uid, word in ((IMPLICIT, "implicit"), (BIG, "big")):
        yield f"{name}-{word}", encoded(in_syntax(small(data_set), uid))


def data_sets(corpus):
    for name, data_set in phantoms():
        text = data_set.get("SpecificCharacterSet", "")
        terms = text if isinstance(text, str) else "\\".join(text)
        corpus.add("charset", name, terms.encode() + b"\n" + data_set.get_item("PatientName").value)
        for writing, file in writings(name, data_set):
            corpus.add("data_set", writing, file)
            corpus.add("deidentify", writing, bytes([len(writing) * 37 % 256]) + file)
            meta_end = 132 + 12 + struct.unpack("<I", file[140:144])[0]
            syntax = pydicom.dcmread(io.BytesIO(file)).file_meta.TransferSyntaxUID
            corpus.add("walk", writing, bytes([WALK_SYNTAX.get(syntax, COMPRESSED), 0]) + file[meta_end:])


def charsets(corpus):
    samples = {
        "mixed": "\\ISO 2022 IR 100\\ISO 2022 IR 144\nM\x1b-A\xfcller\\\x1b-L\xbb^x",
        "katakana": "ISO_IR 13\\ISO 2022 IR 87\n\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^",
        "supplementary": "\\ISO 2022 IR 159\n\x1b$(D0!0\"\x1b(B",
        "simplified": "\\ISO 2022 IR 58\nZhang=\x1b$)A\xd5\xc5\r\n",
        "thai": "ISO_IR 166\n\xca\xc1\xaa", "greek": "ISO_IR 126\n\xc4\xe9\xef", "hebrew": "ISO_IR 138\n\xf9\xf8",
        "arabic": "ISO_IR 127\n\xe2\xc8", "utf8": "ISO_IR 192\n\xc3\xa4\xe7\x8e\x8b", "gbk": "GBK\n\xcd\xf5",
        "unknown": "ISO_IR 999\n\xff", "latin9": "ISO_IR 203\n\xa4", "bare": "\nplain^text\\of two",
    }
    for name, text in samples.items():
        corpus.add("charset", name, text.encode("latin-1"))


def clean_texts(corpus):
    samples = {
        "description": "0vandermolen|0vandermolen^wilhelmina|1mrn-7734-xq\nCT CHEST FOR VANDERMOLEN W. 05/17/2023 DR OSTERHOUT",
        "homonym": "0hand|0hand^may|0may\nXR HAND LEFT MAY SERIES, Mr Hand",
        "number": "1mrn-7734-xq|1ab12\nAX 5MM mrn 7734XQ 512x512 L4-L5 b1000",
        "forms": "\n1.2.840.1.2.3 jan@x.example http://x/y 10.0.0.1 +31 20 555 1234 17. M\u00e4rz 2023 13:45 MAY17",
        "japanese": "0\u5c71\u7530|0\u592a\u90ce\n\u5c71\u7530\u592a\u90ce\u80f8\u90e8\u9020\u5f71 \u7530\u4e2d\u5148\u751f \uff23\uff34",
        "short": "0li^bo\nliver Li Bo, Knie li. Mr. Li", "lines": "5quill\nKnie\r\nQuill (re)\r\nHand", "empty": "\n",
    }
    for name, text in samples.items():
        for mode in (b"\0", b"\1"):
            corpus.add("clean_text", f"{name}-{mode[0]}", mode + text.encode())


# The upper layer

def item(kind, body):
    return struct.pack(">BxH", kind, len(body)) + body


def pdu(kind, body):
    return struct.pack(">BxI", kind, len(body)) + body


def pdv(context, flags, body):
    return struct.pack(">IBB", len(body) + 2, context, flags) + body


def associate_request(contexts):
    body = struct.pack(">HH16s16s32x", 1, 0, b"COURIER".ljust(16), b"CT1".ljust(16)) + item(0x10, b"1.2.840.10008.3.1.1.1")
    for number, (abstract, transfers) in contexts.items():
        inside = item(0x30, abstract) + b"".join(item(0x40, uid.encode()) for uid in transfers)
        body += item(0x20, bytes([number, 0, 0, 0]) + inside)
    return body + item(0x50, item(0x51, struct.pack(">I", 16384)) + item(0x52, b"1.2.3") + item(0x55, b"SEED"))


def command(field, abstract, instance=b"", data_set=0x0101):
    def element(number, value):
        return struct.pack("<HHI", 0, number, len(value)) + value
    text = [abstract + b"\0" * (len(abstract) % 2), instance + b"\0" * (len(instance) % 2)]
    body = element(2, text[0]) + element(0x100, struct.pack("<H", field)) + element(0x110, b"\x07\0")
    body += element(0x700, b"\0\0") + element(0x800, struct.pack("<H", data_set))
    if instance:
        body += element(0x1000, text[1])
    return element(0, struct.pack("<I", len(body))) + body


def upper_layer(corpus):
    contexts = {1: (VERIFICATION, [IMPLICIT]), 3: (CT, [EXPLICIT, IMPLICIT]), 5: (b"1.2.3", ["1.2.840.10008.1.2.1.99"])}
    request, echo = associate_request(contexts), command(0x30, VERIFICATION)
    store, value = command(1, CT, b"1.2.3.4", 1), b"\x08\0\x60\0CS\2\0CT"
    stored = pdu(4, pdv(3, 3, store)) + pdu(4, pdv(3, 0, value[:4])) + pdu(4, pdv(3, 2, value[4:]))
    release, abort = pdu(5, b"\0" * 4), pdu(7, b"\0" * 4)
    corpus.add("pdu", "associate", b"\0" + request)
    corpus.add("pdu", "data", b"\1" + pdv(1, 3, echo) + pdv(3, 0, value))
    for name, bytes_ in (("echo", echo), ("store", store), ("cancel", command(0xFFF, CT)), ("response", command(0x8001, CT))):
        corpus.add("pdu", name, b"\2" + struct.pack(">I", 70) + bytes_)
    whole = {
        "echo": pdu(4, pdv(1, 3, echo)) + release, "store": stored + release, "twice": stored + stored + release,
        "one-pdu": pdu(4, pdv(3, 3, store) + pdv(3, 2, value) + pdv(1, 3, echo)) + release,
        "pieces": pdu(4, pdv(3, 1, store[:20])) + pdu(4, pdv(3, 3, store[20:])) + pdu(4, pdv(3, 2, value)) + release,
        "abort": pdu(4, pdv(3, 3, store)) + abort, "too-large": pdu(4, pdv(3, 3, store)) + pdu(4, pdv(3, 2, bytes(4100))) + release,
        "refused": pdu(4, pdv(3, 3, command(1, b"1.2.9", b"1.2", 1))) + pdu(4, pdv(3, 2, value)) + release, "closed": b"",
    }
    for name, rest in whole.items():
        corpus.add("association", name, b"\3\2\5\1\7" + pdu(1, request) + rest)


# Small formats

def sealed(corpus):
    for name, length in (("empty", 0), ("one", 1), ("segment", 72), ("segments", 300), ("many", 1400)):
        for act in range(6):
            corpus.add("sealed_stream", f"{name}-{act}", struct.pack(">HBBBB", length, 5, 30, 40, 1) + bytes([act, 0, 50, 9]) + b"more")
        corpus.add("sealed_stream", name, struct.pack(">HBBBB", length, 3, 255, 255, 0))


def main():
    corpus = Corpus(sys.argv[1])
    for make in (data_sets, charsets, clean_texts, upper_layer, sealed, seed_frames.frames) + seed_messages.ALL:
        make(corpus)


main()
