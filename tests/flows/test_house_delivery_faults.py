"""Deliveries when something on their way fails, is refused, or comes to its end."""

import re
import signal
import subprocess
import time

import pydicom
import pytest
from receiver import CT, Requestor

from tests.house.files import data_set_bytes, instances_in
from tests.house.house import wait_until

NO_SPACE = 0xA700


def share(house):
    return house.rows("shares")[0]


def send(house, folder):
    house.code = house.code_for()
    house.store_study(folder)


def opened(house, folder, mail=None):
    house.open((mail or house.mails()[0]).link, house.code, folder)
    return len(instances_in(folder))


def test_a_portal_that_is_down_gets_the_study_when_it_is_back(open_house, ct, tmp_path):
    house = open_house()
    house.end("portal")
    send(house, ct)
    house.wait_for("SELECT id FROM bundle WHERE state = 'sealed' AND attempts > 0 AND held = ''")
    assert not house.mails()  # no mail before the portal holds the whole bundle
    house.start_portal()
    house.wait_for_mails(1)
    assert opened(house, tmp_path / "out") == 3 and len(house.mails()) == 1


def test_a_portal_killed_in_the_middle_of_an_upload_gets_the_rest(open_house, phantom, tmp_path):
    house = open_house()
    send(house, phantom("--study", "standard"))
    blobs = house.folder / "portal" / "blobs"

    def uploading():
        return blobs.exists() and any(path.stat().st_size > 0 for path in blobs.iterdir())

    wait_until(uploading, 90, lambda: f"{house.report()}\nthe upload")
    house.end("portal", signal.SIGKILL)
    at_the_kill = house.query("SELECT state FROM bundle")[0][0]
    time.sleep(1)
    assert not house.mails()
    house.start_portal()
    house.wait_for_mails(1)
    assert opened(house, tmp_path / "out") == 101
    assert at_the_kill in ("sealed", "published") and len(house.mails()) == 1
    assert len(house.blobs()) == 2


def test_a_mail_that_is_put_off_is_sent_once_under_its_message_id(open_house, ct, tmp_path):
    house = open_house()
    house.mail_script.write_text("451 4.7.1 try again later\nrcpt 450 4.2.1 busy\n")
    send(house, ct)
    wait_until(lambda: len(house.audit("share.mail_postponed")) == 2, 60, lambda: f"{house.report()}\ntwo refusals")
    assert "try again later" in house.audit("share.mail_postponed")[0]["answer"]
    mail = house.wait_for_mails(1)[0]
    assert mail.id.strip("<>") == house.query("SELECT message_id FROM share")[0][0]
    house.wait_for("SELECT id FROM share WHERE state = 'announced'")
    assert len(house.mails()) == 1 and opened(house, tmp_path / "out") == 3


def test_a_mail_that_is_refused_is_held_until_released(open_house, ct, tmp_path):
    house = open_house()
    house.mail_script.write_text("550 5.7.1 not from you\n")
    send(house, ct)
    house.wait_for("SELECT id FROM share WHERE held <> ''")
    assert "not from you" in share(house)["held"] and not house.mails()
    time.sleep(1.5)
    assert not house.mails()  # held means held
    house.cli("release", share(house)["share"])
    house.wait_for_mails(1)
    assert opened(house, tmp_path / "out") == 3 and len(house.mails()) == 1


def test_a_mail_server_that_is_down_gets_the_mail_when_it_is_back(open_house, ct, tmp_path):
    house = open_house()
    house.end("mail")
    send(house, ct)
    house.wait_for("SELECT id FROM share WHERE ready = 1 AND attempts > 0 AND held = ''")
    house.start_mail_server()
    house.configure()  # it listens on another port now
    house.hang_up()
    house.wait_for_mails(1)
    assert opened(house, tmp_path / "out") == 3 and len(house.mails()) == 1


def test_a_portal_with_another_key_than_the_pinned_one_gets_nothing(open_house, ct, tmp_path):
    house = open_house()
    right = house.portal_pin
    house.portal_pin = "sha256:" + "5a" * 32
    house.configure()
    house.hang_up()
    wait_until(lambda: house.audit("settings.swapped"), 60, "the swap")
    send(house, ct)
    held = house.wait_for("SELECT held FROM bundle WHERE held <> ''")[0][0]
    assert re.search("pin|key", held) and not house.blobs() and not house.mails()
    house.portal_pin = right
    house.configure()
    house.hang_up()
    wait_until(lambda: len(house.audit("settings.swapped")) == 2, 60, "the swap back")
    house.cli("release", "bundle:1")
    house.wait_for_mails(1)
    assert opened(house, tmp_path / "out") == 3


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder]).returncode != 0:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_refuses_leaves_nothing_and_goes_on_when_there_is_room(small_disk, open_house, ct, tmp_path):
    house = open_house(store=small_disk, studies={"quiet_period": "6s"})  # no instance is late, however busy the machine
    house.code = house.code_for()
    first, second, third = instances_in(ct)
    with Requestor(house) as modality:
        assert modality.associate()[0] == 2

        def store(path, content=None):
            uid = str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID)
            return modality.store(content or data_set_bytes(path), sop_class=CT, sop_instance=uid)

        assert store(first) == 0
        assert store(second, data_set_bytes(second) + bytes(40 << 20)) == NO_SPACE
        wait_until(lambda: len(house.spooled()) == 1, 60, "nothing of the second instance")
        leftovers = [path for path in (small_disk / "spool").rglob("*") if path.is_file() and path.stat().st_size > 1 << 20]
        assert leftovers == []
        assert store(second) == 0 and store(third) == 0  # the association and the house go on
        modality.send(bytes([5, 0, 0, 0, 0, 4, 0, 0, 0, 0]))
    house.wait_for_mails(1)
    assert opened(house, tmp_path / "out") == 3


