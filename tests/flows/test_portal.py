"""dcmcourier-portal on loopback, by peers written with Python's own http.client and ssl."""
import base64
import concurrent.futures
import contextlib
import hashlib
import json
import os
import re
import secrets
import signal
import socket
import sqlite3
import ssl
import subprocess
import time

import pytest
from portal_peer import BIN, SEGMENT, Portal, Share, b64, h, make_client_key, sums_of, wait_for


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    running = Portal(tmp_path_factory.mktemp("portal")).start()
    yield running
    running.stop()


@pytest.fixture
def own(tmp_path):
    """A portal of this test alone, not yet started."""
    mine = Portal(tmp_path)
    yield mine
    mine.stop()


def raw(port, data, seconds=10):
    """Everything that comes back for these bytes."""
    with socket.create_connection(("127.0.0.1", port), seconds) as peer:
        peer.sendall(data)
        answer = b""
        try:
            while piece := peer.recv(65536):
                answer += piece
        except (TimeoutError, ConnectionResetError):
            pass
        return answer


# The whole way

def test_a_share_goes_from_upload_to_the_recipient(portal):
    content = secrets.token_bytes(3 * SEGMENT + 12345)
    blob = portal.upload(content)
    share = Share(portal, take=[blob])
    status, answer = share.put()
    assert status == 200
    assert answer["state"] == "ready" and answer["not_after"] == share.record["not_after"]
    status, hello = share.hello()
    assert status == 200 and hello["state"] == "ready" and hello["cover"] == b64(b"sealed cover")
    status, opened = share.open()
    assert status == 200 and opened["grants"]["take"] == b64(b"grant take")
    status, headers, body = share.fetch(opened["ticket"], blob)
    assert status == 200 and body == content
    assert dict(headers)["Cache-Control"] == "no-store"
    status, _, sums = portal.public("GET", f"/api/1/blobs/{blob}/sums",
                                    headers={"Authorization": "Bearer " + opened["ticket"]})
    assert status == 200 and sums == sums_of(content)


def test_hello_tells_tries_left_only_when_they_are_few(portal):
    share = Share(portal, take=[portal.upload(b"x")], tries_max=12)
    share.put()
    assert "tries_left" not in share.hello()[1]
    assert share.open(code=bytes(32)) == (403, {"tries_left": 11})
    assert share.open(code=bytes(32)) == (403, {"tries_left": 10})
    assert share.hello()[1]["tries_left"] == 10


def test_a_right_code_is_not_counted_and_does_not_refill(portal):
    share = Share(portal, take=[portal.upload(b"x")], tries_max=3)
    share.put()
    assert share.open(code=bytes(32))[0] == 403
    for _ in range(5):
        assert share.open()[0] == 200
    assert share.hello()[1]["tries_left"] == 2


# The common 404

def test_unknown_staged_and_wrong_proof_answer_with_the_same_bytes(portal):
    ready = Share(portal, take=[portal.upload(b"x")])
    ready.put()
    staged = Share(portal, take=[b64(secrets.token_bytes(16))])
    assert staged.put()[1]["state"] == "staged"
    answers = []
    for share_id, proof in ((b64(secrets.token_bytes(16)), bytes(32)), (ready.id, bytes(32)),
                            (staged.id, staged.link_proof), (staged.id, bytes(32))):
        for path, more in (("/api/1/hello", {"repaired": False}),
                           ("/api/1/open", {"code_proof": b64(bytes(32)), "scopes": ["take"]})):
            message = json.dumps({"share": share_id, "link_proof": b64(proof), **more})
            answers.append(raw(portal.ports["public"], (
                f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                f"Content-Length: {len(message)}\r\n\r\n{message}").encode()))
    assert answers[0].startswith(b"HTTP/1.1 404")
    assert len(set(answers)) == 1


def test_endpoints_of_later_versions_do_not_exist(portal):
    for path in ("otp", "ranges", "reports"):
        assert portal.public("POST", f"/api/1/{path}", {})[0] == 404


# Attempts

def test_a_hundred_parallel_wrong_codes_never_exceed_the_limit(portal):
    share = Share(portal, take=[portal.upload(b"x")], tries_max=7)
    share.put()
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: share.open(code=secrets.token_bytes(32)), range(100)))
    assert sum(1 for status, _ in answers if status == 403) == 7
    assert all(answer == {"state": "locked"} for status, answer in answers if status == 409)
    assert share.open() == (409, {"state": "locked"})
    kinds = [e["kind"] for e in portal.events() if e.get("share") == share.id]
    assert kinds.count("locked") == 1 and kinds.count("wrong_code") == 7


def test_after_ten_wrong_codes_one_attempt_in_thirty_seconds(portal):
    share = Share(portal, take=[portal.upload(b"x")])
    share.put()
    for _ in range(10):
        assert share.open(code=bytes(32))[0] == 403
    assert share.open(code=bytes(32))[0] == 403
    status, answer = share.open()
    assert status == 429 and 0 < answer["retry_after"] <= 30


