"""The example of nginx in front of the portal, run by Debian's nginx as it stands in config/nginx, with other ports
and a certificate made for the test."""

import http.client
import re
import secrets
import ssl
import subprocess

import pytest

from tests.flows.portal_peer import Portal, Share, wait_for
from tests.house.house import BIN, ROOT, House, free_port

EXAMPLE = ROOT / "config/nginx/dcmcourier-portal.conf"
AROUND = """
daemon off;
user root;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{}}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/example.conf;
}}
"""


class Nginx:
    def __init__(self, folder, portal_port):
        self.folder, self.port = folder, free_port()
        self.certificate, key = folder / "fullchain.pem", folder / "privkey.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", self.certificate],
                       check=True, capture_output=True)
        text = EXAMPLE.read_text()
        for ours, here in (("/etc/dcmcourier/portal", str(folder)), ("127.0.0.1:8080;", f"127.0.0.1:{portal_port};"),
                           ("listen 443", f"listen 127.0.0.1:{self.port}"), ("    listen [::]:443 ssl http2;\n", ""),
                           ("server_name share.example.org", "server_name localhost"), ("/var/log/nginx", str(folder))):
            assert ours in text, ours
            text = text.replace(ours, here)
        (folder / "example.conf").write_text(text)
        (folder / "nginx.conf").write_text(AROUND.format(folder=folder))

    def start(self):
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-c", self.folder / "nginx.conf"], stderr=subprocess.PIPE, text=True)
        assert wait_for(lambda: (self.folder / "nginx.pid").exists() or self.process.poll() is not None)
        assert self.process.poll() is None, self.process.stderr.read()
        return self

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.process.stderr.close()

    def request(self, method, path, body=None, headers=None, context=None):
        """The answer, not yet read."""
        context = context or ssl.create_default_context(cafile=self.certificate)
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=30, context=context)
        connection.request(method, path, body, headers or {})
        return connection.getresponse()

    def log(self):
        return (self.folder / "dcmcourier-portal.log").read_text()


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    made = Portal(tmp_path_factory.mktemp("portal"))
    try:
        yield made.start()
    finally:
        made.stop()


@pytest.fixture(scope="module")
def nginx(portal, tmp_path_factory):
    made = Nginx(tmp_path_factory.mktemp("nginx"), portal.ports["public"]).start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def shared(portal):
    """(content, blob, ticket) of a share with one blob that fits into no buffer."""
    content = secrets.token_bytes(9 << 20)
    blob = portal.upload(content)
    share = Share(portal, take=[blob])
    assert share.put()[0] == 200
    return content, blob, share.ticket(), share


def test_a_blob_comes_through_whole_and_in_ranges_and_touches_no_disk(nginx, shared):
    content, blob, ticket, _ = shared
    authorization = {"Authorization": f"Bearer {ticket}"}
    whole = nginx.request("GET", f"/api/1/blobs/{blob}", headers=authorization)
    assert whole.status == 200 and int(whole.headers["Content-Length"]) == len(content) and whole.read() == content
    part = nginx.request("GET", f"/api/1/blobs/{blob}", headers={**authorization, "Range": "bytes=1048576-1048675"})
    assert part.status == 206 and part.headers["Content-Range"] == f"bytes 1048576-1048675/{len(content)}"
    assert part.read() == content[1048576:1048676]
    assert [path for name in ("proxy", "body") for path in (nginx.folder / name).rglob("*") if path.is_file()] == []


def test_a_download_that_is_read_slowly_keeps_going(nginx, shared):
    """Piece by piece, longer than every buffer on the way: nobody reads ahead of the recipient without end."""
    content, blob, ticket, _ = shared
    answer = nginx.request("GET", f"/api/1/blobs/{blob}", headers={"Authorization": f"Bearer {ticket}"})
    got = b"".join(iter(lambda: answer.read(4096), b""))
    assert got == content


def test_only_tls_1_3_is_spoken(nginx):
    old = ssl.create_default_context(cafile=nginx.certificate)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        nginx.request("GET", "/", context=old)


def test_the_side_of_the_hospital_is_not_offered(nginx):
    assert nginx.request("GET", "/d/1/time").status == 404


def test_the_log_holds_no_ticket_no_blob_and_no_query(nginx, shared):
    _, blob, ticket, share = shared
    nginx.request("GET", f"/s/{share.id}?secret=hunter2").read()
    nginx.request("GET", f"/api/1/blobs/{blob}?x=hunter2", headers={"Authorization": f"Bearer {ticket}"}).read()
    nginx.request("GET", "/api/1/elsewhere/hunter2").read()
    assert wait_for(lambda: nginx.log().count("\n") >= 3)
    for secret in (blob, ticket, "hunter2", "?"):
        assert secret not in nginx.log() + (nginx.folder / "nginx-error.log").read_text()
    lines = nginx.log().splitlines()
    assert f"/s/{share.id}" in nginx.log() and "/api/1/blobs" in nginx.log() and " other " in nginx.log()
    assert all(re.fullmatch(r"127\.0\.0\.1 [A-Z]+ (/s/[\w-]{22}|/api/1/\w+|other) \d{3} \d+", line) for line in lines), lines


def test_who_guesses_is_slowed_down(nginx, shared):
    """The portal's limit of an address is nginx's here."""
    body = '{"share": "AAAAAAAAAAAAAAAAAAAAAA", "link_proof": "' + "A" * 43 + '", "repaired": false}'
    answers = [nginx.request("POST", "/api/1/hello", body, {"Content-Type": "application/json"}).status for _ in range(40)]
    assert answers[0] == 404 and answers[-1] == 429


class BehindNginx(House):
    """A house whose links lead to nginx."""

    def start_portal(self):
        super().start_portal()
        self.nginx = Nginx(self.folder, self.public_port).start()

    def configuration(self):
        base = super().configuration()
        base["portal"]["url"] = f"https://localhost:{self.nginx.port}"
        return base

    def stop(self):
        super().stop()
        self.nginx.stop()


def test_a_real_share_is_opened_through_nginx(tmp_path, small):
    house = BehindNginx(tmp_path)
    try:
        house.start()
        code = house.code_for()
        house.store_study(small)
        link = house.wait_for_mails(1)[0].link
        assert link.startswith(f"https://localhost:{house.nginx.port}/s/")
        (tmp_path / "code").write_text(f"{code}\n")
        done = subprocess.run([BIN / "dcmcourier-open", link, "--code-file", tmp_path / "code", "--ca", house.nginx.certificate,
                               "--out", tmp_path / "opened"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 0 and (tmp_path / "opened" / "DICOMDIR").exists(), done.stderr
        assert link.split("#")[1] not in house.nginx.log()
    finally:
        house.stop()
