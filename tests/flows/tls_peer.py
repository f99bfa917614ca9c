"""Peers that call over TLS: DCMTK, OpenSSL's client and Python's ssl, and a receiver for them."""
import os
import socket
import ssl
import subprocess

import pytest

from authority import Authority
from receiver import Receiver, Requestor, wait_until


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    ca = Authority(tmp_path_factory.mktemp("authority"))
    ca.node = ca.issue("node")
    ca.modality = ca.issue("CT01")
    ca.other = ca.issue("CT02")
    return ca


def tls_section(node, client_ca=None, client="require"):
    lines = ["  tls:", '    listen: ["127.0.0.1:0"]', f"    certificate: {node.file}", f"    key: {node.key_file}"]
    lines += [f"    client_ca: {client_ca.file}", f"    client_certificate: {client}"] if client_ca else []
    return "\n".join(lines) + "\n"


@pytest.fixture
def start(tmp_path, authority):
    started = []

    def begin(node=None, client_ca=authority, client="require", **settings):
        settings = {"tls": tls_section(node or authority.node, client_ca, client), **settings}
        started.append(Receiver(tmp_path, **settings).start())
        return started[-1]

    yield begin
    for each in started:
        each.stop()


@pytest.fixture
def receiver(start):
    return start()


def with_tls(authority, identity=None):
    """DCMTK's options: with a certificate of one's own, or none."""
    own = ["+tls", identity.key_file, identity.file, "-pw"] if identity else ["+tla"]
    return [*map(str, own), "+cf", str(authority.file)]


def tool(name, receiver, *words, port=None, calling="CT01", seconds=60):
    return subprocess.run([name, "-v", "-to", "15", "-aet", calling, "-aec", "COURIER", *words[0], receiver.host,
                           str(port or receiver.tls_port), *map(str, words[1:])], capture_output=True, text=True,
                          env={**os.environ, "TCP_NODELAY": "1"}, timeout=seconds)


def echo(receiver, authority, identity=None, **options):
    return tool("echoscu", receiver, with_tls(authority, identity), **options)


def s_client(receiver, *options, said="", port=None):
    return subprocess.run(["openssl", "s_client", "-connect", f"{receiver.host}:{port or receiver.tls_port}", *map(str, options)],
                          input=said, capture_output=True, text=True, timeout=30)


def client_context(authority, identity=None, version=None):
    context = ssl.create_default_context(cafile=str(authority.file))
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # what is refused, we refuse
    if identity:
        context.load_cert_chain(identity.file, identity.key_file)
    if version:
        context.maximum_version = version
    return context


class TLSRequestor(Requestor):
    def __init__(self, receiver, authority, identity, **options):
        plain = socket.create_connection((receiver.host, receiver.tls_port), timeout=20)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        context = client_context(authority, identity, **options)
        self.socket = context.wrap_socket(plain, server_hostname="node.example", suppress_ragged_eofs=False)


def alert(receiver, authority, identity=None, port=None):
    """What a client reads instead of an answer: the words of the alert."""
    context = client_context(authority, identity)
    context.check_hostname = False
    with socket.create_connection((receiver.host, port or receiver.tls_port), timeout=20) as plain, pytest.raises(ssl.SSLError) as raised:
        with context.wrap_socket(plain) as secure:
            while secure.recv(1):
                pass
    return raised.value.reason


def said(receiver, *words):
    """A line of the journal with all of the words."""
    return wait_until(lambda: any(all(word in line for word in words) for line in receiver.journal().splitlines()))