def test_a_new_arm_unlocks_and_drops_tickets(portal):
    blob = portal.upload(b"x")
    share = Share(portal, take=[blob], tries_max=1)
    share.put()
    ticket = share.ticket()
    assert share.open(code=bytes(32))[0] == 403
    assert share.hello()[1]["state"] == "locked"
    assert share.fetch(ticket, blob)[0] == 200, "running tickets go on while locked"
    code = secrets.token_bytes(32)
    assert share.put(arm=2, code_proof_sha256=b64(h(code)))[1]["state"] == "ready"
    assert share.fetch(ticket, blob)[0] == 401
    assert share.open(code=code)[0] == 200


def test_failures_before_the_proof_are_limited_by_address(tmp_path):
    portal = Portal(tmp_path, limits=", failures_per_minute: 5")
    text = portal.config.read_text().replace("failures_per_minute: 100000, ", "")
    portal.config.write_text(text.replace("failures_per_minute: 100000", "threads: 4"))
    portal.start()
    try:
        share = Share(portal, take=[portal.upload(b"x")])
        share.put()
        answers = [share.hello(proof=bytes(32))[0] for _ in range(8)]
        assert answers == [404] * 5 + [429] * 3
        assert share.hello()[0] == 429
    finally:
        portal.stop()


# Commands of dispatch

def test_commands_are_idempotent_and_never_go_back(portal):
    share = Share(portal, take=[portal.upload(b"x")])
    assert share.put()[0] == 200
    status, again = share.put()
    assert status == 200 and again["state"] == "ready"
    assert share.put(tries_max=5)[0] == 409, "equal arm and issue, another body"
    assert share.put(issue=2)[0] == 200
    assert share.put(issue=1)[0] == 409
    assert share.act("suspend")[1]["state"] == "suspended"
    assert share.act("suspend")[1]["state"] == "suspended"
    assert share.hello()[1]["state"] == "suspended"
    assert share.open() == (409, {"state": "suspended"})
    assert share.act("lift")[1]["state"] == "ready"
    status, first = share.act("revoke")
    assert status == 200 and first["state"] == "revoked" and first["erased"] == share.record["blobs"]["take"]
    assert share.act("revoke")[1]["erased"] == first["erased"]
    assert share.act("lift")[0] == 409
    assert share.put(arm=9, issue=9)[0] == 409
    assert share.hello()[1]["state"] == "revoked"


def test_revoking_what_was_never_written_succeeds(portal):
    share = Share(portal, take=["x" * 22])
    assert share.act("revoke")[1]["state"] == "absent"
    assert share.act("suspend")[0] == 404


def test_a_staged_share_becomes_ready_with_its_last_blob(portal):
    content = b"later"
    blob = b64(secrets.token_bytes(16))
    share = Share(portal, take=[blob])
    status, answer = share.put()
    assert answer["state"] == "staged" and answer["missing"] == [blob]
    assert portal.create(blob, len(content))[0] == 201
    assert portal.patch(blob, 0, content)[0] == 204
    assert share.hello()[0] == 404
    assert portal.finish(blob, content)[0] == 200
    assert share.hello()[1]["state"] == "ready"


def test_a_blob_goes_with_the_last_share_that_names_it(portal):
    blob = portal.upload(b"shared by two")
    first, second = Share(portal, take=[blob]), Share(portal, take=[blob])
    first.put()
    second.put()
    assert portal.dispatch("DELETE", f"/d/1/blobs/{blob}")[0] == 409
    assert "erased" not in first.act("revoke")[1]
    ticket = second.ticket()
    assert second.fetch(ticket, blob)[0] == 200
    assert second.act("revoke")[1]["erased"] == [blob]
    assert not (portal.folder / "store/blobs" / blob).exists()
    assert not (portal.folder / "store/blobs" / (blob + ".sums")).exists()
    assert second.fetch(ticket, blob)[0] == 401
    assert portal.dispatch("DELETE", f"/d/1/blobs/{blob}")[0] == 204


def test_records_that_say_more_or_too_much_are_refused(portal):
    blob = portal.upload(b"x")
    for members in ({"unknown": 1}, {"cover": b64(bytes(5000))}, {"tries_max": 0}, {"v": 2},
                    {"purge_after": 1}, {"link_proof_sha256": "short"}):
        share = Share(portal, take=[blob], **members)
        status, answer = share.put()
        assert status == 400, members
    assert Share(portal, take=[blob], lifetime=-10).put()[0] == 409


