"""The modules of PS3.3 that the phantom's instances share: patient, study, series, equipment, and the
private elements that real ones bring along."""

import hashlib

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from . import people

ROOT = "1.2.826.0.1.3680043.8.498"  # pydicom's, for made-up UIDs


def uid(*names):
    """The same names give the same UID, of several components as scanners write them."""
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    parts = [int.from_bytes(digest[at:at + 4], "big") for at in (0, 4, 8)]
    return ".".join([ROOT, *map(str, parts)])


def code(value, scheme, meaning):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def item(**values):
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def add_patient(data_set, patient):
    if patient.character_set:
        data_set.SpecificCharacterSet = patient.character_set.split("\\")
    data_set.PatientName = patient.name
    data_set.PatientID = patient.patient_id
    data_set.IssuerOfPatientID = patient.issuer
    data_set.PatientBirthDate = patient.birth_date
    data_set.PatientBirthTime = "041500"
    data_set.PatientSex = patient.sex
    data_set.OtherPatientNames = patient.birth_name
    data_set.OtherPatientIDsSequence = Sequence(
        [item(PatientID=patient.other_id, IssuerOfPatientID=patient.issuer, TypeOfPatientID="TEXT")])
    data_set.PatientBirthName = patient.birth_name
    data_set.PatientMotherBirthName = patient.mother
    data_set.PatientAddress = patient.address
    data_set.PatientTelephoneNumbers = patient.telephone
    data_set.Occupation = patient.occupation
    data_set.PatientComments = f"{patient.name.split('^')[0]} prefers to be called at {patient.telephone}"
    data_set.PatientAge = "076Y"
    data_set.PatientWeight = "71.5"
    data_set.PatientSize = "1.68"
    data_set.EthnicGroup = "Deventerveldse"
    data_set.AdditionalPatientHistory = f"Seen by {people.PERFORMING.split('^')[0]} on 17 May 2023"


def add_study(data_set, study):
    patient = study.patient
    data_set.StudyInstanceUID = study.uid
    data_set.StudyDate, data_set.StudyTime = people.STUDY_DATE, people.STUDY_TIME
    data_set.StudyID = "ST-" + patient.accession[-6:]
    data_set.AccessionNumber = patient.accession
    data_set.StudyDescription = study.description
    data_set.ReferringPhysicianName = study.referring
    data_set.ReferringPhysicianIdentificationSequence = Sequence([item(
        PersonIdentificationCodeSequence=Sequence([code("NPI1234567893", "L", "Referring " + study.referring)]),
        InstitutionName=people.INSTITUTION, PersonTelephoneNumbers=people.PHYSICIAN_TELEPHONE)])
    data_set.PhysiciansOfRecord = people.READING
    data_set.NameOfPhysiciansReadingStudy = people.READING
    data_set.RequestingPhysician = people.REQUESTING
    data_set.AdmissionID = people.ADMISSION
    data_set.InstitutionalDepartmentName = people.DEPARTMENT
    data_set.RequestAttributesSequence = Sequence([item(
        RequestedProcedureID=people.PROCEDURE_ID, ScheduledProcedureStepID=people.STEP_ID,
        AccessionNumber=patient.accession, RequestedProcedureDescription="Thorax " + patient.name.split("^")[0],
        ReasonForTheRequestedProcedure=f"Call {people.REQUESTING.split('^')[0]} {people.PHYSICIAN_TELEPHONE}")])


def add_series(data_set, study, series):
    data_set.SeriesInstanceUID = study.uid_of(series.name)
    data_set.SeriesNumber = series.number
    data_set.SeriesDescription = series.description
    data_set.Modality = series.modality
    data_set.SeriesDate, data_set.SeriesTime = people.STUDY_DATE, "101610"
    data_set.PerformingPhysicianName = people.PERFORMING
    data_set.OperatorsName = people.OPERATOR
    data_set.PerformedProcedureStepStartDate = people.STUDY_DATE
    data_set.PerformedProcedureStepStartTime = "101500"
    data_set.PerformedProcedureStepID = people.STEP_ID


def add_equipment(data_set):
    data_set.Manufacturer = "Phantom Works"
    data_set.ManufacturerModelName = "Ellipse 64"
    data_set.InstitutionName = people.INSTITUTION
    data_set.InstitutionAddress = people.INSTITUTION_ADDRESS
    data_set.StationName = people.STATION
    data_set.DeviceSerialNumber = people.SERIAL
    data_set.SoftwareVersions = "7.1.4"


def add_private(data_set, study):
    """A vendor's blocks: text, binary, and a sequence with a name in it."""
    patient = study.patient
    block = data_set.private_block(0x0009, "PHANTOM WORKS HDR", create=True)
    block.add_new(0x01, "LO", f"{patient.name.split('^')[0]} {patient.patient_id}"[:64])
    block.add_new(0x02, "OB", ("\0" * 6 + patient.accession + people.SERIAL).encode("ascii").ljust(64, b"\0"))
    nested = Dataset()
    inner = nested.private_block(0x0009, "PHANTOM WORKS HDR", create=True)
    inner.add_new(0x10, "PN", people.OPERATOR)
    inner.add_new(0x11, "LT", f"{people.MAIL} {patient.address}")
    block.add_new(0x03, "SQ", Sequence([nested]))
    other = data_set.private_block(0x0029, "PHANTOM WORKS CSA", create=True)
    other.add_new(0x10, "UN", f"PatientName={patient.patient_id};{people.INSURANCE}".encode("ascii").ljust(96, b"\0"))


def make(study, series, sop_class, number):
    """An instance with everything but what makes its kind."""
    data_set = Dataset()
    add_patient(data_set, study.patient)
    add_study(data_set, study)
    add_series(data_set, study, series)
    add_equipment(data_set)
    add_private(data_set, study)
    data_set.SOPClassUID = sop_class
    data_set.SOPInstanceUID = study.uid_of(series.name, number)
    data_set.InstanceNumber = number
    data_set.ContentDate, data_set.ContentTime = people.STUDY_DATE, "101700"
    data_set.InstanceCreationDate, data_set.InstanceCreationTime = people.STUDY_DATE, "101705"
    return data_set
