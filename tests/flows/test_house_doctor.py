"""What an administrator is told: `doctor`, `status`, `status --watch`, on a house where one thing after another is wrong."""

import json
import os
import pty
import re
import signal
import subprocess

import pytest
import yaml

from tests.flows.authority import Authority
from tests.house.house import BIN, free_port, wait_until


def findings(house, *words, code=None):
    """what -> finding."""
    done = house.cli("doctor", *words, "--json", check=False)
    assert code is None or done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return {one["what"]: one for one in json.loads(done.stdout)}


def roles_are_up(house):
    wait_until(lambda: "up: work, verify, send" in house.cli("status").stdout, 30, house.report)


def not_ok(found):
    """But for the clock, which is the machine's own."""
    return {what: one for what, one in found.items() if one["grade"] != "ok" and what != "clock"}


@pytest.fixture(scope="module")
def healthy(shared_house, small):
    house = shared_house()
    house.store_study(small)
    house.code_for()
    house.wait_for_mails(1)
    roles_are_up(house)
    return house


def test_a_house_where_all_is_well_says_so(healthy):
    found = findings(healthy)
    assert not_ok(found) == {}
    assert {"configuration", "key: KEK", "key: portal", "mail password", "roles", "disk", "outbox", "spool key", "queue",
            "C-ECHO to itself", "portal, upload", "portal, public side", "mail", "caller * from 127.0.0.0/8"} <= set(found)
    assert "answered in" in found["C-ECHO to itself"]["figure"] and "no mail was sent" in found["mail"]["figure"]
    assert "last instance" in found["caller * from 127.0.0.0/8"]["figure"]
    assert len(healthy.mails()) == 1
    assert healthy.cli("doctor", check=False).returncode in (0, 1)  # 1: the machine's clock


def test_lines_say_grade_what_and_figure(healthy):
    lines = healthy.cli("doctor", "--no-mail", check=False).stdout.splitlines()
    assert len(lines) >= 14 and all(re.match(r"(ok  |warn|fail)  \S.{27}", line) for line in lines)
    assert not [line for line in lines if " mail  " in line]


def test_a_test_mail_is_sent_where_an_address_is_given(healthy):
    before = len(healthy.mails())
    found = findings(healthy, "--mail", "admin@hospital.example")
    assert "to admin@hospital.example was taken" in found["mail"]["figure"]
    healthy.wait_for_mails(before + 1)
    assert "admin@hospital.example" in healthy.mails()[-1].to


def test_a_wrong_password_is_told_in_the_servers_words(healthy):
    password = healthy.folder / "credentials" / "mail-password"
    password.write_text("wrong\n")
    found = findings(healthy, code=69)
    password.write_text("password\n")
    assert found["mail"]["grade"] == "fail" and "535" in found["mail"]["figure"] and "mail.user" in found["mail"]["advice"]
    assert set(not_ok(found)) == {"mail"}


def test_a_credential_that_others_may_read_is_a_warning(healthy):
    kek = healthy.folder / "credentials" / "kek"
    kek.chmod(0o644)
    found = findings(healthy, "--no-mail")
    kek.chmod(0o600)
    assert found["key: KEK"]["grade"] == "warn" and found["key: KEK"]["advice"] == f"chmod 600 {kek}"


def test_status_as_json_keeps_its_members_and_adds_seconds(healthy):
    rows = healthy.rows("status")
    assert {row["stage"] for row in rows} == {"instance", "study", "bundle", "share"}
    assert all(set(row) == {"stage", "state", "count", "held", "oldest", "oldest_seconds"} for row in rows)


def test_watching_repeats_with_a_blank_line_where_there_is_no_terminal(healthy):
    watching = subprocess.Popen([BIN / "dcmcourier", "--config", healthy.config, "status", "--watch", "1"], stdout=subprocess.PIPE, text=True)
    heads = 0
    for line in watching.stdout:
        assert "\x1b" not in line
        heads += line.startswith("settings ")
        if heads == 2:
            break
    watching.send_signal(signal.SIGINT)
    assert watching.wait(10) == 0
    watching.stdout.close()