def test_events_tell_dispatch_what_happened(portal):
    blob = portal.upload(b"x" * 1000)
    share = Share(portal, take=[blob])
    share.put()
    share.hello(repaired=True)
    share.hello()
    ticket = share.ticket()
    share.fetch(ticket, blob, "bytes=0-499")
    payload, mac = json.dumps({"kind": "opened"}).encode(), secrets.token_bytes(32)
    assert portal.post("/api/1/receipts", {"ticket": ticket, "payload": b64(payload), "mac": b64(mac)})[0] == 202
    assert wait_for(lambda: any(e["kind"] == "served" for e in portal.events() if e.get("share") == share.id))
    mine = [e for e in portal.events() if e.get("share") == share.id]
    assert [e["kind"] for e in mine if e["kind"] != "served"] == ["repaired", "hello", "opened", "receipt"]
    by_kind = {e["kind"]: e for e in mine}
    assert by_kind["served"]["bytes"] == 500 and by_kind["served"]["blob"] == blob
    assert by_kind["receipt"]["payload"] == b64(payload) and by_kind["receipt"]["mac"] == b64(mac)
    assert by_kind["opened"]["scopes"] == ["take"] and by_kind["opened"]["address"] == "127.0.0.1"
    numbers = [e["number"] for e in mine]
    assert numbers == sorted(set(numbers))
    assert all(e["number"] > numbers[1] for e in portal.events(numbers[1]))


def test_a_session_sends_at_most_64_receipts(portal):
    share = Share(portal, take=[portal.upload(b"x")])
    share.put()
    message = {"ticket": share.ticket(), "payload": b64(b"{}"), "mac": b64(bytes(32))}
    answers = [portal.post("/api/1/receipts", message)[0] for _ in range(66)]
    assert answers == [202] * 64 + [429] * 2


def test_a_ticket_is_renewed_and_wrong_ones_are_not(portal):
    blob = portal.upload(b"x")
    share = Share(portal, take=[blob])
    share.put()
    status, renewed = portal.post("/api/1/renew", {"ticket": share.ticket()})
    assert status == 200 and share.fetch(renewed["ticket"], blob)[0] == 200
    assert portal.post("/api/1/renew", {"ticket": b64(bytes(32))})[0] == 401
    assert share.fetch(b64(bytes(32)), blob)[0] == 401
    assert share.fetch("junk", blob)[0] == 401


def test_a_ticket_reaches_only_the_blobs_of_its_scope(portal):
    package, preview = portal.upload(b"package"), portal.upload(b"preview")
    share = Share(portal, take=[package], view=[preview])
    share.put()
    ticket = share.ticket(scopes=["view"])
    assert share.fetch(ticket, preview)[2] == b"preview"
    assert share.fetch(ticket, package)[0] == 401
    both = share.ticket(scopes=["view", "take"])
    assert share.fetch(both, package)[2] == b"package"


def test_takes_are_counted_by_bytes_of_the_package(portal):
    content = secrets.token_bytes(5000)
    package, index = portal.upload(content), portal.upload(b"index")
    share = Share(portal, take=[package, index], takes_max=1)
    share.put()
    first = share.ticket()
    share.fetch(first, package, "bytes=0-2499")
    assert "take" in share.open()[1]["grants"], "half a package is no take"
    share.fetch(first, package, "bytes=2500-")
    assert wait_for(lambda: "take" not in share.open()[1].get("grants", {}))
    assert share.fetch(first, package)[0] == 200, "the session that took it goes on"


# Time

def test_an_expired_share_serves_nothing_and_its_grants_are_erased(own):
    own.start()
    blob = own.upload(b"soon gone")
    share = Share(own, take=[blob], lifetime=3, purge_after=own.now() + 5)
    assert share.put()[0] == 200
    ticket = share.ticket()
    assert share.fetch(ticket, blob)[0] == 200
    assert wait_for(lambda: share.hello()[1]["state"] == "expired")
    assert share.fetch(ticket, blob)[0] == 401
    assert share.open() == (409, {"state": "expired"})
    with sqlite3.connect(own.folder / "store/portal.db") as database:
        row = database.execute("SELECT view_grant, take_grant, code_proof FROM shares").fetchone()
    assert row == (None, None, bytes(32))
    assert wait_for(lambda: not (own.folder / "store/blobs" / blob).exists())
    assert [e["kind"] for e in own.events()].count("expired") == 1


def test_an_expired_share_comes_back_with_a_later_date(portal):
    blob = portal.upload(b"x")
    share = Share(portal, take=[blob], lifetime=2)
    assert share.put()[1]["state"] == "ready"
    assert wait_for(lambda: share.hello()[1]["state"] == "expired")
    assert share.put(issue=2)[0] == 409, "still past"
    later = portal.now() + 3600
    assert share.put(issue=2, not_after=later, purge_after=later)[1]["state"] == "ready"
    assert share.fetch(share.ticket(), blob)[2] == b"x"


