"""dcmcourier-portal: blobs up and down, by ranges, through kills and damage."""

import base64
import secrets
import signal
import socket
import time

import pytest
from portal_peer import SEGMENT, Portal, Share, b64, h, sums_of, wait_for


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
