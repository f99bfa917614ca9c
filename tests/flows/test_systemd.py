"""The units, and what the programs tell systemd. That all of it runs under a real systemd is shown by
tests/packages."""

import re
import signal
import stat
import subprocess

import pytest

from tests.flows.supervisor import Supervised
from tests.house.house import BIN, ROLES, ROOT, House

UNITS = ROOT / "systemd"
SERVICES = (*ROLES, "portal")


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120, **options)


def unit(name):
    """(key, value) in order."""
    lines = (UNITS / name).read_text().splitlines()
    return [tuple(line.split("=", 1)) for line in lines if re.match(r"[A-Z]\w+=", line)]


@pytest.fixture(scope="module")
def units(tmp_path_factory):
    """The units with the programs of this build, as systemd-analyze wants to see them."""
    folder = tmp_path_factory.mktemp("units")
    for file in [*UNITS.glob("*.service"), *UNITS.glob("*.socket"), *UNITS.glob("*.target")]:
        (folder / file.name).write_text(file.read_text().replace("/usr/sbin/", f"{BIN}/"))
    return folder


def test_systemd_finds_no_mistake_in_the_units(units):
    files = sorted(units.iterdir())
    assert len(files) == 10
    done = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *files)
    complaints = [line for line in (done.stdout + done.stderr).splitlines() if "dcmcourier" in line]
    assert done.returncode == 0 and complaints == [], done.stdout + done.stderr


def test_a_mistake_in_a_unit_would_be_found(units, tmp_path):
    broken = tmp_path / "dcmcourier-broken.service"
    broken.write_text((units / "dcmcourier-work.service").read_text() + "NoSuchKey=yes\n")
    assert "NoSuchKey" in run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", broken).stderr


@pytest.mark.parametrize("role", SERVICES)
def test_a_unit_is_exposed_no_more_than_its_role_needs(role):
    done = run("systemd-analyze", "security", "--offline=true", "--no-pager", UNITS / f"dcmcourier-{role}.service")
    level = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)[1])
    assert level <= (0.6 if role in ("work", "verify") else 1.5), done.stdout


@pytest.mark.parametrize("role", SERVICES)
def test_a_unit_runs_as_the_user_of_its_role_is_watched_and_leaves_nothing_on_disk(role):
    keys = dict(unit(f"dcmcourier-{role}.service"))
    assert keys["User"] == f"dcmcourier-{role}" and keys["Type"] == "notify" and float(keys["WatchdogSec"]) > 0
    assert (keys["MemorySwapMax"], keys["LimitCORE"]) == ("0", "0")
    assert keys["ConditionPathExists"] == f"/etc/dcmcourier/{'portal' if role == 'portal' else 'dcmcourier'}.yaml"


def test_each_port_of_dicom_has_a_socket_and_one_of_them_speaks_tls_by_its_name():
    sockets = {file.name: dict(unit(file.name)) for file in UNITS.glob("*.socket")}
    assert {name: keys["ListenStream"] for name, keys in sockets.items()} == {
        "dcmcourier-receive.socket": "11112", "dcmcourier-receive-104.socket": "104", "dcmcourier-receive-tls.socket": "2762"}
    assert all(keys["Service"] == "dcmcourier-receive.service" for keys in sockets.values())
    name = re.search(r'kTLSName = "(.+)"', (ROOT / "daemon/receive/listen.h").read_text())[1]
    assert {socket for socket, keys in sockets.items() if keys.get("FileDescriptorName") == name} == {"dcmcourier-receive-tls.socket"}


def test_each_credential_goes_to_one_role_and_a_missing_one_does_not_stop_it():
    places = {}
    for role in SERVICES:
        pairs = unit(f"dcmcourier-{role}.service")
        loaded = [value.split(":")[0] for key, value in pairs if key == "LoadCredential"]
        assert loaded == [value.split(":")[0] for key, value in pairs if key == "SetCredential"]
        places.update({name: places.get(name, []) + [role] for name in loaded})
    assert places == {"kek": ["dispatch"], "deidentify-key": ["dispatch"], "portal-key": ["send"], "mail-password": ["send"],
                      "dicom-certificate": ["receive"], "dicom-key": ["receive"], "dicom-client-ca": ["receive"]}


def test_an_empty_credential_counts_as_none(tmp_path):
    """What a unit gives in place of a missing file: the fault names where the file belongs."""
    house = House(tmp_path)
    house.mail_port, house.portal_pin = 25, "sha256:" + "0" * 64
    house.configure()
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "kek").write_text("\n")
    done = run(BIN / "dcmcourierd-dispatch", "--config", house.config, env={"CREDENTIALS_DIRECTORY": str(tmp_path / "given")})
    assert done.returncode == 78 and f"{tmp_path}/credentials/kek" in done.stderr, done.stderr