def test_after_a_jump_of_the_clock_nothing_is_served_until_dispatch_confirms(own):
    own.start()
    blob = own.upload(b"x")
    share = Share(own, take=[blob])
    share.put()
    ticket = share.ticket()
    own.stop()
    with sqlite3.connect(own.folder / "store/portal.db") as database:
        database.execute("UPDATE clock SET highest=highest-7200, wall=wall-7200, boot='another'")
    own.start()
    assert share.hello()[0] == 503 and share.open()[0] == 503
    assert share.fetch(ticket, blob)[0] == 503
    answer = own.command("GET", "/d/1/time")[1]
    assert answer["jumped"] is True
    assert own.command("POST", "/d/1/time", {"confirm": answer["clock"] + 5000})[0] == 409
    status, answer = own.command("POST", "/d/1/time", {"confirm": answer["clock"]})
    assert status == 200 and "jumped" not in answer
    assert share.hello()[0] == 200


# Serving

def test_ranges_are_those_of_python_slices(portal):
    content = secrets.token_bytes(SEGMENT + 777)
    blob = portal.upload(content)
    share = Share(portal, take=[blob])
    share.put()
    ticket, size = share.ticket(), len(content)
    for first, last in ((0, 0), (0, 99), (SEGMENT - 1, SEGMENT), (size - 1, size - 1), (5, size + 50)):
        status, headers, body = share.fetch(ticket, blob, f"bytes={first}-{last}")
        assert status == 206 and body == content[first:last + 1]
        end = min(last, size - 1)
        assert dict(headers)["Content-Range"] == f"bytes {first}-{end}/{size}"
        assert dict(headers)["Content-Length"] == str(len(body))
    assert share.fetch(ticket, blob, "bytes=100-")[2] == content[100:]
    assert share.fetch(ticket, blob, "bytes=-5")[2] == content[-5:]
    assert share.fetch(ticket, blob, f"bytes=-{size + 9}")[2] == content
    for beyond in (f"bytes={size}-", "bytes=-0"):
        status, headers, _ = share.fetch(ticket, blob, beyond)
        assert status == 416 and dict(headers)["Content-Range"] == f"bytes */{size}"
    for none in ("bytes=0-1,5-6", "lines=0-1", "bytes=5-2", "bytes=a-b", "bytes= 1-2"):
        status, _, body = share.fetch(ticket, blob, none)
        assert status == 200 and body == content, none


def test_if_range_of_another_blob_gives_the_whole(portal):
    blob = portal.upload(b"0123456789")
    share = Share(portal, take=[blob])
    share.put()
    bearer = {"Authorization": "Bearer " + share.ticket(), "Range": "bytes=2-3"}
    path = f"/api/1/blobs/{blob}"
    assert portal.public("GET", path, headers={**bearer, "If-Range": f'"{blob}"'})[2] == b"23"
    assert portal.public("GET", path, headers={**bearer, "If-Range": '"x"'})[0] == 200
    status, headers, body = portal.public("HEAD", path, headers=bearer)
    assert status == 206 and dict(headers)["Content-Length"] == "2" and body == b""


def test_revoking_cuts_a_running_slow_download_within_five_seconds(portal):
    blob = portal.upload(bytes(64 * SEGMENT))
    share = Share(portal, take=[blob])
    share.put()
    ticket = share.ticket()
    with socket.create_connection(("127.0.0.1", portal.ports["public"]), 30) as peer:
        peer.sendall(f"GET /api/1/blobs/{blob} HTTP/1.1\r\nHost: x\r\n"
                     f"Authorization: Bearer {ticket}\r\n\r\n".encode())
        assert peer.recv(1000).startswith(b"HTTP/1.1 200")
        share.act("revoke")
        begun, got = time.monotonic(), 0
        with pytest.raises(ConnectionResetError):
            while time.monotonic() - begun < 8:
                piece = peer.recv(4096)
                if not piece:
                    raise ConnectionResetError
                got += len(piece)
                time.sleep(0.02)
        assert time.monotonic() - begun < 5
        assert got < 64 * SEGMENT


# Uploads

def test_an_upload_goes_on_after_the_portal_was_killed(own):
    own.start()
    content = secrets.token_bytes(5 * SEGMENT + 4321)
    blob, half = b64(secrets.token_bytes(16)), 2 * SEGMENT + 99
    assert own.create(blob, len(content))[0] == 201
    peer = own.upload_socket()
    peer.sendall(f"PATCH /d/1/blobs/{blob} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\n"
                 "Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\n"
                 f"Content-Length: {len(content)}\r\n\r\n".encode() + content[:half])
    file = own.folder / "store/blobs" / blob
    assert wait_for(lambda: file.exists() and file.stat().st_size >= SEGMENT)
    own.stop(signal.SIGKILL)
    peer.close()
    own.start()
    status, headers, _ = own.dispatch("HEAD", f"/d/1/blobs/{blob}")
    offset = int(headers["Upload-Offset"])
    assert status == 200 and offset == file.stat().st_size and SEGMENT <= offset <= half
    assert headers["Upload-Length"] == str(len(content))
    status, answer = own.finish(blob, content)
    assert status == 409 and answer["offset"] == offset, "not all there, not discarded"
    status, headers, _ = own.patch(blob, offset, content[offset:])
    assert status == 204 and headers["Upload-Offset"] == str(len(content))
    assert own.finish(blob, content)[0] == 200
    assert own.finish(blob, content)[0] == 200, "again, after a lost answer"
    assert file.read_bytes() == content
    assert (own.folder / "store/blobs" / (blob + ".sums")).read_bytes() == sums_of(content)


