"""What belongs to a study and what does not: late, double, contradicting, mixed and broken instances."""

import shutil
import time

import pydicom
import pytest
from receiver import CT, Requestor, store_command

from tests.house.canaries import Canaries
from tests.house.files import data_set_bytes, instances_in, values
from tests.house.house import wait_until

RELEASE_REQUEST = bytes([5, 0, 0, 0, 0, 4, 0, 0, 0, 0])
UNDONE = ("SELECT 1 FROM instance WHERE state IN ('received', 'comparing') UNION SELECT 1 FROM study WHERE state = 'assembling'"
          " UNION SELECT 1 FROM study WHERE state = 'complete' AND held = '' UNION SELECT 1 FROM association WHERE closed = 0")


def settle(house, instances):
    """Until so many instances are in the ledger and no step is left that needs no administrator."""
    wait_until(lambda: house.query("SELECT count(*) FROM instance")[0][0] == instances and not house.query(UNDONE), 40,
               lambda: f"{house.report()}\n{instances} instances settled")


def study(house):
    return house.query("SELECT state, revision, held FROM study")[0]


def uid_of(path):
    return str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID)


def together(folder, *studies):
    """One folder for one association."""
    for i, path in enumerate(path for one in studies for path in instances_in(one)):
        folder.mkdir(exist_ok=True)
        shutil.copy(path, folder / f"{i:03}.dcm")
    return folder


@pytest.fixture
def sent(open_house, ct):
    """A house that has delivered the three slices; `code` opens them."""
    house = open_house()
    house.code = house.code_for()
    house.store_study(ct)
    house.wait_for_mails(1)
    return house


def test_a_late_instance_waits_and_then_supplements_the_link_without_a_second_mail(sent, phantom, tmp_path):
    link = sent.mails()[0].link
    sent.store_study(phantom("--study", "ct", "--late"))
    settle(sent, 4)
    state, revision, held = study(sent)
    assert (state, revision) == ("complete", 2) and "late instances" in held
    sent.open(link, sent.code, tmp_path / "before")
    assert len(instances_in(tmp_path / "before")) == 3
    sent.cli("release", "1")
    sent.wait_for("SELECT id FROM share WHERE revision = 2 AND ready = 1 AND state = 'announced'")
    sent.open(link, sent.code, tmp_path / "ours")
    sent.open_elsewhere(link, sent.code, tmp_path / "elsewhere")
    assert len(instances_in(tmp_path / "ours")) == len(instances_in(tmp_path / "elsewhere")) == 4
    assert len(sent.mails()) == 1 and len(sent.audit("share.announced")) == 1
    # What the link opened before is gone: the bundle of the first revision with its blobs.
    sent.wait_for("SELECT id FROM bundle WHERE state = 'deleted' AND revision = 1")
    wait_until(lambda: len(sent.blobs()) == 2, 60, "the deletion of the first bundle's blobs")


def test_the_same_study_again_is_dropped_as_duplicates(sent, ct, tmp_path):
    sent.store_study(ct)
    settle(sent, 6)
    assert study(sent) == ("routed", 1, "")
    assert sent.query("SELECT state, count(*) FROM instance GROUP BY state ORDER BY state") == [("duplicate", 3), ("examined", 3)]
    assert len(sent.spooled()) == 3 and len(sent.audit("instance.duplicate")) == 3
    assert len(sent.mails()) == 1 and len(sent.query("SELECT id FROM bundle")) == 1


def test_an_instance_twice_in_one_association_is_one(open_house, ct, tmp_path):
    house = open_house()
    code = house.code_for()
    house.store_study(together(tmp_path / "twice", ct, ct))
    house.open(house.wait_for_mails(1)[0].link, code, tmp_path / "out")
    settle(house, 6)
    assert len(instances_in(tmp_path / "out")) == 3 and len(house.mails()) == 1 and study(house)[1] == 1


