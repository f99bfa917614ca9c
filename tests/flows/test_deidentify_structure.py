"""Reports, presentation states and other objects without images of their own, judged by programs that are not ours."""

import os
import pathlib
import re
import subprocess

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DCMCOURIER_BIN", ROOT / "build" / "bin"))
KEY = bytes(range(32)).hex()
SAMPLES = pathlib.Path(pydicom.__file__).parent / "data" / "test_files"
SECRETS = [b"vandermolen", b"wilhelmina", b"mrn-7734", b"osterhout", b"20230517", b"sint elmo", b"1.2.826.0.1.3680043.9.9999"]
ROOT_UID = "1.2.826.0.1.3680043.9.9999.1"
CT = "1.2.840.10008.5.1.4.1.1.2"


def run(source, target, options=""):
    return subprocess.run([BIN / "deidentify_tool", "--options", options, "--key", KEY, source, target],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)


def released(source, target, options):
    done = run(source, target, options)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def errors(path):
    """Classes of dciodvfy's errors, without values and positions."""
    done = subprocess.run(["dciodvfy", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    lines = done.stdout.decode("latin-1").splitlines()
    return {re.sub(r"<[^>]*>|\[\d+\]|= *\S+$|InstanceUID \S+$", "", line).strip() for line in lines if line.startswith("Error")}


def dsrdump(path):
    done = subprocess.run(["dsrdump", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    text = done.stdout.decode("latin-1")
    assert done.returncode == 0 and not re.search(r"^E:", text, re.M), text
    return text


def item(**values):
    data = Dataset()
    for keyword, value in values.items():
        setattr(data, keyword, value)
    return data


def code(value, scheme, meaning):
    return item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def reference(sop_class=CT, number=7):
    return item(ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=f"{ROOT_UID}.{number}")


def evidence():
    series = item(SeriesInstanceUID=f"{ROOT_UID}.2", ReferencedSOPSequence=[reference()])
    return [item(StudyInstanceUID=f"{ROOT_UID}.1", ReferencedSeriesSequence=[series])]


def instance(sop_class, modality):
    data = item(SOPClassUID=sop_class, SOPInstanceUID=f"{ROOT_UID}.3", StudyInstanceUID=f"{ROOT_UID}.1",
                SeriesInstanceUID=f"{ROOT_UID}.4", Modality=modality, PatientName="VANDERMOLEN^WILHELMINA",
                PatientID="MRN-7734-XQ", PatientBirthDate="19470319", PatientSex="F", StudyDate="20230517",
                StudyTime="101500", ContentDate="20230517", ContentTime="101700", ReferringPhysicianName="OSTERHOUT^JAN",
                StudyID="1", AccessionNumber="", SeriesNumber=1, InstanceNumber=1, Manufacturer="Phantom Works")
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID, data.file_meta.MediaStorageSOPInstanceUID = sop_class, data.SOPInstanceUID
    return data


def write(data, path):
    data.is_little_endian, data.is_implicit_VR = True, False
    data.save_as(path, write_like_original=False)
    return path


def content_item(kind, relation, name, **values):
    return item(RelationshipType=relation, ValueType=kind, ConceptNameCodeSequence=[code(*name)], **values)


def report(sop_class="1.2.840.10008.5.1.4.1.1.88.33"):
    """A comprehensive report: names, dates, text, a measurement that points to another item by position."""
    data = instance(sop_class, "SR")
    data.ValueType, data.ContinuityOfContent = "CONTAINER", "SEPARATE"
    data.ConceptNameCodeSequence = [code("126000", "DCM", "Imaging Measurement Report")]
    data.CompletionFlag, data.VerificationFlag = "COMPLETE", "VERIFIED"
    data.VerifyingObserverSequence = [item(VerifyingOrganization="Sint Elmo", VerificationDateTime="20230517",
                                           VerifyingObserverName="OSTERHOUT^JAN",
                                           VerifyingObserverIdentificationCodeSequence=[])]
    data.ReferencedPerformedProcedureStepSequence, data.PerformedProcedureCodeSequence = [], []
    data.CurrentRequestedProcedureEvidenceSequence = evidence()
    measured = item(NumericValue="9", MeasurementUnitsCodeSequence=[code("mm", "UCUM", "mm")])
    data.ContentSequence = [
        content_item("PNAME", "HAS OBS CONTEXT", ("121008", "DCM", "Person Observer Name"), PersonName="OSTERHOUT^JAN"),
        content_item("TEXT", "HAS OBS CONTEXT", ("121009", "DCM", "Organization"), TextValue="Sint Elmo"),
        content_item("TEXT", "CONTAINS", ("121071", "DCM", "Finding"), TextValue="Mrs VANDERMOLEN has a 9 mm nodule"),
        content_item("IMAGE", "CONTAINS", ("121112", "DCM", "Source of Measurement"), ReferencedSOPSequence=[reference()]),
        content_item("NUM", "CONTAINS", ("410668003", "SCT", "Length"), MeasuredValueSequence=[measured]),
        content_item("DATETIME", "CONTAINS", ("111527", "DCM", "DateTime Ended"), DateTime="20230517101500"),
        content_item("UIDREF", "CONTAINS", ("112040", "DCM", "Tracking Unique Identifier"), UID=f"{ROOT_UID}.9"),
        content_item("CODE", "CONTAINS", ("121071", "DCM", "Finding"),
                     ConceptCodeSequence=[code("N1", "99SINT", "nodule, seen by OSTERHOUT")])]
    return data


def pointing_report():
    data = report()
    data.ContentSequence[4].ContentSequence = [item(RelationshipType="INFERRED FROM", ReferencedContentItemIdentifier=[1, 3])]
    return data


def selection():
    """Key images, with a remark."""
    data = report("1.2.840.10008.5.1.4.1.1.88.59")
    data.Modality = "KO"
    for keyword in ("CompletionFlag", "VerificationFlag", "VerifyingObserverSequence", "PerformedProcedureCodeSequence"):
        delattr(data, keyword)
    data.ConceptNameCodeSequence = [code("113000", "DCM", "Of Interest")]
    data.ContentTemplateSequence = [item(MappingResource="DCMR", TemplateIdentifier="2010")]
    picture = item(RelationshipType="CONTAINS", ValueType="IMAGE", ReferencedSOPSequence=[reference()])
    data.ContentSequence = [
        content_item("TEXT", "CONTAINS", ("113012", "DCM", "Key Object Description"), TextValue="for VANDERMOLEN"), picture]
    return data


REPORTS = {"report": report, "pointing": pointing_report, "selection": selection}


def assert_no_secret(path):
    data = path.read_bytes().lower()
    for word in SECRETS:
        assert word not in data, word


@pytest.mark.parametrize("name", REPORTS)
def test_a_cleaned_report_is_a_report_and_says_nothing_of_anybody(name, tmp_path):
    source = write(REPORTS[name](), tmp_path / "in.dcm")
    before = dsrdump(source)
    assert "VANDERMOLEN" in before
    assert "Clean Structured Content" in run(source, tmp_path / "held.dcm").stdout
    target = released(source, tmp_path / "out.dcm", "clean_structured_content")
    text = dsrdump(target)
    assert_no_secret(target)
    assert errors(target) <= errors(source)
    data = pydicom.dcmread(target)
    assert [one.CodeValue for one in data.DeidentificationMethodCodeSequence] == ["113100", "113104"]
    assert data.CurrentRequestedProcedureEvidenceSequence[0].StudyInstanceUID == data.StudyInstanceUID
    if name != "selection":
        assert "ANONYMIZED" in text and '"9" (mm,UCUM' in text


def test_an_item_that_is_pointed_to_keeps_its_position(tmp_path):
    source = write(pointing_report(), tmp_path / "in.dcm")
    text = dsrdump(released(source, tmp_path / "out.dcm", "clean_structured_content"))
    assert re.search(r"inferred from 1.3", text), text


def test_references_of_a_report_are_those_of_its_images(tmp_path):
    data = pydicom.dcmread(released(write(report(), tmp_path / "in.dcm"), tmp_path / "out.dcm", "clean_structured_content"))
    named = data.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
    pictures = [one for one in data.ContentSequence if one.ValueType == "IMAGE"]
    assert pictures[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID == named.ReferencedSOPInstanceUID
    assert named.ReferencedSOPClassUID == CT


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["test-SR.dcm", "reportsi.dcm"])
def test_reports_of_others_are_no_worse_when_cleaned(name, tmp_path):
    target = released(SAMPLES / name, tmp_path / "out.dcm", "clean_structured_content")
    assert errors(target) <= errors(SAMPLES / name)
    if name == "test-SR.dcm":  # the other one DCMTK cannot read as it is
        assert dsrdump(target).count("ANONYMIZED") > 20


def test_private_elements_that_stay_are_those_declared_safe(tmp_path):
    data = pydicom.dcmread(SAMPLES / "CT_small.dcm")
    target = released(SAMPLES / "CT_small.dcm", tmp_path / "out.dcm", "retain_safe_private")
    kept = pydicom.dcmread(target)
    left = [element for element in kept if element.tag.is_private]
    assert kept[0x0019, 0x0010].value == "GEMS_ACQU_01" and kept[0x0019, 0x1023].value == data[0x0019, 0x1023].value
    assert 1 < len(left) < 20
    assert errors(target) <= errors(SAMPLES / "CT_small.dcm")
    assert kept.DeidentificationMethodCodeSequence[-1].CodeValue == "113111"