def test_damage_on_disk_between_two_runs_is_found_at_finish(own):
    own.start()
    content = secrets.token_bytes(2 * SEGMENT + 10)
    blob = b64(secrets.token_bytes(16))
    own.create(blob, len(content))
    own.patch(blob, 0, content)
    own.stop(signal.SIGKILL)
    with open(own.folder / "store/blobs" / blob, "r+b") as file:
        file.seek(100)
        file.write(bytes([content[100] ^ 1]))
    own.start()
    assert own.finish(blob, content)[0] == 409


def test_uploads_in_many_odd_pieces_have_the_sums_of_the_whole(portal):
    content = secrets.token_bytes(2 * SEGMENT + 5)
    blob = b64(secrets.token_bytes(16))
    portal.create(blob, len(content))
    at = 0
    for size in (1, SEGMENT - 2, 1, 1, 70000, SEGMENT, 10 ** 9):
        piece = content[at:at + size]
        checksum = "sha256 " + base64.b64encode(h(piece)).decode()
        assert portal.patch(blob, at, piece, {"Upload-Checksum": checksum})[0] == 204
        at += len(piece)
    status, _ = portal.command("POST", f"/d/1/blobs/{blob}/finish",
                               {"sha256": b64(h(content)), "sums": b64(h(sums_of(content)))})
    assert status == 200


def test_a_wrong_checksum_leaves_nothing_of_that_patch(portal):
    blob = b64(secrets.token_bytes(16))
    portal.create(blob, 2000)
    portal.patch(blob, 0, b"a" * 700)
    checksum = "sha256 " + base64.b64encode(bytes(32)).decode()
    assert portal.patch(blob, 700, b"b" * 300, {"Upload-Checksum": checksum})[0] == 460
    assert portal.dispatch("HEAD", f"/d/1/blobs/{blob}")[1]["Upload-Offset"] == "700"
    assert portal.patch(blob, 700, b"c" * 1300)[0] == 204
    assert portal.finish(blob, b"a" * 700 + b"c" * 1300)[0] == 200


def test_a_patch_elsewhere_than_the_end_is_refused(portal):
    blob = b64(secrets.token_bytes(16))
    assert portal.create(blob, 100)[0] == 201
    assert portal.create(blob, 100)[0] == 201, "again"
    assert portal.create(blob, 101)[0] == 409
    assert portal.patch(blob, 5, b"x")[0] == 409
    assert portal.patch(blob, 0, b"x" * 101)[0] == 413
    assert portal.patch(blob, 0, b"x" * 50)[0] == 204
    assert portal.patch(blob, 0, b"x" * 50)[0] == 409
    assert portal.patch(b64(bytes(16)), 0, b"x")[0] == 404
    assert portal.dispatch("DELETE", f"/d/1/blobs/{blob}")[0] == 204
    assert portal.dispatch("HEAD", f"/d/1/blobs/{blob}")[0] == 404


def test_wrong_sums_discard_the_upload(portal):
    blob = b64(secrets.token_bytes(16))
    portal.create(blob, 10)
    portal.patch(blob, 0, b"0123456789")
    assert portal.finish(blob, b"9876543210")[0] == 409
    assert portal.dispatch("HEAD", f"/d/1/blobs/{blob}")[0] == 404
    assert not (portal.folder / "store/blobs" / blob).exists()


def test_unfinished_uploads_and_orphans_go(tmp_path):
    portal = Portal(tmp_path, limits=", keep_unfinished: 1s").start()
    try:
        blob = b64(secrets.token_bytes(16))
        portal.create(blob, 10)
        portal.patch(blob, 0, b"01234")
        assert wait_for(lambda: portal.dispatch("HEAD", f"/d/1/blobs/{blob}")[0] == 404)
        assert wait_for(lambda: not (tmp_path / "store/blobs" / blob).exists())
        portal.stop()
        orphan = tmp_path / "store/blobs" / b64(secrets.token_bytes(16))
        orphan.write_bytes(b"no row knows this")
        portal.start()
        assert not orphan.exists()
    finally:
        portal.stop()


# Who may come

