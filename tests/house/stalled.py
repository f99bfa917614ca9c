"""Peers that stall: they connect and say nothing, begin and do not go on, send or read a byte now and then. A Crowd
keeps so many of them, from several loopback addresses, and comes again when it is thrown out."""

import base64
import contextlib
import secrets
import socket
import ssl
import struct
import threading
import time

CT, EXPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1"
EVERY = 0.25  # seconds between two bytes of one of them


def item(kind, body):
    return struct.pack(">BBH", kind, 0, len(body)) + body


def associate_request(called="COURIER", calling="STALL"):
    body = struct.pack(">HH", 1, 0) + called.encode().ljust(16) + calling.encode().ljust(16) + bytes(32)
    body += item(0x10, b"1.2.840.10008.3.1.1.1")
    body += item(0x20, bytes([1, 0, 0, 0]) + item(0x30, CT.encode()) + item(0x40, EXPLICIT.encode()))
    body += item(0x50, item(0x51, struct.pack(">I", 16384)) + item(0x52, b"1.2.3"))
    return struct.pack(">BBI", 1, 0, len(body)) + body


def store_command():
    def element(number, value):
        return struct.pack("<HHI", 0, number, len(value)) + value

    rest = (element(0x0002, CT.encode() + b"\0" * (len(CT) % 2)) + element(0x0100, struct.pack("<H", 1))
            + element(0x0110, struct.pack("<H", 7)) + element(0x0700, bytes(2)) + element(0x0800, struct.pack("<H", 1))
            + element(0x1000, b"1.2.3.4\0"))
    command = element(0, struct.pack("<I", len(rest))) + rest
    return struct.pack(">BBIIBB", 4, 0, len(command) + 6, len(command) + 2, 1, 3) + command


class Stalled:
    """One of them: what it says on arriving, and then in small pieces. Never waits."""

    def __init__(self, port, address, first=b"", then=b"", buffer=None, tls=None):
        self.port, self.address, self.first, self.then, self.buffer, self.tls = port, address, first, then, buffer, tls
        self.socket, self.opened = None, 0

    def open(self):
        plain = socket.socket()
        if self.buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.buffer)
        try:
            plain.settimeout(10)
            plain.bind((self.address, 0))
            plain.connect(("127.0.0.1", self.port))
            self.socket = self.tls.wrap_socket(plain) if self.tls else plain
            self.socket.sendall(self.first)
            self.socket.settimeout(0)
            self.opened += 1
            self.left = self.then
        except OSError:
            plain.close()
            self.socket = None

    def step(self):
        if self.socket is None:
            return self.open()
        try:
            if self.left:
                self.socket.send(self.left[:1])
                self.left = self.left[1:]
            elif self.then:
                self.left = self.then
            self.listen()
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        except OSError:
            self.close()

    def listen(self):
        """One who reads slowly reads a byte; the others look whether they were thrown out."""
        if not self.socket.recv(1 if self.buffer else 4096):
            raise ConnectionResetError

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None


class Crowd(contextlib.AbstractContextManager):
    def __init__(self, members):
        self.members = list(members)
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        for member in self.members:
            member.open()
        self.thread.start()
        return self

    def run(self):
        while not self.ending.wait(EVERY):
            for member in self.members:
                member.step()
                if self.ending.is_set():
                    return

    def standing(self):
        return sum(member.socket is not None for member in self.members)

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join()
        for member in self.members:
            member.close()


def addresses(first, count):
    return [f"127.0.{first}.{i + 1}" for i in range(count)]


def spread(count, places):
    return [places[i % len(places)] for i in range(count)]


def half_open(port, count, places):
    """A third says nothing, a third begins a request and stops, a third sends it byte by byte."""
    request = associate_request()
    kinds = [(b"", b""), (request[:80], b""), (request[:6], request[6:])]
    return [Stalled(port, place, *kinds[i % 3]) for i, place in enumerate(spread(count, places))]


class Trickling(Stalled):
    """Associates, begins an instance, and sends its data set in PDUs of one byte."""

    fragment = struct.pack(">BBIIBB", 4, 0, 7, 3, 1, 0) + b"\0"

    def __init__(self, port, address):
        super().__init__(port, address, associate_request())

    def open(self):
        super().open()
        if self.socket is None:
            return
        try:
            self.socket.settimeout(10)
            if self.socket.recv(6)[:1] != b"\2":
                raise ConnectionResetError
            self.socket.sendall(store_command())
            self.socket.settimeout(0)
        except OSError:
            self.close()

    def step(self):
        if self.socket is not None:
            try:
                self.socket.send(self.fragment)
            except BlockingIOError:
                pass
            except OSError:
                self.close()
        super().step()


def trickling(port, count, places):
    return [Trickling(port, place) for place in spread(count, places)]


def slow_http(ports, count, places, target, tls, upload):
    """Heads that never end, bodies that never end, large answers that nobody reads, handshakes that never come, and
    uploads of the hospital's own key that trickle. `target`: of a large answer, with its headers; `upload`: a PATCH."""
    public, hospital = ports["public"], ports["upload"]
    body = b"POST /api/1/hello HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n"
    kinds = [
        lambda place: Stalled(public, place, b"GET / HTTP/1.1\r\nHost: a\r\n", b"X-A: " + b"a" * 4000),
        lambda place: Stalled(public, place, body, b" " * 3999),
        lambda place: Stalled(public, place, b"GET " + target + b"\r\n\r\n", buffer=4096),
        lambda place: Stalled(hospital, place),
        lambda place: Stalled(hospital, place, upload, b"a" * 4000, tls=tls),
    ]
    return [kinds[i % len(kinds)](place) for i, place in enumerate(spread(count, places))]


def slow_upload(portal):
    """For slow_http: the hospital's key, and a PATCH that never ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(portal.client_pem)
    blob = base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()
    assert portal.create(blob, 1 << 30)[0] == 201
    head = (f"PATCH /d/1/blobs/{blob} HTTP/1.1\r\nHost: a\r\nUpload-Offset: 0\r\nTus-Resumable: 1.0.0\r\n"
            f"Content-Type: application/offset+octet-stream\r\nContent-Length: {1 << 30}\r\n\r\n")
    return context, head.encode()


def wait_to_stand(crowd, seconds=60):
    end = time.monotonic() + seconds
    while crowd.standing() < len(crowd.members) * 0.9:
        if time.monotonic() > end:
            raise AssertionError(f"{crowd.standing()} of {len(crowd.members)} stalled peers are connected")
        time.sleep(0.05)
