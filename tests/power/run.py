"""scripts/power_cuts: many power cuts in one life, for as long as one has patience."""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.power.disk import NOT_ALLOWED, MayNotMount  # noqa: E402
from tests.power.outages import DarkHouse, Outages  # noqa: E402


def read_arguments():
    reader = argparse.ArgumentParser(prog="scripts/power_cuts", description=__doc__.partition(": ")[2])
    reader.add_argument("cuts", type=int, nargs="?", default=500)
    reader.add_argument("--seed", type=int, default=1, help="other dice: other moments, other blocks that survive")
    reader.add_argument("--forget", choices=["files", "folders"], action="append", default=[],
                        help="the disks answer an fsync of these and do nothing: losses must be found")
    return reader.parse_args()


def say(started, line):
    print(f"{time.monotonic() - started:7.1f} s  {line}", flush=True)


def live(arguments, folder, started):
    template = folder / "study"
    subprocess.run([ROOT / "scripts" / "phantom", template, "--study", "ct", "--slices", "8"], check=True, stdout=subprocess.DEVNULL)
    house = DarkHouse(folder / "house", arguments.seed, arguments.forget)
    try:
        outages = Outages(house.start(), template, arguments.cuts)
        outages.live(lambda line: say(started, line))
        say(started, "at rest:")
        outages.settle(900)
        say(started, outages.account())
        windows = [f"{window:.2f}" for window in outages.repeats()]
        say(started, f"seconds from a mail to the cut after which it came again: {', '.join(windows) or 'none'}")
        for machine, disk in house.disks.items():
            say(started, f"{machine}: {len(house.cuts[machine])} cuts; not synced: " +
                ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in disk.losses.items()))
    finally:
        house.stop()


def main():
    arguments, started = read_arguments(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="power-cuts-") as folder:
        try:
            live(arguments, pathlib.Path(folder), started)
        except MayNotMount as problem:
            sys.exit(print(f"needs the right to mount: {problem}") or NOT_ALLOWED)
        except AssertionError as problem:
            sys.exit(f"{problem}\nscripts/power_cuts: failed")


main()
