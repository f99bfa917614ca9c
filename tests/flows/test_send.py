"""dcmcourierd-send against a portal over mutual TLS, and against what goes wrong: cuts, wrong keys, refusals, silence."""

import base64
import hashlib
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import time

import psutil
import pytest

import portal_peer
import sending
from sending import ASK_ADMINISTRATOR, MAIL, REJECT, RETRY_LATER

BLOB = bytes(range(16))
IDENTITY = base64.urlsafe_b64encode(BLOB).decode().rstrip("=")
REVOKE = {"kind": "portal", "method": "POST", "path": f"/d/1/shares/{IDENTITY}/revoke",
          "body": "{}"}


def blob_job(content, sums=b"s" * 32):
    descriptor = os.memfd_create("blob")
    os.write(descriptor, content)
    job = {"kind": "upload", "blob": BLOB.hex(), "sealed_length": len(content),
           "sums_sha256": sums.hex()}
    return job, [descriptor]


def content_of(size):
    return hashlib.shake_128(b"blob").digest(size)


def test_a_blob_arrives_whole_under_its_id_with_its_sums(stage):
    portal = stage.portal()
    stage.send_to(portal)
    content = content_of(3_000_001)
    reply = stage.dispatch.do(*blob_job(content))
    assert reply["done"], reply
    blob = portal.blobs[IDENTITY]
    assert bytes(blob["stored"]) == content
    assert blob["sums"] == b"s" * 32
    assert portal.requests[-1] == ("POST", f"/d/1/blobs/{IDENTITY}/finish")


def test_an_upload_that_is_cut_goes_on_where_it_was(stage):
    portal = stage.portal()
    portal.cut_after = [100_000, 200_000]
    stage.send_to(portal)
    content = content_of(1_000_000)
    reply = stage.dispatch.do(*blob_job(content))
    assert reply["done"], reply
    assert bytes(portal.blobs[IDENTITY]["stored"]) == content
    assert [method for method, _ in portal.requests].count("PATCH") >= 3


def test_a_cut_that_stays_is_left_to_a_later_try_which_sends_only_the_rest(stage):
    portal = stage.portal()
    portal.cut_after = [100_000] + 8 * [0]
    stage.send_to(portal)
    content = content_of(1_000_000)
    reply = stage.dispatch.do(*blob_job(content))
    assert not reply["done"] and reply["remedy"] == RETRY_LATER
    assert len(portal.blobs[IDENTITY]["stored"]) == 100_000
    portal.cut_after.clear()
    assert stage.dispatch.do(*blob_job(content))["done"]
    assert bytes(portal.blobs[IDENTITY]["stored"]) == content


def test_a_child_that_is_killed_costs_only_what_was_under_way(stage):
    portal = stage.portal()
    portal.stalled.set()
    send = stage.send_to(portal)
    content = content_of(9_000_000)
    job, descriptors = blob_job(content)
    child = stage.dispatch.begin(job, descriptors)
    assert portal.patching.wait(20)
    for one in psutil.Process(send.child.pid).children():
        one.send_signal(signal.SIGKILL)
    assert stage.dispatch.finish(child) is None
    portal.stalled.clear()
    time.sleep(0.2)
    there = len(portal.blobs[IDENTITY]["stored"])
    assert 0 < there < len(content)
    assert stage.dispatch.do(job, descriptors)["done"]
    assert bytes(portal.blobs[IDENTITY]["stored"]) == content


def test_a_large_blob_needs_little_memory(stage):
    portal = stage.portal()
    send = stage.send_to(portal)
    child = stage.dispatch.begin(*blob_job(content_of(150_000_000)))
    most = 0
    while portal.requests[-1:] != [("POST", f"/d/1/blobs/{IDENTITY}/finish")]:
        for one in psutil.Process(send.child.pid).children():
            try:
                most = max(most, one.memory_full_info().uss)
            except psutil.Error:
                pass
        time.sleep(0.05)
    assert stage.dispatch.finish(child)["done"]
    assert 0 < most < 100_000_000


