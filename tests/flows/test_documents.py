"""The documents against the code: what they list is what there is."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EVENTS = "".join((ROOT / f"daemon/{room}/events.cpp").read_text() for room in ("journal", "receive"))
CATALOG = (ROOT / "packaging/dcmcourier.catalog").read_text()
AUDIT = (ROOT / "docs/audit.md").read_text()
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
PAGES = sorted(ROOT.glob("packaging/man/*.scd"))
PREFIX = "4f1d2c0a5b7e4c6b9b1f0a3f6f6d"


def entries():
    """MESSAGE_ID -> text of its entry in the catalog."""
    parts = re.split(r"^-- ([0-9a-f]{32})$", CATALOG, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def test_every_event_of_the_journal_has_its_entry_in_the_catalog_and_no_other_is_there():
    ids = re.findall(PREFIX + r"[0-9a-f]{4}", EVENTS)
    assert len(ids) == len(set(ids)) >= 37
    assert set(entries()) == set(ids)


def test_the_catalog_names_only_fields_that_its_event_has():
    for function in EVENTS.split("\nvoid ")[1:]:
        found = re.search(PREFIX + r"[0-9a-f]{4}", function)
        assert found, f"an event without a MESSAGE_ID: {function[:60]}"
        message_id = found[0]
        fields = {"DCMCOURIER_" + name.upper() for name in re.findall(r'\{"(\w+)", ', function)}
        assert set(re.findall(r"@(\w+)@", entries()[message_id])) <= fields, message_id


def test_every_entry_of_the_catalog_says_what_it_is_about():
    for message_id, text in entries().items():
        assert re.search(r"^Subject: \S.*\nDefined-By: dcmcourier\nDocumentation: man:[\w.-]+\(\d\)\n\n\S", text, re.M), message_id


def test_every_event_of_the_journal_stands_in_the_document():
    for message_id in entries():
        assert f"| {message_id[-4:]} |" in AUDIT


def test_every_event_of_the_audit_chain_stands_in_the_document():
    words = set()
    for file in (ROOT / "daemon/service").glob("*.cpp"):
        words |= set(re.findall(r'"((?:association|instance|study|bundle|share|settings|administrator|vault)\.[a-z_]+)"', file.read_text()))
    assert len(words) > 25
    table = AUDIT[AUDIT.index("## Events of the chain"):]
    for word in sorted(words):
        kind, name = word.split(".")
        assert f"`{word}`" in table or f"`.{name}`" in table and f"`{kind}." in table, word


def test_every_kind_of_portal_event_stands_in_the_document():
    kinds = re.search(r"kKinds\[\] = \{(.*?)\}", (ROOT / "daemon/share/record.cpp").read_text(), re.S)[1]
    for kind in re.findall(r'"(\w+)"', kinds):
        assert f"`{kind}`" in AUDIT, kind


def test_every_command_stands_in_the_manual_page():
    source = (ROOT / "daemon/command/command.cpp").read_text()
    page = (ROOT / "packaging/man/dcmcourier.1.scd").read_text()
    table = source[source.index("kAsked[]"):source.index("};", source.index("kAsked[]"))]
    commands = re.findall(r'\{"([a-z ]+)",', table) + re.findall(r'add_subcommand\("(\w+)"', source)
    commands += re.findall(r'command_for\(app, "([a-z ]+)"', source)
    assert len(commands) > 18
    for command in commands:
        assert re.search(rf"^\*{command}\*", page, re.M), command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_manual_pages_render(page):
    roff = subprocess.run(["scdoc"], input=page.read_bytes(), capture_output=True)
    assert roff.returncode == 0, roff.stderr.decode()
    assert b"NAME" in roff.stdout


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_links_between_documents_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), target


def test_the_settings_of_the_readme_are_accepted(tmp_path):
    """The daemon's YAML of "First link by hand", with a pin filled in, has no complaint."""
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    settings = next(block for block in blocks if block.startswith("receiver:"))
    file = tmp_path / "dcmcourier.yaml"
    file.write_text(settings.replace("sha256:...", "sha256:" + "0" * 64).replace("/tmp/try", str(tmp_path)))
    (tmp_path / "mail").mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
                    "-keyout", "/dev/null", "-out", str(tmp_path / "mail" / "ca.pem")], check=True, capture_output=True)
    accept(file)


def accept(file):
    program = pathlib.Path(os.environ.get("DCMCOURIER_BIN", ROOT / "build/bin")).absolute() / "dcmcourier"
    done = subprocess.run([program, "check", str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_settings_for_tls_of_the_document_are_accepted(tmp_path):
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/configuration.md").read_text(), re.S)
    settings = next(block for block in blocks if block.startswith("receiver:"))
    (tmp_path / "dcmcourier.yaml").write_text(settings.replace("5F:0A:...", ":".join(["5F"] * 32)))
    accept(tmp_path / "dcmcourier.yaml")


def test_the_commands_that_make_a_certificate_make_one(tmp_path):
    """Those of docs/operations.md, with an authority that answers the request."""
    text = (ROOT / "docs/operations.md").read_text()
    block = next(block for block in re.findall(r"```\n(.*?)```", text, re.S) if "genpkey" in block)
    script = block.replace("/etc/dcmcourier/receive", str(tmp_path)).replace("/root/", f"{tmp_path}/")
    script += ("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=ca -keyout ca.key -out ca.pem\n"
               "openssl x509 -req -in courier.csr -CA ca.pem -CAkey ca.key -copy_extensions copyall -days 90 -out certificate.pem\n"
               "openssl verify -CAfile ca.pem -verify_hostname courier.hospital.example certificate.pem\n")
    done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True)
    assert done.returncode == 0 and "certificate.pem: OK" in done.stdout, done.stderr
    assert (tmp_path / "key.pem").stat().st_mode & 0o007 == 0
