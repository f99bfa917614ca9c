"""docs/conformance.md against the code: what it promises to a device is what there is."""

import csv
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
STATEMENT = (ROOT / "docs/conformance.md").read_text()
PDU = (ROOT / "daemon/receive/pdu.h").read_text()


def section(number):
    """From its heading to the next of the same rank or a higher one."""
    heading = re.search(rf"^(#+) {re.escape(number)}\.? .*\n", STATEMENT, re.M)
    rest = STATEMENT[heading.end():]
    end = re.search(rf"^#{{2,{len(heading[1])}}} ", rest, re.M)
    return rest[:end.start()] if end else rest


def test_the_implementation_and_the_pdu_are_named_as_they_are_sent():
    uids = (ROOT / "daemon/dicom/uids.h").read_text()
    policies = section("4.2.2")
    for name, row in (("kImplementationClassUID", "Implementation Class UID"), ("kImplementationVersionName", "Implementation Version Name")):
        value = re.search(rf'{name} =\s*"([^"]+)"', uids)[1]
        assert f"| {row} | {value} |" in policies
    most = re.search(r"kMaxPDULength = (\d+);", PDU)[1]
    assert f"| maximum PDU length received | {most} bytes |" in policies


def test_every_rejection_of_an_association_stands_in_the_table_and_no_other():
    in_code = {tuple(map(int, found)) for found in re.findall(r"inline constexpr Rejection \w+\{(\d), (\d), (\d)\};", PDU)}
    in_table = {tuple(map(int, found)) for found in re.findall(r"^\| (\d), (\d), (\d) ", section("4.2.2"), re.M)}
    assert in_table == in_code and len(in_code) >= 6


def test_every_reason_of_an_abort_stands_in_the_table_and_no_other():
    enumeration = re.search(r"enum class AbortReason.*?\{(.*?)\};", PDU, re.S)[1]
    table = section("4.2.2").split("| A-ABORT: source 2, reason |")[1]
    assert re.findall(r"^\| (\d) ", table, re.M) == re.findall(r"= (\d+),", enumeration)


def test_every_status_of_a_response_is_told_and_no_other():
    enumeration = re.search(r"enum class DIMSEStatus.*?\{(.*?)\};", (ROOT / "daemon/receive/command.h").read_text(), re.S)[1]
    in_code = {value.upper() for value in re.findall(r"= 0x(\w{4}),", enumeration)}
    assert set(re.findall(r"\b([0-9A-F]{4})H\b", section("4.2.3"))) == in_code


def test_every_option_of_deidentification_stands_in_the_table_and_all_but_faces_are_offered():
    source = (ROOT / "daemon/deidentify/options.cpp").read_text()
    codes = re.findall(r'\{Option::\w+,\s*"\w+",\s*[\w:]+,\s*"(\d{6})"\}', source)
    assert len(codes) == 12
    offered = dict(re.findall(r"^\| [^|]+ \| (\d{6}) \| (yes|no)", section("8.4"), re.M))
    assert offered.pop("113100") == "yes"
    assert offered == {code: "no" if code == "113102" else "yes" for code in codes}  # nothing is done to faces: they are held


def test_every_character_set_that_is_decoded_stands_in_the_statement():
    numbers = set(re.findall(r"\{(\d+), \"", (ROOT / "daemon/dicom/charset_table.h").read_text()))
    told = set(re.findall(r"\d+", section("7").partition("C.12.1.1.2:")[2]))
    assert numbers - {"6", "14"} <= told and len(numbers) > 12


def test_limits_and_times_are_those_of_the_settings():
    settings = (ROOT / "daemon/settings/settings.h").read_text()
    for name, told in (("max_associations", r"`receiver.max_associations` \((\d+)\)"),
                       ("max_associations_per_peer", r"`receiver.max_associations_per_peer` \((\d+)\)")):
        assert re.search(told, STATEMENT)[1] == re.search(rf"\b{name} = (\d+)", settings)[1]


def actions():
    """(tag) -> {column: letters}, as docs/conformance-deidentification.md has it."""
    lines = (ROOT / "docs/conformance-deidentification.md").read_text().splitlines()
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return {row[1]: dict(zip(table[0], row)) for row in table[2:]}


def test_the_table_of_attributes_is_what_the_engine_does():
    script = ROOT / "scripts/make_deidentification_statement"
    printed = subprocess.run([sys.executable, script, "--print", "--bin", os.environ.get("DCMCOURIER_BIN", ROOT / "build/bin")],
                             check=True, capture_output=True, text=True).stdout
    assert printed == (ROOT / "docs/conformance-deidentification.md").read_text(), f"run {script.relative_to(ROOT)}"


def standard():
    """(tag) -> row of PS3.15 Table E.1-1, past the engine and its generator."""
    with open(ROOT / "config/deidentify/profile.tsv", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {f"({row['tag'].upper()})": row for row in rows if re.fullmatch(r"[0-9A-Fa-f]{4},[0-9A-Fa-f]{4}", row["tag"])}


def test_the_table_of_attributes_has_every_row_of_the_standard_with_its_letter_or_one_that_says_less():
    told, rows = actions(), standard()
    assert set(told) == set(rows) and len(rows) > 600
    pseudonyms = {"(0010,0010)", "(0010,0020)"}
    others = {tag for tag, row in rows.items() if told[tag]["Basic Prof."] != row["basic"]}
    assert {told[tag]["Basic Prof."] for tag in others - pseudonyms} <= {"X"}
    for tag in others - pseudonyms:  # command sets, file meta, directories, signatures and the marks are made anew
        assert tag[1:5] in ("0000", "0002", "0003", "0004", "0006", "0012", "0400", "FFFA", "4FFE", "FFFC"), tag


def test_no_option_keeps_or_cleans_what_the_standard_does_not_let_it():
    told, names = actions(), {"Rtn. UIDs": "rtn_uids", "Rtn. Dev. Id.": "rtn_dev_id", "Rtn. Inst. Id.": "rtn_inst_id",
                              "Rtn. Pat. Chars.": "rtn_pat_chars", "Rtn. Long. Full Dates": "rtn_long_full_dates", "Rtn. Long. Modif. Dates": "rtn_long_modif_dates"}
    for tag, row in standard().items():
        for column, name in names.items():
            assert told[tag][column] in ("", row[name]), (tag, column)
    assert told["(0008,0018)"]["Rtn. UIDs"] == "K" and told["(0008,0020)"]["Rtn. Long. Modif. Dates"] == "C"
