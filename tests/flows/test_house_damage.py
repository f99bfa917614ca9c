"""Files that are damaged, lost, or somebody else's: found and reported, everything else goes on, and nobody is mailed
a second time."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess

import pytest

from tests.house.account import Sent, balance, instances_of, rest
from tests.house.house import BIN, wait_until


def begin(house):
    house.codes = {"dr-okafor": house.code_for()}
    house.sent = Sent(house)
    return house


def without_dispatch(house, act):
    """The daemon stands still while `act` is done to its files."""
    house.end("dcmcourierd")
    act()
    house.start_daemon()


def receive_alone(house, instances):
    """Receive goes on without dispatch: nothing is collected."""
    house.end("dcmcourierd")
    receive = house.spawn("receive", [BIN / "dcmcourierd-receive", "--config", house.config])
    house.sent.send_all(instances)
    house.end("receive")
    assert receive.returncode == 0
    return house.spooled()


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def replace_by_link(path):
    path.unlink()
    path.symlink_to("/etc/hostname")


SPOOL = {"flipped": flip, "cut": lambda path: os.truncate(path, path.stat().st_size - 100),
         "emptied": lambda path: os.truncate(path, 0), "foreign": lambda path: path.write_bytes(b"not ours at all" * 400),
         "removed": lambda path: path.unlink(), "a link": replace_by_link}


@pytest.mark.parametrize("collected", [False, True], ids=["before-collecting", "after-examining"])
def test_a_damaged_spool_file_is_quarantined_and_its_neighbours_go_out(collected, open_house, phantom):
    house = begin(open_house(studies={"quiet_period": "3s"}))
    instances = instances_of(phantom("--study", "ct", "--slices", "12"))
    if collected:
        house.cli("hold", "1", check=False)
        house.sent.send_all(instances)
        house.wait_for("SELECT 1 FROM instance WHERE state = 'examined' GROUP BY state HAVING count(*) = 12")
        house.end("dcmcourierd", signal.SIGKILL)
        house.kill_daemon()
        files = house.spooled()
    else:
        files = receive_alone(house, instances)
    for act, path in zip(SPOOL.values(), files[1::2]):
        act(path)
    house.start_daemon()
    wait_until(lambda: quarantined(house) >= 6 or hand_out_held(house), 90, house.report)
    if not collected:
        rest(house)
        assert quarantined(house) == 6
        told = balance(house, house.sent, house.codes, unreadable=6)
        assert told.counts == {"delivered": 6, "quarantined": 6} and len(house.mails()) == 1
    else:
        # What was examined and is damaged since cannot be prepared: said, held, and not sent in part.
        assert not house.mails()
    assert house.cli("audit", "verify").returncode == 0


def quarantined(house):
    return house.query("SELECT count(*) FROM instance WHERE state = 'quarantined'")[0][0]


def hand_out_held(house):
    return house.query("SELECT 1 FROM bundle WHERE held <> ''")


def test_a_file_that_is_missing_among_others_is_on_record_and_those_behind_it_go_out(open_house, ct):
    house = begin(open_house())
    files = receive_alone(house, instances_of(ct))
    files[0].unlink()
    (files[0].parent / "4000000000.dcms").write_bytes(b"a name that lies")
    house.start_daemon()
    rest(house)
    lost = house.audit("association.files_lost")
    assert [(one["from"], one["to"]) for one in lost] == [("1", "1"), ("4", "3999999999")]
    assert len(house.mails()) == 1
    assert house.query("SELECT count(*) FROM instance WHERE state = 'examined'")[0][0] == 2
    assert house.query("SELECT reason FROM instance WHERE sequence = 1")[0][0] == "its file is lost from the spool"
    house.sent.send_all(instances_of(ct)[:1])  # the modality's own copy
    house.wait_for("SELECT 1 FROM study WHERE held LIKE 'late instances%'")
