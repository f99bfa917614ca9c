"""From storescu to the opened link through a whole house: who gets what, and what stays."""

import importlib.util
import shutil
import subprocess

import pydicom
import pytest
from receiver import CT, EXPLICIT, Requestor

from tests.house.canaries import Canaries, pixel_digest
from tests.house.files import contents, data_set_bytes, data_sets, instances_in, values
from tests.house.house import OPENER, wait_until

HELD_BACK = {"rdsr", "dose"}
BASIC = {"profile": "basic", "options": ["retain_patient_characteristics", "modify_dates"], "on_quarantine": "drop_instance"}
SHARE = {"lifetime": "7d", "purpose": "second opinion"}
OKAFOR = {"name": "Dr. A. Okafor", "email": "okafor@clinic.example", "known_as": ["OKAFOR^ADA"]}
BERG = {"name": "Dr. B. Berg", "email": "berg@clinic.example", "known_as": ["BERG^BO"]}


def route(name="everything", recipients=("dr-okafor",), **changes):
    return {"name": name, "match": {"called_ae_title": "COURIER"}, "recipients": list(recipients), "deidentify": BASIC,
            "share": SHARE, **changes}


def mail_to(house, address):
    return next(mail for mail in house.mails() if address in mail.to)


class Delivered:
    """The small study, sent once and opened by both openers."""

    def __init__(self, house, phantom, folder):
        self.house, self.phantom = house, phantom
        self.code = house.code_for()
        house.store_study(phantom)
        self.mail = house.wait_for_mails(1)[0]
        self.out, self.elsewhere = folder / "ours", folder / "elsewhere"
        house.open(self.mail.link, self.code, self.out)
        house.open_elsewhere(self.mail.link, self.code, self.elsewhere)


@pytest.fixture(scope="module")
def delivered(shared_house, small, tmp_path_factory):
    return Delivered(shared_house(), small, tmp_path_factory.mktemp("opened"))


def test_one_study_becomes_one_link(delivered):
    house = delivered.house
    assert [row[0] for row in house.query("SELECT state FROM share")] == ["announced"]
    assert len(house.mails()) == 1
    assert house.rows("studies")[0]["state"] == "routed"


def test_both_openers_find_the_same_files(delivered):
    assert contents(delivered.out) == contents(delivered.elsewhere)
    assert len(instances_in(delivered.out)) == 9


def test_what_came_out_is_what_was_sent_without_the_person(delivered):
    canaries = Canaries(delivered.phantom)
    assert len({path for path, _ in canaries.hits(delivered.phantom)}) >= 11  # the search finds what is there
    assert canaries.hits(delivered.out) == []
    sent = [one["pixel_sha256"] for one in canaries.told["instances"] if one["series"] not in HELD_BACK]
    assert sorted(filter(None, map(pixel_digest, instances_in(delivered.out)))) == sorted(sent)
    assert values(delivered.out, "PatientIdentityRemoved") == {"YES"}


def test_others_read_the_directory(delivered):
    files = sorted(path.relative_to(delivered.out).as_posix() for path in instances_in(delivered.out))
    directory = pydicom.dcmread(delivered.out / "DICOMDIR")
    images = [one for one in directory.DirectoryRecordSequence if one.DirectoryRecordType == "IMAGE"]
    assert sorted("/".join(one.ReferencedFileID) for one in images) == files
    listed = subprocess.run(["dcmdump", "+P", "ReferencedFileID", delivered.out / "DICOMDIR"], capture_output=True, text=True)
    assert listed.returncode == 0 and listed.stdout.count("ReferencedFileID") == len(files)


def test_unzip_accepts_the_package(delivered, tmp_path):
    spec = importlib.util.spec_from_file_location("independent_opener", OPENER)
    opener = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(opener)
    package = tmp_path / "package.zip"
    opener.unpack = lambda content, out: package.write_bytes(content)
    opener.open_link(delivered.mail.link, delivered.code, tmp_path / "out")
    tested = subprocess.run(["unzip", "-t", package], capture_output=True, text=True)
    assert tested.returncode == 0 and "No errors detected" in tested.stdout, tested.stdout


def test_no_identifier_is_anywhere_at_rest(delivered):
    house = delivered.house
    places = [house.store, house.folder / "portal", house.folder / "mail", house.folder / "logs"]
    assert all(any(place.rglob("*")) for place in places)
    assert [hit for place in places for hit in Canaries(delivered.phantom).hits(place)] == []


def test_the_opening_is_told(delivered):
    house = delivered.house
    assert wait_until(lambda: house.query("SELECT opened_at FROM share")[0][0], 60, "the portal's events")
    assert house.audit("portal.opened")[0]["share"] == house.rows("shares")[0]["share"]


