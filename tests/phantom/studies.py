"""The studies, put together from their series."""

import dataclasses
import json
import pathlib

from . import files, images, modules, people, pixels, reports


@dataclasses.dataclass
class Study:
    patient: people.Patient
    seed: int = 1
    name: str = "standard"
    referring: str = people.REFERRING
    description: str = "CT AND MR THORAX"

    @property
    def uid(self):
        return modules.uid(self.seed, self.name, self.patient.patient_id)

    def uid_of(self, *names):
        return modules.uid(self.seed, self.name, self.patient.patient_id, *names)


@dataclasses.dataclass
class Series:
    name: str
    number: int
    modality: str
    description: str


@dataclasses.dataclass
class Plan:
    """How much of each: slices and rows; nothing of a series that is not named."""
    ct: int = 0
    mr: int = 0
    frames: int = 0
    jpeg_ls: int = 0
    reports: bool = False
    rows: int = 512
    small_rows: int = 256
    description: str = "CT AND MR THORAX"


PLANS = {
    "standard": Plan(ct=64, mr=24, frames=16, jpeg_ls=12, reports=True),
    "small": Plan(ct=4, mr=2, frames=3, jpeg_ls=2, reports=True, rows=64, small_rows=64),
    "ct": Plan(ct=3, rows=64, description="CT THORAX"),
    "ct1000": Plan(ct=1000, description="CT THORAX"),
    "large": Plan(ct=119, rows=2048, description="CT THORAX"),
    "multiframe-2g": Plan(frames=4200, small_rows=512, description="CT PERFUSION"),
}

CT = Series("ct", 2, "CT", "THORAX 1.25 B30F")
MR = Series("mr", 3, "MR", "T2 TSE AX")
MULTIFRAME = Series("multiframe", 4, "CT", "PERFUSION VOLUME")
JPEG_LS = Series("jpegls", 5, "CT", "THORAX THIN JPEG-LS")
REPORT = Series("rdsr", 998, "SR", "DOSE REPORT")
SCREEN = Series("dose", 999, "CT", "DOSE SCREEN")


class Writer:
    """Writes instances under a folder and remembers what it wrote."""

    def __init__(self, folder, study, plan):
        self.folder, self.study, self.plan = pathlib.Path(folder), study, plan
        self.instances = []
        self.large = pixels.Body(plan.rows, plan.rows, [study.seed, 1])
        self.small = pixels.Body(plan.small_rows, plan.small_rows, [study.seed, 2])

    def _path(self, series, number):
        return self.folder / series.name / f"{number:05}.dcm"

    def _keep(self, series, number, data_set, syntax, digest):
        self.instances.append(files.record(self._path(series, number), self.folder, data_set, series, syntax, digest))

    def _write(self, series, number, data_set, syntax=files.EXPLICIT):
        digest = files.write(self._path(series, number), data_set, self.study, syntax)
        self._keep(series, number, data_set, syntax, digest)

    def ct_slices(self, numbers):
        for number in numbers:
            self._write(CT, number, images.ct(self.study, CT, number, self.large))

    def changed_slice(self):
        """The first slice's UID on other pixels."""
        data_set = images.ct(self.study, CT, 1, self.large)
        data_set.PixelData = self.large.slice(777).tobytes()
        self._write(CT, 1, data_set)

    def mr_slices(self, count):
        # Older scanners write Implicit VR.
        for number in range(1, count + 1):
            self._write(MR, number, images.mr(self.study, MR, number, self.small), files.IMPLICIT)

    def multiframe(self, frames):
        data_set = images.enhanced_ct(self.study, MULTIFRAME, 1, self.small.shape, frames)
        path = self._path(MULTIFRAME, 1)
        digest = files.write_frames(path, data_set, self.study, (self.small.slice(n).tobytes() for n in range(frames)))
        self._keep(MULTIFRAME, 1, data_set, files.EXPLICIT, digest)

    def compressed_slices(self, count):
        for number in range(1, count + 1):
            data_set = images.ct(self.study, JPEG_LS, number, self.large)
            digest = files.write_compressed(self._path(JPEG_LS, number), data_set, self.study)
            self._keep(JPEG_LS, number, data_set, files.JPEG_LS_LOSSLESS, digest)

    def everything(self):
        self.ct_slices(range(1, self.plan.ct + 1))
        self.mr_slices(self.plan.mr)
        if self.plan.frames:
            self.multiframe(self.plan.frames)
        self.compressed_slices(self.plan.jpeg_ls)
        if self.plan.reports:
            self._write(REPORT, 1, reports.dose_report(self.study, REPORT, 1))
            self._write(SCREEN, 1, images.dose_screen(self.study, SCREEN, 1))


def _uids(study, instances):
    names = ["frame of reference", "irradiation event", "dimensions", "device"]
    series = {one["series"] for one in instances}
    found = {study.uid, *map(study.uid_of, names), *map(study.uid_of, series)}
    return sorted(found | {one["sop_instance_uid"] for one in instances})


def _counts(instances):
    counts = {}
    for one in instances:
        counts[one["series"]] = counts.get(one["series"], 0) + 1
    return {"instances": len(instances), "series": counts}


def describe(study, instances):
    """canaries.json: everything that a test needs to know of what was written."""
    patient = study.patient
    words = people.words(patient, study.referring)
    encoding = {"ISO_IR 144": "iso8859-5", "\\ISO 2022 IR 87": "iso2022_jp", "\\ISO 2022 IR 149": "euc_kr",
                "GB18030": "gb18030", "ISO_IR 100": "latin-1"}.get(patient.character_set, "utf-8")
    encoded = [word.encode(encoding, "ignore") for word in words if not word.isascii()]
    return {
        "canaries": words,
        "canaries_hex": sorted(word.hex() for word in encoded if len(word) >= 6),  # as the file has them
        "dates": sorted({patient.birth_date, people.STUDY_DATE}),
        "uids": _uids(study, instances),
        "patient": {"name": patient.name, "id": patient.patient_id, "issuer": patient.issuer,
                    "birth_date": patient.birth_date, "character_set": patient.character_set},
        "study_instance_uid": study.uid,
        "counts": _counts(instances),
        "bytes": 0,
        "instances": instances,
        "pixel_sha256": sorted(one["pixel_sha256"] for one in instances if one["pixel_sha256"]),
    }


def write_description(folder, study, instances):
    told = describe(study, instances)
    told["bytes"] = sum((pathlib.Path(folder) / one["file"]).stat().st_size for one in instances)
    text = json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True)
    (pathlib.Path(folder) / "canaries.json").write_text(text + "\n", encoding="utf-8")
    return told
