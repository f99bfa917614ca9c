"""Calls that fail, in the shipped programs: what was not stored is not believed, and what was done is not done again."""

import os
import subprocess

import pytest

from tests.house.account import balance, instances_of, rest
from tests.house.faults import Keeper
from tests.house.house import BIN, wait_until


def test_a_mail_that_the_ledger_would_not_note_is_noted_later_and_not_sent_again(faulty, ct):
    house = faulty()
    house.faults.arm("EIO", only="dispatch.fdatasync.ledger-wal.share.announced#1")
    house.sent.send_all(instances_of(ct))
    rest(house)
    assert house.faults.fired() == {"dispatch.fdatasync.ledger-wal.share.announced#1": "EIO"}
    assert len(house.mails()) == 1 and len(house.audit("share.announced")) == 1
    assert len(house.audit("share.mail_attempted")) == 1
    balance(house, house.sent, house.codes)


@pytest.mark.parametrize("point", ["fdatasync.keys-journal.put-share-link#1", "fdatasync.keys-db.put-share-link#1",
                                   "pwrite.keys-db.put-share-link#1"])
def test_a_key_that_was_not_stored_is_not_believed_to_be(point, faulty, ct, phantom):
    """SQLite goes on with what it has in memory; after the next start it would be gone, with the share."""
    house = faulty()
    house.faults.arm("EIO", only=f"dispatch.{point}")
    house.sent.send_all(instances_of(ct))
    rest(house)
    assert house.faults.fired() == {f"dispatch.{point}": "EIO"}
    assert f"share:{house.rows('shares')[0]['share']}:1:link" in house.key_names()
    with Keeper(house):
        house.kill_daemon("dispatch")
        house.sent.send_all(instances_of(phantom("--study", "ct", "--late")))
        house.wait_for("SELECT 1 FROM study WHERE state = 'complete' AND held <> ''")
        house.cli("release", "1")
        house.wait_for("SELECT 1 FROM share WHERE revision = 2 AND ready = 1")
    balance(house, house.sent, house.codes)


@pytest.mark.parametrize("point", ["portal.fdatasync.blob#1", "portal.fdatasync.blob#2", "portal.fdatasync.blob#3",
                                   "portal.fdatasync.sums#1"])
def test_what_the_portals_disk_has_lost_is_uploaded_again(point, faulty, ct):
    house = faulty()
    house.faults.arm("EIO", bound=4, only=point)
    house.sent.send_all(instances_of(ct))
    rest(house)
    assert house.faults.fired() == {point: "EIO"}
    balance(house, house.sent, house.codes)


@pytest.mark.parametrize("point", ["dispatch.open.workers#1", "dispatch.open.keys-db#1", "dispatch.pwrite.keys-journal.put-ledger#1"])
def test_a_disk_that_fails_while_dispatch_starts_is_not_called_a_mistake_in_the_settings(point, faulty):
    house = faulty()
    house.end("dcmcourierd")
    if "put-ledger" in point:
        for name in ("ledger.db", "keys.db"):
            (house.store / "ledger" / name).unlink()
    house.faults.arm("EIO", only=point)
    started = subprocess.run([BIN / "dcmcourierd-dispatch", "--config", house.config], capture_output=True, text=True, timeout=60,
                             env={**os.environ, **house.environment})
    assert house.faults.fired() == {point: "EIO"}
    assert started.returncode == 75, started.stderr  # 78 would keep systemd from starting it again
    house.faults.disarm()
    with Keeper(house):
        house.start_daemon()
        wait_until(lambda: "up: work, verify, send" in house.cli("status").stdout, 60, house.report)


def test_an_answer_that_cannot_be_sent_leaves_nobody_waiting(faulty):
    house = faulty()
    house.end("dcmcourierd")
    house.faults.arm("EIO", bound=50, calls=["send"])
    house.spawn_daemon()
    asked = [subprocess.run([BIN / "dcmcourier", "--config", house.config, "status"], capture_output=True, text=True, timeout=60)
             for _ in range(40) if not house.faults.fired().get("dispatch.send.jobs#3")]
    house.faults.disarm()
    assert asked and any(name.startswith("dispatch.send.jobs") for name in house.faults.fired())
    wait_until(lambda: house.cli("status", check=False).returncode == 0, 60, house.report)
