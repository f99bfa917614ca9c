"""A corpus of instances with identifiers in every place where other tools have let them through: one place or a few
an instance, in eight character sets. Every planted word is told, with its bytes as the file has them."""

import base64
import dataclasses
import io
import struct
import zlib

import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate

from . import images, people, pixels, reports, studies
from .modules import code, item

EXPLICIT = "1.2.840.10008.1.2.1"
# Name of the set: its terms, the codec, and a name in it: family, given, and words that only that name has.
CHARACTER_SETS = {
    "ascii": ("", "ascii", "KRUIMELBAKKER^OTTOLIENTJE"),
    "latin1": ("ISO_IR 100", "latin-1", "GRÖNEMEYERHOLT^JÖRGHELM"),
    "greek": ("ISO_IR 126", "iso8859-7", "Παπαδιαμαντοπουλος^Αριστοτελης"),
    "cyrillic": ("ISO_IR 144", "iso8859-5", "Люксембургская^Вильгельмина"),
    "utf8": ("ISO_IR 192", "utf-8", "ŁUKASIEWICZOWSKA^ŽELJKOVIĆA"),
    "japanese": ("\\ISO 2022 IR 87", "iso2022_jp", "YAMADARINGO^TAROUBEI=山田林檎^太郎兵衛"),
    "korean": ("\\ISO 2022 IR 149", "euc_kr", "HONGGILDONGSU^KILTONGSU=홍길동수^길동길동"),
    "chinese": ("GB18030", "gb18030", "WANGXIAODONGLIAN^XIAOLIAN=王小东莲^小莲小东"),
}


@dataclasses.dataclass
class Planted:
    name: str
    content: bytes  # the file
    character_set: str
    words: list  # planted, as text
    forms: set  # the same, as bytes of this file


class Place:
    """What an instance is made with: a base, and the words of its patient."""

    def __init__(self, character_set):
        terms, self.codec, name = CHARACTER_SETS[character_set]
        self.patient = dataclasses.replace(people.PATIENTS[0], name=name, character_set=terms)
        self.study = studies.Study(self.patient, name="leaks-" + character_set)
        self.family = name.split("=")[-1].split("^")[0]
        self.note = f"{self.family} {self.patient.patient_id} {people.STUDY_DATE}"

    def ct(self):
        data = images.ct(self.study, studies.CT, 1, pixels.Body(16, 16, [3, 1]))
        data.InsurancePlanIdentification = people.INSURANCE  # else in a private attribute alone
        return data


PLACES = {}


def place(function):
    PLACES[function.__name__] = function
    return function


@place
def nested_sequences(data, at):
    inner = item(PatientName=at.patient.name, PatientID=at.patient.patient_id, CodeMeaning=at.note[:60])
    for _ in range(8):
        inner = item(ProcedureCodeSequence=[inner], OperatorsName=at.patient.name)
    data.ProcedureCodeSequence = [inner]


@place
def private_blocks(data, at):
    block = data.private_block(0x0019, "KATTEGAT PRIVATE", create=True)
    block.add_new(0x01, "LO", at.note[:64])
    block.add_new(0x02, "UN", at.note.encode(at.codec).ljust(96, b"\0"))
    block.add_new(0x03, "SQ", [item(PatientName=at.patient.name)])
    data.add_new(0x00331055, "LO", at.patient.patient_id)  # an orphan, without a creator


@place
def unknown_vr(data, at):
    for tag in (0x00180010, 0x00189445, 0x00081030, 0x00204000):
        data.add_new(tag, "UN", at.note.encode(at.codec).ljust(96, b" "))


@place
def free_text(data, at):
    for keyword in ("StudyDescription", "SeriesDescription", "ProtocolName", "ImageComments", "PatientComments",
                    "RequestedProcedureDescription",
                    "PerformedProcedureStepDescription", "AcquisitionComments", "DerivationDescription", "ContrastBolusAgent"):
        setattr(data, keyword, f"CT CHEST for {at.note}"[:60])


@place
def meanings_of_codes(data, at):
    data.ProcedureCodeSequence = [code("T-D3000", "SRT", f"Chest of {at.family}")]
    data.AnatomicRegionSequence = [code("51185008", "SCT", f"Chest {at.patient.patient_id}")]


