"""`dcmcourier report`: how a study that was sent was de-identified, from the audit chain."""

import hashlib
import json
import subprocess

import pydicom

from tests.house.files import instances_in
from tests.house.house import ROOT


def test_a_delivered_study_has_its_report(open_house, small):
    house = open_house()
    house.code_for()
    house.store_study(small)
    house.wait_for("SELECT 1 FROM bundle WHERE state = 'published' UNION SELECT 1 FROM bundle WHERE held != ''")
    report = json.loads(house.cli("report", "1", "--json").stdout)[0]
    tables = subprocess.run("sha256sum *.tsv allow_list.txt | sha256sum", shell=True, cwd=ROOT / "config/deidentify", capture_output=True, text=True, check=True)
    assert report["tables"] == tables.stdout[:64]
    key = bytes.fromhex((house.folder / "credentials/deidentify-key").read_text().strip())
    assert report["key"] == hashlib.sha256(b"kid" + key).hexdigest()[:8]
    assert int(report["count_uids_mapped"]) > 10 and report["quarantined"] == "2"
    assert "1: structured reports need Clean Structured Content" in (report["reason_1"], report["reason_2"])
    text = house.cli("report", "1").stdout
    assert "elements uids_mapped" in text and report["tables"] in text
    for word in json.loads((small / "canaries.json").read_text())["canaries"]:
        assert word not in text


def test_a_routes_overrides_reach_the_object_its_mark_and_the_report(open_house, ct, tmp_path):
    overrides = [{"attribute": "StationName", "action": "replace", "value": "SCANNER"}, {"attribute": "Manufacturer", "action": "remove"}]
    house = open_house(routes=[{
        "name": "own", "match": {"called_ae_title": "COURIER"}, "recipients": ["dr-okafor"],
        "deidentify": {"profile": "basic", "overrides": overrides}, "share": {"purpose": "second opinion"}}])
    code = house.code_for()
    house.store_study(ct)
    house.open(house.wait_for_mails(1)[0].link, code, tmp_path)
    for data in map(pydicom.dcmread, instances_in(tmp_path)):
        assert data.StationName == "SCANNER" and "Manufacturer" not in data
        assert data.DeidentificationMethod[1] == "route's overrides: 0 keep, 1 remove, 1 replace"
    report = json.loads(house.cli("report", "1", "--json").stdout)[0]
    assert report["overrides"] == "remove 00080070; replace 00081010 SCANNER"
