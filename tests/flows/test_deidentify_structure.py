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


def drawing(kind, points):
    return item(GraphicAnnotationUnits="PIXEL", GraphicDimensions=2, NumberOfGraphicPoints=len(points) // 2, GraphicData=points,
                GraphicType=kind, GraphicFilled="N")


def words(text):
    return item(UnformattedTextValue=text, BoundingBoxAnnotationUnits="PIXEL", BoundingBoxTopLeftHandCorner=[1.0, 1.0],
                BoundingBoxBottomRightHandCorner=[60.0, 20.0], BoundingBoxTextHorizontalJustification="LEFT")


def presentation(image):
    """What a radiologist drew over an image: a circle, a line, a note, a signature."""
    data = instance("1.2.840.10008.5.1.4.1.1.11.1", "PR")
    data.StudyInstanceUID, data.PatientID, data.PatientName = image.StudyInstanceUID, image.PatientID, image.PatientName
    data.ContentLabel, data.ContentDescription = "FINDINGS", "for Mrs VANDERMOLEN"
    data.PresentationCreationDate, data.PresentationCreationTime = "20230517", "101500"
    data.ContentCreatorName = "OSTERHOUT^JAN"
    picture = item(ReferencedSOPClassUID=image.SOPClassUID, ReferencedSOPInstanceUID=image.SOPInstanceUID)
    data.ReferencedSeriesSequence = [item(SeriesInstanceUID=image.SeriesInstanceUID, ReferencedImageSequence=[picture])]
    data.DisplayedAreaSelectionSequence = [item(
        DisplayedAreaTopLeftHandCorner=[1, 1], DisplayedAreaBottomRightHandCorner=[image.Columns, image.Rows],
        PresentationSizeMode="SCALE TO FIT", PresentationPixelAspectRatio=[1, 1])]
    data.PresentationLUTShape = "IDENTITY"
    signature = [float(number) for number in range(40)]
    data.GraphicAnnotationSequence = [
        item(GraphicLayer="OSTERHOUT", GraphicObjectSequence=[drawing("CIRCLE", [9.0, 9.0, 12.0, 9.0]),
                                                              drawing("POLYLINE", [1.0, 1.0, 5.0, 5.0]),
                                                              drawing("POLYLINE", signature)],
             TextObjectSequence=[words("VANDERMOLEN, 9 mm")]),
        item(GraphicLayer="NOTES", TextObjectSequence=[words("ask Dr OSTERHOUT")])]
    data.GraphicLayerSequence = [item(GraphicLayer="OSTERHOUT", GraphicLayerOrder=1, GraphicLayerDescription="drawn by OSTERHOUT"),
                                 item(GraphicLayer="NOTES", GraphicLayerOrder=2)]
    return data


