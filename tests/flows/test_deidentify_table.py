"""All 647 rows of Table E.1-1 under each of its ten options: what the engine does is what the table's file says, as read
here without the engine; and a table with any row taken out or any cell changed does something else."""

import collections
import copy
import importlib.machinery
import importlib.util
import itertools
import pathlib
import subprocess

import pytest
from deidentified import BIN, ROOT, SCRATCH, ct, encoded, enhanced_ct, errors, item, of_class, one
from table_e11 import COLUMNS, FACTS, expected, is_exact, judge, number, planted, profile, written

from tests.phantom import images

pytestmark = pytest.mark.filterwarnings("ignore")
XA, PET = "1.2.840.10008.5.1.4.1.1.12.1", "1.2.840.10008.5.1.4.1.1.128"
CLEANERS = ["clean_descriptors", "clean_structured_content", "clean_graphics"]
BY_NAME = {"0040,0555", "0040,A730", "0070,0001"}
TOGETHER = ["retain_patient_characteristics,modify_dates", "retain_device_identity,retain_institution_identity,retain_full_dates",
            "retain_uids,retain_full_dates,retain_patient_characteristics,retain_device_identity,retain_institution_identity"]


def with_whole_table(data):
    for row in written():
        if row["tag"] not in ("0008,0018", "0010,0020", "0010,0021"):  # by these the maps go
            data.add(planted(row))
    return data


def sets():
    """Options alone, and several of them."""
    for options in ["", *COLUMNS, *TOGETHER]:
        words = set(filter(None, options.split(",")))
        yield pytest.param(words, id=options or "profile")


CLASSES = {"ct": ct, "enhanced-ct": enhanced_ct, "xa": lambda: of_class(XA, "XA"), "pet": lambda: of_class(PET, "PT")}


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("options", sets())
def test_each_row_has_the_outcome_that_the_table_gives_it(kind, options):
    data = with_whole_table(CLASSES[kind]())
    made = one(data, ",".join(sorted(options)))
    faults = [judge(row, options, data.SOPClassUID, data.get(number(row["tag"])), made.data.get(number(row["tag"])))
              for row in written()]
    assert not [fault for fault in faults if fault]


def test_the_table_is_the_standards():
    assert len(profile()) == 647
    cells = collections.Counter(row["basic"] for row in profile())
    assert cells == {"X": 409, "Z": 42, "D": 92, "U": 55, "X/D": 22, "X/Z": 11, "X/Z/D": 8, "X/Z/U*": 2, "Z/D": 6}
    # Those that no data set holds as one attribute: commands, file meta, directories, and patterns of tags.
    assert len(profile()) - len(written()) == 8
    outcomes = {expected(row, {option}, images.CT) for row in written() for option in COLUMNS}
    assert outcomes == {"X", "Z", "D", "U", "kept", "shifted", "cleaned", "pseudonym"}


def test_rows_of_many_tags_are_rules():
    data = ct(ProcedureCodeSequence=[item(CodeValue="1")])
    for holder in (data, data.ProcedureCodeSequence[0]):
        for tag, vr, value in ((0x50000022, "LO", "QZ1"), (0x501E3000, "OW", b"QZ2."), (0x60003000, "OW", b"QZ3."),
                               (0x601E4000, "LT", "QZ4"), (0x00111001, "LO", "QZ5"), (0x7FE11001, "LO", "QZ6")):
            holder.add_new(tag, vr, value)
    made = one(data)
    assert b"QZ" not in made.bytes and errors(made.path) <= errors(made.source)


# Tables that are not the standard's

def runs():
    """Each option alone; with them what cleans text, for the cells that only a cleaner fulfils."""
    pairs = [f"{option},{cleaner}" for option, cleaner in itertools.product(COLUMNS, CLEANERS) if option != cleaner]
    return ["", *COLUMNS, *pairs]


@pytest.fixture(scope="module")
def changes():
    """[(tag, what was changed, whether what the engine makes of the attribute changed)]"""
    path = pathlib.Path(SCRATCH.name) / "table.dcm"
    path.write_bytes(encoded(with_whole_table(ct())))
    done = subprocess.run([BIN / "table_tool", path, *runs()], capture_output=True, text=True, check=True)
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    return [(tag, what, seen == "seen") for tag, what, seen in lines]


