"""Seeds of what is text: JSON messages, links, configurations, mails, packets, a ZIP."""
import base64
import hashlib
import io
import json
import pathlib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def b64(count, byte=7):
    return base64.urlsafe_b64encode(bytes([byte]) * count).decode().rstrip("=")


ID, DIGEST = b64(16), b64(32)
BLOB = {"id": ID, "role": 1, "key": DIGEST, "length": 1000, "sealed_length": 1048576, "sums": DIGEST, "sha256": DIGEST}
ENTRY = {"file": "DICOM/S0000001/I0000001", "offset": 60, "stored": 100, "size": 120, "method": 8, "sha256": DIGEST}
INSTANCE = {"uid": "1.2.3", "sop_class": "1.2.840.10008.5.1.4.1.1.2", "transfer_syntax": "1.2.840.10008.1.2.1", "frames": 1, **ENTRY}
TIMES = {"not_after": 1796000000, "now": 1795000000}

# In the order of the numbers in messages.cpp.
MESSAGES = [
    ("cover", {"v": 1, "sender": "St. Example Hospital", "contact": "+1 555 0100", "code_by": "agreed", "language": "en"}),
    ("grant", {"v": 1, "share": ID, "scope": "take", "arm": 1, "issue": 1, "study_revision": 1, "issued": 1, "not_after": 3,
               "fresh_until": 2, "sender": "St. Example", "blobs": [BLOB]}),
    ("index", {"v": 1, "series": [{"uid": "1.2", "modality": "CT", "description": "THORAX", "number": "2", "instances": [INSTANCE]}],
               "others": [{**ENTRY, "file": "DICOMDIR", "offset": 500, "method": 0, "stored": 120}]}),
    ("hello", {"share": ID, "link_proof": DIGEST, "repaired": False}),
    ("hello-answer", {"state": "ready", "arm": 1, "issue": 1, "cover": b64(80), "otp": False, "step_up": False, "tries_left": 3,
        "now": 5}),
    ("open", {"share": ID, "link_proof": DIGEST, "code_proof": DIGEST, "scopes": ["view", "take"]}),
    ("open-answer", {"ticket": DIGEST, "ticket_ends": 9, "pending": False, "arm": 1, "issue": 1, "grants": {"take": b64(100)}}),
    ("refusal", {"tries_left": 2, "state": "locked", "retry_after": 30}),
    ("renew", {"ticket": DIGEST}),
    ("renew-answer", {"ticket": DIGEST, "ticket_ends": 9}),
    ("receipts", {"ticket": DIGEST, "payload": b64(60), "mac": DIGEST}),
    ("receipt", {"share": ID, "arm": 1, "issue": 1, "id": ID, "kind": "part", "blob": ID, "bytes": 5, "at": 9}),
    ("record", {"v": 1, "arm": 1, "issue": 1, "link_proof_sha256": DIGEST, "code_proof_sha256": DIGEST, "cover": b64(90),
                "grants": {"take": b64(120)}, "blobs": {"take": [ID]}, "not_after": 10, "purge_after": 20, "tries_max": 100,
                "step_up": False, "otp": False, "takes_max": 0}),
    ("record-answer", {"state": "staged", "arm": 1, "issue": 1, "not_after": 9, "now": 5, "erased": [ID], "missing": []}),
    ("events", {"events": [{"number": 1, "at": 5, "kind": "opened", "share": ID, "arm": 1, "issue": 1, "scopes": ["take"],
        "address": "10.0.0.1"},
                           {"number": 2, "at": 6, "kind": "receipt", "payload": b64(20), "mac": DIGEST}], "more": False, "now": 9}),
    ("finish", {"sums": DIGEST, "sha256": DIGEST}),
    ("time", {"now": 1795000000}),
]


def dump(value):
    return json.dumps(value, separators=(",", ":")).encode()


def messages(corpus):
    for number, (name, message) in enumerate(MESSAGES):
        corpus.add("messages", name, bytes([min(number, 15)]) + dump(message))


