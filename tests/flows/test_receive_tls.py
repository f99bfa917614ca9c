"""dcmcourierd-receive over TLS: who may call, what is spoken, what mistakes look like."""
import os
import random
import re
import socket
import ssl
import subprocess
import threading

import pytest

from authority import SERVER_ONLY, Authority
from instances import data_set_of, make_instance
from receiver import wait_until
from tls_peer import (TLSRequestor, alert, authority, client_context, echo, receiver, s_client, said, start, tool,  # noqa: F401
                      with_tls)


def test_a_modality_with_a_certificate_echoes_over_tls(receiver, authority):
    done = echo(receiver, authority, authority.modality)
    assert done.returncode == 0, done.stderr
    assert said(receiver, "ending=released", "TLSv1.3 TLS_AES_", f"certificate=sha256:{authority.modality.fingerprint}")
    assert receiver.echo().returncode == 0  # the plain port goes on
    assert said(receiver, "ending=released", "tls=none", "certificate=none")


def test_an_rsa_certificate_serves_as_well(start, authority):
    node = authority.issue("node", bits=2048, file="rsa-node")
    receiver = start(node)
    assert echo(receiver, authority, authority.issue("CT03", bits=3072)).returncode == 0
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        with TLSRequestor(receiver, authority, authority.modality, version=version) as peer:
            assert peer.socket.version() == version.name.replace("_", ".")
            assert peer.associate()[0] == 2


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("size", [1, 100_000, 3 * (1 << 20) + 17])
def test_data_sets_of_every_size_are_kept_whole_over_tls(receiver, authority, version, size):
    data_set = os.urandom(size)
    with TLSRequestor(receiver, authority, authority.modality, version=version) as peer:
        assert peer.associate()[0] == 2
        assert peer.store(data_set) == 0
    [content] = receiver.spool.contents()
    assert data_set_of(content) == data_set


def test_a_big_study_arrives_byte_for_byte(receiver, authority, tmp_path):
    files = [make_instance(tmp_path / f"{n}.dcm", number=n, pixels=os.urandom(1 << 19)) for n in range(1, 61)]
    files.append(make_instance(tmp_path / "large.dcm", number=61, pixels=os.urandom(80 << 20)))
    sent = tool("storescu", receiver, with_tls(authority, authority.modality), *files, seconds=300)
    assert sent.returncode == 0, sent.stderr
    assert [data_set_of(content) for content in receiver.spool.contents()] == [data_set_of(path.read_bytes()) for path in files]


# Who may call.

def test_without_a_certificate_nobody_comes_in_where_one_is_required(receiver, authority):
    assert echo(receiver, authority).returncode != 0
    assert alert(receiver, authority) == "TLSV13_ALERT_CERTIFICATE_REQUIRED"
    assert said(receiver, "something of an association was refused", "peer did not return a certificate")
    assert said(receiver, "ending=tls-failed")


def test_without_a_certificate_others_come_in_where_one_is_accepted(start, authority):
    assert echo(start(client="accept"), authority).returncode == 0


def test_nobody_is_asked_for_a_certificate_without_a_client_ca(start, authority):
    receiver = start(client_ca=None)
    assert echo(receiver, authority).returncode == 0
    assert "Acceptable client certificate CA names" not in s_client(receiver).stdout


def wrong_identities(authority, tmp_path):
    return {"of another authority": (Authority(tmp_path / "stranger", "stranger").issue("CT01"), "unable to get local issuer certificate"),
            "expired": (authority.issue("CT01", begins=-30, ends=-1, file="expired"), "certificate has expired"),
            "not valid yet": (authority.issue("CT01", begins=2, file="early"), "certificate is not yet valid"),
            "for servers only": (authority.issue("CT01", use=SERVER_ONLY, file="server-only"), "unsuit"),
            "of a short key": (authority.issue("CT01", bits=1024, file="short"), "too weak")}


@pytest.mark.parametrize("which", ["of another authority", "expired", "not valid yet", "for servers only", "of a short key"])
def test_a_certificate_that_proves_nothing_is_refused(start, authority, tmp_path, which):
    receiver = start(client="accept")
    identity, why = wrong_identities(authority, tmp_path)[which]
    assert "ALERT" in alert(receiver, authority, identity)
    assert said(receiver, "something of an association was refused", why), receiver.journal()