def test_nothing_is_left_in_the_outbox_and_the_audit_is_whole(delivered):
    house = delivered.house
    assert list((house.store / "outbox").iterdir()) == []
    assert "is whole" in house.cli("audit", "verify").stdout


def test_identified_data_sets_come_out_byte_for_byte(open_house, ct, tmp_path):
    house = open_house(routes=[route(deidentify="none")])
    code = house.code_for()
    with Requestor(house) as modality:
        assert modality.associate()[0] == 2
        for path in instances_in(ct):
            uid = str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID)
            assert modality.store(data_set_bytes(path), sop_class=CT, sop_instance=uid) == 0
        modality.send(bytes([5, 0, 0, 0, 0, 4, 0, 0, 0, 0]))  # A-RELEASE-RQ
    house.open(house.wait_for_mails(1)[0].link, code, tmp_path / "out")
    assert data_sets(tmp_path / "out") == data_sets(ct)
    assert {pydicom.dcmread(path).file_meta.TransferSyntaxUID for path in instances_in(tmp_path / "out")} == {EXPLICIT}
    assert house.audit("share.made")[0]["purpose"] == "second opinion"


def test_two_recipients_with_different_profiles_get_different_bundles(open_house, small, tmp_path):
    strict = {**BASIC, "options": []}
    house = open_house(routing="all_matches", recipients={"dr-okafor": OKAFOR, "dr-berg": BERG},
                       routes=[route("rich"), route("strict", ["dr-berg"], deidentify=strict)])
    codes = {name: house.code_for(name) for name in ("dr-okafor", "dr-berg")}
    house.store_study(small)
    house.wait_for_mails(2)
    rich, poor = tmp_path / "rich", tmp_path / "poor"
    house.open(mail_to(house, "okafor").link, codes["dr-okafor"], rich)
    house.open(mail_to(house, "berg").link, codes["dr-berg"], poor)
    assert len(house.query("SELECT id FROM bundle WHERE state = 'published'")) == 2
    assert values(rich, "PatientSex") == {"F"} and values(poor, "PatientSex") <= {"", None}
    assert len(values(rich, "StudyDate")) == 1 and values(poor, "StudyDate") <= {"", None}
    assert Canaries(small).hits(tmp_path) == []


