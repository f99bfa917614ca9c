"""What test_send needs around dcmcourierd-send: a dispatch that gives out jobs, a portal that takes
uploads over mutual TLS (and misbehaves on request), a mail server, keys and settings."""

import base64
import datetime
import hashlib
import http.server
import json
import os
import pathlib
import socket
import ssl
import struct
import subprocess
import threading
import time

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DCMCOURIER_BIN", ROOT / "build" / "bin")).absolute()
RETRY_LATER, REJECT, ASK_ADMINISTRATOR = 0, 1, 2


def make_key(path, name="localhost"):
    """PEM with private key and self-signed certificate; returns its pin."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime(2020, 1, 1)
    certificate = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
                   .public_key(key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(now).not_valid_after(now.replace(year=2120))
                   .sign(key, hashes.SHA256()))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM,
                                       serialization.PrivateFormat.PKCS8,
                                       serialization.NoEncryption())
                     + certificate.public_bytes(serialization.Encoding.PEM))
    spki = key.public_key().public_bytes(serialization.Encoding.DER,
                                         serialization.PublicFormat.SubjectPublicKeyInfo)
    return "sha256:" + hashlib.sha256(spki).hexdigest()


class Dispatch:
    """Gives one job at a time to whichever child asks for one."""

    def __init__(self, folder):
        self.path = str(folder / "send.sock")
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(self.path)
        self.listener.listen(16)
        self.listener.settimeout(30)
        self.progress = []

    def begin(self, job, descriptors=()):
        child, _ = self.listener.accept()
        child.settimeout(90)
        packet = bytes([1, 0]) + struct.pack(">I", 0) + json.dumps(job).encode()
        socket.send_fds(child, [packet], list(descriptors))
        return child

    def finish(self, child):
        """The reply, or None when the child went away."""
        with child:
            while True:
                packet = child.recv(200_000)
                if not packet:
                    return None
                assert packet[:2] == bytes([1, 0])
                message = json.loads(packet[6:])
                if message["kind"] == "sent":
                    return message
                self.progress.append(message)

    def do(self, job, descriptors=()):
        return self.finish(self.begin(job, descriptors))


class Portal:
    """tus over mutual TLS, in memory. `cut_after`: bytes after which the next PATCHes break off."""

    def __init__(self, folder, client_pem, version=ssl.TLSVersion.TLSv1_3):
        self.pin = make_key(folder / "portal.pem")
        self.blobs, self.requests, self.cut_after = {}, [], []
        self.answer = None  # (status, headers, body) for every command
        self.patching = threading.Event()
        self.stalled = threading.Event()  # set: PATCHes hardly go on
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = context.maximum_version = version
        context.load_cert_chain(folder / "portal.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_pem)
        portal = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            do_POST = do_HEAD = do_PATCH = do_PUT = do_GET = lambda self: portal.serve(self)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def finish_request(self, request, client_address):
                try:  # in the connection's own thread
                    tls = context.wrap_socket(request, server_side=True)
                    super().finish_request(tls, client_address)
                except (OSError, ssl.SSLError):
                    pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def serve(self, handler):
        self.requests.append((handler.command, handler.path))
        if self.answer is not None:
            return self.reply(handler, *self.answer)
        identity = handler.path.split("/")[4] if handler.path.count("/") >= 4 else None
        if handler.command == "POST" and handler.path == "/d/1/blobs":
            return self.create(handler)
        if identity not in self.blobs:
            return self.reply(handler, 404)
        blob = self.blobs[identity]
        if handler.command == "HEAD":
            return self.reply(handler, 200, {"Upload-Offset": len(blob["stored"]),
                                             "Upload-Length": blob["length"]})
        if handler.command == "PATCH":
            return self.patch(handler, blob)
        return self.finish(handler, blob)

    @staticmethod
    def reply(handler, status, headers=None, body=b""):
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, str(value))
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def create(self, handler):
        assert handler.headers["Tus-Resumable"] == "1.0.0"
        word, encoded = handler.headers["Upload-Metadata"].split(" ")
        assert word == "id"
        identity = base64.b64decode(encoded, validate=True).decode()
        if identity in self.blobs:
            return self.reply(handler, 409)
        self.blobs[identity] = {"length": int(handler.headers["Upload-Length"]),
                                "stored": bytearray(), "sums": None}
        return self.reply(handler, 201, {"Location": f"/d/1/blobs/{identity}"})

    def patch(self, handler, blob):
        assert handler.headers["Content-Type"] == "application/offset+octet-stream"
        if int(handler.headers["Upload-Offset"]) != len(blob["stored"]):
            return self.reply(handler, 409)
        left = int(handler.headers["Content-Length"])
        cut = self.cut_after.pop(0) if self.cut_after else None
        while left:
            want = min(left, 65536) if cut is None else min(left, cut, 65536)
            if want == 0:
                handler.close_connection = True
                return handler.connection.close()
            piece = handler.rfile.read(want)
            if not piece:
                return None
            blob["stored"] += piece
            left -= len(piece)
            cut = None if cut is None else cut - len(piece)
            self.patching.set()
            if self.stalled.is_set():
                time.sleep(0.05)
        return self.reply(handler, 204, {"Upload-Offset": len(blob["stored"])})

    def finish(self, handler, blob):
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        blob["sums"] = base64.urlsafe_b64decode(body["sums"] + "=")
        return self.reply(handler, 200, {}, b'{"length": 1}')


class MailServer:
    """npm's smtp-server (tests/fakes/smtp_sink)."""

    def __init__(self, folder, *options):
        self.folder, self.script = folder / "mails", folder / "smtp-script"
        command = [os.environ.get("DCMCOURIER_NODE", "node"), ROOT / "tests/fakes/smtp_sink/index.js",
                   "--dir", self.folder, "--script", self.script, *options]
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = int(self.child.stdout.readline().split()[1])
        self.ca = self.folder / "ca.pem"

    def will(self, *lines):
        self.script.write_text("".join(line + "\n" for line in lines))

    def mails(self):
        return [path.read_bytes() for path in sorted(self.folder.glob("*.eml"))]

    def envelopes(self):
        return [json.loads(path.read_text()) for path in sorted(self.folder.glob("*.json"))]

    def stop(self):
        self.child.terminate()
        self.child.wait(10)
        self.child.stdout.close()


