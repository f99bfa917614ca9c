"""An X-Ray Radiation Dose SR of a CT (PS3.16 TID 10011), with names, dates and free text in its tree."""

from pydicom.sequence import Sequence

from . import modules, people

XRAY_RADIATION_DOSE_SR = "1.2.840.10008.5.1.4.1.1.88.67"
UNITS = {"mGy": "mGy", "mGy.cm": "mGy.cm", "mm": "mm", "s": "s", "kV": "kV", "mA": "mA"}


def _content(relationship, value_type, concept, **values):
    made = modules.item(RelationshipType=relationship, ValueType=value_type,
                        ConceptNameCodeSequence=Sequence([modules.code(*concept)]))
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def container(relationship, concept, children):
    return _content(relationship, "CONTAINER", concept, ContinuityOfContent="SEPARATE", ContentSequence=Sequence(children))


def coded(relationship, concept, value, children=()):
    made = _content(relationship, "CODE", concept, ConceptCodeSequence=Sequence([modules.code(*value)]))
    if children:
        made.ContentSequence = Sequence(children)
    return made


def text(relationship, concept, value):
    return _content(relationship, "TEXT", concept, TextValue=value)


def number(concept, value, unit):
    measured = modules.item(NumericValue=value, MeasurementUnitsCodeSequence=Sequence(
        [modules.code(UNITS.get(unit, "1"), "UCUM", unit)]))
    return _content("CONTAINS", "NUM", concept, MeasuredValueSequence=Sequence([measured]))


def uid_reference(relationship, concept, value):
    return _content(relationship, "UIDREF", concept, UID=value)


def _observer(study):
    return [
        coded("HAS OBS CONTEXT", ("121005", "DCM", "Observer Type"), ("121006", "DCM", "Person")),
        _content("HAS OBS CONTEXT", "PNAME", ("121008", "DCM", "Person Observer Name"), PersonName=people.OPERATOR),
        text("HAS OBS CONTEXT", ("121009", "DCM", "Person Observer's Organization Name"), people.INSTITUTION),
        coded("HAS OBS CONTEXT", ("121005", "DCM", "Observer Type"), ("121007", "DCM", "Device")),
        uid_reference("HAS OBS CONTEXT", ("121012", "DCM", "Device Observer UID"), study.uid_of("device")),
        text("HAS OBS CONTEXT", ("121013", "DCM", "Device Observer Name"), people.STATION),
        text("HAS OBS CONTEXT", ("121016", "DCM", "Device Observer Serial Number"), people.SERIAL),
    ]


def _acquisition(study):
    patient = study.patient
    parameters = [number(("113824", "DCM", "Exposure Time"), "4.2", "s"),
                  number(("113825", "DCM", "Scanning Length"), "320", "mm")]
    dose = [number(("113830", "DCM", "Mean CTDIvol"), "7.91", "mGy"), number(("113838", "DCM", "DLP"), "312.4", "mGy.cm")]
    return container("CONTAINS", ("113819", "DCM", "CT Acquisition"), [
        text("CONTAINS", ("125203", "DCM", "Acquisition Protocol"), "THORAX " + patient.name.split("^")[0]),
        coded("CONTAINS", ("123014", "DCM", "Target Region"), ("51185008", "SCT", "Chest")),
        coded("CONTAINS", ("113820", "DCM", "CT Acquisition Type"), ("116152004", "SCT", "Spiral Acquisition")),
        coded("CONTAINS", ("408730004", "SCT", "Procedure Context"), ("262241005", "SCT", "CT without contrast")),
        uid_reference("CONTAINS", ("113769", "DCM", "Irradiation Event UID"), study.uid_of("irradiation event")),
        container("CONTAINS", ("113822", "DCM", "CT Acquisition Parameters"), parameters),
        container("CONTAINS", ("113829", "DCM", "CT Dose"), dose),
        text("CONTAINS", ("121106", "DCM", "Comment"),
             f"{patient.name.split('^')[0]} ({patient.patient_id}) moved; {people.PERFORMING.split('^')[0]} told on 17.05.2023"),
    ])


def _content_tree(study):
    start, end = (people.STUDY_DATE + moment for moment in ("101622", "101626"))
    return [
        coded("HAS CONCEPT MOD", ("121058", "DCM", "Procedure reported"),
              ("77477000", "SCT", "Computed Tomography X-Ray"),
              [coded("HAS CONCEPT MOD", ("363703001", "SCT", "Has Intent"), ("261004008", "SCT", "Diagnostic Intent"))]),
        *_observer(study),
        _content("HAS OBS CONTEXT", "DATETIME", ("113809", "DCM", "Start of X-Ray Irradiation"), DateTime=start),
        _content("HAS OBS CONTEXT", "DATETIME", ("113810", "DCM", "End of X-Ray Irradiation"), DateTime=end),
        coded("HAS OBS CONTEXT", ("113705", "DCM", "Scope of Accumulation"), ("113014", "DCM", "Study"),
              [uid_reference("HAS PROPERTIES", ("110180", "DCM", "Study Instance UID"), study.uid)]),
        container("CONTAINS", ("113811", "DCM", "CT Accumulated Dose Data"), [
            number(("113812", "DCM", "Total Number of Irradiation Events"), "1", "events"),
            number(("113813", "DCM", "CT Dose Length Product Total"), "312.4", "mGy.cm")]),
        _acquisition(study),
        coded("CONTAINS", ("113854", "DCM", "Source of Dose Information"),
              ("113856", "DCM", "Automated Data Collection")),
    ]


def dose_report(study, series, instance_number):
    data_set = modules.make(study, series, XRAY_RADIATION_DOSE_SR, instance_number)
    data_set.ReferencedPerformedProcedureStepSequence = Sequence([])
    data_set.PerformedProcedureCodeSequence = Sequence([])
    data_set.CompletionFlag, data_set.VerificationFlag = "COMPLETE", "VERIFIED"
    data_set.VerifyingObserverSequence = Sequence([modules.item(
        VerifyingOrganization=people.INSTITUTION, VerificationDateTime=people.STUDY_DATE + "1020",
        VerifyingObserverName=people.READING, VerifyingObserverIdentificationCodeSequence=Sequence([]))])
    data_set.ReferencedRequestSequence = Sequence([modules.item(
        StudyInstanceUID=study.uid, ReferencedStudySequence=Sequence([]), AccessionNumber=study.patient.accession,
        PlacerOrderNumberImagingServiceRequest=people.ORDER, FillerOrderNumberImagingServiceRequest="",
        RequestedProcedureID=people.PROCEDURE_ID, RequestedProcedureDescription="Thorax",
        RequestedProcedureCodeSequence=Sequence([]))])
    data_set.ValueType, data_set.ContinuityOfContent = "CONTAINER", "SEPARATE"
    data_set.ConceptNameCodeSequence = Sequence([modules.code("113701", "DCM", "X-Ray Radiation Dose Report")])
    data_set.ContentTemplateSequence = Sequence([modules.item(MappingResource="DCMR", TemplateIdentifier="10011")])
    data_set.ContentSequence = Sequence(_content_tree(study))
    return data_set