def test_watching_redraws_in_place_on_a_terminal_and_ends_on_control_c(healthy):
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(BIN / "dcmcourier", ["dcmcourier", "--config", str(healthy.config), "status", "--watch"])
    text = b""
    while text.count(b"\x1b[H") < 2:
        text += os.read(terminal, 4096)
    assert b"receive is up" in text and b"\x1b[K" in text
    os.write(terminal, b"\x03")
    rest = b""
    try:
        while piece := os.read(terminal, 4096):
            rest += piece
    except OSError:
        pass  # the terminal is gone with its program
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert b"terminate" not in rest and b"Traceback" not in rest
    os.close(terminal)


def test_a_house_where_everything_outside_is_down(open_house, small):
    callers = [{"ae_title": "*", "address": "127.0.0.0/8"}, {"ae_title": "CT99", "address": "10.1.2.0/24"}]
    house = open_house(receiver={"callers": callers})
    roles_are_up(house)
    house.store_study(small)
    house.wait_for("SELECT id FROM share WHERE held LIKE 'no code%'")
    held = house.cli("status").stdout
    assert re.search(r"1 share +[0-9a-f]{8} +no code is agreed with dr-okafor +dcmcourier recipients code dr-okafor\n", held)
    house.end("portal")
    house.end("mail")
    house.code_for()
    house.wait_for("SELECT id FROM share WHERE attempts > 0 AND held = ''")
    waiting = house.cli("status").stdout
    assert re.search(r"1 share +[0-9a-f]{8} +the portal +\d+ s +\d+ +(in \d+ s|now) +the portal cannot be reached", waiting), waiting

    found = findings(house, code=69)
    assert set(not_ok(found)) == {"portal, upload", "portal, public side", "mail", "caller CT99 from 10.1.2.0/24"}
    assert "never seen" in found["caller CT99 from 10.1.2.0/24"]["figure"]
    assert "cannot be reached" in found["portal, upload"]["figure"] and "cannot be reached" in found["mail"]["figure"]

    house.config.write_text(house.config.read_text().replace("storage:", "storge:"))
    broken = findings(house, "--no-mail", code=78)
    assert next(iter(broken)) == "configuration" and "dcmcourier check" in broken["configuration"]["advice"]
    assert broken["roles"]["grade"] == "ok" and broken["disk"]["grade"] == "ok"  # dispatch runs on, and is asked

    house.configure()
    house.end("dcmcourierd")
    alone = findings(house, code=69)
    assert alone["dispatch"]["grade"] == "fail" and "dcmcourierd running" in alone["dispatch"]["advice"]
    assert list(alone)[:2] == ["configuration", "dispatch"]
    assert alone["configuration"]["grade"] == "ok" and alone["key: KEK"]["grade"] == "ok" and alone["disk"]["grade"] == "ok"
    assert alone["C-ECHO to itself"]["grade"] == "fail" and "refused" in alone["C-ECHO to itself"]["figure"]


def test_a_role_that_is_missing_and_settings_that_are_not_in_force_are_told(open_house):
    house = open_house(receiver={"callers": [{"ae_title": "CT01", "address": "10.1.2.0/24"}]})
    roles_are_up(house)
    house.configure(studies={"quiet_period": "2s"})
    found = findings(house, "--no-mail")
    assert "SIGHUP" in found["configuration"]["advice"]
    assert found["C-ECHO to itself"]["grade"] == "ok" and "address: 127.0.0.1" in found["C-ECHO to itself"]["advice"]
    house.processes["dcmcourierd"].send_signal(signal.SIGSTOP)  # starts nothing again
    try:
        house.kill_role("send")
        missing = wait_until(lambda: (found := findings(house)) and "role send" in found and found, 30, "the loss of send")
    finally:
        house.processes["dcmcourierd"].send_signal(signal.SIGCONT)
    assert "nothing is uploaded or mailed" in missing["role send"]["figure"]
    assert "send is not connected" in missing["mail"]["figure"]