def settings(portal_port=1, pin="sha256:" + 64 * "0", mail="smtp://127.0.0.1:1", ca="",
             password="mail-password"):
    return {
        "receiver": {"ae_titles": ["COURIER"], "listen": ["127.0.0.1:0"],
                     "callers": [{"ae_title": "*", "address": "127.0.0.1"}]},
        "portal": {"url": "https://share.example.org", "upload": f"127.0.0.1:{portal_port}",
                   "pin": pin, "key": "credential:portal-key"},
        "mail": {"server": mail, "user": "user", "password": f"credential:{password}",
                 "from": "imaging@example.org", **({"ca_file": str(ca)} if ca else {})},
        "sender": {"name": "St. Example Hospital", "department": "Radiology",
                   "telephone": "+1 555 0100"},
        "recipients": {"dr-okafor": {"name": "Dr. A. Okafor", "email": "okafor@clinic.example",
                                     "language": "en", "code": "agreed"}},
        "routes": [{"name": "all", "match": {"called_ae_title": "COURIER"},
                    "recipients": ["dr-okafor"], "deidentify": {"profile": "basic"},
                    "share": {"lifetime": "7d", "purpose": "treatment"}}],
    }


class Send:
    """The program under test."""

    def __init__(self, folder, dispatch, chosen, children=1):
        self.config = folder / "dcmcourier.yaml"
        self.config.write_text(yaml.safe_dump(chosen))
        self.log = open(folder / "send.log", "ab")
        self.child = subprocess.Popen(
            [BIN / "dcmcourierd-send", "--config", self.config, "--socket", dispatch.path,
             "--children", str(children)], stderr=self.log,
            env={**os.environ, "https_proxy": "http://127.0.0.1:9"})  # must not be used

    def stop(self):
        self.child.terminate()
        code = self.child.wait(30)
        self.log.close()
        return code


MAIL = {"kind": "mail", "envelope_from": "bounce+1@example.org", "to": "okafor@clinic.example",
        "message": "From: imaging@example.org\r\nSubject: x\r\n\r\n.a dot\r\n..two\r\n.\r\nend\r\n"}


class Stage:
    """One folder with everything that a test asks for; stopped at its end."""

    def __init__(self, folder):
        self.folder = folder
        self.dispatch = Dispatch(folder)
        self.pin = make_key(folder / "credentials" / "portal-key", "hospital")
        (folder / "credentials" / "mail-password").write_text("password\n")
        (folder / "credentials" / "wrong").write_text("wrong\n")
        self.running = []

    def portal(self, **options):
        portal = Portal(self.folder, options.pop("client", None)
                                or self.folder / "credentials" / "portal-key", **options)
        self.running.append(portal)
        return portal

    def mail_server(self, *options):
        server = MailServer(self.folder, *options)
        self.running.append(server)
        return server

    def send(self, **chosen):
        send = Send(self.folder, self.dispatch, settings(**chosen))
        self.running.append(send)
        return send

    def send_to(self, portal):
        return self.send(portal_port=portal.port, pin=portal.pin)

    def mail_through(self, server, scheme="smtp", host="127.0.0.1", **chosen):
        return self.send(mail=f"{scheme}://{host}:{server.port}", ca=server.ca, **chosen)