@place
def labels_and_titles(data, at):
    for keyword in ("DocumentTitle", "ContentDescription", "StructureSetLabel", "RTPlanLabel", "ROIName"):
        setattr(data, keyword, at.note[:16])
    data.StructureSetROISequence = [item(ROINumber=1, ROIName=at.note[:60], ROIDescription=at.note)]


@place
def names_of_others(data, at):
    for keyword in ("PatientBirthName", "PatientMotherBirthName", "OtherPatientNames", "ResponsiblePerson", "NameOfPhysiciansReadingStudy"):
        setattr(data, keyword, at.patient.name)
    data.OtherPatientIDsSequence = [item(PatientID=at.patient.other_id, IssuerOfPatientID=at.patient.issuer)]
    data.ReferencedPatientPhotoSequence = [item(PatientName=at.patient.name)]


@place
def uids_in_text(data, at):
    data.ImageComments = "see " + at.study.uid
    data.SoftwareVersions = "7.1 " + at.study.uid_of("ct", 1)


@place
def dates_in_text(data, at):
    data.StudyDescription = "17.05.2023 17 May 2023 2023-05-17 05/17/2023"
    data.StudyID = people.STUDY_DATE + "-01"
    data.SoftwareVersions = "built for 17 May 2023"


@place
def overlays_and_curves(data, at):
    for group in (0x6000, 0x601E):
        data.add_new(group << 16 | 0x0010, "US", 16)
        data.add_new(group << 16 | 0x0011, "US", 16)
        data.add_new(group << 16 | 0x0022, "LO", at.note[:60])
        data.add_new(group << 16 | 0x0102, "US", 0)
        data.add_new(group << 16 | 0x3000, "OW", at.note.encode(at.codec).ljust(96, b"\0"))
        data.add_new(group << 16 | 0x4000, "LT", at.note)
    data.add_new(0x50000022, "LO", at.note[:60])
    data.add_new(0x50003000, "OW", at.note.encode(at.codec).ljust(96, b"\0"))


@place
def signatures_and_originals(data, at):
    before = item(PatientName=at.patient.name, PatientID=at.patient.patient_id)
    data.OriginalAttributesSequence = [item(ModifiedAttributesSequence=[before], ModifyingSystem=at.note[:60],
                                               SourceOfPreviousValues=at.note[:60])]
    data.DigitalSignaturesSequence = [item(MACIDNumber=1, CertificateOfSigner=at.note.encode(at.codec).ljust(96, b"\0"))]


@place
def icons_and_padding(data, at):
    icon = item(SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2", Rows=2, Columns=48, BitsAllocated=8, BitsStored=8, HighBit=7,
                PixelRepresentation=0)
    icon.add_new("PixelData", "OB", at.note.encode(at.codec).ljust(96, b"\0"))
    data.IconImageSequence = [icon]
    data.add_new(0xFFFCFFFC, "OB", at.note.encode(at.codec).ljust(96, b"\0"))


@place
def wrapped_in_bytes(data, at):
    text = (at.note + " ").encode("utf-8") * 3
    for number, wrapped in enumerate((base64.b64encode(text), zlib.compress(text), at.note.encode("utf-16-le"), at.note.encode("utf-8"))):
        data.add_new(0x00190010, "LO", "KATTEGAT PRIVATE")
        data.add_new(0x00191000 + number, "OB", wrapped + b"\0" * (len(wrapped) % 2))
    data.add_new(0x00420011, "OB", text.ljust(len(text) + len(text) % 2, b"\0"))


@place
def marks_of_another_tool(data, at):
    data.PatientIdentityRemoved = "YES"
    data.DeidentificationMethod = at.note[:60]
    data.DeidentificationMethodCodeSequence = [code("113100", "DCM", at.note[:60])]


@place
def addresses_and_insurers(data, at):
    data.PatientAddress, data.PatientTelephoneNumbers = at.patient.address, at.patient.telephone
    data.MilitaryRank = at.note[:60]
    data.PatientInsurancePlanCodeSequence = [code("1", "L", at.note[:60])]
    data.ReasonForStudy, data.AdmittingDiagnosesDescription = at.note[:60], at.note[:60]


