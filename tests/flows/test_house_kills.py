"""kill -9, at each durable step and at random: nothing is lost, and nobody is mailed twice."""

import collections
import os
import random
import signal
import threading
import time

import pytest

from tests.house.files import instances_in
from tests.house.house import wait_until

# What the ledger holds from each of dispatch's commits on.
STEPS = {
    "received": "SELECT 1 FROM instance",
    "examined": "SELECT 1 FROM instance WHERE study <> 0",
    "planned ahead": "SELECT 1 FROM bundle",
    "complete": "SELECT 1 FROM study WHERE state <> 'assembling'",
    "routed": "SELECT 1 FROM share",
    "prepared": "SELECT 1 FROM bundle WHERE state <> 'planned'",
    "sealed": "SELECT 1 FROM bundle WHERE state NOT IN ('planned', 'prepared')",
    "one blob up": "SELECT 1 FROM bundle WHERE package_up = 1",
    "published": "SELECT 1 FROM bundle WHERE state = 'published'",
    "ready": "SELECT 1 FROM share WHERE ready = 1",
    "announced": "SELECT 1 FROM share WHERE state = 'announced'",
}
# A mail is under way from here to the next commit: the one window in which it may be sent again.
MAILING = "ready"


def kill(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def parent_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        return int(stat.read().rpartition(")")[2].split()[1])


def parent_and_children(house, role):
    """The parent is the one that is nobody's child within the role. A child lives for one job, so that there may be
    none for a moment."""
    def look():
        pids = house.role_pids(role)
        try:
            parents = [pid for pid in pids if parent_of(pid) not in pids]
        except (FileNotFoundError, ProcessLookupError):
            return None
        children = [pid for pid in pids if pid not in parents]
        return (parents, children) if len(parents) == 1 and children else None
    return wait_until(look, 20, f"{role} with a child")


def send_until(house, study, sql):
    """Sends, and looks at the ledger as often as it can until there is such a row."""
    sending = threading.Thread(target=house.store_study, args=(study,))
    sending.start()
    end = time.monotonic() + 90
    while not house.query(sql):
        assert time.monotonic() < end, house.report()
    return sending


def delivered_once(house, mails=1):
    """Everything has come to rest: each share announced, and one mail under its Message-ID."""
    house.wait_for(f"SELECT 1 FROM share WHERE state = 'announced' GROUP BY state HAVING count(*) = {mails}", seconds=120)
    counted = collections.Counter(mail.id for mail in house.mails())
    assert len(counted) == mails, counted
    wait_until(lambda: house.cli("status", check=False).returncode == 0, 30, "dispatch's return")
    # Between the server's 250 and our commit one mail may repeat: the same letter, the same link.
    for one in counted:
        assert len({mail.link for mail in house.mails() if mail.id == one}) == 1
    assert "is whole" in house.cli("audit", "verify").stdout
    return counted


def out_of(house, code, folder, mail=None):
    house.open((mail or house.mails()[0]).link, code, folder)
    return len(instances_in(folder))


@pytest.mark.parametrize("step", STEPS)
def test_dispatch_killed_after_each_step_goes_on_where_it_was(step, open_house, ct, tmp_path):
    house = open_house()
    code = house.code_for()
    sending = send_until(house, ct, STEPS[step])
    house.kill_daemon("dispatch")
    sending.join()
    counted = delivered_once(house)
    assert set(counted.values()) <= ({1, 2} if step == MAILING else {1})
    assert out_of(house, code, tmp_path / "out") == 3
    assert len(house.query("SELECT 1 FROM instance")) == 3 and list((house.store / "outbox").iterdir()) == []


@pytest.mark.parametrize("role, step", [("work", "received"), ("work", "routed"), ("verify", "prepared"), ("send", "sealed"),
                                        ("send", "published"), ("send", "ready")])
@pytest.mark.parametrize("whole", [False, True], ids=["child", "all"])
def test_a_role_killed_in_its_job_is_started_again_and_the_job_repeated(role, step, whole, open_house, phantom, tmp_path):
    house = open_house()
    code = house.code_for()
    sending = send_until(house, phantom("--study", "ct", "--slices", "24"), STEPS[step])
    parents, children = parent_and_children(house, role)
    kill(parents + children if whole else children)
    sending.join()
    counted = delivered_once(house)
    assert set(counted.values()) <= ({1, 2} if step == MAILING else {1})
    assert out_of(house, code, tmp_path / "out") == 24


@pytest.mark.parametrize("whole", [False, True], ids=["child", "all"])
def test_receive_killed_in_an_association_loses_nothing_that_it_acknowledged(whole, open_house, phantom, tmp_path):
    study = phantom("--study", "ct", "--slices", "120")
    house = open_house(studies={"quiet_period": "4s"})
    code = house.code_for()
    sending = threading.Thread(target=house.store_study, args=(study,), kwargs={"check": False})
    sending.start()
    wait_until(lambda: len(house.spooled()) > 20, 60, "some instances")
    parents, children = parent_and_children(house, "receive")
    kill(parents + children if whole else children)
    sending.join()
    kept = len(house.spooled())
    assert 20 < kept < 120
    wait_until(lambda: house.store_study(study, check=False).returncode == 0, 60, "the modality's next attempt")
    delivered_once(house)
    assert out_of(house, code, tmp_path / "out") == 120
    duplicates = house.query("SELECT count(*) FROM instance WHERE state = 'duplicate'")[0][0]
    assert duplicates == kept and len(house.spooled()) == 120


def test_everything_killed_again_and_again_delivers_each_study_exactly_once(open_house, phantom, tmp_path):
    dice = random.Random(20260422)
    studies = [phantom("--study", "ct", "--patient", str(n), "--seed", str(n + 7), "--slices", "12") for n in range(3)]
    house = open_house()
    code = house.code_for()
    acknowledged = [False] * 3
    for _ in range(10):
        for n, study in enumerate(studies):
            acknowledged[n] = acknowledged[n] or house.store_study(study, check=False).returncode == 0
        time.sleep(dice.uniform(0, 2.5))
        house.kill_daemon()
        house.start_daemon()
    for n, study in enumerate(studies):
        if not acknowledged[n]:
            wait_until(lambda: house.store_study(study, check=False).returncode == 0, 60, "the modality's next attempt")
    # A study that was sent in two parts waits to be released, as any late instance does.
    wait_until(lambda: not house.query("SELECT 1 FROM study WHERE state = 'assembling'"), 60, "all studies complete")
    for number, held in house.query("SELECT id, held FROM study WHERE held <> ''"):
        assert "late instances" in held
        house.cli("release", number)
    delivered_once(house, mails=3)
    house.wait_for("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM study WHERE state <> 'routed')", seconds=60)
    house.wait_for("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM share WHERE ready = 0)", seconds=60)
    by_id = {mail.id: mail for mail in house.mails()}
    for i, mail in enumerate(by_id.values()):
        assert out_of(house, code, tmp_path / str(i), mail) == 12
    assert house.query("SELECT count(*) FROM instance WHERE state = 'examined'") == [(36,)]
    assert list((house.store / "outbox").iterdir()) == []
    assert len(house.audit("share.announced")) == 3