def test_another_client_key_is_refused_by_tls(portal, tmp_path):
    stranger, _ = make_client_key(tmp_path, "stranger")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        peer = portal.upload_socket(stranger)
        peer.sendall(b"GET /d/1/time HTTP/1.1\r\nHost: x\r\n\r\n")
        assert peer.recv(100) == b"", "an answer for a stranger"
        raise ConnectionError
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with pytest.raises((ssl.SSLError, ConnectionError)):
        peer = context.wrap_socket(socket.create_connection(("127.0.0.1", portal.ports["upload"])))
        peer.sendall(b"GET /d/1/time HTTP/1.1\r\nHost: x\r\n\r\n")
        assert peer.recv(100) == b""
        raise ConnectionError


def test_the_upload_side_speaks_tls_1_3_only_under_the_pin_that_pair_printed(portal):
    peer = portal.upload_socket()
    assert peer.version() == "TLSv1.3"
    public = subprocess.run(["openssl", "x509", "-inform", "DER", "-pubkey", "-noout"],
                            input=peer.getpeercert(True), capture_output=True, check=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=public,
                         capture_output=True, check=True).stdout
    assert portal.pin == "sha256:" + hashlib.sha256(der).hexdigest()
    peer.close()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(portal.client_pem)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(socket.create_connection(("127.0.0.1", portal.ports["upload"])))


def test_each_side_answers_only_its_own_paths(portal):
    assert portal.public("GET", "/d/1/time")[0] == 404
    assert portal.public("PUT", "/d/1/shares/" + "A" * 22, {})[0] == 404
    assert portal.dispatch("POST", "/api/1/hello", {})[0] == 404


