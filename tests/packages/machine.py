"""A clean Debian 12 with a real systemd, in a container of systemd-nspawn: the packages are installed there.
What is downloaded is kept in /var/cache/dcmcourier-tests, so that only the first run needs minutes and a network."""

import os
import pathlib
import shutil
import signal
import subprocess

from tests.house.house import wait_until

CACHE = pathlib.Path(os.environ.get("DCMCOURIER_TEST_CACHE", "/var/cache/dcmcourier-tests"))
MIRRORS = ("deb http://deb.debian.org/debian bookworm main", "deb http://deb.debian.org/debian-security bookworm-security main")
KEPT = {"archives": "/var/cache/apt/archives", "lists": "/var/lib/apt/lists"}
BASE = CACHE / "bookworm-systemd.tar"


def run(*command, check=True, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    assert not check or done.returncode == 0, (command, done.returncode, done.stdout[-3000:], done.stderr[-3000:])
    return done


def base_system():
    """minbase with systemd, made once."""
    if not BASE.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        made = BASE.with_suffix(".new.tar")
        run("mmdebstrap", "--quiet", "--variant=minbase", "--include=systemd,systemd-sysv",
            "bookworm", made, *MIRRORS)
        made.rename(BASE)
    return BASE


class Machine:
    def __init__(self, folder):
        self.root = pathlib.Path(folder) / "dcmcourier-machine"
        self.root.mkdir()
        run("tar", "-C", self.root, "-xf", base_system())
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        self.write("/etc/hosts", "127.0.0.1 localhost\n")
        for name in KEPT:
            (CACHE / name / "partial").mkdir(parents=True, exist_ok=True)
        self.nspawn = None

    def boot(self):
        self.log = open(self.root.parent / "boot.log", "ab")
        self.nspawn = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--console=pipe", "--resolv-conf=off", "--timezone=off",
             *(f"--bind={CACHE / name}:{place}" for name, place in KEPT.items()), "--boot", "-D", self.root, "systemd.unit=multi-user.target"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.first = int(wait_until(self.child, 30, "the container's first process"))
        wait_until(lambda: self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded"), 120,
                   lambda: (self.root.parent / "boot.log").read_text())

    def child(self):
        children = pathlib.Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text().split()
        return next((pid for pid in children if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "systemd"), None)

    def run(self, *command, check=True, **options):
        """As root in the machine."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8"}
        return run("nsenter", "--target", self.first, "--all", f"--root=/proc/{self.first}/root", f"--wd=/proc/{self.first}/root",
                   "--", *command, check=check, env=environment, **options)

    def run_as(self, user, *command):
        """The exit code."""
        return self.run("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *command, check=False).returncode

    def install(self, *packages):
        """By apt, with whatever they depend on."""
        for package in packages:
            shutil.copy(package, self.root / "root" / package.name)
        names = [f"/root/{package.name}" for package in packages]
        command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "--allow-downgrades", *names]
        done = self.run(*command, check=False, timeout=600)
        if done.returncode != 0:  # the lists may be older than what the mirror still has
            self.run("apt-get", "update", "-q", timeout=600)
            done = self.run(*command, timeout=600)
        return done

    def path(self, inside):
        return self.root / inside.lstrip("/")

    def write(self, inside, text):
        self.path(inside).parent.mkdir(parents=True, exist_ok=True)
        self.path(inside).write_text(text)

    def state(self, unit):
        return self.run("systemctl", "is-active", unit, check=False).stdout.strip()

    def show(self, unit, key):
        return self.run("systemctl", "show", "-P", key, unit).stdout.strip()

    def journal(self, *words):
        return self.run("journalctl", "--no-pager", "-q", *words).stdout

    def stop(self):
        if self.nspawn is None:
            return
        os.kill(self.first, signal.SIGRTMIN + 4)  # power off
        try:
            self.nspawn.wait(60)
        except subprocess.TimeoutExpired:
            self.nspawn.kill()
            self.nspawn.wait()
        self.log.close()
        self.nspawn = None
