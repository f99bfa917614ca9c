"""What scripts/bench measures: durable receive, the whole way, memory; ours, and beside it what others do."""

import itertools
import multiprocessing
import os
import pathlib
import sqlite3
import statistics
import subprocess
import time

from tests.house.bench_peers import (DISK, LARGE_PDUS, ORTHANC, OURS, STORESCP, anonymized_archive, orthanc, orthanc_large_pdus, receiver,
                                     run_step, storescp, zip_and_age)
from tests.house.house import House
from tests.house.measure import Meter, children_of, cpu_of

ROLES = ("receive", "dispatch", "work", "verify", "send")
LIMITS = {"receive child": 64, "work child": 128, "verify child": 128, "dispatch": 100, "send": 100,
          "send child": 100, "portal": 100}  # MB
ASSOCIATIONS = (1, 4)
QUIET_PERIOD = "10s"  # of 60 s by default: long enough for what is done ahead of its end
SETTLING = 3  # seconds: roles that came before dispatch try again after one
ORTHANC_WAY = "Orthanc, its anonymize and archive to age, sync"
SCRIPT = "storescp +B --fork, gdcmanon, zip -0 to age, sync"


def available_memory():
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def say(text):
    print(f"[{time.strftime('%H:%M:%S')} load {os.getloadavg()[0]:.1f}] {text}", flush=True)


def forget(*folders):
    """Their bytes go, and the disk comes to rest before the next is measured. The files stay, empty, to the end:
    ext4 without a journal makes new ones slowly while many have just been deleted."""
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                os.truncate(path, 0)
    os.sync()
    time.sleep(1)


def median_of(runs, key):
    return statistics.median(run[key] for run in runs)


def spread_of(runs, key):
    values = sorted(run[key] for run in runs)
    return f"{statistics.median(values):.2f} ({values[0]:.2f}-{values[-1]:.2f})"


# (a) Durable receive.

def receive_once(folder, study, associations, open_receiver):
    with open_receiver(folder) as (port, pid), Meter({"receiver": pid}) as meter:
        began, ended = study.send(port, associations=associations)
    return {"wall": ended - began, "MB/s": study.bytes / 1e6 / (ended - began), "CPU": meter.cpu["receiver"],
            "parent MB": meter.peak["receiver"], "child MB": meter.child_peak["receiver"]}


def disk_once(folder, study, writers):
    """What the disk allows: the same bytes as files, each synced with its folder before the next, by so many writers."""
    folder.mkdir()
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=write_synced, args=(folder / str(i), study.files[i::writers])) for i in range(writers)]
    before, began = os.times(), time.monotonic()
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0, "a writer failed"
    wall, after = time.monotonic() - began, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"wall": wall, "MB/s": study.bytes / 1e6 / wall, "CPU": cpu, "parent MB": 0, "child MB": 0}


def write_synced(folder, files):
    folder.mkdir()
    directory = os.open(folder, os.O_RDONLY)
    for number, (_, content) in enumerate(files):
        file = os.open(f"{number}.part", os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=directory)
        os.posix_fallocate(file, 0, len(content))
        assert os.write(file, content) == len(content)
        os.fdatasync(file)
        os.close(file)
        os.rename(f"{number}.part", str(number), src_dir_fd=directory, dst_dir_fd=directory)
        os.fsync(directory)


def measure_receive(place, study, rounds):
    receivers = {OURS: receiver, STORESCP: storescp, ORTHANC: orthanc, LARGE_PDUS: orthanc_large_pdus}
    ways = {name: lambda folder, n, opener=opener: receive_once(folder, study, n, opener) for name, opener in receivers.items()}
    ways[DISK] = lambda folder, n: disk_once(folder, study, n)
    runs = {}
    for i in range(rounds):
        for associations in ASSOCIATIONS:
            for number, (name, go) in enumerate(ways.items()):
                folder = place / f"receive-{i}-{associations}-{number}"
                run = go(folder, associations)
                forget(folder)
                runs.setdefault((name, associations), []).append(run)
                say(f"receive, {associations} association(s), {name}: {run['MB/s']:.0f} MB/s, {run['CPU']:.2f} s CPU")
    return runs


# (b) The whole way.

