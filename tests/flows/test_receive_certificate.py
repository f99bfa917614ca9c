"""The receiver's own certificate: renewing it, what is wrong with it, and where its private key is."""
import os
import signal
import socket

import pytest

from authority import pem_of
from receiver import Receiver, Requestor, wait_until
from instances import data_set_of
from tls_peer import TLSRequestor, authority, client_context, echo, receiver, s_client, said, start, tls_section  # noqa: F401


def served(receiver, authority):
    with socket.create_connection((receiver.host, receiver.tls_port), timeout=20) as plain:
        context = client_context(authority, authority.modality)
        context.check_hostname = False
        with context.wrap_socket(plain) as secure:
            return secure.getpeercert()["serialNumber"]


def reload(receiver, word):
    before = receiver.journal().count(word)
    receiver.process.send_signal(signal.SIGHUP)
    assert wait_until(lambda: receiver.journal().count(word) > before), receiver.journal()


def test_a_renewed_certificate_is_taken_without_dropping_an_association_and_a_bad_one_is_not(start, authority):
    node = authority.issue("live")
    receiver = start(node)
    with Requestor(receiver) as plain:
        plain.associate()
        old = served(receiver, authority)
        renewed = authority.issue("live", ends=400)
        reload(receiver, "a certificate for DICOM over TLS is in force")
        assert "days_left=399" in receiver.journal()
        assert served(receiver, authority) == f"{renewed.certificate.serial_number:X}".zfill(40)[-len(old):] != old
        node.file.write_text("-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n")
        reload(receiver, "the certificate for DICOM over TLS cannot be used")
        assert str(node.file) in receiver.journal() and "the one from before" in receiver.journal()
        assert served(receiver, authority) == f"{renewed.certificate.serial_number:X}".zfill(40)[-len(old):]
        assert plain.store(b"content") == 0


def test_an_association_over_tls_outlives_a_reload(start, authority):
    node = authority.issue("node", file="second-node")
    receiver = start(node)
    with TLSRequestor(receiver, authority, authority.modality) as peer:
        peer.associate()
        assert peer.store(b"before") == 0
        authority.issue("node", file="second-node")
        reload(receiver, "a certificate for DICOM over TLS is in force")
        assert peer.store(b"after!") == 0
    assert [data_set_of(content) for content in receiver.spool.contents()] == [b"before", b"after!"]


def test_a_caller_taken_off_the_list_is_refused_after_a_reload(receiver, authority):
    assert echo(receiver, authority, authority.modality).returncode == 0
    receiver.configure(callers=f'    - {{ae_title: CT01, certificate: "sha256:{authority.other.fingerprint}"}}')
    reload(receiver, "receiving goes by the new settings")
    assert echo(receiver, authority, authority.modality).returncode != 0
    assert echo(receiver, authority, authority.other).returncode == 0


def test_a_certificate_that_cannot_be_used_at_start_stops_tls_and_nothing_else(start, authority, tmp_path):
    node = authority.issue("late")
    key = node.key_file.read_bytes()
    node.key_file.write_bytes(authority.node.key_file.read_bytes())
    receiver = start(node)
    assert said(receiver, "the certificate for DICOM over TLS cannot be used", "mismatch", "TLS is refused")
    assert receiver.echo().returncode == 0
    assert "alert internal error" in s_client(receiver).stderr
    assert said(receiver, "a connection was refused", "receiver.tls is not in force")
    node.key_file.write_bytes(key)
    reload(receiver, "a certificate for DICOM over TLS is in force")
    assert echo(receiver, authority, authority.modality).returncode == 0


def test_a_certificate_near_its_end_is_a_warning(start, authority):
    assert said(start(authority.issue("soon", ends=10)), "<4>receive: a certificate for DICOM over TLS is in force", "days_left=9")


def memory_of(pid):
    found = b""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            begin, end = (int(word, 16) for word in line.split()[0].split("-"))
            if line.split()[1].startswith("rw"):
                memory.seek(begin)
                found += memory.read(end - begin)
    return found


@pytest.mark.skipif(os.geteuid() != 0, reason="needs the right to read another process's memory")
@pytest.mark.parametrize("bits", [None, 2048], ids=["P-256", "RSA"])
def test_a_child_that_has_shaken_hands_has_no_private_key_any_more_and_a_plain_one_never_needs_it(start, authority, bits):
    node = authority.issue("node", bits=bits, file=f"keyed-{bits}")
    receiver = start(node)
    numbers = node.key.private_numbers()
    sized = [(numbers.d, bits // 8), (numbers.p, bits // 16), (numbers.q, bits // 16)] if bits else [(numbers.private_value, 32)]
    secrets = [number.to_bytes(size, order) for number, size in sized for order in ("little", "big")]
    pem = pem_of(node.key).splitlines()[2]

    def holds(pid):
        memory = memory_of(pid)
        return any(secret in memory for secret in secrets), pem in memory

    assert holds(receiver.process.pid)[0]  # so that not finding it means something
    with TLSRequestor(receiver, authority, authority.modality) as peer:
        peer.associate()
        [child] = receiver.children()
        assert holds(child) == (False, False)
    assert receiver.quiet()
    with Requestor(receiver) as peer:
        peer.associate()
        [child] = receiver.children()
        assert holds(child) == (False, False)


def test_systemd_says_by_its_name_on_which_socket_tls_is_spoken(tmp_path, authority):
    receiver = Receiver(tmp_path, tls=tls_section(authority.node, authority))
    program = str(receiver.start(wait=False).process.args[0])
    receiver.stop()
    listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    child = os.fork()
    if child == 0:
        os.dup2(os.open(tmp_path / "log", os.O_WRONLY | os.O_APPEND), 2)
        kept = [os.dup(one.fileno()) for one in listening]
        for number, descriptor in enumerate(kept):
            os.dup2(descriptor, 3 + number)
        os.execve(program, [program, "--config", str(receiver.configuration)],
                  {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2", "LISTEN_FDNAMES": "dcmcourier-receive.socket:dicom-tls",
                   "PATH": os.environ["PATH"]})
    try:
        receiver.host, receiver.port = listening[0].getsockname()
        receiver.tls_port = listening[1].getsockname()[1]
        assert receiver.echo().returncode == 0
        assert echo(receiver, authority, authority.modality).returncode == 0
    finally:
        os.kill(child, signal.SIGTERM)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        for one in listening:
            one.close()