def links(corpus):
    vectors = json.loads((ROOT / "tests/vectors/share.json").read_text())
    for mode in ("mode0", "mode1", "mode2"):
        fragment = vectors[mode]["fragment"]
        for name, link in (("", "https://share.example.org/s/{}#{}"), ("-mangled", "<http://[::1]:8080/s/{}/%2523{}>,"), ("-wrapped",
            "HTTPS://a-b.example:443/s/{}\n %23{} ")):
            corpus.add("link", mode + name, b"\0" + link.format("AAECAwQFBgcICQoLDA0ODw", fragment).encode())
    corpus.add("link", "whole", b"\1\1\7\x09https://share.example.org\n%2 )")
    corpus.add("link", "whole-loopback", b"\1\0\7\x09http://localhost:65535\n")
    corpus.add("link", "code", b"\2oV1m-9zKT 2b8d")
    corpus.add("link", "phrase", b"\2Correct horse, battery staple river lamp")
    for name, text in (("id", ID), ("hex", "00ff"), ("digest", DIGEST)):
        corpus.add("link", name, b"\3" + text.encode())


def configurations(corpus):
    main, more = [ROOT / "config/dcmcourier.yaml", ROOT / "README.md"], [ROOT / "config/routes.d/10-example.yaml"]
    for path in sorted((ROOT / "tests/flows/bad_configurations").glob("*.yaml")):
        if path.stat().st_size < 4000:
            main.append(path)
    for path in main:
        if path.suffix == ".yaml":
            corpus.add("routes", path.stem, b"\1" + path.read_bytes()[:6000])
    text = main[1].read_text()
    corpus.add("routes", "readme", b"\1" + text[text.index("receiver:\n"):text.index("```\n**Start")].replace('pin: "sha256:..."',
        f'pin: "sha256:{"0" * 64}"').encode())
    corpus.add("routes", "example", b"\0" + more[0].read_bytes().replace(b"\n#", b"\n"))
    conditions = ["study_description: {regex: '(?i)knee'}", "modality: [CT, MR]", "SliceThickness: {more_than: 1.5, at_most: 5}",
                  "study_date: {after: 2026-01-01}", "PatientName: {exists: true}", "caller_address: {in: [10.0.0.0/8]}",
                  "all: [{modality: CT}, {not: {sop_class: CTImageStorage}}]", "one_instance: {series_number: 3}",
                  "RequestAttributesSequence.RequestedProcedureDescription: X", "any: [{called_ae_title: A}, {calling_ae_title: B}]"]
    for number, condition in enumerate(conditions):
        route = f"- name: r\n  match: {{{condition}}}\n  recipients: [dr-okafor, {{by: referring_physician}}]\n"
        route += "  deidentify: {profile: basic, options: [modify_dates]}\n"
        corpus.add("routes", f"condition-{number}", b"\0" + route.encode() + b"  share: {lifetime: 3d, purpose: second opinion}\n")


def mails(corpus):
    head = bytes([1, 0, 0, 0, 1, 0, 3, 0, 9, 0x6A, 0, 0, 0, 0, 14, 16, 0x6A, 0, 0, 0])
    names = {"tame": "Dr. A. Okafor", "lines": "Eve\r\nBcc: x@y.example", "markup": "<script>\"'&", "words": "=?UTF-8?B?QQ==?=",
        "wide": "Müller 王^小東 \u202e\u2028 x",
             "quotes": '"\\' * 25, "long": "Ä" * 200, "broken": "a\udcff"}
    for name, text in names.items():
        parts = [text, text, "+1 555 0100", text, text, "", "", ""]
        corpus.add("mail", name, head + "\0".join(parts).encode("utf-8", "surrogateescape"))
    addresses = ["i" * 100 + "@hospital.example", "okafor@clinic.example>", "a@b.example\r\nX: y"]
    corpus.add("mail", "addresses", head + b"A\0B\0C\0D\0E\0" + "\0".join(addresses).encode())