@pytest.mark.parametrize("form", ["fingerprint", "with colons", "dns", "subject"])
def test_a_caller_that_names_a_certificate_is_admitted_with_it_alone(start, authority, form):
    fingerprint = authority.modality.fingerprint
    name = {"fingerprint": f"sha256:{fingerprint}", "dns": "dns:CT01.example", "subject": "subject:CN=CT01,O=Example",
            "with colons": "sha256:" + ":".join(re.findall("..", fingerprint.upper()))}[form]
    receiver = start(callers=f'    - {{ae_title: CT01, address: 127.0.0.0/8, certificate: "{name}"}}', client="accept")
    assert echo(receiver, authority, authority.modality).returncode == 0
    other = echo(receiver, authority, authority.other)
    assert other.returncode != 0 and "Calling AE Title Not Recognized" in other.stderr
    assert said(receiver, "something of an association was refused", f"its certificate is another: sha256:{authority.other.fingerprint}")
    assert "Calling AE Title Not Recognized" in echo(receiver, authority).stderr
    assert said(receiver, "something of an association was refused", "it has to show a certificate")
    assert "Calling AE Title Not Recognized" in tool("echoscu", receiver, [], port=receiver.port).stderr
    assert said(receiver, "something of an association was refused", "it may call over TLS alone")
    assert echo(receiver, authority, authority.modality, calling="CT02").returncode != 0  # the name counts too


def test_an_alternative_name_and_a_subject_as_openssl_prints_them_fit(start, authority):
    shown = subprocess.run(["openssl", "x509", "-in", authority.modality.file, "-noout", "-subject", "-nameopt", "RFC2253"],
                           capture_output=True, text=True, check=True).stdout.strip()
    receiver = start(callers=f'    - {{certificate: "subject:{shown.removeprefix("subject=").strip()}"}}')
    assert echo(receiver, authority, authority.modality).returncode == 0


def test_a_certificate_that_signs_itself_may_stand_in_client_ca(start, authority, tmp_path):
    own = Authority(tmp_path / "own", "CT01")
    receiver = start(client_ca=own)
    assert echo(receiver, authority, own).returncode == 0
    assert echo(receiver, authority, authority.modality).returncode != 0


def test_a_caller_may_be_bound_to_tls_without_a_certificate(start, authority):
    receiver = start(client_ca=None, callers="    - {ae_title: CT01, tls: true}\n    - {ae_title: MR01}")
    assert echo(receiver, authority).returncode == 0
    assert "Calling AE Title Not Recognized" in tool("echoscu", receiver, [], port=receiver.port).stderr
    assert tool("echoscu", receiver, [], port=receiver.port, calling="MR01").returncode == 0


def test_an_address_that_nobody_may_call_from_gets_an_alert_before_any_handshake(start, authority):
    receiver = start(callers="    - {address: 10.0.0.0/8}")
    assert "alert access denied" in s_client(receiver).stderr
    assert said(receiver, "a connection was refused")


# The profile: PS3.15 section B.12.