def test_the_public_side_speaks_tls_1_3_and_reads_its_certificate_again(own, tmp_path):
    pem, _ = make_client_key(tmp_path, "site")
    text = own.config.read_text().replace(
        "insecure_loopback: true", f"certificate: {pem}, key: {pem}").replace("http://", "https://")
    own.config.write_text(text)
    own.start()

    def certificate():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(socket.create_connection(("127.0.0.1", own.ports["public"]))) as peer:
            assert peer.version() == "TLSv1.3"
            peer.sendall(b"GET /s/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = b""
            while piece := peer.recv(65536):
                answer += piece
            assert answer.startswith(b"HTTP/1.1 200") and b"Strict-Transport-Security" in answer
            return peer.getpeercert(True)

    first = certificate()
    renewed, _ = make_client_key(tmp_path, "renewed")
    pem.write_bytes(renewed.read_bytes())
    own.process.send_signal(signal.SIGHUP)
    assert wait_for(lambda: certificate() != first)
    pem.write_bytes(b"broken")
    own.process.send_signal(signal.SIGHUP)
    assert wait_for(lambda: "<3>portal.tls" in own.log_text())
    assert certificate() != first, "a broken file keeps the old certificate"


# The page, headers, odd requests

def test_the_page_is_the_same_whatever_follows(portal):
    pages = {path: portal.public("GET", path)
             for path in ("/s/" + "A" * 22, "/s/", "/s/%2523abc", "/s/../../etc/passwd?x=y")}
    assert {status for status, _, _ in pages.values()} == {200}
    assert len({body for _, _, body in pages.values()}) == 1
    assert len({str(headers) for _, headers, _ in pages.values()}) == 1
    headers = dict(pages["/s/"][1])
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';") and "unsafe-inline" not in policy
    assert "require-trusted-types-for 'script'" in policy and "frame-ancestors 'none'" in policy
    assert headers["Referrer-Policy"] == "no-referrer" and headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin" and "Permissions-Policy" in headers
    assert "Date" not in headers and "Server" not in headers
    assert headers["Cache-Control"] == "no-store" and b"dcmcourier-open" in pages["/s/"][2]


def test_the_files_of_the_page_are_its_own_and_may_be_kept(portal):
    page = portal.public("GET", "/s/")[2].decode()
    files = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(files) >= 3 and all(re.fullmatch(r"/page/[\w.-]+-[\w-]{8}\.(js|css|svg)", file) for file in files)
    assert not re.search(r"<script[^>]*>[^<]", page), "no script within the page"
    for file in files:
        status, headers, body = portal.public("GET", file)
        assert status == 200 and body and dict(headers)["Cache-Control"] == "public, max-age=31536000, immutable"
    status, headers, body = portal.public("GET", "/save.js")
    assert status == 200 and dict(headers)["Cache-Control"] == "no-store"
    assert dict(headers)["Content-Security-Policy"].startswith("default-src 'none'; base-uri")
    for absent in ("/page/", "/page/other.js", "/page/../save.js", "/save.js?x", "/save/x"):
        assert portal.public("GET", absent)[0] == 404


def test_cors_is_for_the_configured_origin_alone(tmp_path):
    portal = Portal(tmp_path, public=', page_origin: "https://page.example.org"').start()
    try:
        path = "/api/1/hello"
        good = dict(portal.public("OPTIONS", path, headers={"Origin": "https://page.example.org"})[1])
        assert good["Access-Control-Allow-Origin"] == "https://page.example.org"
        assert "Authorization" in good["Access-Control-Allow-Headers"]
        status, headers, _ = portal.public("OPTIONS", path, headers={"Origin": "https://evil.example"})
        assert status == 404 and "Access-Control-Allow-Origin" not in dict(headers)
    finally:
        portal.stop()


@pytest.mark.parametrize("target", [
    "/api/1/%68ello", "/api/1/hello/", "/api/1//hello", "/api/1/hello?x=1", "/api/1/blobs/../hello",
    "/api/1/blobs/%2e%2e%2fportal.db", "//", "/", "http://x/api/1/hello", "/API/1/HELLO", "/S/x",
    "/api/1/blobs/" + "A" * 22 + "/sums/", "/api/1/blobs/" + "." * 22])
def test_odd_paths_are_nothing(portal, target):
    for method in (b"GET", b"POST"):
        answer = raw(portal.ports["public"], method + b" " + target.encode() +
                     b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 404"), target


@pytest.mark.parametrize("request_bytes", [
    b"GET /s/x\r\n\r\n", b"NONSENSE\r\n\r\n", b"GET /s/\r\nX: y HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\xee\x01\x00",
    b"GET /s/x HTTP/1.1\r\nHost: x\r\nBad Header: x\r\n\r\n", b"\r\n" * 50 + b"\x00\x00\r\n\r\n",
    b"POST /api/1/hello HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"POST /api/1/hello HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /api/1/hello HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"GET /s/" + b"x" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /s/x HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n"])
def test_broken_requests_are_refused_and_the_next_is_served(portal, request_bytes):
    answer = raw(portal.ports["public"], request_bytes, seconds=2)
    assert answer == b"" or re.match(rb"HTTP/1\.1 4\d\d ", answer), answer[:100]
    assert portal.public("GET", "/s/x")[0] == 200


def test_oversize_and_malformed_messages_are_refused(portal):
    big = json.dumps({"share": "x" * 9000})
    assert portal.public("POST", "/api/1/hello", big)[0] == 413
    chunked = b"POST /api/1/hello HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + (
        b"1000\r\n" + b"x" * 4096 + b"\r\n") * 4
    assert raw(portal.ports["public"], chunked, 3).startswith(b"HTTP/1.1 413")
    for body in ("", "[]", "{", '{"share": 1}', "null", '{"share":"a","share":"b"}', "\xff"):
        assert portal.public("POST", "/api/1/hello", body.encode("latin-1"))[0] == 400


def test_a_client_that_dribbles_its_header_is_cut(tmp_path):
    portal = Portal(tmp_path, limits=", header_time: 3s").start()
    try:
        with socket.create_connection(("127.0.0.1", portal.ports["public"]), 30) as peer:
            begun = time.monotonic()
            with pytest.raises((BrokenPipeError, ConnectionResetError)):
                for byte in b"GET /s/x HTTP/1.1\r\n" + b"X-Slow: 1\r\n" * 1000:
                    peer.sendall(bytes([byte]))
                    time.sleep(0.2)
            assert 2 < time.monotonic() - begun < 8
    finally:
        portal.stop()


def test_connections_of_one_address_are_capped_and_others_places_return(tmp_path):
    portal = Portal(tmp_path, limits=", connections_per_address: 3").start()
    try:
        blob = portal.upload(secrets.token_bytes(64 << 20))
        share = Share(portal, take=[blob])
        assert share.put()[0] == 200
        held = [begin_download(portal, blob, share.ticket()) for _ in range(3)]
        assert raw(portal.ports["public"], b"GET /s/x HTTP/1.1\r\nHost: x\r\n\r\n", 2) == b""
        for peer in held:
            peer.close()
        assert wait_for(lambda: raw(portal.ports["public"], b"GET /s/x HTTP/1.1\r\nHost: x\r\n"
                                    b"Connection: close\r\n\r\n", 2).startswith(b"HTTP/1.1 200"))
    finally:
        portal.stop()


def begin_download(portal, blob, ticket):
    """Its head has come, and nothing more is read."""
    peer = socket.create_connection(("127.0.0.1", portal.ports["public"]))
    peer.sendall(f"GET /api/1/blobs/{blob} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ticket}\r\n\r\n".encode())
    assert peer.recv(12) == b"HTTP/1.1 200"
    return peer


@pytest.mark.parametrize("said", [b"", b"GET /s/x HTT", b"POST /api/1/hello HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"])
def test_who_has_not_asked_gives_way_to_who_does(tmp_path, said):
    portal = Portal(tmp_path, limits=", connections_per_address: 3").start()
    try:
        held = [socket.create_connection(("127.0.0.1", portal.ports["public"])) for _ in range(3)]
        for peer in held:
            peer.sendall(said)
        for _ in range(10):
            assert portal.public("GET", "/s/x")[0] == 200
        held[0].settimeout(5)
        with contextlib.suppress(ConnectionResetError):
            assert held[0].recv(1) == b""  # the oldest went
        for peer in held:
            peer.close()
    finally:
        portal.stop()


def test_a_connection_is_kept_for_further_requests(portal):
    two = b"GET /s/x HTTP/1.1\r\nHost: x\r\n\r\nGET /s/y HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert raw(portal.ports["public"], two).count(b"HTTP/1.1 200") == 2


# What is left behind

def test_the_log_holds_no_query_fragment_proof_ticket_or_blob(own):
    own.start()
    blob = own.upload(b"x")
    share = Share(own, take=[blob])
    share.put()
    ticket = share.ticket()
    share.fetch(ticket, blob)
    own.public("GET", f"/s/{share.id}%23FRAGMENT?query=QUERY")
    own.public("GET", "/other/PATIENT^NAME")
    share.hello(proof=b"\x01" * 32)
    own.stop()
    log = own.log_text()
    assert f"/s/{share.id} 200" in log
    for secret in (blob, ticket, b64(share.link_proof), b64(share.code_proof), "FRAGMENT", "QUERY", "PATIENT"):
        assert secret not in log
    store = b"".join(p.read_bytes() for p in (own.folder / "store").glob("portal.db*"))
    for secret in (share.link_proof, share.code_proof, ticket.encode()):
        assert secret not in store, "only digests are stored"


def test_unproved_requests_are_told_as_a_count(own):
    own.start()
    share = Share(own, take=[own.upload(b"x")])
    share.put()
    for _ in range(4):
        share.hello(proof=bytes(32))
    assert wait_for(lambda: any(e["kind"] == "unproved" for e in own.events()))
    counts = [e for e in own.events() if e["kind"] == "unproved"]
    assert 1 <= counts[0]["count"] <= 4
    assert "share" not in counts[0] and "address" not in counts[0]


def test_sigterm_ends_it_with_success_and_a_second_portal_is_refused(own):
    own.start()
    second = subprocess.run([BIN / "dcmcourier-portal", "serve", "--config", own.config],
                            capture_output=True, text=True, timeout=20)
    assert second.returncode == 78 and "another portal" in second.stderr
    process = own.process
    own.stop()
    assert process.returncode == 0


def test_bad_configurations_are_refused_with_their_place(own):
    text = own.config.read_text()
    for old, new, complaint in (
            ("insecure_loopback", "insecure_lopback", "did you mean"),
            ('listen: "127.0.0.1:0", origin', 'listen: "0.0.0.0:0", origin', "not loopback"),
            ("sha256:", "sha257:", "client_pin"), ("insecure_loopback: true", "key: x", "certificate"),
            ('origin: "http://127.0.0.1"', 'origin: "http://127.0.0.1/path"', "origin")):
        own.config.write_text(text.replace(old, new))
        done = subprocess.run([BIN / "dcmcourier-portal", "check", "--config", own.config],
                              capture_output=True, text=True, timeout=20)
        assert done.returncode == 78 and complaint in done.stderr, (new, done.stderr)
        assert re.search(r"portal\.yaml:\d+:\d+: ", done.stderr)
    own.config.write_text(text)
    assert subprocess.run([BIN / "dcmcourier-portal", "check", "--config", own.config]).returncode == 0
    assert subprocess.run([BIN / "dcmcourier-portal", "nonsense"], capture_output=True).returncode == 64


def test_the_key_that_pair_makes_is_private_and_is_not_overwritten(own):
    pem = own.folder / "keys/portal-upload.pem"
    assert pem.stat().st_mode & 0o777 == 0o600
    before = pem.read_bytes()
    again = subprocess.run([BIN / "dcmcourier-portal", "pair", "--out", own.folder / "keys"],
                           capture_output=True, text=True)
    assert again.returncode != 0 and pem.read_bytes() == before


def test_the_program_cannot_decrypt():
    program = BIN / "dcmcourier-portal"
    imports = subprocess.run(["nm", "-D", "--undefined-only", program], check=True, capture_output=True,
                             text=True).stdout
    assert "EVP_Digest" in imports, "nm sees the imports"
    assert not re.search(r"EVP_(Decrypt|Encrypt|Cipher|Open|Seal|PKEY_decrypt|PKEY_derive)|HKDF|AES_", imports)
    libraries = subprocess.run(["objdump", "-p", program], check=True, capture_output=True, text=True).stdout
    assert not re.search(r"NEEDED.*(dcm|ofstd|oflog|curl)", libraries)
