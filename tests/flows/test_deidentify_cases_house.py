"""Cases of tests/vectors/deidentify_cases.tsv: marks, sameness, and what a whole house does."""

import pydicom
import pytest
from deidentified import case, ct, deidentify, encoded, enhanced_ct, item, mr, one
from receiver import CT, Requestor

from tests.house.canaries import Canaries
from tests.house.faults import Keeper
from tests.house.files import data_set_bytes, data_sets, instances_in

pytestmark = pytest.mark.filterwarnings("ignore")
OPTIONS = "retain_patient_characteristics,modify_dates"


@case("T72")
def test_t72_every_output_is_marked_and_old_marks_are_gone():
    old = ct(DeidentificationMethod="BY KATTEGAT HAND", PatientIdentityRemoved="NO", LongitudinalTemporalInformationModified="UNMODIFIED")
    old.DeidentificationMethodCodeSequence = [item(CodeValue="113105", CodingSchemeDesignator="DCM", CodeMeaning="KATTEGAT")]
    for made in (one(old), *deidentify(ct(), mr(), enhanced_ct())):
        assert made.data.PatientIdentityRemoved == "YES" and made.codes == ["113100"]
        assert made.data.DeidentificationMethod.startswith("dcmcourier ") and "PS3.15" in made.data.DeidentificationMethod
        assert len(made.data.DeidentificationMethod) <= 64
        assert made.data.LongitudinalTemporalInformationModified == "REMOVED"
        assert b"KATTEGAT" not in made.bytes
    assert one(old, OPTIONS).codes == ["113100", "113107", "113108"]


@case("T73")
def test_t73_what_says_that_it_is_deidentified_is_processed_all_the_same():
    claimed = ct(PatientIdentityRemoved="YES", DeidentificationMethod="trust me")
    made, plain = one(claimed), one(ct())
    assert made.bytes == plain.bytes and b"VANDERMOLEN" not in made.bytes


@case("T78")
def test_t78_order_and_repetition_change_no_byte():
    instances = [ct(), ct(2), mr(), enhanced_ct()]
    for options in ("", OPTIONS):
        first = [made.bytes for made in deidentify(*instances, options=options)]
        assert first == [made.bytes for made in deidentify(*instances, options=options)]
        assert first[::-1] == [made.bytes for made in deidentify(*instances[::-1], options=options)]


def route(**changes):
    return {"name": "everything", "match": {"called_ae_title": "COURIER"}, "recipients": ["dr-okafor"],
            "deidentify": {"profile": "basic", "options": OPTIONS.split(",")},
            "share": {"lifetime": "7d", "purpose": "second opinion"}, **changes}


def stored(house, files):
    """C-STORE of each, as it is."""
    with Requestor(house) as modality:
        assert modality.associate()[0] == 2
        for path in files:
            uid = str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID)
            assert modality.store(data_set_bytes(path), sop_class=CT, sop_instance=uid) == 0
        modality.send(bytes([5, 0, 0, 0, 0, 4, 0, 0, 0, 0]))  # A-RELEASE-RQ


@case("T76")
def test_t76_an_identified_share_leaves_the_data_sets_as_they_are(open_house, ct, tmp_path):
    house = open_house(routes=[route(deidentify="none")])
    code = house.code_for()
    stored(house, instances_in(ct))
    house.open(house.wait_for_mails(1)[0].link, code, tmp_path / "out")
    assert data_sets(tmp_path / "out") == data_sets(ct)
    for path in instances_in(tmp_path / "out"):
        assert "DeidentificationMethodCodeSequence" not in pydicom.dcmread(path)
    assert house.audit("share.made")[0]["purpose"] == "second opinion"


@case("T77")
def test_t77_a_full_disk_amid_a_file_lets_no_part_of_it_out(faulty, ct, tmp_path):
    house = faulty()
    house.faults.arm("ENOSPC", only="work.write.outbox#1")
    with Keeper(house, impatient=True):
        house.store_study(ct)
        mail = house.wait_for_mails(1)[0]
    assert house.faults.fired() == {"work.write.outbox#1": "ENOSPC"}
    house.open(mail.link, house.codes["dr-okafor"], tmp_path / "out")
    came = instances_in(tmp_path / "out")
    assert len(came) == len(instances_in(ct)) and len(house.mails()) == 1
    for path in came:
        data = pydicom.dcmread(path)
        assert len(data.PixelData) == data.Rows * data.Columns * 2 and data.PatientIdentityRemoved == "YES"
    assert Canaries(ct).hits(tmp_path / "out") == [] and not list((house.store / "outbox").iterdir())


def test_a_file_of_noise_is_no_study():
    made = one(encoded(ct())[:132] + bytes(range(256)) * 4)
    assert made.code in (1, 3) and not made.released
