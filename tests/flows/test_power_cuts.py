"""The power goes: what was acknowledged is there when it comes back, once, and nobody is mailed twice for it."""

import contextlib
import os
import re
import subprocess
import threading

import pytest
from portal_peer import Portal, b64

from tests.house.account import Sent, balance, instances_of, rest
from tests.house.files import data_set_bytes
from tests.house.sender import Association
from tests.power.disk import Disk, MayNotMount
from tests.power.outages import DarkHouse, Outages

BOTH = ("hospital", "portal")
LOSS = re.compile("^lost|acknowledged more often than|no file that opens|does not open")


def disk_at(folder, **options):
    try:
        return Disk(folder, **options)
    except MayNotMount as problem:
        pytest.skip(f"needs the right to mount: {problem}")


@pytest.fixture
def open_dark_house(tmp_path):
    """A house on disks that forget; where nothing can be mounted, the test is skipped."""
    houses = []

    def start(**options):
        try:
            houses.append(DarkHouse(tmp_path / f"house{len(houses)}", **options))
        except MayNotMount as problem:
            pytest.skip(f"needs the right to mount: {problem}")
        return houses[-1].start()

    yield start
    for house in houses:
        house.stop()


def test_what_the_first_start_made_is_there_after_a_cut(open_dark_house, ct, tmp_path):
    house = open_dark_house(forgets=["all"])
    code = house.code_for()
    house.store_study(ct)
    house.cut(*BOTH)
    house.power_on(*BOTH)
    house.wait_for_mails(1)
    house.open(house.mails()[0].link, code, tmp_path / "out")


def test_the_portal_has_after_a_cut_what_it_said_it_had_of_an_upload(tmp_path):
    disk = disk_at(tmp_path / "store", forgets=["all"])
    portal = Portal(tmp_path).start()
    try:
        data, blob = os.urandom(3_000_000), b64(os.urandom(16))
        assert portal.create(blob, len(data))[0] == 201
        assert portal.patch(blob, 0, data[:1_500_000])[0] == 204
        disk.cut()
        portal.process.kill()
        disk.on()
        portal.stop()
        portal.start()
        status, headers, _ = portal.dispatch("HEAD", f"/d/1/blobs/{blob}", headers={"Tus-Resumable": "1.0.0"})
        assert (status, headers["Upload-Offset"]) == (200, "1500000")
        assert portal.patch(blob, 1_500_000, data[1_500_000:])[0] == 204
        assert portal.finish(blob, data)[0] == 200
    finally:
        portal.stop()
        disk.close()


@contextlib.contextmanager
def slow_to_sync_folders(house):
    """From here on, receive's fsync of a folder begins only after a minute."""
    words = [word for pid in house.role_pids("receive") for word in ("-p", str(pid))]
    tracer = subprocess.Popen(["strace", "-e", "trace=fsync", "-e", "inject=fsync:delay_enter=60s", *words], text=True,
                              stderr=subprocess.PIPE)
    for _ in range(len(words) // 2):
        assert "attached" in tracer.stderr.readline()
    yield
    tracer.kill()
    tracer.communicate()


def test_dispatch_counts_on_an_instance_only_when_its_name_is_durable(open_dark_house, ct):
    """It sees the file when receive has linked it. The power goes before receive has synced the folder."""
    house = open_dark_house(forgets=["all"])
    sent, codes, instances = Sent(house), {"dr-okafor": house.code_for()}, instances_of(ct)
    modality = Association(house.port, "COURIER", [(instances[0].sop_class, instances[0].syntax)])

    def store(one):
        with contextlib.suppress(OSError):
            modality.store(one.sop_class, one.syntax, one.uid, 1, data_set_bytes(one.path))

    store(instances[0])  # with it, where the association came from is synced
    storing = threading.Thread(target=store, args=instances[1:2])
    with slow_to_sync_folders(house):
        storing.start()
        house.wait_for("SELECT 1 FROM instance WHERE state = 'examined' GROUP BY state HAVING count(*) = 2", seconds=30)
        house.disks["hospital"].cut()  # before strace lets go
    house.cut(*BOTH)
    storing.join()
    modality.socket.close()
    house.power_on(*BOTH)
    sent.send_all(instances)
    rest(house)
    balance(house, sent, codes)


def test_fifty_power_cuts_under_load_lose_nothing_and_repeat_no_mail(open_dark_house, phantom):
    house = open_dark_house(seed=50)
    outages = Outages(house, phantom("--study", "ct", "--slices", "8"), 50)
    outages.live()
    outages.settle()
    print(outages.account())
    assert all(sum(disk.losses.values()) for disk in house.disks.values()), "nothing was ever at stake"


@pytest.mark.parametrize("forgets", [["files"], ["folders"], ["files", "folders"]], ids="+".join)
def test_without_the_syncs_power_cuts_lose_what_was_acknowledged(forgets, open_dark_house, phantom):
    """So that it is the syncs that the test above proves."""
    house = open_dark_house(seed=7, forgets=forgets)
    outages = Outages(house, phantom("--study", "ct", "--slices", "8"), 8, patience=20)
    with contextlib.suppress(AssertionError):  # a ledger that is torn may end the house
        outages.live()
        outages.settle(20)
    assert [line for line in outages.losses() if LOSS.search(line)]
