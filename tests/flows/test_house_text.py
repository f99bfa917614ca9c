"""Free text in a whole house: converters of character sets work in the confined child too."""

import pydicom
import pytest

from tests.house.files import instances_in

ROUTE = {"name": "cleaned", "match": {"called_ae_title": "COURIER"}, "recipients": ["dr-okafor"],
         "deidentify": {"profile": "basic", "options": ["clean_descriptors"], "on_quarantine": "drop_instance"},
         "share": {"lifetime": "7d", "purpose": "second opinion"}}
SAID = {"ISO 2022 IR 87": ("胸部CT", "山田太郎"), "GB18030": ("胸部CT", "王小东")}  # what may stay, and a name


@pytest.fixture(scope="module")
def cleaned(shared_house, ct, tmp_path_factory):
    folder, out = tmp_path_factory.mktemp("study"), tmp_path_factory.mktemp("out")
    for (term, (kept, name)), path in zip(SAID.items(), sorted(ct.rglob("*.dcm"))):
        data = pydicom.dcmread(path)
        data.SpecificCharacterSet = ["", term] if "2022" in term else term
        data.SeriesDescription, data.PatientName, data.StudyDescription = f"{kept} {name}", "", ""
        data.SeriesInstanceUID, data.ReferringPhysicianName = data.SOPInstanceUID + ".1", name
        data.save_as(folder / path.name)
    house = shared_house(routes=[ROUTE])
    code = house.code_for()
    house.store_study(folder)
    house.open(house.wait_for_mails(1)[0].link, code, out)
    return [pydicom.dcmread(path) for path in instances_in(out)]


def test_words_of_the_allow_list_stay_in_their_own_character_set_and_the_name_goes(cleaned):
    assert len(cleaned) == len(SAID)
    assert {data.SeriesDescription for data in cleaned} == {kept for kept, _ in SAID.values()}
