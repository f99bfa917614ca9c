"""What the flows through a whole house share: studies, each made once, and houses that stop at the end."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


@pytest.fixture(scope="session")
def phantom(tmp_path_factory):
    """phantom("--study", "ct", ...): the folder of that study."""
    made = {}

    def make(*arguments):
        if arguments not in made:
            folder = tmp_path_factory.mktemp("phantom")
            subprocess.run([ROOT / "scripts" / "phantom", folder, *arguments], check=True, stdout=subprocess.DEVNULL)
            made[arguments] = folder
        return made[arguments]

    return make


@pytest.fixture(scope="session")
def small(phantom):
    return phantom("--study", "small")


@pytest.fixture(scope="session")
def ct(phantom):
    return phantom("--study", "ct")


def running_houses(factory):
    """house(setting=...): a running house in a folder of its own."""
    from tests.house.house import House
    houses = []

    def start(**settings):
        houses.append(House(factory.mktemp("house"), **settings))
        return houses[-1].start()

    try:
        yield start
    finally:
        for house in houses:
            house.stop()


@pytest.fixture
def open_house(tmp_path_factory):
    yield from running_houses(tmp_path_factory)


@pytest.fixture
def faulty(tmp_path_factory, request):
    """faulty(): a running house whose programs ask `house.faults` at each call."""
    from tests.house.account import Sent
    from tests.house.faults import Faults
    from tests.house.house import House

    def start(**settings):
        folder = tmp_path_factory.mktemp("house")
        house = House(folder, **settings)
        request.addfinalizer(house.stop)
        house.faults = Faults(folder / "faults")
        house.environment = house.faults.environment()
        house.faults.watch()
        house.start()
        house.faults.ports(house)
        house.codes = {"dr-okafor": house.code_for()}
        house.sent = Sent(house)
        return house

    return start


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory):
    yield from running_houses(tmp_path_factory)


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    """A running portal, without a daemon."""
    from portal_peer import Portal
    running = Portal(tmp_path_factory.mktemp("portal")).start()
    yield running
    running.stop()


@pytest.fixture
def own(tmp_path):
    """A portal of this test alone, not yet started."""
    from portal_peer import Portal
    mine = Portal(tmp_path)
    yield mine
    mine.stop()


@pytest.fixture
def receiver(tmp_path):
    """dcmcourierd-receive alone."""
    from receiver import Receiver
    running = Receiver(tmp_path).start()
    yield running
    running.stop()


@pytest.fixture
def start(tmp_path):
    """dcmcourierd-receive with settings of one's own."""
    from receiver import Receiver
    started = []

    def begin(*arguments, **settings):
        started.append(Receiver(tmp_path, **settings).start(*arguments))
        return started[-1]

    yield begin
    for each in started:
        each.stop()


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder]).returncode != 0:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def stage(tmp_path):
    """A folder with what dcmcourierd-send talks to."""
    from sending import Stage
    made = Stage(tmp_path)
    yield made
    for one in reversed(made.running):
        one.stop()
