"""The life of the packages on a clean machine with a real systemd: installed, configured, used, upgraded, removed,
purged. The tests stand in the order of that life, and each begins where the one before has ended."""

import json
import os
import re
import subprocess

import pytest
import yaml

from tests.flows.authority import Authority
from tests.house.house import ROLES, House, free_port, wait_until
from tests.packages.machine import run

SERVICES = [f"dcmcourier-{role}.service" for role in ROLES]
EVERYTHING = [*SERVICES, "dcmcourier.target", "dcmcourier-receive.socket", "dcmcourier-receive-104.socket",
              "dcmcourier-receive-tls.socket", "dcmcourier-portal.service"]
STATE = "/var/lib/dcmcourier"
NEW_SETTINGS = "4f1d2c0a5b7e4c6b9b1f0a3f6f6d0002"  # in the catalog
RECEIVE_RELOADED = "4f1d2c0a5b7e4c6b9b1f0a3f6f6d001c"


def ours(machine):
    """The main process of each unit."""
    return {unit: int(machine.show(unit, "MainPID")) for unit in [*SERVICES, "dcmcourier-portal.service"]}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """The mail server and the settings of a house whose programs run on the machine."""
    made = House(tmp_path_factory.mktemp("house"), store=STATE)
    made.start_mail_server()
    made.portal_pin = made.client_pin = ""
    yield made
    made.stop()


def test_the_packages_install_on_a_clean_machine_and_start_nothing(machine, packages):
    machine.install(*packages.values())
    for unit in EVERYTHING:
        assert machine.state(unit) == "inactive", unit
    enabled = machine.run("systemctl", "list-unit-files", "dcmcourier*", "--state=enabled", "--no-legend", check=False).stdout
    assert enabled == ""
    assert [pid for pid in ours(machine).values() if pid] == []


def test_the_users_and_folders_are_there(machine):
    listed = machine.run("stat", "-c", "%a %U:%G %n", STATE, f"{STATE}/spool", f"{STATE}/ledger", f"{STATE}/vault", "/run/dcmcourier",
                         "/etc/dcmcourier/credentials", "/etc/dcmcourier/portal", "/etc/dcmcourier/receive").stdout.splitlines()
    assert listed == [f"711 dcmcourier-dispatch:dcmcourier-dispatch {STATE}", f"770 dcmcourier-dispatch:dcmcourier-receive {STATE}/spool",
                      f"700 dcmcourier-dispatch:dcmcourier-dispatch {STATE}/ledger",
                      f"2770 dcmcourier-dispatch:dcmcourier-vault {STATE}/vault", "711 dcmcourier-dispatch:dcmcourier-dispatch /run/dcmcourier",
                      "700 root:root /etc/dcmcourier/credentials", "750 root:dcmcourier-portal /etc/dcmcourier/portal",
                      "750 root:dcmcourier-receive /etc/dcmcourier/receive"]


def test_nothing_starts_unconfigured_even_when_it_is_told_to(machine):
    machine.run("systemctl", "start", "dcmcourier.target", "dcmcourier-portal.service", *SERVICES, check=False)
    for unit in EVERYTHING:
        assert machine.state(unit) == "inactive", unit
    assert machine.show("dcmcourier-dispatch.service", "ConditionResult") == "no"


def configure(machine, house):
    """What docs/operations.md tells an administrator to do."""
    machine.run("dcmcourier", "keys", "create")
    house.client_pin = re.search(r"sha256:[0-9a-f]{64}", machine.run("dcmcourier", "pair").stdout)[0]
    done = machine.run("dcmcourier-portal", "pair", "--out", "/etc/dcmcourier/portal")
    house.portal_pin = re.search(r"sha256:[0-9a-f]{64}", done.stdout)[0]
    machine.run("chown", "dcmcourier-portal", "/etc/dcmcourier/portal/portal-upload.pem")
    machine.write("/etc/dcmcourier/credentials/mail-password", "password\n")
    machine.write("/etc/dcmcourier/mail-ca.pem", (house.mail_folder / "ca.pem").read_text())
    machine.write("/etc/dcmcourier/portal.yaml", yaml.safe_dump({
        "public": {"listen": f"127.0.0.1:{house.public_port}", "origin": f"http://127.0.0.1:{house.public_port}", "insecure_loopback": True},
        "upload": {"listen": f"127.0.0.1:{house.upload_port}", "key": "/etc/dcmcourier/portal/portal-upload.pem", "client_pin": house.client_pin},
        "limits": {"keep_free": "1 MiB"}}))
    settings = house.configuration()
    del settings["runtime"]
    settings["mail"]["ca_file"] = "/etc/dcmcourier/mail-ca.pem"
    settings["workers"] = {"work": 1, "verify": 1, "send": 2}
    machine.write("/etc/dcmcourier/dcmcourier.yaml", yaml.safe_dump(settings, sort_keys=False))
    machine.run("chgrp", "dcmcourier", "/etc/dcmcourier/dcmcourier.yaml")
    machine.path("/etc/dcmcourier/dcmcourier.yaml").chmod(0o640)
    machine.write("/etc/systemd/system/dcmcourier-receive.socket.d/port.conf", f"[Socket]\nListenStream=\nListenStream=127.0.0.1:{house.port}\n")
    second = free_port()
    machine.write("/etc/systemd/system/dcmcourier-receive-104.socket.d/port.conf", f"[Socket]\nListenStream=\nListenStream=127.0.0.1:{second}\n")
    machine.run("systemctl", "daemon-reload")
    return second


