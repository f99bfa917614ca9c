"""Cases of tests/vectors/deidentify_cases.tsv: dates, UIDs and who is who."""

import pathlib
import subprocess

import pydicom
import pytest
import yaml
from deidentified import (BIN, KEY, PATIENT, ROOT, ROOT_UID, case, changed, ct, deidentify, everything_in, item, mapped_uid, one,
                          patient_key, phantom_study, quarantined, shift_of, shifted, tool)

from tests.phantom import images, people

pytestmark = pytest.mark.filterwarnings("ignore")
MAPPED = "2.25.25505283428271869589171476869861221008"
BARE = {"PatientID": "MRN-7734-XQ", "IssuerOfPatientID": ""}  # the patient of the document's vectors


def bare(**values):
    return ct(**{**BARE, **values})


@case("T14")
def test_t14_full_dates_stay_but_the_birth_date_does_not():
    data = one(ct(), "retain_full_dates").data
    assert data.StudyDate == "20230517" and data.StudyTime == people.STUDY_TIME
    assert data["PatientBirthDate"].is_empty
    assert data.LongitudinalTemporalInformationModified == "UNMODIFIED"


@case("T15")
def test_t15_modified_dates_move_by_the_days_of_the_patient():
    first, second = deidentify(bare(), bare(number=2, StudyDate="20230824"), options="modify_dates")
    assert (first.data.StudyDate, second.data.StudyDate) == ("20160713", "20161020")
    assert first.data.StudyTime == people.STUDY_TIME
    assert first.data.LongitudinalTemporalInformationModified == "MODIFIED"
    assert shift_of(patient_key("MRN-7734-XQ", "")) == 2499


@case("T16")
def test_t16_without_an_option_for_dates_they_are_removed():
    assert one(ct()).data.LongitudinalTemporalInformationModified == "REMOVED"


def check(tmp_path, **deidentification):
    """dcmcourier check, of the sample with one route's de-identification changed."""
    sample = yaml.safe_load((ROOT / "config" / "dcmcourier.yaml").read_text())
    sample["routes"][0]["deidentify"] = deidentification
    path = pathlib.Path(tmp_path) / "dcmcourier.yaml"
    path.write_text(yaml.safe_dump(sample))
    done = subprocess.run([BIN / "dcmcourier", "check", path], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@case("T17")
def test_t17_full_and_modified_dates_together_are_refused_at_load(tmp_path):
    code, said = check(tmp_path, profile="basic", options=["retain_full_dates", "modify_dates"])
    assert code == 78 and "retain_full_dates and modify_dates exclude each other" in said
    assert check(tmp_path, profile="basic", options=["modify_dates"])[0] == 0
    assert tool("--options", "retain_full_dates,modify_dates", "--key", KEY, "a", "b").returncode == 1


@case("T18")
def test_t18_retained_uids_stay_and_the_file_meta_is_new():
    source = ct()
    source.file_meta.ImplementationClassUID = "1.2.3.4.5.6"
    source.file_meta.ImplementationVersionName = "KATTEGATPACS"
    made = one(source, "retain_uids")
    for name in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "IrradiationEventUID"):
        assert made.data[name].value == source[name].value
    assert made.data.file_meta.ImplementationClassUID != "1.2.3.4.5.6"
    assert b"KATTEGATPACS" not in made.bytes and made.codes == ["113100", "113110"]


@case("T19")
def test_t19_device_identity_keeps_the_station_but_no_ae_title():
    data = ct(StationAETitle="KATTEGAT_AE", ScheduledStationAETitle="KATTEGAT_AE")
    data.add_new(0x300C0127, "DT", "20230517101500")
    made = one(data, "retain_device_identity")
    assert made.data.StationName == people.STATION and made.data.DeviceSerialNumber == people.SERIAL
    assert b"KATTEGAT_AE" not in made.bytes
    assert 0x300C0127 not in made.data or "2023" not in str(made.data[0x300C0127].value)
    moved = one(bare_with(data), "retain_device_identity,modify_dates").data
    assert moved[0x300C0127].value == shifted("20230517", PATIENT) + "101500"
    assert made.codes == ["113100", "113109"]