def packets(corpus):
    hexes = {"id": "07" * 16, "sums": "07" * 32}
    facts = {"study": "1.2", "series": "1.3", "instance": "1.4", "sop_class": "1.5", "transfer_syntax": "1.2.840.10008.1.2",
        "patient_id": "4711", "issuer": "",
             "patient_name": "PHANTOM^A=B", "birth_date": "19700101", "modality": "CT", "calling": "CT1", "called": "COURIER", "size": 5,
             "attributes": {"00080060": ["CT"], "00081030": []}, "undecodable": ["00100010"]}
    blob = {"length": 5, "sealed_length": 9}
    digests = {"sums": "07" * 32, "sums_sha256": hexes["sums"], "sha256": hexes["sums"]}
    said = {
        "fetch": {"kind": "fetch", "from": 0, "count": 64}, "progress": {"kind": "progress", "done": 1, "of": 2},
        "examined": {"kind": "examined", "examined": [{"instance": 1, "accepted": True, "reason": "", "facts": facts,
            "identifiers": ["0phantom", "14711"]},
                                                      {"instance": 2, "accepted": False, "reason": "odd length"}]},
        "digested": {"kind": "digested", "data_sets": [hexes["sums"], ""]},
        "prepared": {"kind": "prepared", "sealed": True, "reason": "", "package": blob, "index": blob, "released": 2, "series": 1,
            "counts": {"X": 3}, "setbacks": [[1, "x"]]},
        "verified": {"kind": "verified", "clean": True, "reason": "", "package": digests, "index": digests},
        "sent": {"kind": "sent", "done": False, "remedy": 1, "status": 550, "text": "no", "body": "{}"},
    }
    for name, message in said.items():
        corpus.add("jobs", name, b"\0\0" + dump(message))
    jobs = {
        "examine": (1, 2, {"kind": "examine", "instances": [5, 6], "paths": ["00080060"]}), "digest": (1, 1, {"kind": "digest",
            "instances": [5]}),
        "verify": (2, 2, {"kind": "verify", "package": {"id": hexes["id"], **blob}, "index": {"id": hexes["id"], **blob},
            "deidentified": True, "padded": True,
                          "instances": 3, "identifiers": ["0phantom"]}),
        "upload": (3, 1, {"kind": "upload", "blob": hexes["id"], "sealed_length": 5, "sums_sha256": hexes["sums"]}),
        "mail": (3, 0, {"kind": "mail", "envelope_from": "a@b.example", "to": "c@d.example", "message": "x"}),
        "portal": (3, 0, {"kind": "portal", "method": "PUT", "path": "/d/1/shares/x", "body": ""}),
        "instances": (4, 2, {"kind": "instances", "instances": [1, 2]}),
        "report": (7, 0, {"kind": "associations", "open": [["07" * 16, True]]}),
    }
    for name, (reader, count, message) in jobs.items():
        corpus.add("jobs", name, bytes([reader, count]) + dump(message))
    corpus.add("jobs", "wire", b"\5\0\1\0\0\0\0\1\0\0\0\2ab{}")
    corpus.add("jobs", "reply", b"\6\0\1\x2b" + ("ü" * 260).encode() + b"\0{}")
    corpus.add("jobs", "reply-latin1", b"\6\1\1\x2b" + b"\xe9t\xe9 " * 90 + b"\0{}")
    corpus.add("facts", "whole", dump(facts))
    corpus.add("control", "request", b"\0" + dump({"version": 1, "command": "shares", "arguments": {"id": "3f2a"}}))
    corpus.add("control", "reply", b"\1" + dump({"version": 1, "exit_code": 0, "text": "x", "columns": ["a"], "rows": [["b"]],
        "more": [{"columns": [], "rows": []}]}))
    corpus.add("control", "scrape", b"\2GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain\r\n\r\n")
    corpus.add("control", "header", b"\3DCMSPOOL" + bytes(90))
    corpus.add("control", "name", b"\0041.dcms")
    corpus.add("control", "association", b"\4" + b"07" * 16)
    corpus.add("control", "origin", b"\4" + dump({"v": 1, "listener": "[::]:11112", "peer_address": "10.1.2.3", "certificate": "",
        "opened_at": 5}))


