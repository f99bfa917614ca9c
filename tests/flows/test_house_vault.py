"""The re-identification vault in a running house: who may look, what is noted of it, and that nothing leaves without its
entry."""

import csv
import io
import re
import shutil
import sqlite3
import subprocess

import pydicom
import pytest

from tests.house.faults import Faults, Keeper
from tests.house.files import instances_in
from tests.house.house import BIN, House, wait_until
from tests.independent import vault as elsewhere

ROUTE = {"name": "research", "match": {"called_ae_title": "COURIER"}, "recipients": ["dr-okafor"],
         "deidentify": {"profile": "basic", "options": ["modify_dates"], "on_quarantine": "drop_instance", "vault": True},
         "share": {"purpose": "research"}}


def make_key(path):
    done = subprocess.run([BIN / "dcmcourier", "keys", "vault", "--private", path], check=True, capture_output=True, text=True)
    return re.search(r"p256:[0-9a-f]{130}", done.stdout)[0]


@pytest.fixture
def vaulted(open_house, tmp_path):
    house = open_house(routes=[ROUTE], keys={"vault": make_key(tmp_path / "vault-key")})
    house.key = tmp_path / "vault-key"
    house.vault = house.store / "vault" / "vault.db"
    return house


def identity_of(folder):
    first = pydicom.dcmread(instances_in(folder)[0], stop_before_pixels=True)
    return first.PatientID, first.StudyInstanceUID


def received(house, code, out):
    house.open(house.wait_for_mails(1)[0].link, code, out)
    return identity_of(out)


def looks(house):
    return [(one["outcome"], one["asked"], one["answered"]) for event in ("vault.looked", "vault.refused")
            for one in map(flat, house.audit(event))]


def flat(record):
    return {**record, **record.get("fields", {})}


def test_who_holds_the_key_finds_the_patient_and_a_program_of_somebody_else_agrees(vaulted, ct, tmp_path):
    code = vaulted.code_for()
    vaulted.store_study(ct)
    pseudonym, new_uid = received(vaulted, code, tmp_path / "out")
    patient, uid = identity_of(ct)
    assert pseudonym != patient and new_uid != uid
    for name in (pseudonym, new_uid):
        row, = vaulted.rows("reidentify", "--key", vaulted.key, name)
        assert (row["patient_id"], row["study"], row["pseudonym"], row["new_study"]) == (patient, uid, pseudonym, new_uid)
    entry, = elsewhere.read(vaulted.vault, elsewhere.read_key(vaulted.key))
    assert (entry["patient_id"], entry["study_instance_uid"], entry["pseudonym"]) == (patient, uid, pseudonym)
    original = pydicom.dcmread(instances_in(ct)[0], stop_before_pixels=True)
    assert entry["accession_number"] == original.AccessionNumber and entry["new_study_instance_uid"] == new_uid
    assert looks(vaulted) == [("shown", "1", "1")] * 2
    exported = vaulted.cli("audit", "export").stdout
    for value in (patient, uid, pseudonym, new_uid):
        assert value not in exported and value not in vaulted.log()
    assert patient.encode() not in vaulted.vault.read_bytes() and pseudonym.encode() not in vaulted.vault.read_bytes()


def test_without_the_key_or_with_another_one_it_is_refused_and_noted(vaulted, ct, tmp_path):
    vaulted.code_for()
    vaulted.store_study(ct)
    vaulted.wait_for_mails(1)
    make_key(tmp_path / "other")
    (tmp_path / "garbage").write_text("nonsense\n")
    name = elsewhere.read(vaulted.vault, elsewhere.read_key(vaulted.key))[0]["pseudonym"]
    for words in ([], ["--key", tmp_path / "other"], ["--key", tmp_path / "garbage"], ["--key", tmp_path / "nowhere"]):
        done = vaulted.cli("reidentify", *words, name, check=False)
        assert done.returncode == 77 and not done.stdout and "refused, and noted" in done.stderr, done
        assert identity_of(ct)[0] not in done.stderr
    assert [look[0] for look in looks(vaulted)] == ["refused: no key was given (--key FILE)", "refused: the key opens none of the entries",
                                                    *["refused: the key cannot be used"] * 2]


def test_a_csv_is_counted_first_and_written_when_that_was_confirmed(vaulted, ct, tmp_path):
    vaulted.code_for()
    vaulted.store_study(ct)
    vaulted.wait_for_mails(1)
    out = tmp_path / "list.csv"
    counted = vaulted.cli("reidentify", "--key", vaulted.key, "--csv", out)
    assert "1 patients would be written" in counted.stdout and not out.exists()
    assert identity_of(ct)[0] not in counted.stdout
    vaulted.cli("reidentify", "--key", vaulted.key, "--csv", out, "--yes")
    assert out.stat().st_mode & 0o777 == 0o600
    entry, = elsewhere.read(vaulted.vault, elsewhere.read_key(vaulted.key))
    assert list(csv.DictReader(io.StringIO(out.read_text()))) == [{"id_old": entry["patient_id"], "id_new": entry["pseudonym"]}]
    again = vaulted.cli("reidentify", "--key", vaulted.key, "--csv", out, "--yes", check=False)
    assert again.returncode == 73 and "File exists" in again.stderr
    studies = vaulted.cli("reidentify", "--key", vaulted.key, "--csv", "-", "--yes", "--studies").stdout
    assert studies == f"id_old,id_new\n{entry['study_instance_uid']},{entry['new_study_instance_uid']}\n"
    assert [look[0] for look in looks(vaulted)] == ["counted", "exported", "exported", "exported"]


