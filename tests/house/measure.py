"""What processes cost: CPU seconds and peak memory of a process and of each of its children, seen from
/proc, so that the figures of others are taken in the same way as ours."""

import os
import pathlib
import re
import threading
import time

_TICKS = os.sysconf("SC_CLK_TCK")


def children_of(pid):
    try:
        return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def cpu_of(pid):
    """Seconds of the process, of the children that it has waited for, and of those that are alive."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS + sum(map(cpu_of, children_of(pid)))


def peak_of(pid):
    """VmHWM in MB; 0 when the process is gone."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    return 0.0


def footprint_of(pid):
    """KB of memory that are its own: what it shares with children that it has forked does not count."""
    told = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Anonymous: +(\d+) kB", told, re.M)[1])


def zombies_of(pid):
    def state_of(child):
        try:
            return pathlib.Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return ""

    return sum(state_of(child) == "Z" for child in children_of(pid))


class Meter:
    """Watches named processes from `with` to its end: CPU seconds, peak of the process itself, peak of
    the largest of its children. Children are sampled: one that lives for less than `every` may be missed."""

    every = 0.02

    def __init__(self, named):
        self.named = dict(named)
        self.cpu, self.peak, self.child_peak = {}, {}, {}

    def __enter__(self):
        self._before = {name: cpu_of(pid) for name, pid in self.named.items()}
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self._thread.join()
        self.cpu = {name: cpu_of(pid) - self._before[name] for name, pid in self.named.items()}

    def add(self, name, pid):
        self._before[name] = 0.0
        self.named[name] = pid

    def _watch(self):
        while not self.ended.is_set():
            for name, pid in list(self.named.items()):
                self.peak[name] = max(self.peak.get(name, 0), peak_of(pid))
                largest = max(map(peak_of, children_of(pid)), default=0)
                self.child_peak[name] = max(self.child_peak.get(name, 0), largest)
            time.sleep(self.every)
