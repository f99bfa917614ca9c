"""dcmcourier-portal: the program, its log, its configuration, and what it cannot do."""

import re
import signal
import subprocess
import time

from portal_peer import BIN, Share, b64, wait_for


def test_the_log_holds_no_query_fragment_proof_ticket_or_blob(own):
    own.start()
    blob = own.upload(b"x")
    share = Share(own, take=[blob])
    share.put()
    ticket = share.ticket()
    share.fetch(ticket, blob)
    own.public("GET", f"/s/{share.id}%23FRAGMENT?query=QUERY")
    own.public("GET", "/other/PATIENT^NAME")
    share.hello(proof=b"\x01" * 32)
    own.stop()
    log = own.log_text()
    assert f"/s/{share.id} 200" in log
    for secret in (blob, ticket, b64(share.link_proof), b64(share.code_proof), "FRAGMENT", "QUERY", "PATIENT"):
        assert secret not in log
    store = b"".join(p.read_bytes() for p in (own.folder / "store").glob("portal.db*"))
    for secret in (share.link_proof, share.code_proof, ticket.encode()):
        assert secret not in store, "only digests are stored"


def test_unproved_requests_are_told_as_a_count(own):
    own.start()
    share = Share(own, take=[own.upload(b"x")])
    share.put()
    for _ in range(4):
        share.hello(proof=bytes(32))
    assert wait_for(lambda: any(e["kind"] == "unproved" for e in own.events()))
    counts = [e for e in own.events() if e["kind"] == "unproved"]
    assert 1 <= counts[0]["count"] <= 4
    assert "share" not in counts[0] and "address" not in counts[0]


def test_sigterm_ends_it_with_success_and_a_second_portal_is_refused(own):
    own.start()
    second = subprocess.run([BIN / "dcmcourier-portal", "serve", "--config", own.config],
                            capture_output=True, text=True, timeout=20)
    assert second.returncode == 78 and "another portal" in second.stderr
    process = own.process
    own.stop()
    assert process.returncode == 0


def test_whoever_asks_it_to_end_again_and_again_does_not_cut_it_short(own):
    own.start()
    process = own.process
    while process.poll() is None:
        process.send_signal(signal.SIGTERM)
        time.sleep(0.0002)
    assert process.returncode == 0


def test_bad_configurations_are_refused_with_their_place(own):
    text = own.config.read_text()
    for old, new, complaint in (
            ("insecure_loopback", "insecure_lopback", "did you mean"),
            ('listen: "127.0.0.1:0", origin', 'listen: "0.0.0.0:0", origin', "not loopback"),
            ("sha256:", "sha257:", "client_pin"), ("insecure_loopback: true", "key: x", "certificate"),
            ('origin: "http://127.0.0.1"', 'origin: "http://127.0.0.1/path"', "origin")):
        own.config.write_text(text.replace(old, new))
        done = subprocess.run([BIN / "dcmcourier-portal", "check", "--config", own.config],
                              capture_output=True, text=True, timeout=20)
        assert done.returncode == 78 and complaint in done.stderr, (new, done.stderr)
        assert re.search(r"portal\.yaml:\d+:\d+: ", done.stderr)
    own.config.write_text(text)
    assert subprocess.run([BIN / "dcmcourier-portal", "check", "--config", own.config]).returncode == 0
    assert subprocess.run([BIN / "dcmcourier-portal", "nonsense"], capture_output=True).returncode == 64


def test_the_key_that_pair_makes_is_private_and_is_not_overwritten(own):
    pem = own.folder / "keys/portal-upload.pem"
    assert pem.stat().st_mode & 0o777 == 0o600
    before = pem.read_bytes()
    again = subprocess.run([BIN / "dcmcourier-portal", "pair", "--out", own.folder / "keys"],
                           capture_output=True, text=True)
    assert again.returncode != 0 and pem.read_bytes() == before


def test_the_program_cannot_decrypt():
    program = BIN / "dcmcourier-portal"
    imports = subprocess.run(["nm", "-D", "--undefined-only", program], check=True, capture_output=True,
                             text=True).stdout
    assert "EVP_Digest" in imports, "nm sees the imports"
    assert not re.search(r"EVP_(Decrypt|Encrypt|Cipher|Open|Seal|PKEY_decrypt|PKEY_derive)|HKDF|AES_", imports)
    libraries = subprocess.run(["objdump", "-p", program], check=True, capture_output=True, text=True).stdout
    assert not re.search(r"NEEDED.*(dcm|ofstd|oflog|curl)", libraries)
