"""Runs dcmcourierd-receive for a test, in folders of its own, and talks to it by hand."""
import os
import pathlib
import re
import select
import signal
import socket
import struct
import subprocess
import time

from spool_reader import Spool, SpoolKey

BIN = pathlib.Path(os.environ.get("DCMCOURIER_BIN", pathlib.Path(__file__).parents[2] / "build" / "bin"))
VERIFICATION = "1.2.840.10008.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
DEFLATED, JPEG_LS = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.80"

CONFIGURATION = """\
receiver:
  ae_titles: [{titles}]
  listen: {listen}
  callers:
{callers}
  max_associations: {most}
  max_associations_per_peer: {most_per_peer}
  max_instance_size: {max_instance_size}
  association_timeout: {association_timeout}
  idle_timeout: {idle_timeout}
{tls}storage: {{directory: {directory}, low_water: {low_water}}}
runtime: {{directory: {runtime}}}
portal: {{url: "https://share.example.org", upload: "share.example.org:8444", pin: "sha256:{zeros}"}}
mail: {{server: "smtps://mail.example.org", from: imaging@example.org}}
sender: {{name: St. Example Hospital, telephone: "+1 555 0100"}}
"""

DEFAULTS = {
    "titles": "COURIER", "listen": '["127.0.0.1:0"]', "callers": '    - {ae_title: "*", address: 127.0.0.0/8}',
    "most": 64, "most_per_peer": 64, "max_instance_size": "8 GiB", "association_timeout": "10s",
    "idle_timeout": "60s", "low_water": "2 MB", "zeros": "0" * 64, "tls": "",
}


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


class Receiver:
    def __init__(self, folder, storage=None, **settings):
        self.folder = pathlib.Path(folder)
        self.storage = pathlib.Path(storage or self.folder / "store")
        (self.folder / "run").mkdir(parents=True, exist_ok=True)
        self.key = SpoolKey()
        self.spool = Spool(self.storage / "spool", self.key)
        self.settings = settings
        self.configuration = self.folder / "dcmcourier.yaml"
        self.configure()
        self.process = None
        self.program = BIN / "dcmcourierd-receive"

    def configure(self, **changes):
        self.settings.update(changes)
        places = {"directory": self.storage, "runtime": self.folder / "run"}
        self.configuration.write_text(CONFIGURATION.format(**{**DEFAULTS, **places, **self.settings}))

    def start(self, key=True, wait=True):
        if key:
            self.key.install(self.spool.folder)
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen([self.program, "--config", self.configuration],
                                        stdout=subprocess.PIPE, stderr=self.log)
        if wait:
            self.wait_listening()
        return self

    def wait_listening(self):
        assert select.select([self.process.stdout], [], [], 20)[0], self.journal()
        line = self.process.stdout.readline().decode()
        assert line.startswith("listening "), self.journal()
        self.address = line.split()[1]
        host, port = self.address.rsplit(":", 1)
        self.host, self.port = host.strip("[]"), int(port)
        if self.settings.get("tls"):
            line = self.process.stdout.readline().decode()
            assert re.fullmatch(r"listening \S+ tls\n", line), line + self.journal()
            self.tls_port = int(line.split()[1].rsplit(":", 1)[1])

    def journal(self):
        return (self.folder / "log").read_text()

    def children(self):
        listing = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True)
        return [int(pid) for pid in listing.stdout.split()]

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def quiet(self):
        return wait_until(lambda: not self.children())

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(25)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process:
            self.process.stdout.close()
            self.log.close()
        return self.process.returncode if self.process else None

    def echo(self, *options, called="COURIER", seconds=30):
        return subprocess.run(["echoscu", "-to", "10", "-aet", "CT01", "-aec", called, *options, self.host, str(self.port)],
                              capture_output=True, text=True, timeout=seconds)

    def store(self, *files, options=(), called="COURIER", calling="CT01"):
        return subprocess.run(
            ["storescu", "-v", "-aet", calling, "-aec", called, *options, self.host, str(self.port), *map(str, files)],
            capture_output=True, text=True, env={**os.environ, "TCP_NODELAY": "1"}, timeout=300)