def house_of(folder, compress):
    house = House(folder)
    house.settings.update(routes=[house_route(compress)], studies={"quiet_period": QUIET_PERIOD})
    house.start()
    time.sleep(SETTLING)
    return house


def house_route(compress):
    return {"name": "everything", "match": {"called_ae_title": "COURIER"}, "recipients": ["dr-okafor"],
            "deidentify": {"profile": "basic", "on_quarantine": "drop_instance"},
            "share": {"lifetime": "7d", "purpose": "benchmark", "compress": compress}}


def roles_of(house):
    """{name: pid} of the parents of all roles, and of the portal."""
    pids = {"portal": house.processes["portal"].pid}
    for pid in children_of(house.processes["dcmcourierd"].pid):
        program = os.readlink(f"/proc/{pid}/exe")
        for role in ROLES:
            if program.endswith("dcmcourierd-" + role):
                pids[role] = pid
    assert len(pids) == len(ROLES) + 1, pids
    return pids


class Progress:
    """How far the one study in the ledger has come, and when."""

    def __init__(self, house, instances, patience):
        self.ledger = sqlite3.connect(f"file:{house.store}/ledger/ledger.db?mode=ro", uri=True, timeout=30)
        self.instances, self.house, self.patience = instances, house, patience

    def one(self, query):
        return self.ledger.execute(query).fetchone()

    def examined(self):
        return (not self.one("SELECT EXISTS(SELECT 1 FROM instance WHERE state IN ('received', 'comparing'))")[0]
                and self.one("SELECT count(*) FROM instance")[0] == self.instances)

    def completed(self):
        return self.one("SELECT count(*) FROM study WHERE state <> 'assembling'")[0] == 1

    def bundle(self, *states):
        found = self.one("SELECT state, held FROM bundle")
        if found and found[1]:
            raise SystemExit(f"the bundle is held: {found[1]}\n{self.house.report()}")
        return found is not None and found[0] in states

    def time_of(self, condition, *arguments):
        end = time.monotonic() + self.patience
        while not condition(*arguments):
            if time.monotonic() > end:
                raise SystemExit(f"no progress in {self.patience} s\n{self.house.report()}")
            time.sleep(0.02)
        return time.monotonic()

    def until_published(self):
        conditions = {"examined": (self.examined,), "planned": (self.bundle, "planned", "prepared", "sealed", "published"),
                      "prepared": (self.bundle, "prepared", "sealed", "published"), "sealed": (self.bundle, "sealed", "published"),
                      "completed": (self.completed,), "published": (self.bundle, "published")}
        return {name: self.time_of(*condition) for name, condition in conditions.items()}


def whole_way(folder, study, compress, associations=1, patience=600):
    """`wall`: the wait for more instances is not counted, nor what is done ahead while it lasts. `worked`: every step
    is, as if the last instance had been known to be the last."""
    house = house_of(folder, compress)
    try:
        with Meter(roles_of(house)) as meter:
            began, ended = study.send(house.port, associations=associations)
            at = Progress(house, len(study.files), patience).until_published()
        way = {"receive": ended - began, "examine": max(0, at["examined"] - ended), "prepare": at["prepared"] - at["planned"],
               "verify": at["sealed"] - at["prepared"], "publish": at["published"] - max(at["completed"], at["sealed"])}
        blobs = sum(path.stat().st_size for path in (folder / "portal" / "blobs").iterdir() if "." not in path.name)
        return {"wall": ended - began + at["published"] - at["completed"], "worked": sum(way.values()), "waited": at["completed"] - ended,
                "CPU": sum(meter.cpu.values()), "way": way, "out": blobs / 1e6,
                "roles": {name: {"CPU": meter.cpu[name], "MB": meter.peak[name], "child MB": meter.child_peak[name]}
                          for name in meter.named}}
    finally:
        house.stop()


