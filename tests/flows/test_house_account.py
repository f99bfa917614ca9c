"""The outside ledger: it balances where a house is right, and says what is wrong where it is not."""

import dataclasses
import hashlib
import shutil

import pytest

from tests.house.account import Sent, balance, instances_of, rest
from tests.house.files import data_set_bytes


@pytest.fixture(scope="module")
def settled(shared_house, phantom, ct, tmp_path_factory):
    """A house at rest: a duplicate, a late instance that is held, an instance that nobody can read, two recipients."""
    other = {"name": "Dr. B. Lindgren", "email": "lindgren@clinic.example"}
    house = shared_house()
    base = house.configuration()
    routes = [{**base["routes"][0], "recipients": ["dr-okafor", "dr-lindgren"]},
              {"name": "as-it-is", "match": {"called_ae_title": "PLAIN"}, "recipients": ["dr-okafor"], "deidentify": "none",
               "share": {"lifetime": "7d", "purpose": "treatment"}}]
    house.configure(recipients={**base["recipients"], "dr-lindgren": other}, routes=routes, receiver={"ae_titles": ["COURIER", "PLAIN"]})
    house.hang_up()
    codes = {name: house.code_for(name) for name in ("dr-okafor", "dr-lindgren")}
    sent = Sent(house, tmp_path_factory.mktemp("sent") / "acknowledged")
    slices, plain = instances_of(ct), instances_of(phantom("--study", "ct", "--seed", "7"))
    sent.send_all(slices)
    sent.send_all(slices[:1])
    sent.send_all(plain, called="PLAIN")
    sent.send_all([torn(slices[0], tmp_path_factory.mktemp("torn"))])
    rest(house)
    sent.send_all(instances_of(phantom("--study", "ct", "--seed", "7", "--late")), called="PLAIN")
    rest(house)
    return house, sent, codes


def torn(instance, folder):
    """Under a UID of its own, a data set that no reader understands."""
    path = folder / "torn.dcm"
    path.write_bytes(instance.path.read_bytes()[:-5000])
    return dataclasses.replace(instance, uid=instance.uid + ".9", path=path, sha256=hashlib.sha256(data_set_bytes(path)).hexdigest())


def test_a_house_at_rest_accounts_for_every_instance(settled):
    house, sent, codes = settled
    told = balance(house, sent, codes)
    assert dict(told.counts) == {"delivered": 6, "held": 1, "quarantined": 1}
    assert len(house.mails()) == 3 and told.repeated == 0
    assert "8 instances acknowledged = 6 delivered + 0 queued + 1 held + 1 quarantined + 0 expired; 1 duplicates" in str(told)
    assert len((sent.log).read_text().splitlines()) == 9


def test_an_instance_that_is_missing_is_named(settled):
    house, sent, codes = settled
    more = Sent(house)
    more.times = sent.times.copy()
    more.times["1.2.3.4.5.6.7.8.9", "00" * 32] += 1
    with pytest.raises(AssertionError, match="lost: acknowledged .*no row or file stands for it"):
        balance(house, more, codes)


def test_an_instance_with_other_bytes_is_not_taken_for_what_was_sent(settled):
    house, sent, codes = settled
    other = Sent(house)
    other.times = sent.times.copy()
    (uid, digest), times = sent.times.most_common()[-1]
    del other.times[uid, digest]
    other.times[uid, "00" * 32] = times
    with pytest.raises(AssertionError, match="lost: acknowledged"):
        balance(house, other, codes)


def test_a_mail_that_came_twice_is_named(settled, request):
    house, sent, codes = settled
    again = house.mail_folder / "999.eml"
    shutil.copy(house.mails()[0].path, again)
    request.addfinalizer(again.unlink)
    with pytest.raises(AssertionError, match="2 mails under .*1 attempts"):
        balance(house, sent, codes, repeats=1)


def test_a_spool_file_that_is_gone_is_named(settled, request, tmp_path):
    house, sent, codes = settled
    association, sequence = house.query("SELECT association, sequence FROM instance WHERE state = 'examined' LIMIT 1")[0]
    file = house.store / "spool" / association / f"{sequence}.dcms"
    moved = tmp_path / file.name
    shutil.move(file, moved)
    request.addfinalizer(lambda: shutil.move(moved, file))
    with pytest.raises(AssertionError, match=r"instance \d+ \(examined\) has no file that opens"):
        balance(house, sent, codes)