# A requestor by hand: says what no well-behaved toolkit would.

def item(kind, body):
    return struct.pack(">BBH", kind, 0, len(body)) + body


def pdu(kind, body):
    return struct.pack(">BBI", kind, 0, len(body)) + body


def pdv(context, control, fragment):
    return struct.pack(">IBB", len(fragment) + 2, context, control) + fragment


def element(number, value):
    return struct.pack("<HHI", 0, number, len(value)) + value


def uid(text):
    value = text.encode()
    return value + b"\0" * (len(value) % 2)


def store_command(sop_class=CT, sop_instance="1.2.3.4", field=1, data_set=1, message_id=7):
    rest = (element(0x0002, uid(sop_class)) + element(0x0100, struct.pack("<H", field))
            + element(0x0110, struct.pack("<H", message_id)) + element(0x0700, struct.pack("<H", 0))
            + element(0x0800, struct.pack("<H", data_set)) + element(0x1000, uid(sop_instance)))
    return element(0, struct.pack("<I", len(rest))) + rest


class Requestor:
    def __init__(self, receiver, timeout=20, source=None):
        self.socket = socket.create_connection((receiver.host, receiver.port), timeout=timeout, source_address=source)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def receive(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def pdu(self):
        kind, _, length = struct.unpack(">BBI", self.receive(6))
        return kind, self.receive(length)

    def associate(self, contexts=((CT, [EXPLICIT]),), called="COURIER", calling="CT01", max_length=16384):
        """contexts: (abstract syntax, transfer syntaxes); ids are 1, 3, 5... Answers (type, {id: (result, syntax)})."""
        body = struct.pack(">HH", 1, 0) + called.encode().ljust(16) + calling.encode().ljust(16) + bytes(32)
        body += item(0x10, b"1.2.840.10008.3.1.1.1")
        for i, (abstract, transfers) in enumerate(contexts):
            inner = item(0x30, abstract.encode()) + b"".join(item(0x40, t.encode()) for t in transfers)
            body += item(0x20, bytes([2 * i + 1, 0, 0, 0]) + inner)
        body += item(0x50, item(0x51, struct.pack(">I", max_length)) + item(0x52, b"1.2.3"))
        self.send(pdu(1, body))
        kind, answer = self.pdu()
        return kind, (parse_contexts(answer) if kind == 2 else answer)

    def data(self, context, control, fragment):
        self.send(pdu(4, pdv(context, control, fragment)))

    def store(self, content, context=1, piece=16000, **command):
        self.data(context, 3, store_command(**command))
        pieces = [content[i:i + piece] for i in range(0, len(content), piece)] or [b""]
        for i, fragment in enumerate(pieces):
            self.data(context, 2 if i == len(pieces) - 1 else 0, fragment)
        return self.status()

    def status(self):
        command = b""
        while True:
            kind, body = self.pdu()
            if kind != 4:
                raise EOFError(kind)
            command += body[6:]
            if body[5] & 2:
                break
        return struct.unpack("<H", command[command.index(struct.pack("<HHI", 0, 0x900, 2)) + 8:][:2])[0]

    def closed(self):
        """What the peer said last: the reasons of an A-ABORT, or None when it just closed."""
        try:
            kind, body = self.pdu()
            return (kind, body[3])
        except (EOFError, ConnectionResetError):
            return None


def parse_contexts(body):
    found, rest = {}, body[68:]
    while rest:
        kind, _, length = struct.unpack(">BBH", rest[:4])
        inner = rest[4:4 + length]
        if kind == 0x21:
            found[inner[0]] = (inner[2], inner[8:].decode())
        rest = rest[4 + length:]
    return found