def searches(corpus):
    pieces = {"name": (["0vandermolen"], "for VANDERMOLEN W."), "id": (["147114711", "1773412"], "no. 47114711."),
        "date": (["320230517"], "17 May 2023 2023-05-17"),
              "uid": (["71.2.826.0.1.3680043.9.9999.1"], "1.2.826.0.1.3680043.9.9999.1.100"), "utf16": (["0okafor"],
                  "O\0k\0a\0f\0o\0r\0 \0"),
              "wide": (["0müller", "0山田林檎"], "MÜLLER 山田林檎"), "word": (["2rotterheide", "6sint elmo kattegat"],
                  "Rotterheide, Sint Elmo Kattegat")}
    for name, (identifiers, text) in pieces.items():
        corpus.add("search", name, bytes([len(identifiers) - 1]) + "\n".join(identifiers).encode() + b"\n\5" + text.encode())


def archives(corpus):
    for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            for file in ("DICOM/S0000001/I0000001", "README.TXT"):
                archive.writestr(zipfile.ZipInfo(file), "synthetic " * 9, method)
        corpus.add("zip", name, b"\0" + out.getvalue())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        with archive.open(zipfile.ZipInfo("large"), "w", force_zip64=True) as entry:
            entry.write(b"64 bits of length")
        archive.writestr(zipfile.ZipInfo("folder/"), "")
    corpus.add("zip", "zip64", b"\0" + out.getvalue())
    corpus.add("zip", "empty", b"\0PK\5\6" + bytes(18))
    corpus.add("zip", "manifest",
        b"\3" + b"".join(hashlib.sha256(name).hexdigest().encode() + b"  " + name + b"\n" for name in (b"README.TXT", b"DICOMDIR")))


def requests(corpus):
    head = "Host: share.example.org\r\n"
    streams = {
        "get": f"GET /s/{ID} HTTP/1.1\r\n{head}Range: bytes=0-9\r\n\r\n",
        "post": f"POST /api/1/hello HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}",
        "pipelined": f"GET / HTTP/1.1\r\n{head}\r\nHEAD /index.html HTTP/1.1\r\n{head}Connection: close\r\n\r\n",
        "chunked": f"POST /api/1/open HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n"
        "2\r\n{}\r\n1;x=y\r\n!\r\n0\r\nTrailer: a\r\n\r\n",
        "patch": f"PATCH /d/1/blobs/{ID} HTTP/1.1\r\n{head}Tus-Resumable: 1.0.0\r\n"
        "Upload-Offset: 0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nbytes",
        "both": f"POST /a HTTP/1.1\r\n{head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "twice": f"POST /a HTTP/1.1\r\n{head}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "folded": f"GET / HTTP/1.1\r\n{head}X: a\r\n b\r\n\r\n", "old": "GET / HTTP/1.0\r\n\r\n", "garbage": "\x16\x03\x01",
        "too-large": f"POST /a HTTP/1.1\r\n{head}Content-Length: 600\r\n\r\n" + "x" * 600,
            "cut": f"POST /a HTTP/1.1\r\n{head}Content-Length: 9\r\n\r\nabc",
        "upload": f"PATCH /a HTTP/1.1\r\n{head}Content-Length: 3500\r\n\r\n" + "y" * 3500,
    }
    for name, stream in streams.items():
        corpus.add("http", name, b"\2\3\1\40" + stream.encode("latin-1"))
    checksum = base64.b64encode(bytes([7]) * 32).decode()
    parts = {"range": b"\0\0\0\3\xe8\0bytes=10-19", "suffix": b"\0\0\0\3\xe8\0bytes=-5", "open": b"\0\0\0\3\xe8\0bytes=990-",
             "target": f"\1/d/1/blobs/{ID}/finish".encode(), "share": f"\1/s/{ID}?x".encode(), "number": b"\x0118446744073709551615",
                 "bearer": f"\2Bearer {DIGEST}".encode(),
             "agent": "\2Mozilla/5.0 (ü)\r\nX: y".encode(), "checksum": f"\3sha256 {checksum}".encode(),
             "metadata": b"\3name eA==,id " + base64.b64encode(ID.encode()), "finish": b"\4" + dump({"sums": DIGEST, "sha256": None}),
             "confirm": b"\4" + dump({"confirm": 1795000000}), "listen": b"\4[::1]:443"}
    for name, part in parts.items():
        corpus.add("headers", name, part)


ALL = (requests, messages, links, configurations, mails, packets, searches, archives)
