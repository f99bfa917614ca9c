"""What the programs may not have: libraries, powers, core dumps, and a start with wrong settings."""

import json
import os
import pathlib
import re
import resource
import subprocess

import pytest
import yaml

from tests.house.house import BIN, ROLES

PROGRAMS = ("dcmcourier", "dcmcourier-open", "dcmcourier-portal", "dcmcourierd", *(f"dcmcourierd-{role}" for role in ROLES))
DCMTK, CURL, SQLITE = "libdcm|libof|liboflog", "libcurl", "libsqlite"
DECODERS, OCR = f"{DCMTK}|libcharls|libopenjp2", "libtesseract|liblept"


def libraries(program):
    """Those that it names itself; its libraries have libraries of their own."""
    listing = subprocess.run(["objdump", "-p", BIN / program], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"NEEDED\s+(\S+)", listing))


def loaded(program):
    listing = subprocess.run(["ldd", BIN / program], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^\s*(\S+) ", listing, re.M))


@pytest.mark.parametrize("program, forbidden", [
    ("dcmcourierd-dispatch", f"{DECODERS}|{OCR}|{CURL}"),
    ("dcmcourierd-receive", f"{CURL}|{SQLITE}"),
    ("dcmcourierd-work", f"{OCR}|{CURL}|{SQLITE}"),  # Tesseract, which has curl, is loaded for a picture alone
    ("dcmcourierd-verify", f"{DECODERS}|{OCR}|{CURL}|{SQLITE}"),
    ("dcmcourierd-send", f"{DCMTK}|{SQLITE}"),
    ("dcmcourier-open", f"{DCMTK}|{SQLITE}"),
    ("dcmcourier-portal", f"{DCMTK}|{CURL}"),
])
def test_a_program_links_only_what_its_role_needs(program, forbidden):
    names = loaded(program)
    assert any(name.startswith("libc.so") for name in names)  # the listing is one
    assert [name for name in names if re.match(forbidden, name)] == []


def test_the_opener_names_openssl_and_curl_and_the_language_alone():
    ours = {name.split(".so")[0] for name in libraries("dcmcourier-open")}
    assert ours <= {"libssl", "libcrypto", "libcurl", "libstdc++", "libm", "libgcc_s", "libc", "ld-linux-x86-64", "libz",
                    "libdeflate", "libasan", "libubsan"}
    assert "libcurl" in ours


@pytest.mark.parametrize("program", ["dcmcourier-portal", "dcmcourierd-send"])
def test_who_passes_ciphertext_on_has_no_code_to_open_it(program):
    listing = subprocess.run(["nm", "-D", "--undefined-only", BIN / program], capture_output=True, text=True, check=True).stdout
    assert "SSL_" in listing or "curl_" in listing
    assert re.findall(r"EVP_(?:Decrypt\w*|CipherInit\w*)", listing) == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_help_and_version_succeed_and_need_nothing(program, tmp_path):
    for option in ("--help", "--version"):
        done = subprocess.run([BIN / program, option], capture_output=True, text=True, timeout=20, cwd=tmp_path,
                              stdin=subprocess.DEVNULL)
        assert done.returncode == 0 and done.stdout.strip() and not done.stderr, (option, done.returncode, done.stderr)
        if option == "--version":
            assert re.search(r"\d+\.\d+\.\d+", done.stdout)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_unknown_option_is_a_usage_error(program):
    done = subprocess.run([BIN / program, "--no-such-option"], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    assert done.returncode == 64 and done.stderr.strip(), (done.returncode, done.stderr)


@pytest.fixture(scope="module")
def running(shared_house, ct):
    """Started where cores are allowed: that there are none is the programs' own doing."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    house = shared_house()
    resource.setrlimit(resource.RLIMIT_CORE, before)
    house.code_for()
    house.store_study(ct)
    house.wait_for_mails(1)
    return house


@pytest.mark.parametrize("role", ROLES)
def test_no_process_leaves_a_core(running, role):
    pids = running.role_pids(role)
    assert pids
    for pid in pids:
        assert re.search(r"Max core file size\s+0\s", pathlib.Path(f"/proc/{pid}/limits").read_text()), role


def inet_sockets(pid):
    """The socket inodes of a process that stand in the tables of TCP and UDP."""
    inodes = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        target = os.readlink(f"/proc/{pid}/fd/{name}")
        inodes |= set(re.findall(r"socket:\[(\d+)\]", target))
    known = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        lines = pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
        known |= {line.split()[9] for line in lines}
    return inodes & known


def test_only_receive_has_a_socket_of_the_network_when_nothing_is_sent(running):
    assert any(inet_sockets(pid) for pid in running.role_pids("receive"))  # the search finds what is there
    for role in ("dispatch", "work", "verify"):
        for pid in running.role_pids(role):
            assert inet_sockets(pid) == set(), role


def configuration(folder, change):
    """Settings that are fine but for the change."""
    base = {
        "receiver": {"ae_titles": ["COURIER"], "listen": ["127.0.0.1:0"], "callers": [{"address": "127.0.0.0/8"}]},
        "storage": {"directory": str(folder / "store")},
        "runtime": {"directory": str(folder / "run")},
        "portal": {"url": "https://share.example.org", "upload": "share.example.org:8444", "pin": "sha256:" + "0" * 64},
        "mail": {"server": "smtps://mail.example.org", "from": "imaging@example.org"},
        "sender": {"name": "St. Example Hospital", "telephone": "+1 555 0100"},
    }
    change(base)
    path = folder / "dcmcourier.yaml"
    path.write_text(yaml.safe_dump(base, sort_keys=False))
    return path


def misspell(base):
    base["storge"] = base.pop("storage")


def unknown_recipient(base):
    base["recipients"] = {"dr-okafor": {"name": "Dr. A. Okafor", "email": "okafor@clinic.example"}}
    base["routes"] = [{"name": "all", "match": {"modality": "CT"}, "recipients": ["dr-okafr"], "deidentify": {"profile": "basic"}}]


def identified_without_purpose(base):
    base["recipients"] = {"dr-okafor": {"name": "Dr. A. Okafor", "email": "okafor@clinic.example"}}
    base["routes"] = [{"name": "all", "match": {"modality": "CT"}, "recipients": ["dr-okafor"], "deidentify": "none"}]


@pytest.mark.parametrize("change, message", [
    (misspell, "did you mean 'storage'"),
    (unknown_recipient, "did you mean 'dr-okafor'"),
    (identified_without_purpose, "purpose"),
    (lambda base: base["receiver"].update(callers=[]), "callers"),
    (lambda base: base["storage"].update(low_water="much"), "low_water"),
    (lambda base: base.update(studies={"quiet_period": "-1s"}), "quiet_period"),
])
@pytest.mark.parametrize("program", [("dcmcourierd-dispatch",), ("dcmcourierd-receive",), ("dcmcourierd-send",), ("dcmcourierd", "run")])
def test_wrong_settings_refuse_the_start_with_what_is_wrong(program, change, message, tmp_path):
    path = configuration(tmp_path, change)
    socket = ["--socket", tmp_path / "send.sock"] if program[0].endswith("send") else []
    done = subprocess.run([BIN / program[0], *program[1:], "--config", path, *socket], capture_output=True, text=True, timeout=20)
    assert done.returncode == 78 and message in done.stderr, (done.returncode, done.stderr)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["dcmcourier.yaml"]


def test_dispatch_does_not_start_without_its_keys(tmp_path):
    path = configuration(tmp_path, lambda base: None)
    missing = subprocess.run([BIN / "dcmcourierd-dispatch", "--config", path], capture_output=True, text=True, timeout=20)
    assert missing.returncode == 78 and "kek" in missing.stderr


def test_a_second_dispatch_leaves_the_first_alone(running):
    second = subprocess.run([BIN / "dcmcourierd-dispatch", "--config", running.config], capture_output=True, text=True, timeout=20)
    assert second.returncode == 78 and "belongs to another running dispatch" in second.stderr
    assert json.loads(running.cli("studies", "--json").stdout)
