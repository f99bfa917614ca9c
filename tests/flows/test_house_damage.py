"""Files that are damaged, lost, or somebody else's: found and reported, everything else goes on, and nobody is mailed
a second time."""

import os
import re
import shutil
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


def test_a_damaged_spool_file_is_quarantined_and_its_neighbours_go_out(open_house, phantom):
    house = begin(open_house())
    files = receive_alone(house, instances_of(phantom("--study", "ct", "--slices", "12")))
    for act, path in zip(SPOOL.values(), files[1::2]):
        act(path)
    house.start_daemon()
    rest(house)
    told = balance(house, house.sent, house.codes, unreadable=6)
    assert told.counts == {"delivered": 6, "quarantined": 6} and len(house.mails()) == 1
    assert all(record["reason"] for record in house.audit("instance.quarantined"))
    assert "quarantined" in house.cli("status").stdout


@pytest.mark.parametrize("drop", [True, False], ids=["drop", "hold"])
def test_an_original_that_is_lost_before_it_is_sent_is_quarantined_by_name(drop, open_house, ct, phantom):
    house = begin(open_house(routes=[]))
    house.sent.send_all(instances_of(ct))
    house.wait_for("SELECT 1 FROM study WHERE state = 'unrouted'")
    house.end("dcmcourierd")
    house.spooled()[1].unlink()
    del house.settings["routes"]
    route = house.configuration()["routes"][0]
    house.configure(routes=[route if drop else {**route, "deidentify": "none"}])
    house.start_daemon()
    house.cli("retry", "1")
    house.sent.send_all(instances_of(phantom("--study", "ct", "--seed", "9")))  # another study goes on
    house.wait_for("SELECT 1 FROM instance WHERE state = 'quarantined' AND reason = 'its file is lost from the spool'")
    rest(house)
    if not drop:
        (number, held), = house.query("SELECT id, held FROM bundle WHERE held <> ''")
        assert held == "instance 2: its file is lost from the spool"
        assert len(house.mails()) == 1
        house.cli("release", f"bundle:{number}")
        rest(house)
    assert balance(house, house.sent, house.codes).counts == {"delivered": 5, "quarantined": 1}
    assert len(house.mails()) == 2


def test_a_file_that_is_missing_among_others_is_on_record_and_those_behind_it_go_out(open_house, ct):
    house = begin(open_house())
    files = receive_alone(house, instances_of(ct))
    files[0].unlink()
    (files[0].parent / "2000000000.dcms").write_bytes(b"a name that lies")
    house.start_daemon()
    rest(house)
    lost = house.audit("association.files_lost")
    assert [(one["from"], one["to"]) for one in lost] == [("1", "1"), ("4", "1999999999")]
    assert len(house.mails()) == 1
    assert house.query("SELECT count(*) FROM instance WHERE state = 'examined'")[0][0] == 2
    assert house.query("SELECT reason FROM instance WHERE sequence = 1")[0][0] == "its file is lost from the spool"
    house.sent.send_all(instances_of(ct)[:1])  # the modality's own copy
    house.wait_for("SELECT 1 FROM study WHERE held LIKE 'late instances%'")


# The ledger.
def wait_refused(house):
    started = subprocess.run([BIN / "dcmcourierd-dispatch", "--config", house.config], capture_output=True, text=True, timeout=60)
    assert started.returncode == 78, (started.returncode, started.stderr)
    return started.stderr


def garble(path, offset, size):
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(os.urandom(size))


