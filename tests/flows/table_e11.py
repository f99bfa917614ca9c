"""Table E.1-1 as its file says, read without the engine: what must become of each attribute under each option."""

import csv
import functools

import pydicom
from deidentified import PATIENT, ROOT, item, mapped_uid, shifted
from pydicom.tag import Tag

FACTS = ROOT / "config" / "deidentify"
COLUMNS = {
    "retain_safe_private": "rtn_safe_priv", "retain_uids": "rtn_uids", "retain_device_identity": "rtn_dev_id",
    "retain_institution_identity": "rtn_inst_id", "retain_patient_characteristics": "rtn_pat_chars",
    "retain_full_dates": "rtn_long_full_dates", "modify_dates": "rtn_long_modif_dates",
    "clean_descriptors": "clean_desc", "clean_structured_content": "clean_struct_cont", "clean_graphics": "clean_graph",
}
DATES = ("rtn_long_full_dates", "rtn_long_modif_dates")
DAY, BIRTHDAY, CALIBRATED = "20230517", "19470319", "20190307"
KEPT_AS_DATES = {"300C,0127", "300c,0127"}  # a date, though its row names the device
DUMMIES = {"DA": "19000101", "TM": "000000", "DT": "19000101000000", "AE": "ANON", "AS": "000Y", "DS": "0", "IS": "0"}


def rows(name):
    with open(FACTS / name, encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))


def number(text):
    return Tag(int(text.replace(",", ""), 16))


def is_exact(row):
    return all(len(part) == 4 and set(part) <= set("0123456789abcdefABCDEF") for part in row["tag"].split(","))


@functools.cache
def profile():
    return rows("profile.tsv")


@functools.cache
def written():
    """Rows of one tag each that a data set can hold: not those of commands, file meta and directories."""
    return [row for row in profile() if is_exact(row) and int(row["tag"][:4], 16) >= 8]


@functools.cache
def compounds(sop_class):
    return {row["tag_path"].upper(): row["resolved_action"][0] for row in rows("iod_compound_types.tsv")
            if row["sop_class_uid"] == sop_class}


@functools.cache
def iods_of(sop_class):
    return {row["iod"] for row in rows("iod_compound_types.tsv") if row["sop_class_uid"] == sop_class}


@functools.cache
def required(sop_class):
    """What is X or Z in the table and Type 1 or 2 at the top of this IOD."""
    return {row["tag"].upper(): "D" if row["type"].startswith("1") else "Z" for row in rows("x_on_required.tsv")
            if row["level"] == "top" and iods_of(sop_class) & set(row["iods"].split(","))}


def basic(row, sop_class):
    tag, cell = row["tag"].upper(), row["basic"]
    if "/" in cell:
        letter = compounds(sop_class).get(tag, cell[0])
        return "items" if letter == "U" else letter
    return required(sop_class).get(tag, cell) if cell == "X" else cell


def expected(row, options, sop_class):
    """X, Z, D, U of the Basic Profile; kept, shifted, or cleaned: text that may stay but for what identifies."""
    tag = row["tag"].upper()
    columns = [COLUMNS[option] for option in options if option in COLUMNS]
    if tag in ("0010,0010", "0010,0020"):
        return "pseudonym"
    if tag[:4] in ("0400", "FFFA") or tag == "4FFE,0001":
        return "X"
    if any(row[column] == "C" for column in columns if column not in DATES):
        return "cleaned"
    if row["rtn_long_modif_dates"] == "C" and "modify_dates" in options and row["vr"] in ("DA", "DT", "TM"):
        return "shifted"
    kept = [column for column in columns if row[column] == "K"]
    if kept and not (tag in KEPT_AS_DATES and kept == ["rtn_dev_id"]):
        return "kept"
    return basic(row, sop_class)


def token(row):
    """A word for each attribute that is in no other, and in no clean header."""
    return f"QZ{row['tag'].replace(',', '').upper()}XJ"


def value(row):
    vr, word = row["vr"], token(row)
    tag = int(number(row["tag"]))
    day = BIRTHDAY if "Birth" in row["keyword"] else CALIBRATED if row["rtn_dev_id"] == "K" and row["tag"] not in KEPT_AS_DATES else DAY
    fixed = {"DA": day, "DT": day + "134501", "TM": "134501", "AS": "045Y", "DS": "7", "IS": "7", "US": 7, "SL": 7, "FD": 7.5,
             "UI": f"1.2.826.0.1.{tag}.1.2", "SQ": [item(PatientName="INNERQZ^XJPERSON", CodeValue="QZ1")]}
    if vr in ("OB", "UN", "OW"):
        return (word + " ").encode().ljust(16, b"\1")
    if vr in fixed:
        return fixed[vr]
    # Beside the word what a cleaner may leave.
    return f"CT CHEST {word}" if "C" in (row[column] for column in COLUMNS.values() if column not in DATES) and vr in ("LO", "SH", "ST", "LT", "UT", "UC") else word


def planted(row):
    """The attribute alone, as an element."""
    return pydicom.DataElement(number(row["tag"]), row["vr"].split("|")[0], value(row))


def is_empty(element):
    return element.is_empty or element.VM == 0 or (element.VR == "SQ" and not element.value)


def raw(element):
    return element.value if isinstance(element.value, bytes) else str(element.value)


def without_person(element):
    """A sequence's items, where a PN must have gone."""
    return all("INNERQZ" not in str(one) for one in element.value)


CHECKS = {
    "X": lambda was, now: now is None,
    "Z": lambda was, now: now is not None and is_empty(now),
    "D": lambda was, now: now is not None and not is_empty(now) and raw(now) != raw(was) and is_dummy(now),
    "U": lambda was, now: now is not None and now.value == mapped_uid(was.value),
    "items": lambda was, now: now is not None and len(now.value) == 1 and without_person(now),
    "kept": lambda was, now: now is not None and (without_person(now) if now.VR == "SQ" else raw(now) == raw(was)),
    "shifted": lambda was, now: now is not None and raw(now) == (
        raw(was) if was.VR == "TM" else shifted(raw(was)[:8], PATIENT) + raw(was)[8:]),
    # The items of a sequence go through the profile, which keeps the value of a code.
    "cleaned": lambda was, now: now is None or is_empty(now) or (without_person(now) if now.VR == "SQ" else "QZ" not in str(now.value)),
    "pseudonym": lambda was, now: now is not None and len(str(now.value)) == 13 and str(now.value)[0] == "P",
}


def is_dummy(element):
    if element.VR == "SQ":
        return without_person(element)
    if element.VR in DUMMIES:
        return str(element.value) in (DUMMIES[element.VR], DUMMIES[element.VR] + ".0")
    if element.VR == "UI":
        return element.value.startswith("2.25.")
    return isinstance(element.value, bytes) and not any(element.value) or element.value == "ANONYMIZED"


def judge(row, options, sop_class, was, now):
    """None, or what is wrong with `now`, the element that came out (None: none)."""
    wanted = expected(row, options, sop_class)
    if CHECKS[wanted](was, now):
        return None
    return f"{row['tag']} {row['keyword']} under {sorted(options) or 'the profile'}: {wanted} was due, got {now}"