def test_the_receiver_is_asked_over_tls_too_and_its_certificate_judged(open_house, tmp_path):
    house = open_house()
    authority = Authority(tmp_path / "authority")
    node, port = authority.issue("node", ends=40), free_port()
    house.end("dcmcourierd")
    tls = {"listen": [f"127.0.0.1:{port}"], "certificate": str(node.file), "key": str(node.key_file)}
    house.configure(receiver={"tls": tls})
    house.start_daemon()
    found = findings(house, "--no-mail")
    assert found["C-ECHO to itself over TLS"]["grade"] == "ok" and "answered in" in found["C-ECHO to itself over TLS"]["figure"]
    assert found["certificate for DICOM"] == {**found["certificate for DICOM"], "grade": "ok", "figure": "ends in 39 d"}

    authority.issue("node", ends=5)
    house.configure(receiver={"tls": {**tls, "client_ca": str(authority.file)},
                              "callers": [{"address": "127.0.0.1", "certificate": "dns:node.example"}]})
    house.processes["dcmcourierd"].send_signal(signal.SIGHUP)
    renewed = wait_until(lambda: (found := findings(house, "--no-mail"))["certificate for DICOM"]["grade"] == "fail" and found, 30, house.log)
    assert renewed["certificate for DICOM"]["figure"] == "ends in 4 d" and "reload" in renewed["certificate for DICOM"]["advice"]
    assert "callers need certificates" in renewed["C-ECHO to itself over TLS"]["figure"]
    assert renewed["C-ECHO to itself"]["grade"] == "ok" and "not tried" in renewed["C-ECHO to itself"]["figure"]


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder]).returncode != 0:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_disk_below_low_water_is_a_failure_and_refuses_the_echo(small_disk, open_house):
    house = open_house(store=small_disk)
    roles_are_up(house)
    free = os.statvfs(small_disk)
    (small_disk / "filler").write_bytes(bytes(free.f_bavail * free.f_frsize - 1_000_000))
    found = findings(house, "--no-mail", code=69)
    assert found["disk"]["grade"] == "fail" and "low water is 2.0 MB" in found["disk"]["figure"]
    assert "temporary congestion" in found["C-ECHO to itself"]["figure"]


def test_a_certificate_that_nobody_trusts_is_told_with_its_days(open_house, tmp_path):
    house = open_house()
    roles_are_up(house)
    house.end("portal")
    pem = tmp_path / "portal.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "40", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", pem, "-out", tmp_path / "certificate"],
                   check=True, capture_output=True)
    server = subprocess.Popen(["openssl", "s_server", "-accept", f"127.0.0.1:{house.public_port}", "-key", pem, "-cert",
                               tmp_path / "certificate", "-www", "-quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    house.configure(portal={"url": f"https://localhost:{house.public_port}"})
    try:
        seen = wait_until(lambda: (one := findings(house, "--no-mail")["portal, public side"]) and "certificate ends" in one["figure"] and one,
                          30, "the certificate")
    finally:
        server.terminate()
        server.wait(10)
    assert seen["grade"] == "fail" and re.search(r"ends in (39|40) d; not trusted: .*self.signed", seen["figure"])


def test_doctor_says_where_the_configuration_should_be_when_it_is_not_there(tmp_path):
    done = subprocess.run([BIN / "dcmcourier", "--config", tmp_path / "none.yaml", "doctor"], capture_output=True, text=True)
    assert done.returncode == 78 and "--config" in done.stdout.splitlines()[0]


def test_every_finding_that_is_not_well_says_what_to_do(tmp_path):
    config = tmp_path / "dcmcourier.yaml"
    config.write_text(yaml.safe_dump({"receiver": {}}))
    done = subprocess.run([BIN / "dcmcourier", "--config", config, "--socket", tmp_path / "none.sock", "doctor", "--json"],
                          capture_output=True, text=True)
    assert all(one["advice"] for one in json.loads(done.stdout) if one["grade"] != "ok")