def is_fixed(row):
    """What the engine does whatever the table says: pseudonyms, signatures and their like."""
    return row["tag"].upper() in ("0010,0010", "0010,0020", "4FFE,0001") or row["tag"][:4].upper() in ("0400", "FFFA", "FFFC")


def changed_rows():
    return {row["tag"].replace(",", "").upper(): row for row in written() if not is_fixed(row)}


def test_every_row_is_changed_in_every_cell(changes):
    assert {tag for tag, _, _ in changes} >= set(changed_rows())
    assert len(changes) == len({(tag, what) for tag, what, _ in changes}) == 12 * len({tag for tag, _, _ in changes})


def test_a_row_whose_basic_cell_says_something_else_is_seen(changes):
    rows = changed_rows()
    unseen = [tag for tag, what, seen in changes if what == "basic" and tag in rows and not seen]
    assert [tag for tag in unseen if rows[tag]["vr"] != "UI"] == []  # a dummy UID is a mapped one


@pytest.mark.parametrize("bit, option", enumerate(COLUMNS))
def test_a_cell_of_an_option_that_says_something_else_is_seen(bit, option, changes):
    rows = changed_rows()
    unseen = [(tag, what) for tag, what, seen in changes
              if what.startswith(f"column {bit} was ") and tag in rows and not seen and counts(rows[tag], what, option)]
    assert unseen == []


def counts(row, what, option):
    """A C without a cleaner is the Basic Profile; dates have one, and texts. What is drawn or reported is cleaned by its name."""
    if what.endswith("C"):
        if option == "modify_dates":
            return row["vr"] in ("DA", "DT", "TM")
        if row["tag"].upper() in BY_NAME:
            return False
        return row["vr"] in ("LO", "SH", "ST", "LT", "UT", "UC") or (row["vr"] == "SQ" and option == "clean_descriptors")
    if option == "modify_dates":
        return False  # the table has no K there, and none would be obeyed before C
    # Kept or not, a time is a time under that option; and the device's row with a date is a date.
    return not (row["tag"].upper() == "300C,0127" and option == "retain_device_identity")


def test_a_row_that_is_missing_is_seen_or_its_attribute_goes_the_same_way_by_its_vr(changes):
    """Removing is also what becomes of names, dates and free text that no row names: the net below the table."""
    rows = changed_rows()
    unseen = {tag for tag, what, seen in changes if what == "row" and tag in rows and not seen}
    caught_below = {"PN", "AE", "UR", "DA", "TM", "DT", "LO", "SH", "ST", "LT", "UT", "UC", "OB", "UN", "UI", "CS", "SQ", "AS", "DS", "IS"}
    for tag in unseen:
        # The same outcome under every option: the mutant does what the standard asks.
        assert rows[tag]["vr"] in caught_below
        assert rows[tag]["basic"][0] in "XU" or rows[tag]["vr"] == "UI"
    assert len(unseen) < len(rows)


# The generator: what the engine is compiled with

@pytest.fixture(scope="module")
def generator():
    loader = importlib.machinery.SourceFileLoader("make_deidentify_tables", str(ROOT / "scripts" / "make_deidentify_tables"))
    made = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(made)
    return made


def test_a_table_without_any_one_row_or_with_any_other_cell_compiles_to_something_else(generator, monkeypatch):
    right = list(generator.profile(FACTS))
    table = profile()
    names = ["basic", *COLUMNS.values()]
    for at, row in enumerate(table):
        if not is_exact(row):
            continue
        monkeypatch.setattr(generator, "rows", lambda *_: [row])  # noqa: B023  the one row
        line, = generator.profile(FACTS)
        assert line in right, at
        for name in names:
            other = copy.copy(row)
            other[name] = {"basic": "Z" if row["basic"] != "Z" else "D"}.get(name, "" if row[name] else "K")
            monkeypatch.setattr(generator, "rows", lambda *_: [other])  # noqa: B023
            changed, = generator.profile(FACTS)
            assert changed != line and changed not in right, (row["tag"], name)
    assert len(set(right)) == len(right) == sum(map(is_exact, table))