def test_it_works_without_the_service_and_the_look_is_audited_when_that_starts(vaulted, ct, tmp_path):
    vaulted.code_for()
    vaulted.store_study(ct)
    vaulted.wait_for_mails(1)
    name = elsewhere.read(vaulted.vault, elsewhere.read_key(vaulted.key))[0]["pseudonym"]
    vaulted.end("dcmcourierd")
    assert identity_of(ct)[0] in vaulted.cli("reidentify", "--key", vaulted.key, name).stdout
    copy = tmp_path / "copy.db"
    shutil.copy(vaulted.vault, copy)
    elsewhere_looked = vaulted.cli("reidentify", "--vault", copy, "--key", vaulted.key, name, "P0000000000000", check=False)
    assert elsewhere_looked.returncode == 65 and identity_of(ct)[0] in elsewhere_looked.stdout
    assert "P0000000000000: no entry" in elsewhere_looked.stderr
    assert sqlite3.connect(copy).execute("SELECT outcome FROM look").fetchall() == [("shown",), ("shown",)]
    vaulted.start_daemon()
    wait_until(lambda: looks(vaulted), 30, "the look in the chain")
    assert looks(vaulted) == [("shown", "1", "1")] and vaulted.cli("audit", "verify").returncode == 0


def test_a_route_without_the_vault_leaves_nothing(open_house, ct):
    house = open_house()
    house.code_for()
    house.store_study(ct)
    house.wait_for_mails(1)
    assert not list((house.store / "vault").iterdir())
    done = house.cli("reidentify", "--key", "/nowhere", "P1", check=False)
    assert done.returncode == 66 and "there is no vault" in done.stderr


def test_a_torn_vault_holds_the_study_and_once_it_is_moved_away_it_goes_out(vaulted, ct):
    vaulted.code_for()
    vaulted.vault.write_bytes(b"x" * 8192)
    vaulted.store_study(ct)
    vaulted.wait_for("SELECT 1 FROM bundle WHERE held <> ''")
    assert vaulted.mails() == []
    vaulted.vault.unlink()
    vaulted.cli("release", f"bundle:{vaulted.query('SELECT max(id) FROM bundle')[0][0]}")
    vaulted.wait_for_mails(1)
    assert len(elsewhere.read(vaulted.vault, elsewhere.read_key(vaulted.key))) == 1


def test_a_new_key_is_for_new_entries_and_both_together_read_all(vaulted, ct, small, tmp_path):
    vaulted.code_for()
    vaulted.store_study(ct)
    vaulted.wait_for_mails(1)
    vaulted.configure(keys={"vault": make_key(tmp_path / "new-key")})
    vaulted.hang_up()
    wait_until(lambda: vaulted.audit("settings.swapped"), 30, "the new settings")
    vaulted.store_study(small)
    vaulted.wait_for_mails(2)
    both = vaulted.cli("reidentify", "--key", vaulted.key, "--key", tmp_path / "new-key", "--csv", "-", "--yes", "--studies")
    assert len(both.stdout.splitlines()) == 3
    one = vaulted.cli("reidentify", "--key", tmp_path / "new-key", "--csv", "-", "--yes", "--studies", check=False)
    assert one.returncode == 65 and len(one.stdout.splitlines()) == 2 and "another key" in one.stderr


@pytest.fixture
def faulty(tmp_path_factory, tmp_path, request):
    folder = tmp_path_factory.mktemp("house")
    house = House(folder, routes=[ROUTE], keys={"vault": make_key(tmp_path / "vault-key")})
    request.addfinalizer(house.stop)
    house.key, house.vault = tmp_path / "vault-key", house.store / "vault" / "vault.db"
    house.faults = Faults(folder / "faults")
    house.environment = house.faults.environment()
    house.faults.watch()
    house.start()
    house.faults.ports(house)
    return house


@pytest.mark.parametrize("fault, point", [
    ("kill before", "pwrite.vault-db.-entry#1"), ("kill after", "fdatasync.vault-db.-entry#1"),
    ("kill after", "fdatasync.vault-db.-package#1"), ("EIO", "fdatasync.vault-journal.-entry#1"),
    ("EIO", "fdatasync.vault-db.-entry#1"), ("EIO", "fdatasync.vault-db.-package#1"), ("kill after", "fdatasync.vault-db.-self#1")])
def test_whatever_breaks_at_the_vaults_disk_the_study_leaves_once_and_with_one_entry(fault, point, faulty, ct, tmp_path):
    house, key = faulty, elsewhere.read_key(faulty.key)
    code = house.code_for()
    house.faults.arm(fault, only=f"dispatch.{point}")
    with Keeper(house, impatient=True):
        house.store_study(ct)
        mail = house.wait_for_mails(1, 150)[0]
        house.faults.disarm()
        house.wait_for("SELECT 1 FROM share WHERE state = 'announced'")
    assert house.faults.fired() == {f"dispatch.{point}": fault}
    house.open(mail.link, code, tmp_path / "out")
    pseudonym, new_uid = identity_of(tmp_path / "out")
    entries = [entry for entry in elsewhere.read(house.vault, key) if entry["pseudonym"] == pseudonym]
    assert [(entry["patient_id"], entry["new_study_instance_uid"]) for entry in entries] == [(identity_of(ct)[0], new_uid)]
    assert len(elsewhere.read(house.vault, key)) == 1
    package, = house.query("SELECT b.id, b.package_id FROM bundle b JOIN share s ON s.bundle = b.id")
    assert sqlite3.connect(house.vault).execute("SELECT bundle, id FROM package WHERE bundle = ?", package[:1]).fetchall() == [package]