@pytest.mark.parametrize("damage", [
    lambda ledger: os.truncate(ledger, ledger.stat().st_size // 2),
    lambda ledger: garble(ledger, 0, 4096),
    lambda ledger: garble(ledger, 4096, 8192),
], ids=["cut", "first-page", "other-pages"])
def test_a_torn_ledger_is_refused_with_what_to_do_and_receiving_goes_on(damage, open_house, small, ct):
    house = begin(open_house())
    house.sent.send_all(instances_of(small))
    rest(house)
    house.end("dcmcourierd")
    ledger = house.store / "ledger" / "ledger.db"
    damage(ledger)
    before = ledger.read_bytes()
    said = wait_refused(house)
    assert "ledger.db" in said and re.search("damaged|malformed|not a database", said)
    assert "restore it from its backup, or move it away" in said
    assert ledger.read_bytes() == before
    receive_alone(house, instances_of(ct))
    # Moved away, as it says: nobody gets a mail again before a person has said so.
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (house.store / "ledger" / name).unlink(missing_ok=True)
    house.start_daemon()
    wait_until(lambda: len(house.query("SELECT 1 FROM study WHERE held LIKE 'the ledger was restored%'")) == 2, 60, house.report)
    rest(house)
    assert len(house.mails()) == 1 and len(house.audit("ledger.went_back")) == 1
    number = house.query("SELECT id FROM study ORDER BY last_receipt DESC LIMIT 1")[0][0]
    house.cli("release", number)
    house.wait_for_mails(2)
    rest(house)
    assert len(house.mails()) == 2


def test_a_ledger_without_its_last_commits_sends_nothing_again(open_house, small, ct):
    house = begin(open_house())
    house.sent.send_all(instances_of(small))
    rest(house)
    ledger = house.store / "ledger"
    without_dispatch(house, lambda: None)  # a clean end writes everything back into ledger.db
    kept = (ledger / "ledger.db").read_bytes()
    house.sent.send_all(instances_of(ct))
    house.wait_for_mails(2)
    rest(house)
    house.kill_daemon()
    (ledger / "ledger.db").write_bytes(kept)
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (ledger / name).unlink(missing_ok=True)
    house.start_daemon()
    house.wait_for("SELECT 1 FROM study WHERE held LIKE 'the ledger was restored%'")
    rest(house)
    assert len(house.mails()) == 2
    # A second start finds nothing new, and what comes now goes out.
    without_dispatch(house, lambda: None)
    assert len(house.audit("ledger.went_back")) == 1


def test_a_share_that_waited_in_the_backup_is_not_mailed_by_it(open_house, ct, tmp_path):
    house = begin(open_house())
    house.mail_script.write_text("451 4.7.1 later\n" * 3)
    house.sent.send_all(instances_of(ct))
    house.wait_for("SELECT 1 FROM share WHERE ready = 1 AND attempts > 0")
    subprocess.run(["sqlite3", house.store / "ledger" / "ledger.db", f".backup {tmp_path}/ledger.db"], check=True)
    house.wait_for_mails(1)
    rest(house)
    house.end("dcmcourierd")
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (house.store / "ledger" / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "ledger.db", house.store / "ledger" / "ledger.db")
    house.start_daemon()
    house.wait_for("SELECT 1 FROM share WHERE held LIKE 'the ledger was restored%'")
    rest(house)
    assert len(house.mails()) == 1


@pytest.mark.parametrize("damage, word", [
    (lambda keys: keys.unlink(), "keys.db is not"),
    (lambda keys: os.truncate(keys, 0), "lost the ledger's key"),
    (lambda keys: garble(keys, 0, 4096), "not a database"),
    (lambda keys: garble(keys, 4096, 4096), "damaged|malformed"),
], ids=["removed", "emptied", "first-page", "second-page"])
def test_keys_that_are_lost_are_not_made_anew(damage, word, open_house, small, ct):
    house = begin(open_house())
    house.sent.send_all(instances_of(small))
    rest(house)
    house.end("dcmcourierd")
    damage(house.store / "ledger" / "keys.db")
    said = wait_refused(house)
    assert re.search(word, said), said
    receive_alone(house, instances_of(ct))
    assert len(house.mails()) == 1


# The outbox.
@pytest.mark.parametrize("damage", [lambda path: path.unlink(), flip, lambda path: os.truncate(path, path.stat().st_size - 1)],
                         ids=["removed", "flipped", "cut"])
def test_an_outbox_file_that_is_not_what_was_sealed_is_sealed_anew(damage, open_house, ct):
    house = begin(open_house())
    house.end("portal")
    house.sent.send_all(instances_of(ct))
    house.wait_for("SELECT 1 FROM bundle WHERE state = 'sealed' AND attempts > 0")
    largest = max((house.store / "outbox").iterdir(), key=lambda path: path.stat().st_size)
    without_dispatch(house, lambda: damage(largest))
    house.start_portal()
    house.cli("retry", "bundle:1")
    rest(house)
    again = house.audit("bundle.prepare_again")
    assert again and all(record["reason"] for record in again)
    told = balance(house, house.sent, house.codes)
    assert told.counts == {"delivered": 3} and len(house.mails()) == 1


def test_what_nobody_named_in_the_outbox_goes_at_the_next_start(open_house, ct):
    house = begin(open_house())
    stray = house.store / "outbox" / ("ab" * 16 + ".blob")
    without_dispatch(house, lambda: stray.write_bytes(b"of a crash"))
    assert not stray.exists()
    house.sent.send_all(instances_of(ct))
    rest(house)
    balance(house, house.sent, house.codes)


def test_the_backup_of_the_ledger_is_whole_while_dispatch_writes(open_house, small):
    house = begin(open_house())
    house.sent.send_all(instances_of(small))
    copy = house.folder / "copy.db"
    subprocess.run(["sqlite3", house.store / "ledger" / "ledger.db", f".backup {copy}"], check=True)
    assert sqlite3.connect(copy).execute("PRAGMA integrity_check").fetchall() == [("ok",)]