@pytest.mark.parametrize("options", [["-tls1"], ["-tls1_1"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"],
                                     ["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"],
                                     ["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"],
                                     ["-tls1_2", "-cipher", "NULL:@SECLEVEL=0"], ["-groups", "P-521"]], ids=lambda words: " ".join(words))
def test_what_the_profile_does_not_have_is_refused(start, options):
    receiver = start(client="accept")
    extra = ["-cipher", "DEFAULT:@SECLEVEL=0"] if options[0] in ("-tls1", "-tls1_1") else []
    refused = s_client(receiver, *options, *extra)
    assert refused.returncode != 0 and "New, (NONE), Cipher is (NONE)" in refused.stdout
    assert said(receiver, "ending=tls-failed")


@pytest.mark.parametrize("options, cipher", [
    (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], "ECDHE-ECDSA-AES128-GCM-SHA256"),
    (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"], "ECDHE-ECDSA-AES256-GCM-SHA384"),
    (["-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"], "TLS_AES_256_GCM_SHA384")], ids=["128", "256", "1.3"])
def test_what_the_profile_asks_for_is_spoken_without_compression_and_without_resumption(start, options, cipher):
    shown = s_client(start(client="accept"), *options, "-status").stdout
    assert f"Cipher is {cipher}" in shown and "Compression: NONE" in shown
    assert "TLS session ticket" not in shown and not re.search(r"Session-ID: \w", shown)


def test_a_client_cannot_renegotiate(start):
    receiver = start(client="accept")
    assert "no renegotiation" in s_client(receiver, "-tls1_2", said="R\n").stderr


# Mistakes.

def test_plain_dicom_on_the_tls_port_is_rejected_so_that_the_modality_shows_it(receiver, authority):
    done = tool("echoscu", receiver, [])
    assert done.returncode != 0 and "Association Rejected" in done.stderr
    assert said(receiver, "something of an association was refused", "plain DICOM where TLS is spoken")
    assert said(receiver, "ending=plain-on-a-tls-port")


def test_tls_on_the_plain_port_is_answered_with_an_alert(receiver, authority):
    assert "alert handshake failure" in s_client(receiver, port=receiver.port).stderr
    assert echo(receiver, authority, authority.modality, port=receiver.port).returncode != 0
    assert said(receiver, "something of an association was refused", "TLS where plain DICOM is spoken")
    assert said(receiver, "ending=tls-on-a-plain-port")


@pytest.mark.parametrize("noise", [random.Random(7).randbytes(4096), b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
                                   b"\x16\x03\x01\xff\xff" + bytes(70000)],
                         ids=["noise", "http", "short", "long"])
def test_what_is_no_handshake_ends_with_a_reason(receiver, authority, noise):
    with socket.create_connection((receiver.host, receiver.tls_port), timeout=20) as peer:
        peer.sendall(noise)
        peer.shutdown(socket.SHUT_WR)
        peer.settimeout(20)
        try:
            while peer.recv(4096):
                pass
        except ConnectionResetError:
            pass
    assert receiver.quiet() and "the process of an association crashed" not in receiver.journal()
    assert echo(receiver, authority, authority.modality).returncode == 0


def test_a_peer_that_stalls_in_the_handshake_costs_only_its_own_place(start, authority, tmp_path):
    receiver = start(association_timeout="3s", most_per_peer=12)
    first = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context(authority).wrap_bio(*first, server_hostname="node.example")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    hello = first[1].read()
    stalled = [socket.create_connection((receiver.host, receiver.tls_port), timeout=30) for _ in range(9)]
    try:
        for number, peer in enumerate(stalled):
            peer.sendall(hello[:number * len(hello) // 8])  # nothing, a part, the whole
        assert wait_until(lambda: len(receiver.children()) == 8)
        assert echo(receiver, authority, authority.modality).returncode == 0
        for peer in stalled:
            while peer.recv(4096):
                pass
    finally:
        for peer in stalled:
            peer.close()
    assert wait_until(lambda: receiver.journal().count("ending=timed-out") == 8) and receiver.quiet()
    assert said(receiver, "a connection that said nothing was ended", "timed out")


def test_a_certificate_of_a_client_has_a_limit(start, authority):
    receiver = start(client="accept")
    long = authority.issue("CT01", file="long")
    long.file.write_bytes(long.file.read_bytes() + authority.file.read_bytes() * 200)
    assert alert(receiver, authority, long) == "SSLV3_ALERT_ILLEGAL_PARAMETER"
    assert said(receiver, "something of an association was refused", "excessive message size")


def test_many_modalities_at_once_are_served(receiver, authority, tmp_path):
    files = [make_instance(tmp_path / f"{n}.dcm", number=n, pixels=os.urandom(1 << 18)) for n in range(1, 9)]
    results = []

    def send(path):
        results.append(tool("storescu", receiver, with_tls(authority, authority.modality), path).returncode)

    threads = [threading.Thread(target=send, args=[path]) for path in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [0] * 8
    assert sorted(map(data_set_of, receiver.spool.contents())) == sorted(data_set_of(path.read_bytes()) for path in files)