def bare_with(data):
    return changed(data, {})


def referring_to(uid, number=1):
    data = ct(number=number, SOPInstanceUID=uid if number == 1 else ROOT_UID + ".7", StudyInstanceUID=uid)
    data.SourceImageSequence = [item(ReferencedSOPClassUID=images.CT, ReferencedSOPInstanceUID=uid)]
    data.RequestAttributesSequence = [item(StudyInstanceUID=uid, RequestedProcedureID="X")]
    return data


@case("T20")
def test_t20_a_uid_is_the_same_wherever_it_stands():
    made = one(referring_to(ROOT_UID))
    data = made.data
    assert data.SOPInstanceUID == data.StudyInstanceUID == data.file_meta.MediaStorageSOPInstanceUID == MAPPED
    found = {str(element.value) for element in everything_in(data) if element.VR == "UI"}
    assert MAPPED in found and ROOT_UID.encode() not in made.bytes
    second = one(referring_to(ROOT_UID, 2)).data
    assert second.StudyInstanceUID == MAPPED and mapped_uid(ROOT_UID) == MAPPED


@case("T21")
def test_t21_registered_uids_stay():
    data = ct(FrameOfReferenceUID="1.2.840.10008.1.4.1.1")
    data.CodingSchemeIdentificationSequence = [item(CodingSchemeDesignator="DCM", CodingSchemeUID="1.2.840.10008.2.16.4")]
    out = one(data).data
    assert out.SOPClassUID == images.CT and out.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert out.FrameOfReferenceUID == "1.2.840.10008.1.4.1.1"
    assert out.CodingSchemeIdentificationSequence[0].CodingSchemeUID == "1.2.840.10008.2.16.4"


@case("T22")
def test_t22_padding_does_not_change_a_uid_and_every_value_is_mapped():
    for written in (b"1.2.3\0", b"1.2.3 ", b"1.2.3"):
        data = ct()
        data.add(pydicom.dataelem.DataElement(0x00200052, "UI", "1.2.33"))
        file = encoded_with(data, b"1.2.33", written.ljust(6, b"\0"))
        assert one(file).data.FrameOfReferenceUID == mapped_uid("1.2.3")
    many = one(ct(IrradiationEventUID=["1.2.3", "1.2.4"])).data
    assert list(many.IrradiationEventUID) == [mapped_uid("1.2.3"), mapped_uid("1.2.4")]


def encoded_with(data, old, new):
    from deidentified import encoded
    file = encoded(data)
    assert file.count(old) == 1 and len(old) == len(new)
    return file.replace(old, new)


@case("T23")
def test_t23_an_empty_uid_stays_empty_and_an_illegal_one_is_mapped_and_counted():
    assert one(ct(FrameOfReferenceUID="")).data["FrameOfReferenceUID"].is_empty
    file = encoded_with(ct(FrameOfReferenceUID="1.2.345"), b"1.2.345", b"1.2.abc")
    first, second = one(file), one(file)
    assert first.data.FrameOfReferenceUID == second.data.FrameOfReferenceUID == mapped_uid("1.2.abc")
    assert first.counted("anomalies") == 1


@case("T24")
def test_t24_an_unregistered_uid_under_the_standards_root_is_mapped():
    assert one(ct(FrameOfReferenceUID="1.2.840.10008.99.7734")).data.FrameOfReferenceUID == mapped_uid("1.2.840.10008.99.7734")


@case("T25")
def test_t25_one_key_gives_one_output_and_another_key_another():
    first, again, other = one(ct()), one(ct()), one(ct(), key=bytes(range(1, 33)).hex())
    assert first.bytes == again.bytes
    for name in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "PatientID"):
        assert first.data[name].value != other.data[name].value
    assert other.data.SOPInstanceUID == mapped_uid(ct().SOPInstanceUID, bytes(range(1, 33)).hex())


