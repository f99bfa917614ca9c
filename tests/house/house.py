"""The whole house on loopback for tests and the demo: dcmcourierd with its five roles, a portal, a real
SMTP server, in a folder of its own. What it started it stops, by process id."""

import contextlib
import email
import email.policy
import json
import os
import pathlib
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DCMCOURIER_BIN", ROOT / "build" / "bin")).absolute()
OPENER = ROOT / "tests" / "independent" / "opener.py"
ROLES = ("dispatch", "receive", "work", "verify", "send")


# Ports that this process may give out, in a random order: below those that the kernel gives to outgoing connections,
# each once, and others than the tests that run beside have.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
PORTS = random.SystemRandom().sample(range(12_000 + 5_000 * WORKER, 17_000 + 5_000 * WORKER), 5_000)


def free_port():
    while True:
        port = PORTS.pop()
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_until(condition, seconds=60, what="it"):
    """The first true value of condition(); fails loudly otherwise, with what(), when it is called for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what() if callable(what) else what} did not happen within {seconds} s")


class Mail:
    def __init__(self, path):
        self.path = path
        self.message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        self.text = self.message.get_body(("plain",)).get_content().replace("\r\n", "\n")
        self.to = self.message["To"]
        self.id = self.message["Message-ID"]

    @property
    def link(self):
        return re.search(r"^(https?://\S+/s/\S+)$", self.text, re.M)[1]


class House:
    """`settings` is merged into the configuration, key by key."""

    host = "127.0.0.1"

    def __init__(self, folder, **settings):
        self.folder = pathlib.Path(folder)
        self.store = pathlib.Path(settings.pop("store", self.folder / "store"))
        self.port, self.public_port, self.upload_port = free_port(), free_port(), free_port()
        self.config = self.folder / "dcmcourier.yaml"
        self.mail_folder, self.mail_script = self.folder / "mail", self.folder / "mail-script"
        self.processes, self.logs = {}, {}
        self.environment = {}  # of the daemon and the portal, beside our own
        self.settings = settings
        for name in ("run", "mail", "logs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    # Starting, in the order in which an administrator would.
    def start(self):
        self.start_mail_server()
        self.pair()
        self.start_portal()
        self.configure()
        self.start_daemon()
        return self

    def start_mail_server(self):
        (self.mail_folder).mkdir(exist_ok=True)
        process = self.spawn("mail", ["node", ROOT / "tests/fakes/smtp_sink/index.js", "--dir", self.mail_folder,
                                      "--script", self.mail_script], stdout=subprocess.PIPE)
        self.mail_port = int(re.fullmatch(r"listening (\d+)\n", process.stdout.readline().decode())[1])

    def pair(self):
        def pin_of(*command):
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            return re.search(r"sha256:[0-9a-f]{64}", done.stdout)[0]

        self.client_pin = pin_of(BIN / "dcmcourier", "--config", self.config, "pair")
        self.portal_pin = pin_of(BIN / "dcmcourier-portal", "pair", "--out", self.folder / "portal-keys")
        subprocess.run([BIN / "dcmcourier", "--config", self.config, "keys", "create"], check=True, capture_output=True)
        (self.folder / "credentials" / "mail-password").write_text("password\n")
        (self.folder / "credentials" / "mail-password").chmod(0o600)

    def start_portal(self):
        self.portal_config = self.folder / "portal.yaml"
        self.portal_config.write_text(yaml.safe_dump({
            "public": {"listen": f"127.0.0.1:{self.public_port}", "origin": f"http://127.0.0.1:{self.public_port}",
                       "insecure_loopback": True},
            "upload": {"listen": f"127.0.0.1:{self.upload_port}",
                       "key": str(self.folder / "portal-keys" / "portal-upload.pem"), "client_pin": self.client_pin},
            "directory": str(self.folder / "portal"),
            "limits": {"keep_free": "1 MiB", "failures_per_minute": 100000, "requests_per_minute": 100000},
        }))
        process = self.spawn("portal", [BIN / "dcmcourier-portal", "serve", "--config", self.portal_config],
                             stdout=subprocess.PIPE, env={**os.environ, **self.environment})
        for _ in range(2):
            assert process.stdout.readline(), self.log("portal")

    def configuration(self):
        base = {
            "receiver": {"ae_titles": ["COURIER"], "listen": [f"127.0.0.1:{self.port}"],
                         "callers": [{"ae_title": "*", "address": "127.0.0.0/8"}]},
            "storage": {"directory": str(self.store), "low_water": "2 MB", "outbox": "50%"},
            "runtime": {"directory": str(self.folder / "run")},
            "studies": {"quiet_period": "1s"},
            "portal": {"url": f"http://127.0.0.1:{self.public_port}", "upload": f"127.0.0.1:{self.upload_port}",
                       "pin": self.portal_pin, "key": "credential:portal-key"},
            "mail": {"server": f"smtp://localhost:{self.mail_port}", "user": "user",
                     "password": "credential:mail-password", "from": "imaging@hospital.example",
                     "ca_file": str(self.mail_folder / "ca.pem")},
            "sender": {"name": "St. Example Hospital", "department": "Radiology", "telephone": "+1 555 0100"},
            "recipients": {"dr-okafor": {"name": "Dr. A. Okafor", "email": "okafor@clinic.example", "language": "en",
                                         "code": "agreed", "known_as": ["OKAFOR^ADA"]}},
            "routes": [{"name": "everything", "match": {"called_ae_title": "COURIER"}, "recipients": ["dr-okafor"],
                        "deidentify": {"profile": "basic", "options": ["retain_patient_characteristics", "modify_dates"],
                                       "on_quarantine": "drop_instance"},
                        "share": {"lifetime": "7d", "purpose": "second opinion"}}],
        }
        for key, value in self.settings.items():
            base[key] = {**base[key], **value} if isinstance(value, dict) and key in base and key != "recipients" else value
        return base

    def configure(self, **settings):
        self.settings.update(settings)
        self.config.write_text(yaml.safe_dump(self.configuration(), sort_keys=False))

    def start_daemon(self):
        self.spawn_daemon()
        wait_until(lambda: "receive is up" in self.cli("status", check=False).stdout, 30,
                   lambda: f"{self.log()}\nthe daemon's start")

    def spawn_daemon(self):
        self.spawn("dcmcourierd", [BIN / "dcmcourierd", "run", "--config", self.config], env={**os.environ, **self.environment})

    # Processes.
    def spawn(self, name, command, **options):
        log = open(self.folder / "logs" / f"{name}.log", "ab")
        options.setdefault("stdout", log)
        self.processes[name] = subprocess.Popen([str(word) for word in command], stderr=log, **options)
        self.logs[name] = log
        return self.processes[name]

    def log(self, name="dcmcourierd"):
        return (self.folder / "logs" / f"{name}.log").read_text(errors="replace")

    def end(self, name, number=signal.SIGTERM):
        process = self.processes.pop(name, None)
        if process is None:
            return
        process.send_signal(number)
        process.wait(30)
        if process.stdout:
            process.stdout.close()
        self.logs.pop(name).close()

    def role_pids(self, role):
        """The parent of a role and its children, by the program that they run."""
        pids = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else [b""]
            except OSError:
                continue
            here = any(str(self.folder).encode() in word for word in words)
            if words[0].decode(errors="replace").endswith(f"/dcmcourierd-{role}") and here:
                pids.append(int(entry.name))
        return pids

    def kill_role(self, role):
        for pid in self.role_pids(role):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def kill_daemon(self, *roles):
        """kill -9 to dcmcourierd and all its roles at once, or to these roles alone."""
        for role in roles or ROLES:
            if not roles and "dcmcourierd" in self.processes:
                self.end("dcmcourierd", signal.SIGKILL)
            self.kill_role(role)

    def hang_up(self):
        self.processes["dcmcourierd"].send_signal(signal.SIGHUP)

    def stop(self):
        for name in list(self.processes):
            self.end(name)

    # What people do.
    def cli(self, *words, check=True):
        done = subprocess.run([BIN / "dcmcourier", "--config", self.config, *map(str, words)], capture_output=True, text=True)
        assert not check or done.returncode == 0, (words, done.returncode, done.stdout, done.stderr)
        return done

    def rows(self, *words):
        return json.loads(self.cli(*words, "--json").stdout or "[]")

    def query(self, sql, *values):
        """Rows of the ledger, read only, beside the running dispatch."""
        path = f"file:{self.store}/ledger/ledger.db?mode=ro"
        with contextlib.closing(sqlite3.connect(path, uri=True, timeout=20)) as ledger:
            return ledger.execute(sql, values).fetchall()

    def wait_for(self, sql, *values, seconds=90):
        return wait_until(lambda: self.query(sql, *values), seconds, lambda: f"{self.report()}\n{sql} {values}")

    def key_names(self):
        """Names of the keys at rest; their values are wrapped."""
        path = f"file:{self.store}/ledger/keys.db?mode=ro"
        with contextlib.closing(sqlite3.connect(path, uri=True, timeout=20)) as keys:
            return {name for name, in keys.execute("SELECT name FROM wrapped")}

    def audit(self, event):
        lines = map(json.loads, self.cli("audit", "export").stdout.splitlines())
        return [line for line in lines if line["event"] == event]

    def blobs(self):
        """Package and index of each bundle, as the portal keeps them."""
        return sorted(path for path in (self.folder / "portal" / "blobs").iterdir() if path.suffix != ".sums")

    def spooled(self):
        """Instances in the spool."""
        return sorted((self.store / "spool").glob("*/*.dcms"))

    def code_for(self, recipient="dr-okafor"):
        return self.cli("recipients", "code", recipient).stdout.strip()

    def store_study(self, folder, calling="CT01", called="COURIER", check=True):
        """storescu, as a modality would: every series of the folder on one association."""
        done = subprocess.run(
            ["storescu", "-aet", calling, "-aec", called, "-R", "-xt", "+sd", "+r", "+sp", "*.dcm", "127.0.0.1",
             str(self.port), str(folder)],
            capture_output=True, text=True, env={**os.environ, "TCP_NODELAY": "1"})
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def mails(self):
        return [Mail(path) for path in sorted(self.mail_folder.glob("*.eml"))]

    def wait_for_mails(self, count, seconds=90):
        wait_until(lambda: len(self.mails()) >= count, seconds, lambda: f"{self.report()}\nmail {count}")
        return self.mails()

    def report(self):
        """What an administrator would look at, for a failing test."""
        return "\n".join([self.cli("status", check=False).stdout, self.cli("studies", check=False).stdout,
                          self.cli("deliveries", check=False).stdout, self.cli("shares", check=False).stdout,
                          self.log()[-6000:]])

    def open(self, link, code, out, check=True):
        """Without a code (None) for a link that needs none."""
        code_file = self.folder / "code"
        code_file.write_text(f"{code}\n")
        done = subprocess.run([BIN / "dcmcourier-open", link, *([] if code is None else ["--code-file", code_file]),
                               "--out", out], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert not check or done.returncode == 0, (done.returncode, done.stdout, done.stderr)
        return done

    def open_elsewhere(self, link, code, out, check=True):
        """With the opener that shares no code with ours."""
        done = subprocess.run([sys.executable, OPENER, link, "--code", code or "", "--out", out],
                              capture_output=True, text=True)
        assert not check or done.returncode == 0, (done.returncode, done.stdout, done.stderr)
        return done
