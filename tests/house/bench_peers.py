"""Who receives in scripts/bench: ours, DCMTK's storescp, Debian's Orthanc; and the steps of the script. Each ends with
its `with`."""

import contextlib
import json
import os
import subprocess
import time
import urllib.request

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.house.house import BIN, House, free_port, wait_until

os.environ["TCP_NODELAY"] = "1"  # DCMTK's tools otherwise wait for acknowledgements
OURS, STORESCP, ORTHANC = "dcmcourierd-receive", "storescp +B --fork", "Orthanc"
LARGE_PDUS = "Orthanc with PDUs of 131,072 bytes"
DISK = "the disk: files written and synced, no network"


@contextlib.contextmanager
def process(command, **options):
    started = subprocess.Popen([str(word) for word in command], **options)
    try:
        yield started
    finally:
        started.terminate()
        started.wait(30)
        if started.stdout:
            started.stdout.close()


@contextlib.contextmanager
def storescp(folder):
    folder.mkdir(parents=True)
    port = free_port()
    command = ["storescp", "+B", "--fork", "-pdu", "131072", "-aet", "COURIER", "-od", folder, port]
    with process(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as started:
        wait_until(lambda: answers(port), 20, "storescp's start")
        yield port, started.pid


@contextlib.contextmanager
def receiver(folder):
    """dcmcourierd-receive alone, with the public half of a key that nobody keeps."""
    spool = folder / "store" / "spool"
    spool.mkdir(parents=True)
    (folder / "run").mkdir()
    point = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    (spool / "key.pub").write_bytes(point)
    house = House(folder)
    house.client_pin = house.portal_pin = "sha256:" + "0" * 64
    house.mail_port = free_port()
    house.configure(receiver={"listen": ["127.0.0.1:0"], "callers": [{"ae_title": "*", "address": "127.0.0.0/8"}]})
    with open(folder / "logs" / "receive.log", "ab") as log, \
            process([BIN / "dcmcourierd-receive", "--config", house.config], stdout=subprocess.PIPE, stderr=log) as started:
        line = started.stdout.readline().decode()
        assert line.startswith("listening "), house.log("receive")
        yield int(line.rsplit(":", 1)[1]), started.pid


@contextlib.contextmanager
def orthanc(folder, pdu=16384):
    """As Debian configures it (uncompressed, each file synced, its index not), but for a folder and ports of its own and
    no plugins."""
    folder.mkdir(parents=True)
    port = free_port()
    settings = {"StorageDirectory": str(folder / "db"), "IndexDirectory": str(folder / "db"), "StorageCompression": False,
                "SyncStorageArea": True, "DicomAet": "COURIER", "DicomPort": port, "HttpPort": free_port(),
                "RemoteAccessAllowed": False, "MaximumPduLength": pdu, "Plugins": []}
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with open(folder / "log", "ab") as log, process(["Orthanc", folder / "orthanc.json"], stdout=log, stderr=log) as started:
        wait_until(lambda: answers(port), 60, lambda: f"{(folder / 'log').read_text()}\nOrthanc's start")
        yield port, started.pid


def orthanc_large_pdus(folder):
    return orthanc(folder, pdu=131072)


def anonymized_archive(folder, meter, out, recipient):
    """What Orthanc holds, anonymized by it, as its own ZIP through age; seconds of each step, and age's CPU."""
    base = f"http://127.0.0.1:{json.loads((folder / 'orthanc.json').read_text())['HttpPort']}"
    began = time.monotonic()
    [study] = json.load(urllib.request.urlopen(base + "/studies"))
    request = urllib.request.Request(f"{base}/studies/{study}/anonymize", b"{}", {"Content-Type": "application/json"})
    anonymized = json.load(urllib.request.urlopen(request))["ID"]
    between = time.monotonic()
    fetching = subprocess.Popen(["curl", "-sSf", f"{base}/studies/{anonymized}/archive"], stdout=subprocess.PIPE)
    cpu, wall = run_step(meter, "age", ["age", "-r", recipient, "-o", out], stdin=fetching.stdout)
    fetching.stdout.close()
    assert fetching.wait() == 0
    return {"anonymize": between - began, "archive, age": wall}, cpu


def answers(port):
    return subprocess.run(["echoscu", "-aec", "COURIER", "127.0.0.1", str(port)], capture_output=True).returncode == 0


# Steps of the script.

def run_step(meter, name, command, **options):
    """One step of the script, waited for; its CPU seconds."""
    began = time.monotonic()
    started = subprocess.Popen([str(word) for word in command], stderr=subprocess.DEVNULL, **options)
    meter.add(name, started.pid)
    _, status, usage = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    assert started.returncode == 0, (name, started.returncode)
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began


def zip_and_age(meter, plain, out, recipient):
    zipping = subprocess.Popen(["zip", "-0", "-q", "-r", "-", "."], cwd=plain, stdout=subprocess.PIPE)
    meter.add("zip", zipping.pid)
    age, wall = run_step(meter, "age", ["age", "-r", recipient, "-o", out], stdin=zipping.stdout)
    zipping.stdout.close()
    _, status, usage = os.wait4(zipping.pid, 0)
    zipping.returncode = os.waitstatus_to_exitcode(status)
    assert zipping.returncode == 0
    return {"zip": usage.ru_utime + usage.ru_stime, "age": age}, wall