def test_nothing_is_said_to_a_portal_with_another_key(stage):
    portal = stage.portal()
    stage.send(portal_port=portal.port, pin="sha256:" + 64 * "a")
    for job in (blob_job(b"x" * 1000), (REVOKE,)):
        reply = stage.dispatch.do(*job)
        assert not reply["done"] and reply["remedy"] == ASK_ADMINISTRATOR
        assert "portal.pin" in reply["text"]
    assert portal.requests == [] and portal.blobs == {}


def test_a_portal_that_does_not_know_our_key_hears_nothing_and_the_reply_says_why(stage):
    sending.make_key(stage.folder / "other.pem")
    portal = stage.portal(client=stage.folder / "other.pem")
    stage.send_to(portal)
    reply = stage.dispatch.do(REVOKE)
    # The TLS alert that says so gets lost when the portal closes before it is read.
    assert not reply["done"] and "our key" in reply["text"], reply
    assert portal.requests == []


def test_nothing_older_than_TLS_1_3_is_spoken(stage):
    portal = stage.portal(version=ssl.TLSVersion.TLSv1_2)
    stage.send_to(portal)
    assert not stage.dispatch.do(REVOKE)["done"]
    assert portal.requests == []


def test_a_command_returns_the_portals_JSON(stage):
    portal = stage.portal()
    portal.answer = (200, {}, b' { "erased" : [ 1 ] } ')
    stage.send_to(portal)
    reply = stage.dispatch.do(REVOKE)
    assert reply["done"] and reply["status"] == 200
    assert reply["body"] == '{"erased":[1]}'
    assert portal.requests == [("POST", REVOKE["path"])]


@pytest.mark.parametrize("answer, remedy, status", [
    ((409, {}, b'{"error": "lower"}'), ASK_ADMINISTRATOR, 409),
    ((403, {}, b"<html>"), ASK_ADMINISTRATOR, 403),
    ((429, {}, b""), RETRY_LATER, 429),
    ((503, {}, b""), RETRY_LATER, 503),
    ((302, {"Location": "https://127.0.0.1:9/"}, b""), ASK_ADMINISTRATOR, 302),
    ((200, {}, b"<html>"), ASK_ADMINISTRATOR, 0),
    ((200, {}, b"[" * 100_000 + b"]" * 100_000), ASK_ADMINISTRATOR, 0),
    ((200, {}, b'"' + b"a" * 1_100_000 + b'"'), ASK_ADMINISTRATOR, 0),
])
def test_an_answer_that_is_not_yes_says_who_can_help(stage, answer, remedy, status):
    portal = stage.portal()
    portal.answer = answer
    stage.send_to(portal)
    reply = stage.dispatch.do(REVOKE)
    assert not reply["done"]
    assert (reply["remedy"], reply["status"]) == (remedy, status), reply
    assert len(reply["text"]) <= 500 and reply["text"].isprintable()


def test_a_portal_that_is_down_is_tried_later(stage):
    stage.send()
    reply = stage.dispatch.do(REVOKE)
    assert not reply["done"] and reply["remedy"] == RETRY_LATER
    assert "cannot be reached" in reply["text"]


def test_a_portal_that_accepts_and_says_nothing_is_given_up_in_time(stage):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        stage.send(portal_port=silent.getsockname()[1])
        began = time.monotonic()
        reply = stage.dispatch.do(REVOKE)
        assert not reply["done"] and reply["remedy"] == RETRY_LATER
        assert time.monotonic() - began < 20


def test_a_key_that_is_missing_is_the_administrators_business(stage):
    (stage.folder / "credentials" / "portal-key").unlink()
    stage.send()
    reply = stage.dispatch.do(REVOKE)
    assert not reply["done"] and reply["remedy"] == ASK_ADMINISTRATOR


def test_children_are_confined_before_they_take_a_job(stage):
    send = stage.send()
    child = stage.dispatch.begin({**MAIL, "to": "no address"})
    assert stage.dispatch.finish(child)["remedy"] == REJECT
    stage.dispatch.listener.accept()[0].settimeout(20)  # the next child waits for its job

    def confined():
        status = [pathlib.Path(f"/proc/{one.pid}/status").read_text()
                  for one in psutil.Process(send.child.pid).children()]
        return any("NoNewPrivs:\t1" in one and "Seccomp:\t2" in one for one in status)

    assert portal_peer.wait_for(confined)