def test_once_configured_every_role_runs_as_its_own_user(machine, house):
    house.second_port = configure(machine, house)
    machine.run("dcmcourier", "check")
    machine.run("dcmcourier-portal", "check")
    started = machine.run("systemctl", "enable", "--now", "dcmcourier.target", "dcmcourier-portal.service", check=False)
    for unit in [*SERVICES, "dcmcourier.target", "dcmcourier-portal.service"]:
        assert machine.state(unit) == "active", (unit, started.stderr, machine.journal("-u", unit))
    for unit, pid in ours(machine).items():
        assert machine.run("stat", "-c", "%U", f"/proc/{pid}").stdout.strip() == unit.removesuffix(".service")
        assert machine.show(unit, "NRestarts") == "0"
    wait_until(lambda: "receive is up" in machine.run("dcmcourier", "status", check=False).stdout, 60, "receive's report")
    words = machine.run("cat", f"/proc/{ours(machine)['dcmcourier-work.service']}/cmdline").stdout.split("\0")
    assert words[-3:-1] == ["--children", "1"]  # the number of the settings


def test_a_study_goes_the_whole_way(machine, house, small):
    code = machine.run("dcmcourier", "recipients", "code", "dr-okafor").stdout.strip()
    house.store_study(small)
    wait_until(house.mails, 120, lambda: machine.journal() + machine.run("dcmcourier", "status", check=False).stdout)
    machine.write("/root/code", f"{code}\n")
    opened = machine.run("dcmcourier-open", house.mails()[0].link, "--code-file", "/root/code", "--out", "/root/opened")
    assert re.search(r"files +[1-9]", opened.stdout) and machine.path("/root/opened/DICOMDIR").exists()


def test_the_journal_has_fields_and_the_catalog_says_what_to_do(machine):
    lines = machine.journal("-u", "dcmcourier-dispatch", "-o", "json", "DCMCOURIER_STUDY=1").splitlines()
    messages = [json.loads(line) for line in lines]
    assert messages and all(message["SYSLOG_IDENTIFIER"] == "dcmcourier-dispatch" for message in messages)
    assert "Subject: A study is complete" in machine.run("journalctl", "--dump-catalog").stdout


@pytest.mark.parametrize("role, reaches", [("receive", {"receive.sock"}), ("work", {"work.sock"}), ("verify", {"verify.sock"}),
                                           ("send", {"send.sock"}), ("portal", set())])
def test_a_role_reaches_its_own_socket_and_no_other(machine, role, reaches):
    names = [name for name in machine.run("ls", "/run/dcmcourier").stdout.split() if name.endswith(".sock")]
    assert names == ["control.sock", "metrics.sock", "receive.sock", "send.sock", "verify.sock", "work.sock"]
    assert {name for name in names if machine.run_as(f"dcmcourier-{role}", "test", "-w", f"/run/dcmcourier/{name}") == 0} == reaches


@pytest.mark.parametrize("role, readable", [("receive", {"/etc/dcmcourier/dcmcourier.yaml", "/etc/dcmcourier/receive", f"{STATE}/spool"}),
                                            ("work", set()), ("verify", set()), ("send", {"/etc/dcmcourier/dcmcourier.yaml"})])
def test_a_role_reads_no_file_of_another(machine, role, readable):
    places = ["/etc/dcmcourier/dcmcourier.yaml", "/etc/dcmcourier/credentials", "/etc/dcmcourier/credentials/kek", f"{STATE}/spool",
              f"{STATE}/ledger", f"{STATE}/ledger/keys.db", f"{STATE}/outbox", f"{STATE}/vault", "/etc/dcmcourier/portal", "/var/lib/dcmcourier-portal",
              "/etc/dcmcourier/receive"]
    assert {place for place in places if machine.run_as(f"dcmcourier-{role}", "test", "-r", place) == 0} == readable


