"""A portal for tests, and the two peers of it: a hospital (mutual TLS) and a recipient (HTTP)."""
import base64
import hashlib
import http.client
import json
import os
import pathlib
import re
import secrets
import signal
import socket
import ssl
import subprocess
import time

BIN = pathlib.Path(os.environ.get("DCMCOURIER_BIN", "build/bin")).resolve()
SEGMENT = 1 << 20


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def h(data):
    return hashlib.sha256(data).digest()


def sums_of(data):
    return b"".join(h(data[i:i + SEGMENT]) for i in range(0, len(data), SEGMENT))


def make_client_key(folder, name):
    """A client's key and certificate in one PEM, made by openssl; answers (path, pin)."""
    pem, key, cert = folder / f"{name}.pem", folder / f"{name}.key", folder / f"{name}.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-keyout", key, "-out", cert, "-subj", f"/CN={name}", "-days", "30"],
                   check=True, capture_output=True)
    pem.write_bytes(key.read_bytes() + cert.read_bytes())
    public = subprocess.run(["openssl", "x509", "-in", cert, "-pubkey", "-noout"], check=True,
                            capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=public, check=True,
                         capture_output=True).stdout
    return pem, "sha256:" + hashlib.sha256(der).hexdigest()


class Portal:
    """The program under test, in a folder of its own."""

    def __init__(self, folder, limits="", public=""):
        self.folder = pathlib.Path(folder)
        self.process = None
        done = subprocess.run([BIN / "dcmcourier-portal", "pair", "--out", self.folder / "keys"],
                              check=True, capture_output=True, text=True)
        self.pin = done.stdout.strip()
        self.client_pem, self.client_pin = make_client_key(self.folder, "client")
        self.config = self.folder / "portal.yaml"
        self.config.write_text(f"""
public: {{listen: "127.0.0.1:0", origin: "http://127.0.0.1", insecure_loopback: true{public}}}
upload: {{listen: "127.0.0.1:0", key: {self.folder}/keys/portal-upload.pem, client_pin: "{self.client_pin}"}}
directory: {self.folder}/store
limits: {{keep_free: 1 MiB, requests_per_minute: 100000, failures_per_minute: 100000{limits}}}
""")

    def start(self):
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            [BIN / "dcmcourier-portal", "serve", "--config", self.config], stdout=subprocess.PIPE,
            stderr=self.log, text=True)
        self.ports = {}
        for _ in range(2):
            line = self.process.stdout.readline()
            found = re.fullmatch(r"(public|upload) 127\.0\.0\.1:(\d+)\n", line)
            assert found, (line, (self.folder / "log").read_text())
            self.ports[found[1]] = int(found[2])
        return self

    def stop(self, number=signal.SIGTERM):
        if self.process:
            self.process.send_signal(number)
            self.process.wait(20)
            self.process.stdout.close()
            self.log.close()
        self.process = None

    def log_text(self):
        return (self.folder / "log").read_text()

    def public(self, method, path, body=None, headers=None):
        """(status, headers as they came, body)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["public"], timeout=30)
        if isinstance(body, dict):
            body = json.dumps(body)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        result = answer.status, answer.getheaders(), answer.read()
        connection.close()
        return result

    def post(self, path, message):
        status, _, body = self.public("POST", path, message)
        return status, json.loads(body)

    def upload_socket(self, pem=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.load_cert_chain(pem or self.client_pem)
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.ports["upload"]), 30))

    def dispatch(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["upload"], timeout=60)
        connection.sock = self.upload_socket()
        if isinstance(body, dict):
            body = json.dumps(body)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        result = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
        return result

    def command(self, method, path, body=None):
        status, _, text = self.dispatch(method, path, body)
        return status, json.loads(text) if text else None

    def create(self, blob, length):
        metadata = "id " + base64.b64encode(blob.encode()).decode()
        return self.dispatch("POST", "/d/1/blobs",
                             headers={"Upload-Length": str(length), "Upload-Metadata": metadata,
                                      "Tus-Resumable": "1.0.0"})

    def patch(self, blob, offset, data, headers=None):
        return self.dispatch("PATCH", f"/d/1/blobs/{blob}", data,
                             {"Upload-Offset": str(offset), "Tus-Resumable": "1.0.0",
                              "Content-Type": "application/offset+octet-stream", **(headers or {})})

    def finish(self, blob, data):
        return self.command("POST", f"/d/1/blobs/{blob}/finish",
                            {"sha256": None, "sums": b64(h(sums_of(data)))})

    def upload(self, data):
        blob = b64(secrets.token_bytes(16))
        assert self.create(blob, len(data))[0] == 201
        assert self.patch(blob, 0, data)[0] == 204
        status, answer = self.finish(blob, data)
        assert status == 200, answer
        return blob

    def now(self):
        return self.command("GET", "/d/1/time")[1]["now"]

    def events(self, after=0):
        return self.command("GET", f"/d/1/events?after={after}")[1]["events"]


class Share:
    """A share with proofs that are just random: the portal cannot tell."""

    def __init__(self, portal, take=(), view=(), lifetime=3600, **members):
        self.portal = portal
        self.id = b64(secrets.token_bytes(16))
        self.link_proof, self.code_proof = secrets.token_bytes(32), secrets.token_bytes(32)
        now = portal.now()
        scopes = {"take": list(take), "view": list(view)}
        self.record = {
            "v": 1, "arm": 1, "issue": 1, "link_proof_sha256": b64(h(self.link_proof)),
            "code_proof_sha256": b64(h(self.code_proof)), "cover": b64(b"sealed cover"),
            "grants": {s: b64(b"grant " + s.encode()) for s in scopes if scopes[s]},
            "blobs": {s: scopes[s] for s in scopes if scopes[s]},
            "not_after": now + lifetime, "purge_after": now + lifetime + 3600, "tries_max": 100,
            "step_up": False, "otp": False, "takes_max": 0, **members}

    def put(self, **members):
        self.record.update(members)
        return self.portal.command("PUT", f"/d/1/shares/{self.id}", self.record)

    def act(self, what):
        return self.portal.command("POST", f"/d/1/shares/{self.id}/{what}")

    def hello(self, proof=None, repaired=False):
        return self.portal.post("/api/1/hello", {"share": self.id, "repaired": repaired,
                                                 "link_proof": b64(proof or self.link_proof)})

    def open(self, code=None, scopes=("take",), proof=None):
        return self.portal.post("/api/1/open", {
            "share": self.id, "link_proof": b64(proof or self.link_proof),
            "code_proof": b64(code or self.code_proof), "scopes": list(scopes)})

    def ticket(self, **arguments):
        status, answer = self.open(**arguments)
        assert status == 200, answer
        return answer["ticket"]

    def fetch(self, ticket, blob, part=None):
        headers = {"Authorization": f"Bearer {ticket}"}
        if part:
            headers["Range"] = part
        return self.portal.public("GET", f"/api/1/blobs/{blob}", headers=headers)


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


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