def script(folder, study, keys, associations=1):
    plain, out = folder / "plain", folder / "study.zip.age"
    with Meter({}) as meter:
        with storescp(folder / "received") as (port, pid):
            meter.add("storescp", pid)
            began, received = study.send(port, associations=associations)
            cpu = {"storescp": cpu_of(pid)}
        way = {"receive": received - began}
        cpu["gdcmanon"], way["gdcmanon"] = run_step(
            meter, "gdcmanon", ["gdcmanon", "-e", "-r", "--continue", "-c", keys["certificate"], "-i", folder / "received", "-o", plain],
            stdout=subprocess.DEVNULL)
        cpus, way["zip, age"] = zip_and_age(meter, plain, out, keys["age"])
        cpu.update(cpus)
        cpu["sync"], way["sync"] = run_step(meter, "sync", ["sync", out])
    count = sum(1 for _ in plain.iterdir())
    assert count == len(study.files), f"gdcmanon wrote {count} files"
    size = out.stat().st_size
    out.unlink()
    return {"wall": sum(way.values()), "worked": sum(way.values()), "waited": 0, "CPU": sum(cpu.values()), "way": way, "out": size / 1e6,
            "roles": {name: {"CPU": cpu[name], "MB": meter.peak.get(name, 0), "child MB": meter.child_peak.get(name, 0)} for name in cpu}}


def orthanc_way(folder, study, keys, associations=1):
    out = folder / "study.zip.age"
    with Meter({}) as meter, orthanc(folder / "orthanc") as (port, pid):
        meter.add("Orthanc", pid)
        began, received = study.send(port, associations=associations)
        steps, age = anonymized_archive(folder / "orthanc", meter, out, keys["age"])
        cpu = {"Orthanc": cpu_of(pid), "age": age}
    sync, synced = run_step(meter, "sync", ["sync", out])
    way = {"receive": received - began, **steps, "sync": synced}
    size = out.stat().st_size
    return {"wall": sum(way.values()), "worked": sum(way.values()), "waited": 0, "CPU": sum(cpu.values()) + sync, "way": way, "out": size / 1e6,
            "roles": {name: {"CPU": cpu[name], "MB": meter.peak.get(name, 0), "child MB": 0} for name in cpu}}


def keys_for_script(place):
    made = subprocess.run(["age-keygen", "-o", place / "age-key"], capture_output=True, text=True, check=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=bench", "-keyout", place / "rsa.key",
                    "-out", place / "rsa.pem"], check=True, capture_output=True)
    return {"age": made.stderr.split(":")[1].strip(), "certificate": place / "rsa.pem"}


def measure_whole_way(place, study, rounds):
    keys = keys_for_script(place)
    ways = {"ours, compress: auto": lambda folder, n: whole_way(folder, study, "auto", n),
            "ours, compress: never": lambda folder, n: whole_way(folder, study, "never", n),
            SCRIPT: lambda folder, n: script(folder, study, keys, n)}
    runs = {}
    for i in range(rounds):
        turns = [(name, go, n) for (name, go), n in itertools.product(ways.items(), ASSOCIATIONS)]
        if i == 0:  # a minute each: once is enough
            turns += [(ORTHANC_WAY, lambda folder, n: orthanc_way(folder, study, keys, n), n) for n in ASSOCIATIONS]
        for number, (name, go, associations) in enumerate(turns):
            folder = place / f"way-{i}-{number}"
            folder.mkdir()
            run = go(folder, associations)
            forget(folder)
            runs.setdefault((name, associations), []).append(run)
            say(f"whole way, {associations} association(s), {name}: {run['wall']:.2f} s, all steps {run['worked']:.2f} s "
                f"({', '.join(f'{step} {t:.2f}' for step, t in run['way'].items())}), {run['CPU']:.2f} s CPU, {run['out']:.0f} MB out")
    return runs


# (c) Memory.

def measure_memory(place, study):
    run = whole_way(place / "memory", study, "never")
    forget(place / "memory")
    peaks = {}
    for name, cost in run["roles"].items():
        peaks[name] = cost["MB"]
        if cost["child MB"]:
            peaks[name + " child"] = cost["child MB"]
    for name, peak in peaks.items():
        say(f"memory, {study.bytes / 1e9:.1f} GB in one instance: {name} {peak:.0f} MB{verdict(name, peak)}")
    return {"peaks": peaks, "wall": run["wall"], "way": run["way"]}


def verdict(name, peak):
    if name not in LIMITS:
        return ""
    return f" of {LIMITS[name]}: {'ok' if peak < LIMITS[name] else 'OVER'}"
