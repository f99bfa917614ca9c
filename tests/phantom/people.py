"""The invented people and places of the phantom. Every word of theirs is a canary: long or odd enough
that finding it in a byte of the output means that it was carried there."""

import dataclasses


@dataclasses.dataclass
class Patient:
    name: str
    patient_id: str
    birth_date: str
    sex: str = "F"
    issuer: str = "KATTEGATZIEKENHUIS"
    other_id: str = "BSN-618273945"
    birth_name: str = "TROMPENBURG^WILHELMINA"
    mother: str = "OOSTERZEELAND^GEERTRUIDA"
    address: str = "Zonnebloemstraat 8814, Deventerveld"
    telephone: str = "+31-570-5550148"
    accession: str = "ACC-2023-558812"
    occupation: str = "Klokkenmakerij"
    character_set: str = "ISO_IR 100"


PATIENTS = [
    Patient("VANDERMOLEN^WILHELMINA^ROOSMARIJN^MEVROUW", "MRN-7734-XQ", "19470319"),
    Patient("QUACKERNAAT^BARTHOLOMEUS", "MRN-9051-ZK", "19611108", "M", other_id="BSN-720418336",
            birth_name="QUACKERNAAT^BARTHOLOMEUS", mother="SPAARNDAMMER^PHILIPPINA",
            address="Korenbloemlaan 2271, Apeldoornveld", telephone="+31-570-5550277",
            accession="ACC-2023-661177", occupation="Vuurtorenwachter"),
    Patient("HEIDENSTROEM^INGEBORG", "MRN-3380-PV", "19820725", other_id="BSN-338027719",
            birth_name="LJUNGGREEN^INGEBORG", mother="LJUNGGREEN^SOLVEIGH",
            address="Korenmolenpad 6032, Zutphenveld", telephone="+31-570-5550391",
            accession="ACC-2023-770455", occupation="Zeepziedersgezel"),
]

# Other ways to write the first patient's name, by character set.
NAMES = {
    "ascii": ("", "VANDERMOLEN^WILHELMINA^ROOSMARIJN^MEVROUW"),
    "latin1": ("ISO_IR 100", "VANDERMÖLEN^WILHELMÎNE"),
    "cyrillic": ("ISO_IR 144", "Люксембургская^Вильгельмина"),
    "utf8": ("ISO_IR 192", "VANDERMOLEN^WILHELMINA=王^小東=やまだ^たろう"),
    "japanese": ("\\ISO 2022 IR 87", "YAMADARINGO^TAROUBEI=山田林檎^太郎兵衛=やまだりんご^たろうべえ"),
    "korean": ("\\ISO 2022 IR 149", "HONGGILDONG^KILTONGSU=洪吉洞^吉洞=홍길동^길동"),
    "chinese": ("GB18030", "WANGXIAODONG^XIAOLIAN=王小东^小莲"),
}

REFERRING = "OKONKWOBRAITHWAITE^THEODORA"
REQUESTING = "LINDQVISTDAHL^ANNELIESE"
PERFORMING = "DELACROIXFONTAINE^HIPPOLYTE"
OPERATOR = "ZWEIGENBAUM^FRIEDERIKE"
READING = "MACALLISTERHUME^FERGUSONIA"
INSTITUTION = "Sint Elmo Kattegat Gasthuis"
INSTITUTION_ADDRESS = "Kattegatplein 4417, Rotterheide"
DEPARTMENT = "Radiologie Kattegatvleugel"
STATION = "KATTEGATCT3"
SERIAL = "SN-CT-90417733"
PROCEDURE_ID = "RPID-44871920"
STEP_ID = "SPSID-90215573"
ORDER = "PLACER-55120987"
ADMISSION = "ADM-2023-8810442"
INSURANCE = "POLIS-77120934-B"
PHYSICIAN_TELEPHONE = "+31-20-5550733"
MAIL = "w.vandermolen@kattegat.example"
AE_TITLE = "KATTEGAT_AE"
STUDY_DATE, STUDY_TIME = "20230517", "101502.250"


def words(patient, referring=REFERRING):
    """Whatever of a patient and the place must not leave, as text."""
    names = [patient.name, patient.birth_name, patient.mother, referring, REQUESTING, PERFORMING, OPERATOR, READING]
    found = {part for name in names for group in name.split("=") for part in group.split("^")}
    found |= {patient.patient_id, patient.issuer, patient.other_id, patient.address, patient.telephone,
              patient.accession, patient.occupation}
    found |= {INSTITUTION, INSTITUTION_ADDRESS, DEPARTMENT, STATION, SERIAL, PROCEDURE_ID, STEP_ID, ORDER,
              ADMISSION, INSURANCE, PHYSICIAN_TELEPHONE, MAIL, AE_TITLE, "Kattegat", "Zonnebloemstraat"}
    # Two letters of Chinese are a name, but three bytes of noise may be one letter.
    return sorted(word for word in found if len(word.encode()) >= 6)
