"""dcmcourier-portal: what its two listeners answer, and what they refuse, to odd and hostile peers."""

import contextlib
import hashlib
import json
import re
import secrets
import signal
import socket
import ssl
import subprocess
import time

import pytest
from portal_peer import Portal, Share, make_client_key, raw, wait_for


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