def test_other_content_under_one_uid_holds_the_study_until_one_is_quarantined(open_house, ct, phantom, tmp_path):
    house = open_house()
    code = house.code_for()
    house.store_study(together(tmp_path / "both", ct, phantom("--study", "ct", "--changed")))
    settle(house, 4)
    assert "two different contents" in study(house)[2]
    assert len(house.spooled()) == 4 and house.query("SELECT count(*) FROM instance WHERE state = 'examined'") == [(4,)]
    house.cli("release", "1")
    wait_until(lambda: len(house.audit("study.held")) == 1, 60, "the second look")
    assert "two different contents" in study(house)[2] and not house.rows("shares") and not house.mails()
    contradicting = house.query("SELECT id FROM instance WHERE twin <> 0")[0][0]
    house.cli("quarantine", contradicting)
    house.cli("release", "1")
    house.open(house.wait_for_mails(1)[0].link, code, tmp_path / "out")
    assert len(instances_in(tmp_path / "out")) == 3
    assert len(house.spooled()) == 4  # the quarantined one is kept


def test_a_mixed_study_is_held_and_no_release_sends_it(open_house, ct, phantom, tmp_path):
    house = open_house()
    code = house.code_for()
    mixed = phantom("--study", "ct", "--mixed")
    house.store_study(together(tmp_path / "both", ct, mixed))
    settle(house, 4)
    for attempt in range(2):
        assert "more than one patient" in study(house)[2]
        assert not house.rows("shares") and not house.query("SELECT id FROM bundle")
        house.cli("release", "1")
        wait_until(lambda: len(house.audit("study.held")) == attempt + 1, 60, "the next look")
    stranger = house.query("SELECT max(id) FROM instance GROUP BY patient_key HAVING count(*) = 1")[0][0]
    house.cli("quarantine", stranger)
    house.cli("release", "1")
    house.open(house.wait_for_mails(1)[0].link, code, tmp_path / "out")
    assert len(instances_in(tmp_path / "out")) == 3 and len(values(tmp_path / "out", "PatientID")) == 1
    assert Canaries(mixed).hits(tmp_path / "out") == []


def test_another_patient_in_a_delivered_study_never_reaches_the_link(sent, phantom, tmp_path):
    sent.store_study(phantom("--study", "ct", "--mixed"))
    settle(sent, 4)
    assert study(sent)[1] == 2 and "more than one patient" in study(sent)[2]
    sent.cli("release", "1")
    wait_until(lambda: len(sent.audit("study.held")) == 1, 60, "the second look")
    sent.open(sent.mails()[0].link, sent.code, tmp_path / "out")
    assert len(instances_in(tmp_path / "out")) == 3 and len(sent.query("SELECT id FROM bundle")) == 1


def test_an_instance_in_flight_keeps_its_study_waiting(open_house, ct, tmp_path):
    house = open_house()
    code = house.code_for()
    first, second, third = instances_in(ct)
    with Requestor(house) as modality:
        assert modality.associate()[0] == 2
        for path in (first, second):
            assert modality.store(data_set_bytes(path), sop_class=CT, sop_instance=uid_of(path)) == 0
        content = data_set_bytes(third)
        modality.data(1, 3, store_command(CT, uid_of(third)))
        modality.data(1, 0, content[:1000])
        time.sleep(3)  # three quiet periods
        assert study(house)[0] == "assembling" and not house.query("SELECT id FROM bundle")
        modality.data(1, 2, content[1000:])
        assert modality.status() == 0
        modality.send(RELEASE_REQUEST)
    house.open(house.wait_for_mails(1)[0].link, code, tmp_path / "out")
    assert len(instances_in(tmp_path / "out")) == 3 and study(house)[1] == 1


def test_an_association_that_rests_does_not_keep_its_study_waiting(open_house, ct):
    house = open_house()
    house.code_for()
    with Requestor(house) as modality:
        assert modality.associate()[0] == 2
        for path in instances_in(ct):
            assert modality.store(data_set_bytes(path), sop_class=CT, sop_instance=uid_of(path)) == 0
        house.wait_for_mails(1)
        assert "1 associations" in house.cli("status").stdout
        modality.send(RELEASE_REQUEST)


