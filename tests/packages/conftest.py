"""The packages under test, and one machine on which they are tried in the order of the file."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


@pytest.fixture(scope="session")
def packages():
    """Name -> file, as scripts/package made them."""
    folder = pathlib.Path(os.environ.get("DCMCOURIER_PACKAGES", ROOT / "build" / "packages"))
    found = {file.name.split("_")[0]: file for file in folder.glob("*.deb")}
    assert set(found) == {"dcmcourier", "dcmcourier-portal", "dcmcourier-open"}, "scripts/package makes them"
    return found


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    from tests.packages.machine import Machine
    made = Machine(tmp_path_factory.mktemp("machine"))
    try:
        made.boot()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The folder of a small synthetic study."""
    folder = tmp_path_factory.mktemp("phantom")
    subprocess.run([ROOT / "scripts" / "phantom", folder, "--study", "small"], check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture(scope="session")
def screen(tmp_path_factory):
    """A dose screen that names the patient where its device rule blanks, and nowhere else."""
    sys.path.append(str(ROOT / "tests" / "flows"))
    from deidentified import encoded
    from test_deidentify_cases_pixels import dose_screen
    path = tmp_path_factory.mktemp("screen") / "screen.dcm"
    path.write_bytes(encoded(dose_screen()))
    return path