@pytest.fixture(name="shown")
def an_image_and_what_is_drawn_over_it(tmp_path):
    image = pydicom.dcmread(SAMPLES / "CT_small.dcm")
    source = write(presentation(image), tmp_path / "state.dcm")
    done = subprocess.run([BIN / "deidentify_tool", "--options", "clean_graphics", "--key", KEY, SAMPLES / "CT_small.dcm",
                           tmp_path / "image_out.dcm", source, tmp_path / "state_out.dcm"], stdout=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.stdout
    return source, tmp_path / "state_out.dcm", tmp_path / "image_out.dcm"


def test_a_presentation_state_keeps_its_shapes_and_loses_its_words(shown):
    source, target, _ = shown
    assert_no_secret(target)
    assert errors(target) <= errors(source)
    data = pydicom.dcmread(target)
    (annotation,) = data.GraphicAnnotationSequence
    assert [drawn.GraphicType for drawn in annotation.GraphicObjectSequence] == ["CIRCLE", "POLYLINE"]
    assert "TextObjectSequence" not in annotation
    assert [layer.GraphicLayer for layer in data.GraphicLayerSequence] == [annotation.GraphicLayer] == ["LAYER1"]
    assert data.PresentationCreationDate == "19000101" and data.ContentDescription == ""
    assert [one.CodeValue for one in data.DeidentificationMethodCodeSequence] == ["113100", "113103"]


def test_dcmtk_shows_the_image_through_the_cleaned_state(shown, tmp_path):
    _, target, image = shown
    done = subprocess.run(["dcmp2pgm", "-p", target, image, tmp_path / "shown.pgm"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0 and (tmp_path / "shown.pgm").stat().st_size > 10_000, done.stdout
    data, picture = pydicom.dcmread(target), pydicom.dcmread(image)
    named = data.ReferencedSeriesSequence[0].ReferencedImageSequence[0]
    assert named.ReferencedSOPInstanceUID == picture.SOPInstanceUID and data.StudyInstanceUID == picture.StudyInstanceUID
    assert [one.CodeValue for one in picture.DeidentificationMethodCodeSequence] == ["113100"]


def structure_set():
    data = instance("1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT")
    data.StructureSetLabel, data.StructureSetName, data.StructureSetDate, data.StructureSetTime = "VANDERMOLEN", "W", "20230517", "101500"
    frame = f"{ROOT_UID}.5"
    picture = reference()
    series = item(SeriesInstanceUID=f"{ROOT_UID}.2", ContourImageSequence=[picture])
    study = item(ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1", ReferencedSOPInstanceUID=f"{ROOT_UID}.1",
                 RTReferencedSeriesSequence=[series])
    data.ReferencedFrameOfReferenceSequence = [item(FrameOfReferenceUID=frame, RTReferencedStudySequence=[study])]
    data.StructureSetROISequence = [item(ROINumber=1, ReferencedFrameOfReferenceUID=frame, ROIName="PTV of VANDERMOLEN",
                                         ROIGenerationAlgorithm="MANUAL")]
    contour = item(ContourGeometricType="POINT", NumberOfContourPoints=1, ContourData=[1, 2, 3])
    data.ROIContourSequence = [item(ReferencedROINumber=1, ContourSequence=[contour])]
    data.RTROIObservationsSequence = [item(ObservationNumber=1, ReferencedROINumber=1, RTROIInterpretedType="PTV",
                                           ROIObservationLabel="by OSTERHOUT", ROIInterpreter="OSTERHOUT^JAN")]
    data.ApprovalStatus = "UNAPPROVED"
    return data


def registration():
    data = instance("1.2.840.10008.5.1.4.1.1.66.1", "REG")
    data.FrameOfReferenceUID, data.PositionReferenceIndicator = f"{ROOT_UID}.5", ""
    data.ContentLabel, data.ContentDescription, data.ContentCreatorName = "REG", "of VANDERMOLEN", "OSTERHOUT^JAN"
    data.ManufacturerModelName, data.DeviceSerialNumber, data.SoftwareVersions = "Ellipse", "SN-1", "1"
    matrix = item(FrameOfReferenceTransformationMatrixType="RIGID",
                  FrameOfReferenceTransformationMatrix=[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
    move = item(FrameOfReferenceTransformationComment="by OSTERHOUT", RegistrationTypeCodeSequence=[], MatrixSequence=[matrix])
    data.RegistrationSequence = [item(FrameOfReferenceUID=f"{ROOT_UID}.5", MatrixRegistrationSequence=[move])]
    return data


MADE = {"structure_set": structure_set, "registration": registration}


@pytest.mark.parametrize("name", MADE)
def test_objects_without_images_are_sound_and_say_nothing_of_anybody(name, tmp_path):
    source = write(MADE[name](), tmp_path / "in.dcm")
    target = released(source, tmp_path / "out.dcm", "")
    assert_no_secret(target)
    assert errors(target) <= errors(source)


def test_contours_stay_and_names_of_regions_do_not(tmp_path):
    data = pydicom.dcmread(released(write(structure_set(), tmp_path / "in.dcm"), tmp_path / "out.dcm", ""))
    assert data.ROIContourSequence[0].ContourSequence[0].ContourData == [1, 2, 3]
    assert data.StructureSetROISequence[0].ROIName == "" and data.StructureSetLabel == "ANONYMIZED"
    frame = data.ReferencedFrameOfReferenceSequence[0]
    assert data.StructureSetROISequence[0].ReferencedFrameOfReferenceUID == frame.FrameOfReferenceUID
    assert frame.RTReferencedStudySequence[0].ReferencedSOPInstanceUID == data.StudyInstanceUID


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["rtplan.dcm", "rtdose.dcm", "waveform_ecg.dcm"])
def test_objects_of_others_are_no_worse_when_released(name, tmp_path):
    target = released(SAMPLES / name, tmp_path / "out.dcm", "")
    assert errors(target) <= errors(SAMPLES / name)
    again = released(target, tmp_path / "again.dcm", "")
    assert pydicom.dcmread(target).keys() == pydicom.dcmread(again).keys()


@pytest.mark.filterwarnings("ignore")
def test_an_ecg_keeps_its_curves_and_loses_what_was_written_beside_them(tmp_path):
    source = pydicom.dcmread(SAMPLES / "waveform_ecg.dcm")
    data = pydicom.dcmread(released(SAMPLES / "waveform_ecg.dcm", tmp_path / "out.dcm", ""))
    for before, after in zip(source.WaveformSequence, data.WaveformSequence, strict=True):
        assert before.WaveformData == after.WaveformData
    written = {one.UnformattedTextValue for one in data.WaveformAnnotationSequence if "UnformattedTextValue" in one}
    assert written == {"ANONYMIZED"}
    assert "Modality" in data and "Galliera" not in str(data)
