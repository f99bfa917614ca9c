"""Failpoints in a running house: arms the library of tests/faults, says which points were reached and which fired,
and starts again what they end. tests/faults/points.h has the same layout."""

import contextlib
import mmap
import sqlite3
import struct
import threading
import time

from tests.house.house import BIN

LIBRARY = BIN.parent / "faults" / "failpoints.so"
FAULTS = {"kill before": 1, "kill after": 2, "EIO": 3, "ENOSPC": 4, "short write": 5}
NAMES = {number: name for name, number in FAULTS.items()}
_HEAD, _SLOT, _SLOTS, _NAME = 256, 128, 4096, 112


class Faults:
    """The file that a house's programs share with the test. Made before the house starts."""

    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(_HEAD + _SLOT * _SLOTS))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 0)

    def environment(self):
        return {"LD_PRELOAD": str(LIBRARY), "DCMCOURIER_FAULTS": str(self.path)}

    def ports(self, house):
        """Called once they are known, before anything is armed."""
        struct.pack_into("<II", self.memory, 20, house.mail_port, house.upload_port)

    def arm(self, *faults, bound=2, seed=0, pause=0, only="", calls=()):
        """`faults`: names of FAULTS, of which each point gets one, by the seed. `only`: the one point that may fire;
        `calls`: only points of these calls. `pause`: points that pass between two faults."""
        self.disarm()
        struct.pack_into("<III", self.memory, 4, bound, seed, pause)
        for at, text in ((32, only), (32 + _NAME, f" {' '.join(calls)} " if calls else "")):
            self.memory[at:at + _NAME] = text.encode().ljust(_NAME, b"\0")
        struct.pack_into("<I", self.memory, 0, sum(1 << FAULTS[name] for name in faults))

    def disarm(self):
        struct.pack_into("<I", self.memory, 0, 0)

    def watch(self, bound=2):
        """Nothing fires, everything that is reached is noted."""
        self.disarm()
        struct.pack_into("<I", self.memory, 4, bound)

    def points(self):
        """{name: the fault that fired there, or ""}"""
        found = {}
        for i in range(_SLOTS):
            at = _HEAD + i * _SLOT
            taken, _, fired = struct.unpack_from("<QII", self.memory, at)
            if taken:
                name = self.memory[at + 16:at + 16 + _NAME].split(b"\0")[0].decode()
                found[name] = NAMES.get(fired, "")
        return found

    def fired(self):
        return {name: fault for name, fault in self.points().items() if fault}


# Rows that wait before they are tried again, by the names that `dcmcourier retry` knows them by.
WAITING = """
SELECT 'bundle:' || id FROM bundle WHERE held = '' AND next_attempt > unixepoch() + 1 AND state <> 'deleted'
UNION ALL SELECT id FROM share WHERE held = '' AND next_attempt > unixepoch() + 1 AND attempts > 0
"""


class Keeper:
    """Starts dcmcourierd and the portal again when they have ended, as a supervisor does. `impatient`: what waits
    after a failure is tried again at once, as an administrator may ask for."""

    def __init__(self, house, impatient=False):
        self.house, self.ending, self.starts = house, threading.Event(), 0
        self.impatient, self.looked = impatient, 0
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join()

    def _run(self):
        while not self.ending.wait(0.05):
            for name, start in (("portal", self.house.start_portal), ("dcmcourierd", self.house.spawn_daemon)):
                process = self.house.processes.get(name)
                if process is not None and process.poll() is not None:
                    self.house.end(name)
                    self.starts += 1
                    with contextlib.suppress(AssertionError):  # ended while it started: looked at again in a moment
                        start()
            if self.impatient and time.monotonic() > self.looked + 1:
                self.looked = time.monotonic()
                self._try_again()

    def _try_again(self):
        with contextlib.suppress(sqlite3.Error):
            for name, in self.house.query(WAITING):
                self.house.cli("retry", name, check=False)