def test_an_administrator_needs_both_groups(machine):
    machine.run("useradd", "--create-home", "ada")
    assert machine.run_as("ada", "dcmcourier", "status") != 0
    machine.run("usermod", "-aG", "dcmcourier,dcmcourier-control", "ada")
    assert machine.run_as("ada", "dcmcourier", "status") == 0
    assert machine.run_as("ada", "test", "-r", f"{STATE}/ledger/ledger.db") != 0


def test_a_reload_of_the_target_reaches_dispatch_and_receive(machine):
    settings = yaml.safe_load(machine.path("/etc/dcmcourier/dcmcourier.yaml").read_text())
    settings["studies"]["quiet_period"] = "2s"
    machine.path("/etc/dcmcourier/dcmcourier.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    machine.run("systemctl", "reload", "dcmcourier.target")
    wait_until(lambda: machine.journal(f"MESSAGE_ID={NEW_SETTINGS}"), 30, lambda: machine.journal("-n", "40"))
    wait_until(lambda: machine.journal(f"MESSAGE_ID={RECEIVE_RELOADED}"), 30, lambda: machine.journal("-n", "40"))
    assert machine.state("dcmcourier-dispatch.service") == machine.state("dcmcourier-receive.service") == "active"


def test_text_in_pixels_is_read_within_the_sandbox_of_the_unit(machine, house, screen):
    """Tesseract is loaded in a child that can do next to nothing, under a unit that can do little more."""
    settings = yaml.safe_load(machine.path("/etc/dcmcourier/dcmcourier.yaml").read_text())
    settings["receiver"]["ae_titles"].append("SCREENS")
    settings["routes"].append({
        "name": "screens", "match": {"called_ae_title": "SCREENS"}, "recipients": ["dr-okafor"], "share": {"purpose": "second opinion"},
        "deidentify": {"profile": "basic", "options": ["clean_pixel_data"]}})
    machine.path("/etc/dcmcourier/dcmcourier.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    machine.run("systemctl", "restart", "dcmcourier.target")
    wait_until(lambda: "receive is up" in machine.run("dcmcourier", "status", check=False).stdout, 60, "receive's report")
    mails = len(house.mails())
    subprocess.run(["storescu", "-aec", "SCREENS", "127.0.0.1", str(house.port), screen], check=True)
    wait_until(lambda: len(house.mails()) > mails, 120, lambda: machine.journal() + machine.run("dcmcourier", "status", check=False).stdout)
    report, = json.loads(machine.run("dcmcourier", "report", "2", "--json").stdout)
    assert report["count_pixels_frames_read"] == report["count_pixels_text_before"] == "1" and report["quarantined"] == "0"
    assert "reader of text" in machine.run("dcmcourier", "doctor", "--no-mail", check=False).stdout


def test_a_program_that_hangs_is_killed_by_the_watchdog_and_started_again(machine):
    machine.write("/etc/systemd/system/dcmcourier-verify.service.d/impatient.conf", "[Service]\nWatchdogSec=2\n")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "dcmcourier-verify.service")
    frozen = machine.show("dcmcourier-verify.service", "MainPID")
    machine.run("sh", "-c", f"kill -STOP {frozen}")  # a shell is all that a minimal system has
    wait_until(lambda: machine.show("dcmcourier-verify.service", "MainPID") not in (frozen, "0"), 60, "another verify")
    assert "Watchdog timeout" in machine.journal("-u", "dcmcourier-verify")


def test_a_second_port_is_opened_by_the_second_socket(machine, house):
    machine.run("systemctl", "enable", "dcmcourier-receive-104.socket")
    machine.run("systemctl", "restart", "dcmcourier.target")
    for port in (house.port, house.second_port):
        echoed = subprocess.run(["echoscu", "-aec", "COURIER", "127.0.0.1", str(port)], capture_output=True, text=True)
        assert echoed.returncode == 0, (port, echoed.stderr, machine.journal("-u", "dcmcourier*"))


def test_dicom_over_tls_is_a_socket_and_a_certificate_that_a_reload_renews(machine, house, tmp_path):
    authority, port = Authority(tmp_path / "authority"), free_port()
    authority.issue("node")
    for name in ("node.pem", "node.key"):
        machine.write(f"/etc/dcmcourier/receive/{name}", (tmp_path / "authority" / name).read_text())
        machine.run("chgrp", "dcmcourier-receive", f"/etc/dcmcourier/receive/{name}")
        machine.path(f"/etc/dcmcourier/receive/{name}").chmod(0o640)
    settings = yaml.safe_load(machine.path("/etc/dcmcourier/dcmcourier.yaml").read_text())
    settings["receiver"]["tls"] = {"certificate": "/etc/dcmcourier/receive/node.pem", "key": "/etc/dcmcourier/receive/node.key"}
    machine.path("/etc/dcmcourier/dcmcourier.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    machine.run("dcmcourier", "check")
    machine.write("/etc/systemd/system/dcmcourier-receive-tls.socket.d/port.conf", f"[Socket]\nListenStream=\nListenStream=127.0.0.1:{port}\n")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "enable", "dcmcourier-receive-tls.socket")
    machine.run("systemctl", "restart", "dcmcourier.target")
    words = ["echoscu", "-to", "10", "-aec", "COURIER", "+tla", "+cf", str(authority.file), "127.0.0.1", str(port)]
    wait_until(lambda: subprocess.run(words, capture_output=True).returncode == 0, 60, lambda: machine.journal("-u", "dcmcourier-receive"))
    stranger = Authority(tmp_path / "stranger", "stranger")
    stranger.issue("node")
    for name in ("node.pem", "node.key"):
        machine.path(f"/etc/dcmcourier/receive/{name}").write_text((tmp_path / "stranger" / name).read_text())
    machine.run("systemctl", "reload", "dcmcourier.target")
    words[words.index(str(authority.file))] = str(stranger.file)
    wait_until(lambda: subprocess.run(words, capture_output=True).returncode == 0, 60, lambda: machine.journal("-u", "dcmcourier-receive"))
    assert subprocess.run(["echoscu", "-aec", "COURIER", "127.0.0.1", str(house.port)]).returncode == 0


def newer(package, folder):
    """The same package under a higher version."""
    tree = folder / package.name
    run("dpkg-deb", "-R", package, tree)
    control = tree / "DEBIAN" / "control"
    control.write_text(re.sub(r"^Version: (.*)$", r"Version: \1+upgrade", control.read_text(), flags=re.M))
    run("dpkg-deb", "--root-owner-group", "-b", tree, folder / f"{package.stem}+upgrade.deb")
    return folder / f"{package.stem}+upgrade.deb"


def test_an_upgrade_starts_what_ran_again_and_keeps_everything(machine, packages, tmp_path):
    before = ours(machine)
    shares = machine.run("dcmcourier", "shares", "--json").stdout
    machine.install(*[newer(package, tmp_path) for package in packages.values()])
    after = ours(machine)
    for unit in before:
        assert after[unit] not in (0, before[unit]), unit
        assert machine.state(unit) == "active"
    assert [share["share"] for share in json.loads(machine.run("dcmcourier", "shares", "--json").stdout)] == \
        [share["share"] for share in json.loads(shares)]
    assert machine.run("dcmcourier", "audit", "verify").returncode == 0


def test_a_stop_ends_every_role_well(machine):
    machine.run("systemctl", "stop", "dcmcourier.target")  # returns when the target is down, before the last role
    for unit in SERVICES:
        wait_until(lambda unit=unit: machine.state(unit) in ("inactive", "failed"), 60, lambda unit=unit: machine.journal("-u", unit))
        assert (machine.state(unit), machine.show(unit, "Result")) == ("inactive", "success"), machine.journal("-u", unit)


def test_removing_stops_everything_and_deletes_no_study(machine):
    machine.run("systemctl", "start", "dcmcourier.target")
    kept = sorted(os.listdir(machine.path(f"{STATE}/ledger")) + os.listdir(machine.path(f"{STATE}/spool")))
    machine.run("apt-get", "remove", "-y", "-q", "dcmcourier", "dcmcourier-portal", "dcmcourier-open")
    assert [pid for pid in ours(machine).values() if pid] == []
    now = os.listdir(machine.path(f"{STATE}/ledger")) + os.listdir(machine.path(f"{STATE}/spool"))
    assert set(name for name in kept if name.endswith(".db")) <= set(now) and not machine.path("/usr/sbin/dcmcourierd").exists()
    assert machine.path("/var/lib/dcmcourier-portal/portal.db").exists()


def test_purging_deletes_state_and_keeps_what_the_administrator_made(machine):
    machine.run("apt-get", "purge", "-y", "-q", "dcmcourier", "dcmcourier-portal", "dcmcourier-open")
    for place in (STATE, "/var/lib/dcmcourier-portal", "/usr/share/dcmcourier", "/usr/share/doc/dcmcourier"):
        assert not machine.path(place).exists(), place
    assert machine.path("/etc/dcmcourier/credentials/kek").exists() and machine.path("/etc/dcmcourier/dcmcourier.yaml").exists()
    assert machine.run("dpkg-query", "-l", "dcmcourier*", check=False).stdout.count("\nii") == 0