def dates(name, value, vr, options="modify_dates", **values):
    """What becomes of one date, written as it is."""
    data = ct(**values)
    data[name] = pydicom.DataElement(pydicom.datadict.tag_for_keyword(name), vr, value)
    made = one(data, options)
    return made, made.data.get(name)


@case("T37")
def test_t37_old_dates_are_read_and_what_is_none_is_counted_and_goes():
    made, now = dates("StudyDate", "2023.05.17", "DA")
    assert now == shifted("20230517", PATIENT)
    for none in ("20230517-20230518", "00000000", "UNKNOWN"):
        made, now = dates("ContentDate", none, "DA")
        assert now in ("", None, "19000101") and made.counted("anomalies") >= 1


@case("T38")
def test_t38_a_date_and_time_keeps_its_precision():
    moment = shifted("20230517", PATIENT) + "134501.5+0200"
    assert dates("AcquisitionDateTime", "20230517134501.5+0200", "DT")[1] == moment
    assert dates("AcquisitionDateTime", "2023", "DT")[1] == shifted("20230101", PATIENT)[:4]
    assert dates("AcquisitionDateTime", "202305", "DT")[1] == shifted("20230501", PATIENT)[:6]


@case("T39")
def test_t39_each_of_several_dates_is_moved():
    now = dates("DateOfLastCalibration", ["20230517", "20230518"], "DA")[1]
    assert list(now) == [shifted("20230517", PATIENT), shifted("20230518", PATIENT)]


@case("T40")
def test_t40_dates_that_the_table_does_not_name_go_by_their_vr():
    data = ct()
    data.add_new(0x0008041F, "DT", "20230517101500")  # Study Update DateTime
    data.add_new(0x00081198, "DA", "20230517")  # no date, and no attribute of that VR
    made = one(data)
    assert 0x0008041F not in made.data and 0x00081198 not in made.data
    assert b"20230517" not in made.bytes


@case("T41")
def test_t41_a_date_in_words_is_found():
    made = one(ct(StudyID="20230517-01", ManufacturerModelName="Ellipse 20230517"))
    assert made.data["StudyID"].is_empty
    assert "ManufacturerModelName" not in made.data or "2023" not in made.data.ManufacturerModelName
    assert b"20230517" not in made.bytes


@case("T69")
def test_t69_an_empty_patient_id_goes_by_the_study_and_does_not_join_strangers():
    """The pseudonym comes of the study's one patient; without any ID, of the study."""
    nameless = [one(ct(PatientID="", IssuerOfPatientID="", StudyInstanceUID=uid)).data.PatientID for uid in ("1.2.3.1", "1.2.3.2")]
    assert nameless[0] != nameless[1]
    study = [ct(number) for number in (1, 2, 3)]
    study[1].PatientID = ""
    made = deidentify(*study)
    if any(not one_of.released for one_of in made):  # held back as a whole is right too
        assert all(quarantined(one_of) for one_of in made if not one_of.released)
    assert len({one_of.data.PatientID for one_of in made if one_of.released}) == 1


@case("T70")
def test_t70_the_issuer_makes_another_patient():
    made = [one(ct(PatientID="MRN-7734-XQ", IssuerOfPatientID=issuer)).data.PatientID for issuer in ("", "HOSP-B", "HOSP-C")]
    assert made[0] == "PW96NNST8Z6YH" and len(set(made)) == 3


@case("T71")
def test_t71_letters_and_spaces_do_not_make_another_patient():
    for written in ("mrn-7734-xq ", "MRN-7734-XQ", " MRN-7734-XQ"):
        assert one(ct(PatientID=written, IssuerOfPatientID="")).data.PatientID == "PW96NNST8Z6YH"


def test_another_patient_of_the_phantom_is_another_pseudonym():
    assert one(ct(study=phantom_study(patient_id="MRN-9051-ZK"))).data.PatientID != one(ct()).data.PatientID
