"""`dcmcourier check`: every bad configuration is refused with the complaints beside it, a good one is ok."""
import os
import pathlib
import subprocess

import pytest
import yaml

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DCMCOURIER_BIN", SOURCE / "build" / "bin"))
BAD = SOURCE / "tests" / "flows" / "bad_configurations"


def check(*arguments, **options):
    return subprocess.run([BIN / "dcmcourier", "check", *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, check=False, **options)


def cases():
    for file in sorted(BAD.glob("*.yaml")):
        yield pytest.param(file, file.with_suffix(".expected"), id=file.stem)
    for folder in sorted(path for path in BAD.iterdir() if path.is_dir()):
        yield pytest.param(folder / "dcmcourier.yaml", folder / "expected", id=folder.name)


@pytest.mark.parametrize("file, expected", cases())
def test_a_bad_configuration_is_refused_with_every_complaint(file, expected):
    result = check(file)
    printed = (result.stdout + result.stderr).replace(str(file.parent) + "/", "")
    complaints = expected.read_text().splitlines()
    lines = printed.splitlines()
    assert result.returncode == 78
    assert lines[:len(complaints)] == complaints
    count = len(complaints)
    assert f"{count} complaint" + ("" if count == 1 else "s") in lines[len(complaints):]


def test_the_sample_is_ok():
    result = check(SOURCE / "config" / "dcmcourier.yaml")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "ok: 2 routes, 1 recipient, site lists " in result.stdout


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    result = check(tmp_path / "none.yaml")
    assert result.returncode == 66
    assert "cannot be read" in result.stdout + result.stderr


def test_noise_never_ends_in_a_crash(tmp_path):
    sample = (SOURCE / "config" / "dcmcourier.yaml").read_bytes()
    for seed in range(40):
        content = bytearray(sample)
        for step in range(20):
            at = (seed * 7919 + step * 104729) % len(content)
            content[at] = (seed * 31 + step * 17) % 256
        file = tmp_path / f"{seed}.yaml"
        file.write_bytes(content)
        assert check(file).returncode in (0, 78)


def test_an_independent_yaml_reader_agrees_on_the_sample():
    sample = yaml.safe_load((SOURCE / "config" / "dcmcourier.yaml").read_text())
    assert sample["receiver"]["ae_titles"] == ["COURIER"]
    assert [route["name"] for route in sample["routes"]] == ["referring-physician", "knee-second-opinion"]


def test_the_json_schema_accepts_the_sample_and_refuses_an_unknown_key():
    jsonschema = pytest.importorskip("jsonschema")
    import json
    schema = json.loads((SOURCE / "config" / "dcmcourier.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    sample = yaml.safe_load((SOURCE / "config" / "dcmcourier.yaml").read_text())
    assert list(validator.iter_errors(sample)) == []
    assert list(validator.iter_errors({**sample, "colour": "red"}))


def test_the_sample_of_the_site_lists_is_ok_and_its_digest_is_that_of_what_it_says(tmp_path):
    (tmp_path / "dcmcourier.yaml").write_bytes((SOURCE / "config" / "dcmcourier.yaml").read_bytes())
    assert "site lists" not in check(tmp_path / "dcmcourier.yaml").stdout
    (tmp_path / "deidentify").mkdir()
    sample = (SOURCE / "config" / "deidentify" / "site.yaml").read_text()
    said = []
    for text in (sample, "# a comment\n" + sample, sample.replace("OKAFOR", "MEIER")):
        (tmp_path / "deidentify" / "site.yaml").write_text(text)
        result = check(tmp_path / "dcmcourier.yaml")
        assert result.returncode == 0, result.stderr
        said.append(result.stdout.split("site lists ")[1].split(",")[0])
    assert said[0] == said[1] != said[2]
