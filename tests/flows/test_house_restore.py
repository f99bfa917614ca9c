"""Backing up, restoring and moving, as docs/operations.md tells it."""

import shutil
import sqlite3
import subprocess

from tests.house.files import instances_in
from tests.house.house import BIN, wait_until


def back_up(house, path):
    """The document's own lines, beside the running dispatch."""
    subprocess.run(["sqlite3", house.store / "ledger" / "ledger.db", f".backup {path}"], check=True)
    checked = subprocess.run(["sqlite3", path, "PRAGMA integrity_check"], check=True, capture_output=True, text=True)
    assert checked.stdout == "ok\n"


def restore(house, path):
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (house.store / "ledger" / name).unlink(missing_ok=True)
    shutil.copy(path, house.store / "ledger" / "ledger.db")


def test_a_ledger_that_is_lost_comes_back_from_its_backup_and_what_came_since_waits_for_a_person(open_house, small, ct, tmp_path):
    house = open_house()
    code = house.code_for()
    house.store_study(small)
    first = house.wait_for_mails(1)[0]
    house.wait_for("SELECT id FROM share WHERE state = 'announced'")
    back_up(house, tmp_path / "ledger.db")
    house.store_study(ct)
    second = house.wait_for_mails(2)[1]
    house.wait_for("SELECT id FROM study WHERE id = 2 AND state = 'routed'")

    house.end("dcmcourierd")
    restore(house, tmp_path / "ledger.db")
    house.start_daemon()
    assert house.cli("audit", "verify").returncode == 0
    house.wait_for("SELECT 1 FROM study WHERE id = 2 AND held LIKE 'the ledger was restored%'")
    assert "it may have been sent already; release sends it" in house.cli("status").stdout
    assert len(house.mails()) == 2
    house.cli("release", 2)
    third = house.wait_for_mails(3)[2]
    assert third.link != second.link and third.link != first.link
    for number, (mail, count) in enumerate(((first, 9), (third, 3))):
        house.open(mail.link, code, tmp_path / f"opened-{number}")
        assert len(instances_in(tmp_path / f"opened-{number}")) == count
    house.cli("revoke", house.query("SELECT id FROM share WHERE study = 1")[0][0])
    house.wait_for("SELECT id FROM share WHERE study = 1 AND state = 'revoked'")
    assert house.open(first.link, code, tmp_path / "revoked", check=False).returncode != 0


def test_a_backup_holds_no_key_and_does_not_start_without_them(open_house, small, tmp_path):
    house = open_house()
    house.store_study(small)
    house.wait_for("SELECT id FROM bundle WHERE state = 'published'")
    back_up(house, tmp_path / "ledger.db")
    tables = {name for name, in sqlite3.connect(tmp_path / "ledger.db").execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert "share" in tables and "wrapped" not in tables
    house.end("dcmcourierd")
    restore(house, tmp_path / "ledger.db")
    (house.store / "ledger" / "keys.db").rename(tmp_path / "keys.db")
    started = subprocess.run([BIN / "dcmcourierd-dispatch", "--config", house.config], capture_output=True, text=True, timeout=30)
    assert started.returncode == 78 and "keys.db is not" in started.stderr


def test_a_house_that_has_moved_goes_on_where_it_was(open_house, small, tmp_path):
    house = open_house()
    house.store_study(small)  # held: no code is agreed
    house.wait_for("SELECT id FROM share WHERE held LIKE 'no code%'")
    house.end("dcmcourierd")
    moved = tmp_path / "elsewhere"
    subprocess.run(["cp", "-a", house.store, moved], check=True)
    shutil.rmtree(house.store)
    house.store = moved
    house.configure()
    house.start_daemon()
    code = house.code_for()
    mail = house.wait_for_mails(1)[0]
    house.open(mail.link, code, tmp_path / "opened")
    assert len(instances_in(tmp_path / "opened")) == 9
    assert house.cli("audit", "verify").returncode == 0
    wait_until(lambda: "up: work, verify, send" in house.cli("status").stdout, 30, house.report)
    assert '"grade": "fail"' not in house.cli("doctor", "--json", check=False).stdout