@place
def preamble_and_file_meta(data, at):
    del data  # head() plants these in every instance


@place
def multiframe_comments(data, at):
    """An enhanced multi-frame: text for each frame."""
    made = images.enhanced_ct(at.study, studies.MULTIFRAME, 1, (16, 16), 2)
    for frame in made.PerFrameFunctionalGroupsSequence:
        frame.FrameContentSequence[0].FrameComments = at.note
        frame.FrameContentSequence[0].FrameAcquisitionDateTime = people.STUDY_DATE + "101010"
    made.add_new("PixelData", "OW", bytes(1024))
    return made


@place
def structured_report(data, at):
    return reports.dose_report(at.study, studies.REPORT, 1)


@place
def pixels_of_a_screen(data, at):
    return images.dose_screen(at.study, studies.SCREEN, 1)


@place
def comments_of_a_jpeg(data, at):
    """No image that decodes: a head with a comment, as a scanner's viewer writes it."""
    note = at.note.encode(at.codec)
    head = b"\xFF\xD8\xFF\xFE" + struct.pack(">H", len(note) + 2) + note
    frame = head + b"\xFF\xE1" + struct.pack(">H", len(note) + 2) + note + b"\xFF\xD9"
    data.PixelData = encapsulate([frame + b"\0" * (len(frame) % 2)])
    data["PixelData"].VR, data["PixelData"].is_undefined_length = "OB", True
    data.syntax = "1.2.840.10008.1.2.4.70"


def head(data, at, syntax):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = data.SOPClassUID, data.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID, meta.ImplementationVersionName = "1.2.3.4", "KATTEGATPACS"
    meta.SourceApplicationEntityTitle = people.AE_TITLE
    meta.PrivateInformationCreatorUID = "1.2.3.4.5"
    meta.PrivateInformation = at.patient.patient_id.encode().ljust(32, b"\0")
    data.file_meta, data.is_little_endian, data.is_implicit_VR = meta, True, False
    data.preamble = at.note.encode(at.codec)[:128].ljust(128, b"\0")


def words_of(at):
    """Each longer than noise can be; a name by its parts."""
    parts = {part for group in at.patient.name.split("=") for part in group.split("^")}
    found = parts | {at.patient.patient_id, at.patient.other_id, at.patient.accession, people.STATION, people.SERIAL,
                     people.INSURANCE, at.patient.telephone, people.AE_TITLE, at.patient.birth_date, people.STUDY_DATE,
                     at.study.uid, "17 May 2023", "17.05.2023", "2023-05-17", "05/17/2023"}
    return sorted(word for word in found if len(word.encode()) >= 6)


def made(name, character_set):
    at = Place(character_set)
    data = at.ct()
    data = PLACES[name](data, at) or data
    data.SOPInstanceUID = at.study.uid_of(name)
    head(data, at, data.__dict__.pop("syntax", EXPLICIT))
    out = io.BytesIO()
    pydicom.dcmwrite(out, data, write_like_original=False)
    return Planted(f"{name}-{character_set}", out.getvalue(), character_set, words_of(at), forms(words_of(at)))


ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "latin-1", "iso8859-5", "iso8859-7", "iso8859-2", "iso2022_jp", "shift_jis", "euc_jp",
             "euc_kr", "gb18030")


def forms(words):
    """The words as bytes, in every encoding that has them; escapes of ISO 2022 taken off."""
    found = set()
    for word in words:
        for written in {word, word.upper(), word.lower(), word.title()}:
            for encoding in ENCODINGS:
                try:
                    raw = written.encode(encoding)
                except UnicodeEncodeError:
                    continue
                for escape in (b"\x1b$B", b"\x1b(B", b"\x1b$)C"):
                    raw = raw.replace(escape, b"")
                if len(raw) >= 6:
                    found.add(raw)
    return found


def corpus():
    """Every place in ASCII, and each in one more character set in turn: at least five places a set."""
    names, sets = list(PLACES), list(CHARACTER_SETS)
    for number, name in enumerate(names):
        for character_set in {"ascii", sets[1 + number % 7], sets[1 + (number + 3) % 7]}:
            yield made(name, character_set)