@pytest.mark.parametrize("arguments, code", [
    (["--help"], 0), ([], 64), (["--config", "x"], 64), (["--children", "0"], 64),
    (["--config", "x", "--socket", "y", "z"], 64),
    (["--config", "/nonexistent.yaml", "--socket", "y"], 78),
])
def test_the_command_line_ends_as_documented(arguments, code):
    done = subprocess.run([sending.BIN / "dcmcourierd-send", *arguments], capture_output=True,
                          text=True, timeout=20, check=False)
    assert done.returncode == code
    assert (done.stdout if code == 0 else done.stderr) != ""


@pytest.fixture
def real(stage, tmp_path):
    """The portal that we ship, paired with this sender."""
    (tmp_path / "portal").mkdir()
    portal = portal_peer.Portal(tmp_path / "portal").start()
    key = stage.folder / "credentials" / "portal-key"
    key.write_bytes(portal.client_pem.read_bytes())
    yield portal
    portal.stop()


def send_to_real(stage, portal):
    return stage.send(portal_port=portal.ports["upload"], pin=portal.pin)


def test_our_portal_takes_a_blob_and_says_so_again(stage, real):
    send_to_real(stage, real)
    content = content_of(3_500_000)
    job, descriptors = blob_job(content, hashlib.sha256(portal_peer.sums_of(content)).digest())
    for _ in range(2):  # the answer to the first may have been lost
        reply = stage.dispatch.do(job, descriptors)
        assert reply["done"], reply
    status, headers, _ = real.dispatch("HEAD", f"/d/1/blobs/{IDENTITY}")
    assert (status, headers["Upload-Offset"]) == (200, str(len(content)))


def test_our_portal_discards_what_has_other_sums(stage, real):
    send_to_real(stage, real)
    reply = stage.dispatch.do(*blob_job(content_of(1000), b"x" * 32))
    assert not reply["done"] and reply["remedy"] == REJECT
    assert (reply["status"], "discarded" in reply["text"]) == (409, True)
    assert real.dispatch("HEAD", f"/d/1/blobs/{IDENTITY}")[0] == 404


def test_our_portal_killed_in_the_middle_gets_the_rest_when_it_is_back(stage, real):
    send = send_to_real(stage, real)
    content = content_of(120_000_000)
    job, descriptors = blob_job(content, hashlib.sha256(portal_peer.sums_of(content)).digest())
    child = stage.dispatch.begin(job, descriptors)
    stored = real.folder / "store"
    deadline = time.monotonic() + 60
    while sum(one.stat().st_size for one in stored.rglob("*") if one.is_file()) < 20_000_000:
        assert time.monotonic() < deadline
    real.stop(signal.SIGKILL)
    reply = stage.dispatch.finish(child)
    assert not reply["done"] and reply["remedy"] == RETRY_LATER, reply
    real.start()
    send.config.write_text(sending.yaml.safe_dump(
        sending.settings(portal_port=real.ports["upload"], pin=real.pin)))
    assert int(real.dispatch("HEAD", f"/d/1/blobs/{IDENTITY}")[1]["Upload-Offset"]) > 0
    reply = stage.dispatch.do(job, descriptors)
    assert reply["done"], reply


def test_our_portal_answers_commands(stage, real):
    send_to_real(stage, real)
    reply = stage.dispatch.do({**REVOKE, "method": "GET", "path": "/d/1/time", "body": ""})
    assert reply["done"], reply
    assert abs(json.loads(reply["body"])["now"] - time.time()) < 5
    reply = stage.dispatch.do({**REVOKE, "method": "GET", "path": "/d/1/events?after=0", "body": ""})
    assert reply["done"], reply


def test_our_portal_hears_nothing_from_a_key_that_it_does_not_know(stage, real):
    sending.make_key(stage.folder / "credentials" / "portal-key", "stranger")
    send_to_real(stage, real)
    reply = stage.dispatch.do({**REVOKE, "method": "GET", "path": "/d/1/time", "body": ""})
    assert not reply["done"] and "our key" in reply["text"], reply