def test_a_dose_report_is_cleaned_and_sent_where_a_route_asks_for_it(open_house, small, tmp_path):
    options = ["clean_structured_content", "clean_graphics", "retain_safe_private"]
    house = open_house(routes=[route(deidentify={**BASIC, "options": options})])
    code = house.code_for()
    house.store_study(small)
    house.open(house.wait_for_mails(1)[0].link, code, tmp_path / "out")
    report = next(data for data in map(pydicom.dcmread, instances_in(tmp_path / "out")) if data.Modality == "SR")
    codes = [one.CodeValue for one in report.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113104", "113111"] and len(report.ContentSequence) > 5
    assert Canaries(small).hits(tmp_path) == []


def test_two_recipients_with_one_profile_share_one_upload_under_links_of_their_own(open_house, ct, tmp_path):
    house = open_house(recipients={"dr-okafor": OKAFOR, "dr-berg": BERG}, routes=[route(recipients=["dr-okafor", "dr-berg"])])
    okafors, bergs = house.code_for("dr-okafor"), house.code_for("dr-berg")
    house.store_study(ct)
    house.wait_for_mails(2)
    first, second = mail_to(house, "okafor"), mail_to(house, "berg")
    assert first.link != second.link and first.id != second.id and okafors != bergs
    assert len(house.query("SELECT id FROM bundle")) == 1 and len(house.audit("bundle.published")) == 1
    assert len(house.blobs()) == 2
    assert house.open(second.link, okafors, tmp_path / "wrong", check=False).returncode == 77
    house.open(first.link, okafors, tmp_path / "first")
    house.open(second.link, bergs, tmp_path / "second")
    assert contents(tmp_path / "first") == contents(tmp_path / "second")


def test_a_code_for_each_share_is_read_out_by_the_operator(open_house, ct, tmp_path):
    house = open_house(recipients={"dr-okafor": {**OKAFOR, "code": "operator"}})
    house.store_study(ct)
    mail = house.wait_for_mails(1)[0]
    code = house.cli("shares", "code", house.rows("shares")[0]["share"]).stdout.strip()
    assert code and code not in mail.text
    house.open(mail.link, code, tmp_path / "out")
    assert len(instances_in(tmp_path / "out")) == 3
    assert len(house.audit("administrator.code_read")) == 1


def test_a_link_alone_opens_where_the_route_says_so(open_house, ct, tmp_path):
    house = open_house(routes=[route(share={**SHARE, "access": "link_only"})])
    house.store_study(ct)
    link = house.wait_for_mails(1)[0].link
    house.open(link, None, tmp_path / "ours")
    house.open_elsewhere(link, None, tmp_path / "elsewhere")
    assert contents(tmp_path / "ours") == contents(tmp_path / "elsewhere")


def test_what_a_route_leaves_out_is_not_sent_and_holds_nothing(open_house, small, tmp_path):
    strict = {**BASIC, "on_quarantine": "hold_study"}
    house = open_house(routes=[route(deidentify=strict, leave_out={"modality": ["SR"], "sop_class": ["SecondaryCaptureImageStorage"]})])
    code = house.code_for()
    house.store_study(small)
    house.open(house.wait_for_mails(1)[0].link, code, tmp_path / "out")
    assert len(instances_in(tmp_path / "out")) == 9 and "SR" not in values(tmp_path / "out", "Modality")
    assert house.audit("instance.not_released") == []


def test_what_may_not_be_released_holds_the_bundle_by_default(open_house, small):
    house = open_house(routes=[route(deidentify={**BASIC, "on_quarantine": "hold_study"})])
    house.code_for()
    house.store_study(small)
    held = house.wait_for("SELECT held FROM bundle WHERE held <> ''")[0][0]
    assert "2 instances" in held and not house.mails()
    assert house.rows("deliveries")[0]["held"] == held


def test_an_unmatched_study_is_kept_and_reported_until_a_route_matches(open_house, ct, tmp_path):
    house = open_house(routes=[route(match={"modality": "XA"})])
    code = house.code_for()
    house.store_study(ct)
    house.wait_for("SELECT id FROM study WHERE state = 'unrouted'")
    assert house.rows("studies")[0]["state"] == "unrouted" and "unrouted" in house.cli("status").stdout
    assert "no route matches" in house.cli("explain", "1").stdout
    assert house.rows("shares") == [] and len(house.spooled()) == 3
    revision = house.rows("studies")[0]["revision"]
    house.configure(routes=[route()])
    house.hang_up()
    wait_until(lambda: "settings.swapped" in house.cli("audit", "export").stdout, 60, "the swap")
    house.cli("retry", "1")
    house.open(house.wait_for_mails(1)[0].link, code, tmp_path / "out")
    assert len(instances_in(tmp_path / "out")) == 3 and house.rows("studies")[0]["revision"] == revision


def test_an_unknown_physician_holds_the_study_until_they_are_known(open_house, ct):
    house = open_house(routes=[route(recipients=[{"by": "referring_physician"}])])
    house.code_for()
    house.store_study(ct)
    held = house.wait_for("SELECT held FROM study WHERE held <> ''")[0][0]
    assert Canaries(ct).in_bytes(held.encode()) == [] and not house.rows("shares")
    house.configure(recipients={"dr-okafor": {**OKAFOR, "known_as": ["OKONKWOBRAITHWAITE^THEODORA"]}})
    house.hang_up()
    wait_until(lambda: "settings.swapped" in house.cli("audit", "export").stdout, 60, "the swap")
    house.cli("release", "1")
    assert "okafor" in house.wait_for_mails(1)[0].to


def test_two_physicians_for_one_study_hold_it(open_house, ct, phantom, tmp_path):
    other = phantom("--study", "ct", "--late", "--referring", "BERG^BO")
    both = tmp_path / "both"
    shutil.copytree(ct, both)
    for path in instances_in(other):
        shutil.copy(path, both / f"other-{path.name}")
    known = {"dr-okafor": {**OKAFOR, "known_as": ["OKONKWOBRAITHWAITE^THEODORA"]}, "dr-berg": BERG}
    house = open_house(recipients=known, routes=[route(recipients=[{"by": "referring_physician"}])])
    house.code_for("dr-okafor"), house.code_for("dr-berg")
    house.store_study(both)
    held = house.wait_for("SELECT held FROM study WHERE held <> ''")[0][0]
    assert held and not house.mails() and not house.rows("shares")


def test_a_bad_file_at_sighup_changes_nothing_and_is_told(open_house, ct, tmp_path):
    house = open_house()
    code = house.code_for()
    good, before = house.config.read_text(), house.cli("status").stdout.split(";")[0]
    house.config.write_text(good.replace("quiet_period", "quite_period"))
    house.hang_up()
    wait_until(lambda: "did you mean" in house.log() and "quiet_period" in house.log(), 60, "the complaint")
    assert house.cli("status").stdout.split(";")[0] == before
    assert house.audit("settings.swapped") == []
    house.store_study(ct)
    house.open(house.wait_for_mails(1)[0].link, code, tmp_path / "out")
    assert len(instances_in(tmp_path / "out")) == 3