def test_what_cannot_be_parsed_is_quarantined_and_the_others_go_on(open_house, ct, tmp_path):
    house = open_house()
    code = house.code_for()
    good = instances_in(ct)
    broken = [b"\xff" * 3000, data_set_bytes(good[0])[:700], b"", bytes(100_000)]
    with Requestor(house) as modality:
        assert modality.associate()[0] == 2
        for i, path in enumerate(good):
            assert modality.store(broken[i], sop_class=CT, sop_instance=f"1.2.3.{i}") == 0
            assert modality.store(data_set_bytes(path), sop_class=CT, sop_instance=uid_of(path)) == 0
        assert modality.store(broken[3], sop_class=CT, sop_instance="1.2.3.9") == 0
        # A data set that is not the instance which the command announced.
        assert modality.store(data_set_bytes(good[0]), sop_class=CT, sop_instance="1.2.3.4.5") == 0
        modality.send(RELEASE_REQUEST)
    house.open(house.wait_for_mails(1)[0].link, code, tmp_path / "out")
    settle(house, 8)
    assert len(instances_in(tmp_path / "out")) == 3
    told = [row for row in house.rows("studies") if row["state"] == "quarantined"]
    assert len(told) == 5 and all(row["held"] for row in told)
    assert len(house.spooled()) == 8  # kept, sealed
    assert Canaries(ct).hits(house.store) == []


def test_two_studies_on_one_association_are_two_links(open_house, ct, phantom, tmp_path):
    house = open_house()
    code = house.code_for()
    house.store_study(together(tmp_path / "two", ct, phantom("--study", "ct", "--patient", "1", "--seed", "2")))
    mails = house.wait_for_mails(2)
    for i, mail in enumerate(mails):
        house.open(mail.link, code, tmp_path / str(i))
        assert len(instances_in(tmp_path / str(i))) == 3
    names = [values(tmp_path / str(i), "PatientID") for i in range(2)]
    assert all(len(each) == 1 for each in names) and names[0] != names[1]


SEALED_AHEAD = ("SELECT b.id FROM bundle b JOIN study s ON s.id = b.study"
                " WHERE b.state = 'sealed' AND b.ahead = 'fits' AND s.state = 'assembling'")


def test_a_bundle_is_sealed_while_its_study_is_waited_for_and_leaves_when_it_is_complete(open_house, ct, tmp_path):
    house = open_house(studies={"quiet_period": "9s"})
    code = house.code_for()
    house.store_study(ct)
    house.wait_for(SEALED_AHEAD)
    assert not house.blobs() and not house.rows("shares") and not house.mails()
    assert house.rows("deliveries")[0]["ahead"] == "fits"
    house.kill_daemon()  # what was prepared outlives it
    house.start_daemon()
    house.open(house.wait_for_mails(1)[0].link, code, tmp_path / "out")
    assert len(instances_in(tmp_path / "out")) == 3
    assert house.query("SELECT state, ahead FROM bundle") == [("published", "")]
    assert len(house.audit("bundle.prepared")) == 1


def test_what_was_sealed_ahead_never_leaves_when_the_study_grows(open_house, ct, phantom, tmp_path):
    house = open_house(studies={"quiet_period": "9s"})
    code = house.code_for()
    house.store_study(ct)
    house.wait_for(SEALED_AHEAD)
    house.store_study(phantom("--study", "ct", "--late"))
    house.wait_for("SELECT id FROM bundle WHERE id = 1 AND state = 'deleted' AND ahead = 'overtaken'")
    assert study(house)[0] == "assembling" and "bundle:1:package" not in house.key_names()
    house.open(house.wait_for_mails(1)[0].link, code, tmp_path / "out")
    assert len(instances_in(tmp_path / "out")) == 4 and study(house)[1] == 1
    assert len(house.blobs()) == 2 and list((house.store / "outbox").iterdir()) == []
    assert house.audit("bundle.published") and len(house.mails()) == 1
