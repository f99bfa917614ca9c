#!/usr/bin/python3
"""scripts/bench_page: how long a physician waits, on a line like hers."""

import argparse
import contextlib
import hashlib
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import psutil

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.house.browser import Browser  # noqa: E402
from tests.house.house import ROOT, House, wait_until  # noqa: E402
from tests.house.link import Link  # noqa: E402

CODE, OPEN, SAVE_ALL = "Code (12 letters and digits)", "Open the images", "Save the whole study"
SHOWN = "document.querySelector('.viewer-surface')?.dataset.state"
HOME_LINE = 10e6 / 8  # bytes a second
FAST_LINE = 400e6 / 8
DELAY = 0.02  # seconds
CUT_EVERY = 400e6


class Sent:
    """A study that was mailed, in a house of its own."""

    def __init__(self, place, study, images):
        folder = place / study
        subprocess.run([ROOT / "scripts/phantom", folder, "--study", study, "--slices", str(images)], check=True, stdout=subprocess.DEVNULL)
        self.house = House(place / f"house-{study}")
        self.house.start()
        self.code = self.house.code_for()
        self.house.store_study(folder)
        self.link = self.house.wait_for_mails(1, seconds=1200)[0].link
        self.length, self.sha256 = self.house.query("SELECT package_length, package_sha256 FROM bundle")[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.house.stop()


def to_code(browser, sent, line):
    browser.open(url=line.through(sent.link))
    browser.wait(text=OPEN)
    browser.fill(label=CODE, text=sent.code)


def first_image(sent):
    """Seconds and bytes from entering the code to the first image; bytes with those of the page before."""
    line = Link(sent.house.public_port, HOME_LINE, DELAY)
    with Browser() as browser:
        to_code(browser, sent, line)
        begun = time.monotonic()
        browser.click(name=OPEN)
        wait_until(lambda: browser.evaluate(script=SHOWN) == "shown", 120, "the first image")
        return time.monotonic() - begun, line.passed


def memory_of(browser):
    main = psutil.Process(browser.process.pid)
    total = 0
    for one in [main, *main.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            total += one.memory_info().rss if "chrom" in one.name() else 0
    return total


def saving(sent, place):
    """Seconds, cuts, and the browser's memory at its most over what it had, for the whole study."""
    line = Link(sent.house.public_port, FAST_LINE, DELAY, CUT_EVERY)
    with Browser() as browser:
        to_code(browser, sent, line)
        browser.click(name=OPEN)
        browser.wait(text="Available until")
        before = most = memory_of(browser)
        begun = time.monotonic()
        browser.click(name=SAVE_ALL)
        while "every byte was verified" not in (text := browser.text()):
            assert "not complete" not in text, text
            most = max(most, memory_of(browser))
            time.sleep(0.5)
        taken = time.monotonic() - begun
        assert browser.download(path=str(place / "study.zip"))["failure"] is None
    with open(place / "study.zip", "rb") as saved:
        same = hashlib.file_digest(saved, "sha256").digest() == sent.sha256
    (place / "study.zip").unlink()
    return taken, line.cuts, most - before, same


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench_page", description="Measures the recipient's page in Chromium with a study "
                                     "of 1.5 GB: the first image at 10 Mbit/s, and saving all through cuts. Needs 10 GB of disk.")
    parser.add_argument("--quick", action="store_true", help="a tenth of the study")
    parser.add_argument("--dir", metavar="DIR", default="/var/tmp", help="where to write (default: /var/tmp)")
    arguments = parser.parse_args()
    images = 300 if arguments.quick else 3000
    wrong = False
    print("| study | MB sent | first image at 10 Mbit/s: s, median (all) | MB until then |\n|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="dcmcourier-page-", dir=arguments.dir) as folder:
        place = pathlib.Path(folder)
        for study, name in (("ct1000", f"CT of {images} images"), ("multiframe-2g", f"one of {images} frames")):
            with Sent(place, study, images) as sent:
                runs = [first_image(sent) for _ in range(3)]
                seconds = sorted(run[0] for run in runs)
                print(f"| {name} | {sent.length / 1e6:.0f} | {statistics.median(seconds):.2f} ({seconds[0]:.2f}-{seconds[-1]:.2f}) | "
                      f"{max(run[1] for run in runs) / 1e6:.2f} |", flush=True)
                if study == "ct1000":
                    continue
                taken, cuts, more, same = saving(sent, place)
                wrong |= not same
                saved = (f"{sent.length / 1e6:.0f} MB at {FAST_LINE * 8 / 1e6:.0f} Mbit/s with {cuts} cuts in {taken:.0f} s, "
                         f"{more / 1e6:.0f} MB more in the browser, SHA-256 {'the same' if same else 'ANOTHER'}")
    print(f"\nsaved: {saved}")
    sys.exit(1 if wrong else 0)


main()
