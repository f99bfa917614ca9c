"""dcmcourier import-ctp: a script of CTP's becomes rows, or every line that cannot be one is told."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DCMCOURIER_BIN", ROOT / "build" / "bin"))


def run(path):
    return subprocess.run([BIN / "dcmcourier", "import-ctp", path], capture_output=True, text=True, check=False)


def test_rows_have_the_columns_of_the_house_table(tmp_path):
    script = tmp_path / "acme.script"
    script.write_text('Acme\n{ Modality.equals("CT") * ManufacturerModelName.containsIgnoreCase("Nine") }\n(0,0,512,40) (0,400,512,112)\n',
                      encoding="utf-8")
    done = run(script)
    assert (done.returncode, done.stderr) == (0, "")
    head = (ROOT / "config" / "deidentify" / "burned_in_regions.tsv").read_text(encoding="utf-8").splitlines()[0].split("\t")
    rows = [dict(zip(head, line.split("\t"), strict=True)) for line in done.stdout.splitlines()]
    assert [(row["modality"], row["model"], row["x"], row["y"], row["w"], row["h"]) for row in rows] == [
        ("=CT", "~Nine", "0", "0", "512", "40"), ("=CT", "~Nine", "0", "400", "512", "112")]
    assert len({row["id"] for row in rows}) == 2


def test_what_cannot_be_a_rule_is_told_by_file_line_and_name(tmp_path):
    script = tmp_path / "acme.script"
    script.write_text('{ Modality.equals("CT") }\n(0,0,1,1)\n{ !Modality.equals("MR") }\n(0,0,1,1)\n{ Modality.matches("U.") }\n(0,0)\n',
                      encoding="utf-8")
    done = run(script)
    assert (done.returncode, done.stdout) == (65, "")
    assert done.stderr.splitlines() == [
        f"{script}:3: ! cannot be expressed in a device rule",
        f"{script}:5: matches cannot be expressed in a device rule",
        f"{script}:6: a region like (x,y,width,height) is expected, of numbers up to 65535",
        "Nothing was imported. Change these lines, or take them out and write rules."]


def test_a_script_that_is_not_there_is_said_so(tmp_path):
    done = run(tmp_path / "nothing")
    assert done.returncode == 66
    assert "No such file" in done.stderr
