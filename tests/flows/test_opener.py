"""dcmcourier-open, and the opener that is not ours, against a small portal with faults to order."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "fakes"))
sys.path.insert(0, str(ROOT / "tests" / "independent"))
from portal import CODE, FakePortal, Share, make_package  # noqa: E402

BIN = Path(os.environ.get("DCMCOURIER_BIN", ROOT / "build" / "bin"))
FILES = [
    ("DICOMDIR", os.urandom(3000)),
    ("DICOM/IM000001", os.urandom(2_500_000)),
    ("DICOM/IM000002", bytes(1_000_000)),
    ("DICOM/DEEP/ER/IM000003", b""),
    ("README.TXT", b"Read me.\r\n"),
]


@pytest.fixture
def serve():
    portals = []

    def start(contents=None, **options):
        portals.append(FakePortal(Share(contents or [make_package(FILES)], **options)))
        return portals[-1]

    yield start
    for portal in portals:
        portal.close()


def run_ours(link, out, code=CODE, *more, under=()):
    command = [*under, BIN / "dcmcourier-open", link, "--out", out, *more]
    if code is not None:
        command += ["--code-file", "-"]
    return subprocess.run(command, input=(code or "") + "\n", capture_output=True, text=True,
                          timeout=120, start_new_session=True)


def run_other(link, out, code=CODE):
    command = ["/usr/bin/python3", ROOT / "tests/independent/opener.py", link, "--code", code,
               "--out", out]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in Path(folder).rglob("*") if path.is_file()}


def assert_complete(folder, files=FILES):
    found = files_in(folder)
    manifest = found.pop("MANIFEST.SHA256").decode()
    assert found == dict(files)
    assert manifest.count("\n") == len(files)


@pytest.mark.parametrize("run", [run_ours, run_other], ids=["ours", "other"])
def test_a_link_and_its_code_give_every_file(serve, tmp_path, run):
    portal = serve()
    done = run(portal.link, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert_complete(tmp_path / "out")
    assert portal.receipts_verified() == ["opened", "complete"]


def test_the_files_are_those_that_sha256sum_accepts(serve, tmp_path):
    assert run_ours(serve().link, tmp_path / "out").returncode == 0
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "MANIFEST.SHA256"],
                   cwd=tmp_path / "out", check=True)


def test_what_is_unpacked_is_for_its_owner_alone(serve, tmp_path):
    before = os.umask(0)
    try:
        assert run_ours(serve().link, tmp_path / "new" / "out").returncode == 0
    finally:
        os.umask(before)
    made = list((tmp_path / "new").rglob("*")) + [tmp_path / "new"]
    modes = {(path.is_dir(), path.stat().st_mode & 0o7777) for path in made}
    assert modes == {(True, 0o700), (False, 0o600)}


def failing(call, error):
    """strace, as a disk on which this call fails; leaks cannot be looked for beneath it."""
    return ["strace", "-f", "-o", "/dev/null", "-E", "ASAN_OPTIONS=detect_leaks=0",
            "-e", f"trace={call}", "-e", f"inject={call}:error={error}"]


@pytest.mark.parametrize("error", ["EINVAL", "ENOSYS", "EOPNOTSUPP"])
def test_a_file_system_that_cannot_rename_without_replacing_will_do(serve, tmp_path, error):
    done = run_ours(serve().link, tmp_path / "out", under=failing("renameat2", error))
    assert done.returncode == 0, done.stderr
    assert_complete(tmp_path / "out")


def test_files_that_cannot_be_synced_are_neither_kept_nor_receipted(serve, tmp_path):
    portal = serve()
    done = run_ours(portal.link, tmp_path / "out", under=failing("fdatasync", "EIO"))
    assert done.returncode == 74, done.stderr
    assert files_in(tmp_path / "out") == {}
    assert portal.receipts_verified() == ["opened"]


@pytest.mark.parametrize("run", [run_ours, run_other], ids=["ours", "other"])
def test_a_link_without_a_code_opens_alone(serve, tmp_path, run):
    done = run(serve(mode=0).link, tmp_path / "out", "")
    assert done.returncode == 0, done.stderr
    assert_complete(tmp_path / "out")


def test_the_code_is_read_as_people_type_it(serve, tmp_path):
    assert run_ours(serve().link, tmp_path / "out", "ovlm 9zkt 2b8d").returncode == 0


def test_a_mangled_link_is_repaired_and_the_portal_is_told(serve, tmp_path):
    portal = serve()
    assert run_ours(portal.link.replace("#", "%23"), tmp_path / "out").returncode == 0
    assert portal.hellos[0]["repaired"] is True


def test_stored_entries_and_several_packages_are_unpacked(serve, tmp_path):
    second = [("DICOM/IM1", b"second study")]
    portal = serve([make_package(FILES, method=zipfile.ZIP_STORED), make_package(second)])
    assert run_ours(portal.link, tmp_path / "out").returncode == 0
    assert_complete(tmp_path / "out" / "1")
    assert_complete(tmp_path / "out" / "2", second)


def test_a_wrong_code_says_how_many_attempts_are_left(serve, tmp_path):
    portal = serve()
    done = run_ours(portal.link, tmp_path / "out", "0V1M-9ZKT-2B8E")
    assert done.returncode == 77
    assert "wrong code, 99 attempts left" in done.stderr
    assert "+1 555 0100" in done.stderr
    assert run_other(portal.link, tmp_path / "other", "0V1M-9ZKT-2B8E").returncode == 77


def test_what_cannot_be_a_code_is_no_attempt(serve, tmp_path):
    portal = serve()
    done = run_ours(portal.link, tmp_path / "out", "too short")
    assert done.returncode == 65
    assert portal.opens == 0


@pytest.mark.parametrize("state,words", [("locked", "locked"), ("suspended", "suspended"),
                                         ("expired", "expired"), ("revoked", "withdrawn")])
def test_states_are_told_in_plain_words_with_whom_to_ask(serve, tmp_path, state, words):
    portal = serve()
    portal.state = state
    done = run_ours(portal.link, tmp_path / "out")
    assert done.returncode == 69
    assert words in done.stderr and "St. Example (+1 555 0100)" in done.stderr
    assert portal.opens == 0


def test_a_link_that_the_portal_does_not_know_is_not_found(serve, tmp_path):
    known, other = serve(), serve()
    link = known.link.replace(known.origin, other.origin)
    done = run_ours(link, tmp_path / "out")
    assert done.returncode == 69
    assert "not found, or no longer available" in done.stderr


def test_a_cut_link_is_recognised_without_a_request(serve, tmp_path):
    portal = serve()
    done = run_ours(portal.link[:-1], tmp_path / "out")
    assert done.returncode == 65
    assert "copy all of it" in done.stderr
    assert portal.requests == []


def test_a_transfer_that_breaks_off_goes_on_where_it_was(serve, tmp_path):
    portal = serve([make_package(FILES, method=zipfile.ZIP_STORED)])
    portal.cut_after = [1_500_000, 100, 0]
    done = run_ours(portal.link, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert_complete(tmp_path / "out")
    ranges = [request.split("=")[1] for request in portal.requests if "bytes=" in request]
    assert ranges == ["1500000-", "1500100-", "1500100-"]


class FirstRange:
    """True while the portal answers the first request for a range."""

    def __init__(self, portal):
        self.portal = portal

    def __bool__(self):
        return sum("bytes=" in request for request in self.portal.requests) == 1


def test_a_portal_that_answers_a_range_with_the_whole_is_asked_again(serve, tmp_path):
    portal = serve([make_package(FILES, method=zipfile.ZIP_STORED)])
    portal.cut_after, portal.ignore_range = [1_500_000], FirstRange(portal)
    done = run_ours(portal.link, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert_complete(tmp_path / "out")
    ranges = [request.split("=")[1] for request in portal.requests if "bytes=" in request]
    assert ranges == ["1500000-", "1500000-"]


def test_a_ticket_that_ends_is_renewed_by_opening_again(serve, tmp_path):
    portal = serve()
    portal.expire_after = 1
    assert run_ours(portal.link, tmp_path / "out").returncode == 0
    assert portal.opens == 2


def test_a_portal_that_fails_for_a_moment_is_asked_again(serve, tmp_path):
    portal = serve()
    portal.fail_posts = 2
    assert run_ours(portal.link, tmp_path / "out").returncode == 0


def test_a_portal_that_cannot_be_reached_is_a_temporary_failure(serve, tmp_path):
    portal = serve()
    portal.close()
    portal.close = lambda: None
    done = run_ours(portal.link, tmp_path / "out")
    assert done.returncode == 75


def break_segment(portal):
    for blob, (sealed, sums) in portal.share.blobs.items():
        portal.share.blobs[blob] = (sealed[:70000] + b"x" + sealed[70001:], sums)


def break_sums(portal):
    for blob, (sealed, sums) in portal.share.blobs.items():
        portal.share.blobs[blob] = (sealed, bytes(32) + sums[32:])


def cut_blob(portal):
    for blob, (sealed, sums) in portal.share.blobs.items():
        portal.share.blobs[blob] = (sealed + b"x", sums)


def old_issue(portal):
    portal.share.issue = 2


def other_grant(portal):
    portal.share.grant = bytes(32) + portal.share.grant[32:]


def other_cover(portal):
    portal.share.cover = portal.share.cover[:-1] + b"x"


@pytest.mark.parametrize("fault", [break_segment, break_sums, cut_blob, old_issue, other_grant,
                                   other_cover])
def test_a_portal_that_serves_anything_else_is_found_out(serve, tmp_path, fault):
    portal = serve()
    fault(portal)
    done = run_ours(portal.link, tmp_path / "out")
    assert done.returncode == 76, done.stderr
    assert files_in(tmp_path / "out") == {}


@pytest.mark.parametrize("options", [
    {"sha256": bytes(32)},
    {"padding": b""" """},
    {"padding": bytes(4096) + b"x"},
    {"grant": {"share": "AAECAwQFBgcICQoLDA0ODw"}},
    {"grant": {"scope": "view"}},
    {"grant": {"issue": 9}},
    {"grant": {"v": 2}},
    {"grant": {"blobs": []}},
], ids=str)
def test_a_grant_or_content_that_contradicts_itself_is_refused(serve, tmp_path, options):
    done = run_ours(serve(**options).link, tmp_path / "out")
    assert done.returncode == 76, done.stderr
    assert files_in(tmp_path / "out") == {}


def test_an_expired_grant_is_refused_after_an_hour_of_grace(serve, tmp_path):
    import time

    now = int(time.time())
    late = {"not_after": now - 3700, "fresh_until": now - 3700}
    assert run_ours(serve(grant=late).link, tmp_path / "late").returncode == 69
    stale = {"fresh_until": now - 3700}
    assert run_ours(serve(grant=stale).link, tmp_path / "stale").returncode == 69
    grace = {"not_after": now - 3000, "fresh_until": now - 3000}
    assert run_ours(serve(grant=grace).link, tmp_path / "grace").returncode == 0


@pytest.mark.parametrize("files,manifest", [
    ([("../escape", b"x")], None),
    ([("/etc/escape", b"x")], None),
    ([("a\\b", b"x")], None),
    ([("a", b"x"), ("a/b", b"y")], None),
    ([("a", b"x")], ""),
    ([("a", b"x")], "0" * 64 + "  a\n"),
    ([("a", b"x")], hashlib.sha256(b"x").hexdigest() + "  a\n" + "0" * 64 + "  b\n"),
    ([("a", b"x")], False),
], ids=str)
def test_a_package_that_would_leave_its_folder_or_breaks_its_manifest_is_refused(
        serve, tmp_path, files, manifest):
    done = run_ours(serve([make_package(files, manifest)]).link, tmp_path / "in" / "out")
    assert done.returncode in (74, 76), done.stderr
    assert not (tmp_path / "in" / "escape").exists()
    assert not [name for name in files_in(tmp_path) if name.endswith(".part")]


def test_a_folder_that_is_not_empty_is_left_alone_and_no_attempt_made(serve, tmp_path):
    portal = serve()
    (tmp_path / "mine").write_text("keep")
    done = run_ours(portal.link, tmp_path)
    assert done.returncode == 73
    assert files_in(tmp_path) == {"mine": b"keep"}
    assert portal.requests == []


def test_without_a_terminal_the_code_must_come_from_somewhere(serve, tmp_path):
    done = run_ours(serve().link, tmp_path / "out", None)
    assert done.returncode == 64
    assert "--code-file" in done.stderr


def test_usage_errors_and_help(tmp_path):
    assert subprocess.run([BIN / "dcmcourier-open"], capture_output=True).returncode == 64
    helped = subprocess.run([BIN / "dcmcourier-open", "--help"], capture_output=True, text=True)
    assert helped.returncode == 0 and "--code-file" in helped.stdout


def test_it_needs_no_library_beside_openssl_and_curl():
    needed = subprocess.run(["objdump", "-p", BIN / "dcmcourier-open"], capture_output=True,
                            text=True, check=True).stdout
    libraries = {line.split()[1].split(".")[0] for line in needed.splitlines() if "NEEDED" in line}
    assert libraries - {"libc", "libm", "libstdc++", "libgcc_s", "libasan", "libubsan"} <= {
        "libcrypto", "libssl", "libcurl"}