def test_below_low_water_no_association_is_taken_until_there_is_room(small_disk, open_house, ct, tmp_path):
    house = open_house(store=small_disk)
    house.code = house.code_for()
    filler = small_disk / "filler"
    with open(filler, "wb") as file:
        space = subprocess.run(["df", "-B1", "--output=avail", small_disk], capture_output=True, text=True).stdout
        file.write(bytes(int(space.split()[1]) - 1_000_000))
    refused = house.store_study(ct, check=False)
    assert refused.returncode != 0 and "Rejected" in refused.stdout + refused.stderr
    assert house.spooled() == [] and "receive is up" in house.cli("status").stdout
    filler.unlink()
    house.store_study(ct)
    house.wait_for_mails(1)
    assert opened(house, tmp_path / "out") == 3


def test_a_revoked_share_opens_nothing_and_its_keys_and_blobs_are_gone(open_house, ct, tmp_path):
    house = open_house()
    send(house, ct)
    link = house.wait_for_mails(1)[0].link
    house.wait_for("SELECT id FROM share WHERE state = 'announced'")
    assert opened(house, tmp_path / "before") == 3
    before = house.key_names()
    assert {name.split(":")[0] for name in before} >= {"share", "bundle"}
    house.cli("revoke", share(house)["share"])
    house.wait_for("SELECT id FROM share WHERE state = 'revoked'")
    house.wait_for("SELECT id FROM bundle WHERE state = 'deleted'")
    assert house.open(link, house.code, tmp_path / "ours", check=False).returncode == 69
    assert house.open_elsewhere(link, house.code, tmp_path / "elsewhere", check=False).returncode == 69
    assert not {name.split(":")[0] for name in house.key_names()} & {"share", "bundle"}
    wait_until(lambda: not house.blobs(), 60, "the deletion of the blobs")
    assert house.cli("resend", share(house)["share"], check=False).returncode != 0


def test_wrong_codes_are_counted_down(open_house, ct, tmp_path):
    house = open_house()
    send(house, ct)
    link = house.wait_for_mails(1)[0].link
    left = []
    for _ in range(2):
        wrong = house.open(link, "0000-0000-0000", tmp_path / "wrong", check=False)
        assert wrong.returncode == 77
        left.append(int(re.search(r"(\d+) (attempts?|tries)", wrong.stderr)[1]))
    assert left[0] - left[1] == 1 and left[0] < 100
    assert opened(house, tmp_path / "out") == 3


def test_a_link_sent_again_opens_and_the_old_one_does_not(open_house, ct, tmp_path):
    house = open_house()
    send(house, ct)
    old = house.wait_for_mails(1)[0]
    house.wait_for("SELECT id FROM share WHERE state = 'announced'")
    house.cli("resend", share(house)["share"])
    new = house.wait_for_mails(2)[1]
    assert new.link != old.link and new.id != old.id and new.to == old.to
    assert house.open(old.link, house.code, tmp_path / "old", check=False).returncode == 69
    assert opened(house, tmp_path / "new", new) == 3
    assert len(house.audit("bundle.published")) == 1


def test_a_share_is_extended_and_ends_by_its_date(open_house, ct, tmp_path):
    one_minute = {"lifetime": "1m", "purpose": "second opinion"}
    house = open_house()
    routes = house.configuration()["routes"]
    house.configure(routes=[{**routes[0], "share": one_minute}])
    house.hang_up()
    wait_until(lambda: house.audit("settings.swapped"), 60, "the swap")
    send(house, ct)
    mail = house.wait_for_mails(1)[0]
    announced = house.wait_for("SELECT not_after FROM share WHERE state = 'announced'")[0][0]
    assert 0 < announced - time.time() <= 61
    assert opened(house, tmp_path / "before") == 3
    house.cli("extend", share(house)["share"], "--by", "10s")
    later = house.wait_for("SELECT not_after FROM share WHERE not_after > ? AND ready = 1", announced)[0][0]
    assert later == announced + 10
    time.sleep(max(0, announced + 1 - time.time()))
    assert opened(house, tmp_path / "extended") == 3 and share(house)["state"] == "announced"
    house.wait_for("SELECT id FROM share WHERE state = 'expired'", seconds=40)
    assert time.time() >= later
    assert house.open(mail.link, house.code, tmp_path / "after", check=False).returncode == 69
    house.wait_for("SELECT id FROM bundle WHERE state = 'deleted'")
    assert not {name.split(":")[0] for name in house.key_names()} & {"share", "bundle"}
    wait_until(lambda: not house.blobs(), 60, "the deletion of the blobs")
    assert len(house.mails()) == 1
