"""`dcmcourier deidentify`: files without a service, judged by pydicom and by the phantom's canaries."""

import json
import os
import pathlib
import signal
import subprocess

import numpy
import pydicom
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DCMCOURIER_BIN", ROOT / "build" / "bin")).absolute()
PROFILE = "basic,modify_dates,retain_patient_characteristics"


def deidentify(*words, **more):
    return subprocess.run([BIN / "dcmcourier", "deidentify", *map(str, words)], capture_output=True, text=True, **more)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study") / "in"
    subprocess.run([ROOT / "scripts" / "phantom", folder, "--study", "small", "--charset", "latin1"], check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture
def key(tmp_path):
    (tmp_path / "key").write_text(bytes(range(32)).hex() + "\n")
    return tmp_path / "key"


def canaries(study):
    told = json.loads((study / "canaries.json").read_text(encoding="utf-8"))
    return [word.encode() for word in told["canaries"]] + [bytes.fromhex(word) for word in told["canaries_hex"]]


def released(out):
    return sorted(out.rglob("*.dcm"))


def files_in(out):
    return [path for path in out.rglob("*") if path.is_file()]


def test_a_study_is_released_under_new_names_and_the_rest_is_named_with_its_reason(study, tmp_path):
    done = deidentify(study, "--profile", PROFILE, "--out", tmp_path / "out")
    assert done.returncode == 3 and not done.stderr
    assert "structured reports need Clean Structured Content" in done.stdout and "rdsr/00001.dcm" in done.stdout
    assert "of this run alone" in done.stdout
    files = released(tmp_path / "out")
    assert len(files) == 9 and files == sorted(files_in(tmp_path / "out"))  # nothing else is left there
    for path in files:
        data = pydicom.dcmread(path)
        assert path == tmp_path / "out" / data.StudyInstanceUID / f"{data.SOPInstanceUID}.dcm"
        assert data.PatientIdentityRemoved == "YES" and data.PatientName == data.PatientID
    assert len({pydicom.dcmread(path).PatientID for path in files}) == 1


def test_no_canary_is_in_any_byte_nor_in_a_name_of_a_file(study, tmp_path):
    deidentify(study, "--profile", PROFILE, "--out", tmp_path / "out")
    for path in released(tmp_path / "out"):
        data = path.read_bytes().lower() + str(path.relative_to(tmp_path)).encode()
        assert not [word for word in canaries(study) if word.lower() in data], path.name


def test_a_key_gives_the_same_bytes_in_every_run_and_none_gives_others(study, tmp_path, key):
    def run(name, *words):
        deidentify(study / "ct", "--profile", "basic", "--out", tmp_path / name, *words)
        return {path.relative_to(tmp_path / name): path.read_bytes() for path in released(tmp_path / name)}

    first = run("a", "--key", key)
    assert len(first) == 4 and first == run("b", "--key", key)
    assert not first.keys() & run("c").keys()
    raw = tmp_path / "raw"
    raw.write_bytes(bytes(range(32)))
    assert first == run("d", "--key", raw)


def test_identifiers_are_those_of_the_whole_study(study, tmp_path):
    """A name that only one file has keeps another file back that has it where nothing is cleaned."""
    source = tmp_path / "in"
    source.mkdir()
    for number, path in enumerate(sorted((study / "ct").glob("*.dcm"))[:2]):
        data = pydicom.dcmread(path)
        if number == 0:
            data.OperatorsName = "QUILLFEATHER^AMBROSE"
        else:
            data.BodyPartExamined = "QUILLFEATHER"
        data.save_as(source / f"{number}.dcm")
    done = deidentify(source, "--profile", "basic", "--out", tmp_path / "out", "--json")
    told = {pathlib.Path(one["input"]).name: one for one in json.loads(done.stdout)["files"]}
    assert told["0.dcm"]["state"] == "released"
    assert told["1.dcm"]["state"] == "quarantined" and "(0018,0015)" in told["1.dcm"]["reason"]
    assert "QUILLFEATHER" not in done.stdout


def test_a_study_of_two_patients_is_quarantined_whole(study, tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    for number, path in enumerate(sorted((study / "ct").glob("*.dcm"))[:2]):
        data = pydicom.dcmread(path)
        data.PatientID = f"OTHER-{number}"
        data.save_as(source / f"{number}.dcm")
    done = deidentify(source, "--profile", "basic", "--out", tmp_path / "out")
    assert done.returncode == 3 and "more than one patient" in done.stdout
    assert not files_in(tmp_path / "out")


def test_the_same_instance_twice_is_released_once(study, tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    for name in ("a.dcm", "b.dcm"):
        (source / name).write_bytes((study / "ct/00001.dcm").read_bytes())
    done = deidentify(source, "--profile", "basic", "--out", tmp_path / "out")
    assert done.returncode == 3 and "b.dcm: another file has the same SOP Instance UID" in done.stdout
    assert len(released(tmp_path / "out")) == 1
    done = deidentify(source, "--profile", "basic", "--out", tmp_path / "held", "--on-quarantine", "hold_study")
    assert done.returncode == 3 and "held back with the rest of its study" in done.stdout and not files_in(tmp_path / "held")


def test_a_study_can_be_held_whole(study, tmp_path):
    done = deidentify(study, "--profile", "basic", "--out", tmp_path / "out", "--on-quarantine", "hold_study", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 3 and told["released"] == 0 and told["quarantined"] == 11
    assert not files_in(tmp_path / "out")
    done = deidentify(study / "ct", "--profile", "basic", "--out", tmp_path / "whole", "--on-quarantine", "hold_study")
    assert done.returncode == 0 and len(released(tmp_path / "whole")) == 4


def test_nothing_is_overwritten(study, tmp_path, key):
    out = tmp_path / "out"
    words = (study / "ct", "--profile", "basic", "--key", key, "--out", out)
    assert deidentify(*words).returncode == 0
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files_in(out)}
    again = deidentify(*words)
    assert again.returncode == 1 and "is not empty" in again.stderr
    added = deidentify(*words, "--add")
    assert added.returncode == 1 and "left alone" in added.stdout
    assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files_in(out)}
    assert deidentify(study / "mr", "--profile", "basic", "--key", key, "--out", out, "--add").returncode == 0
    assert len(files_in(out)) == 6


@pytest.mark.parametrize("words, code, said", [
    (["--out", "out"], 64, "say --profile basic"),
    (["--profile", "basic", "--route", "x", "--out", "out"], 64, "say --profile basic"),
    (["--profile", "basic"], 64, "--out DIR"),
    (["--profile", "basic", "--diff", "--out", "out"], 64, "--diff writes nothing"),
    (["--profile", "modify_dates", "--out", "out"], 64, "begins with basic"),
    (["--profile", "basic,keep_everything", "--out", "out"], 64, "no option of the profile"),
    (["--profile", "basic,modify_dates,retain_full_dates", "--out", "out"], 64, "exclude each other"),
    (["--profile", "basic", "--key", "short", "--out", "out"], 78, "32 bytes"),
    (["--profile", "basic", "--key", "missing", "--out", "out"], 78, "No such file"),
    (["--profile", "basic", "--out", "in/out"], 1, "among the files"),
    (["--profile", "basic", "missing", "--out", "out"], 1, "No such file"),
])
def test_what_cannot_be_meant_is_refused_before_anything_is_written(study, tmp_path, words, code, said):
    (tmp_path / "in").symlink_to(study)
    (tmp_path / "short").write_text("0123")
    done = deidentify("in", *words, cwd=tmp_path)
    assert done.returncode == code and said in done.stderr, done.stderr
    assert not (tmp_path / "out").exists() and not (study / "out").exists()


def test_hostile_files_are_quarantined_and_the_others_go_on(study, tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    whole = (study / "ct/00001.dcm").read_bytes()
    (source / "0-cut.dcm").write_bytes(whole[:600])
    (source / "1-noise.dcm").write_bytes(whole[:132] + os.urandom(5000))
    (source / "2-whole.dcm").write_bytes(whole)
    (source / "3-note.txt").write_text("no image")
    done = deidentify(source, "--profile", "basic", "--out", tmp_path / "out", "--json")
    told = json.loads(done.stdout)
    assert [one["state"] for one in told["files"]] == ["quarantined", "quarantined", "released", "skipped"]
    assert done.returncode == 3 and len(released(tmp_path / "out")) == 1


def test_a_file_that_cannot_be_written_is_an_error(study, tmp_path):
    """The file grows past what the process may write."""
    done = subprocess.run(["bash", "-c", 'trap "" XFSZ; ulimit -f 4; exec "$@"', "bash", BIN / "dcmcourier", "deidentify", study / "ct", "--profile",
                           "basic", "--out", tmp_path / "out"], capture_output=True, text=True)
    assert done.returncode == 1 and "File too large" in done.stdout
    assert not files_in(tmp_path / "out")


def test_whoever_interrupts_it_finds_whole_files_alone(study, tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    for number in range(300):
        data = pydicom.dcmread(study / "ct/00001.dcm")
        data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.4.5.{number}"
        data.save_as(source / f"{number}.dcm")
    with subprocess.Popen([BIN / "dcmcourier", "deidentify", source, "--profile", "basic", "--out", tmp_path / "out"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        while run.poll() is None and len(released(tmp_path / "out")) < 3:
            pass
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=60)
    if run.returncode != 0:  # else it was faster
        assert run.returncode == 1 and "interrupted" in said
    for path in files_in(tmp_path / "out"):
        assert pydicom.dcmread(path).PatientIdentityRemoved == "YES"


def configured(folder, key, *routes):
    """A configuration with these values of deidentify, one for each route: r0, r1..."""
    (folder / "credentials").mkdir()
    (folder / "credentials/deidentify-key").write_text(key.read_text())
    pin = "sha256:" + "0" * 64
    rows = "".join(f"  - {{name: r{i}, match: {{called_ae_title: C{i}}}, recipients: [r], share: {{purpose: care}}, deidentify: {route}}}\n"
                   for i, route in enumerate(routes))
    (folder / "dcmcourier.yaml").write_text(f"""
receiver: {{ae_titles: [{", ".join(f"C{i}" for i in range(len(routes)))}], callers: [{{address: 127.0.0.0/8}}]}}
portal: {{url: "https://share.example.org", upload: "portal:8444", pin: "{pin}"}}
mail: {{server: "smtps://mail.example", user: u, password: "credential:m", from: a@hospital.example}}
sender: {{name: H, telephone: "1"}}
recipients: {{r: {{name: R, email: r@clinic.example}}}}
routes:
{rows}""")
    return folder / "dcmcourier.yaml"


def test_the_profile_of_a_route_is_taken_with_its_key(study, tmp_path, key):
    config = configured(tmp_path, key, "{options: [modify_dates], on_quarantine: drop_instance}", "none")
    done = deidentify(study / "ct", "--config", config, "--route", "r0", "--out", tmp_path / "a")
    assert done.returncode == 0, done.stderr + done.stdout
    assert deidentify(study / "ct", "--profile", "basic,modify_dates", "--key", key, "--out", tmp_path / "b").returncode == 0
    names = [{path.relative_to(tmp_path / out): path.read_bytes() for path in released(tmp_path / out)} for out in "ab"]
    assert names[0] == names[1] and len(names[0]) == 4
    for route, said in (("r1", "does not de-identify"), ("other", "there is no route other")):
        done = deidentify(study / "ct", "--config", config, "--route", route, "--out", tmp_path / "c")
        assert done.returncode == 64 and said in done.stderr


def test_a_route_has_the_last_word_on_single_attributes_and_says_so_in_the_mark(study, tmp_path, key):
    overrides = "[{attribute: SeriesDescription, action: keep}, {attribute: ProtocolName, action: keep}, " \
                "{attribute: '(0008,1010)', action: replace, value: SCANNER}, {attribute: Manufacturer, action: remove}]"
    config = configured(tmp_path, key, f"{{overrides: {overrides}}}")
    done = deidentify(study / "ct", "--config", config, "--route", "r0", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr + done.stdout
    described = {pydicom.dcmread(path).SeriesDescription for path in (study / "ct").iterdir()}
    for path in released(tmp_path / "out"):
        data = pydicom.dcmread(path)
        assert data.SeriesDescription in described and data.StationName == "SCANNER" and "Manufacturer" not in data
        assert "ProtocolName" not in data  # it has the patient's name, and everything is searched
        assert data.DeidentificationMethod[1] == "route's overrides: 2 keep, 1 remove, 1 replace"
        assert not [word for word in canaries(study) if word in path.read_bytes()]
    shown = deidentify(study / "ct", "--config", config, "--route", "r0", "--diff").stdout
    assert [line for line in shown.splitlines() if "StationName" in line and "the route's override" in line], shown


def test_a_route_chooses_what_text_may_keep(study, tmp_path, key):
    config = configured(tmp_path, key, "{options: [clean_descriptors]}", "{options: [clean_descriptors], text: blocklist}")
    source = tmp_path / "in.dcm"
    data = pydicom.dcmread(next((study / "ct").iterdir()))
    data.SeriesDescription = "Quixotic thorax"
    data.save_as(source)
    kept = []
    for route in ("r0", "r1"):
        assert deidentify(source, "--config", config, "--route", route, "--out", tmp_path / route).returncode == 0
        kept.append(pydicom.dcmread(released(tmp_path / route)[0]).SeriesDescription)
    assert kept == ["thorax", "Quixotic thorax"]


def test_the_child_that_reads_files_is_confined_and_holds_no_key(study, tmp_path, key):
    """strace sees no file opened for writing, and no socket, once the filter is loaded."""
    trace = tmp_path / "trace"
    done = subprocess.run(["strace", "-ff", "-o", trace, "-e", "trace=openat,open,socket,seccomp,rename,renameat2", BIN / "dcmcourier", "deidentify",
                           study / "ct", "--profile", "basic", "--key", key, "--out", tmp_path / "out"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    confined = [text.split("SECCOMP_SET_MODE_FILTER", 1)[1] for text in (path.read_text() for path in tmp_path.glob("trace.*"))
                if "SECCOMP_SET_MODE_FILTER" in text]
    assert len(confined) == 2  # one reads, one rewrites
    for text in confined:
        assert "O_WRONLY" not in text and "O_RDWR" not in text and "socket(" not in text and "rename" not in text


def diff(*words):
    done = deidentify(*words, "--diff", "--json")
    return done, [json.loads(line) for line in done.stdout.splitlines()]


def test_a_diff_tells_of_every_element_without_a_value(study, tmp_path):
    done, rows = diff(study / "ct/00001.dcm", "--profile", "basic")
    assert done.returncode == 0
    data = pydicom.dcmread(study / "ct/00001.dcm")
    top = {row["place"] for row in rows if row["depth"] == 0 and row["action"] != "added"}
    assert top == {f"({element.tag.group:04X},{element.tag.element:04X})" for element in data}
    for word in canaries(study):
        assert word.lower() not in done.stdout.encode().lower()
    by_place = {row["place"]: row for row in rows}
    assert by_place["(0008,0050)"] | {"file": ""} == {
        "file": "", "place": "(0008,0050)", "depth": 0, "keyword": "AccessionNumber", "vr": "SH", "action": "emptied", "reason": "E.1-1 Z",
        "before": f"••• ({len(data.AccessionNumber) + len(data.AccessionNumber) % 2})", "after": "empty"}
    assert by_place["(0008,0018)"]["action"] == "mapped" and by_place["(0010,0010)"]["action"] == "pseudonym"
    assert by_place["(7FE0,0010)"]["action"] == "kept" and by_place["(7FE0,0010)"]["after"] == "="


def test_a_diff_is_what_really_happens(study, tmp_path, key):
    words = (study / "multiframe", "--profile", PROFILE, "--key", key)
    _, rows = diff(*words, "--show-values")
    assert deidentify(*words, "--out", tmp_path / "out").returncode == 0
    made = pydicom.dcmread(released(tmp_path / "out")[0])

    def places(data, item=""):
        for element in data:
            place = f"{item}({element.tag.group:04X},{element.tag.element:04X})"
            yield place
            for number, inner in enumerate(element.value if element.VR == "SQ" else [], 1):
                yield from places(inner, f"{place}[{number}]")

    assert set(places(made)) == {row["place"] for row in rows if row["action"] != "removed"}
    by_place = {row["place"]: row for row in rows}
    assert by_place["(0008,0018)"]["after"] == made.SOPInstanceUID and by_place["(0010,0010)"]["after"] == str(made.PatientName)
    assert by_place["(0008,0020)"]["after"] == made.StudyDate and by_place["(0008,0020)"]["reason"] == "E.1-1 Z, modify_dates"
    assert any(row["depth"] >= 2 for row in rows)


def test_a_diff_says_why_a_file_would_be_quarantined_and_what_the_residual_scan_takes(study, tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    data = pydicom.dcmread(study / "ct/00001.dcm")
    data.SoftwareVersions = f"for {data.PatientName.family_name}"
    data.save_as(source / "1.dcm")
    (source / "2.dcm").write_bytes((study / "rdsr/00001.dcm").read_bytes())
    done, rows = diff(source, "--profile", "basic")
    assert done.returncode == 3
    taken = next(row for row in rows if row.get("keyword") == "SoftwareVersions")
    assert taken["action"] == "removed" and taken["reason"].endswith("residual scan")
    assert [row["quarantined"] for row in rows if "quarantined" in row] == ["structured reports need Clean Structured Content"]


def test_a_diff_lets_no_value_command_the_terminal(study, tmp_path):
    data = pydicom.dcmread(study / "ct/00001.dcm")
    data.ImageComments = "a\x1b[2Jb\x07"
    data.save_as(tmp_path / "1.dcm")
    done = deidentify(tmp_path / "1.dcm", "--profile", "basic", "--diff", "--show-values")
    assert done.returncode == 0 and "a?[2Jb?" in done.stdout and "\x1b" not in done.stdout and not (tmp_path / "out").exists()


def test_names_and_numbers_of_the_site_are_taken_out_though_no_header_has_them(study, tmp_path):
    source, site = tmp_path / "in", tmp_path / "site.yaml"
    source.mkdir()
    for number, words in enumerate(("built for A. Quillfeather", "see KH-2231", "7.1.4")):
        data = pydicom.dcmread(study / "ct/00001.dcm")
        data.SoftwareVersions = words
        data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.4.5.{number}"
        data.save_as(source / f"{number}.dcm")
    site.write_text("names: [QUILLFEATHER^AMBROSE]\nnumber_patterns: ['KH-[0-9]{4}']\n")
    for words, expected in (((), [True, True, True]), (("--site", site), [False, False, True])):
        out = tmp_path / f"out{len(words)}"
        done = deidentify(source, "--profile", "basic", "--out", out, "--json", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        made = [pydicom.dcmread(out / one["output"]) for one in json.loads(done.stdout)["files"]]
        assert ["SoftwareVersions" in data for data in made] == expected
    site.write_text("names: [Li]\nnumber_patterns: ['KH-(']\n")
    done = deidentify(source, "--profile", "basic", "--out", tmp_path / "no", "--site", site)
    assert done.returncode == 78 and "site.yaml:1:9" in done.stderr and "site.yaml:2:19" in done.stderr


def test_pixels_that_had_to_be_changed_are_written_as_they_became(tmp_path, ct):
    """Twelve bits in cells of sixteen: what lies in the other four is cleared on the way."""
    (tmp_path / "in").mkdir()
    data = pydicom.dcmread(sorted(ct.rglob("*.dcm"))[0])
    data.BitsStored, data.HighBit, data.PixelRepresentation = 12, 11, 0
    cells = numpy.frombuffer(data.PixelData, "<u2") | 0xF000
    data.PixelData = cells.tobytes()
    data.save_as(tmp_path / "in" / "1.dcm")
    done = subprocess.run([BIN / "dcmcourier", "deidentify", "--profile", "basic", tmp_path / "in", "--out", tmp_path / "out"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    made, = (tmp_path / "out").rglob("*.dcm")
    assert (numpy.frombuffer(pydicom.dcmread(made).PixelData, "<u2") == cells & 0x0FFF).all()