def test_each_role_has_a_user_and_only_dispatch_is_in_the_groups_of_the_others(tmp_path):
    (tmp_path / "etc").mkdir()
    done = run("systemd-sysusers", f"--root={tmp_path}", *sorted((UNITS / "sysusers.d").iterdir()))
    assert done.returncode == 0, done.stderr
    users = {line.split(":")[0] for line in (tmp_path / "etc/passwd").read_text().splitlines()}
    assert users == {f"dcmcourier-{role}" for role in SERVICES}
    lines = [line.split(":") for line in (tmp_path / "etc/group").read_text().splitlines()]
    members = {line[0].removeprefix("dcmcourier"): sorted(filter(None, line[3].split(","))) for line in lines}
    dispatch = ["dcmcourier-dispatch"]
    assert members == {"": ["dcmcourier-dispatch", "dcmcourier-receive", "dcmcourier-send"], "-control": dispatch,
                       "-metrics": dispatch, "-vault": dispatch, "-dispatch": [], "-portal": [], **{f"-{role}": dispatch for role in ("receive", "work", "verify", "send")}}


def test_the_folders_let_each_role_reach_its_own(tmp_path):
    (tmp_path / "etc").mkdir()
    for word in ("sysusers", "tmpfiles"):
        options = ["--create"] if word == "tmpfiles" else []
        done = run(f"systemd-{word}", f"--root={tmp_path}", *options, *sorted((UNITS / f"{word}.d").iterdir()))
        assert done.returncode == 0, done.stderr
    modes = {str(path.relative_to(tmp_path)): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")
             if path.is_dir() and "dcmcourier" in str(path.relative_to(tmp_path))}
    assert modes == {"run/dcmcourier": 0o711, "var/lib/dcmcourier": 0o711, "var/lib/dcmcourier/spool": 0o770,
                     "var/lib/dcmcourier/outbox": 0o700, "var/lib/dcmcourier/ledger": 0o700, "var/lib/dcmcourier/vault": 0o2770, "etc/dcmcourier": 0o755,
                     "etc/dcmcourier/routes.d": 0o750, "etc/dcmcourier/credentials": 0o700, "etc/dcmcourier/portal": 0o750,
                     "etc/dcmcourier/receive": 0o750, "etc/dcmcourier/deidentify": 0o750}


# What the programs say.

@pytest.fixture(scope="module")
def supervised(tmp_path_factory):
    """Every role and the portal of one house, each under a supervisor of its own."""
    folder = tmp_path_factory.mktemp("supervised")
    house = House(folder, workers={"work": 3, "verify": 1, "send": 1})
    house.start_mail_server()
    house.pair()
    house.start_portal()
    house.configure()
    config, sockets = ["--config", house.config], house.folder / "run"
    words = {"dispatch": config, "receive": config, "send": [*config, "--socket", sockets / "send.sock"],
             "work": ["--socket", sockets / "work.sock"], "verify": ["--socket", sockets / "verify.sock"]}
    running = {role: Supervised(folder, role, [BIN / f"dcmcourierd-{role}", *words[role]]) for role in ROLES}
    house.end("portal")
    running["portal"] = Supervised(folder, "portal", [BIN / "dcmcourier-portal", "serve", "--config", house.portal_config])
    try:
        yield running
    finally:
        for one in reversed(running.values()):
            one.stop()
        house.stop()


@pytest.mark.parametrize("role", SERVICES)
def test_a_program_says_when_it_serves_and_that_it_still_turns(supervised, role):
    supervised[role].wait_for("READY=1")
    supervised[role].wait_for("WATCHDOG=1", times=3)
    assert supervised[role].told[0] == "READY=1"


def test_dispatch_leaves_the_number_of_children_for_the_units(supervised):
    supervised["dispatch"].wait_for("READY=1")
    runtime = supervised["dispatch"].address.parent / "run"
    assert (runtime / "workers").read_text() == "WORK_CHILDREN=3\nVERIFY_CHILDREN=1\n"
    for role in ("work", "verify"):
        keys = dict(unit(f"dcmcourier-{role}.service"))
        assert keys["EnvironmentFile"] == "-/run/dcmcourier/workers" and f"--children ${{{role.upper()}_CHILDREN}}" in keys["ExecStart"]


@pytest.mark.parametrize("role", ["dispatch", "receive", "portal"])
def test_a_program_that_reloads_says_so_and_serves_again(supervised, role):
    one = supervised[role]
    one.wait_for("READY=1")
    ready = one.told.count("READY=1")
    one.process.send_signal(signal.SIGHUP)
    one.wait_for("RELOADING=1")
    one.wait_for("READY=1", ready + 1)
    following = [word for word in one.told[one.told.index("RELOADING=1") + 1:] if word != "WATCHDOG=1"]
    assert re.fullmatch(r"MONOTONIC_USEC=\d{7,}", following[0]) and following[1] == "READY=1"


@pytest.mark.parametrize("role", SERVICES[::-1])
def test_a_program_says_that_it_ends_and_ends_well(supervised, role):
    one = supervised[role]
    one.wait_for("READY=1")
    one.process.send_signal(signal.SIGTERM)
    one.wait_for("STOPPING=1")
    assert one.stop() == 0
