"""The recipient's page in a real Chromium, through a whole house: what a physician does and sees, and what goes wrong."""

import base64
import hashlib
import os
import re
import secrets
import signal
import zipfile

import psutil
import pytest
import requests

from tests.house.browser import Browser
from tests.house.canaries import Canaries
from tests.house.house import wait_until
from tests.house.link import Link

CODE = "Code (12 letters and digits)"
OPEN = "Open the images"
SAVE_ALL = "Save the whole study"


class Sent:
    """A study that was mailed, with its link and code."""

    def __init__(self, house, study):
        self.house, self.study = house, study
        self.code = house.code_for()
        house.store_study(study)
        self.link = house.wait_for_mails(1, seconds=600)[0].link
        self.share = house.rows("shares")[0]["share"]

    def package(self):
        """The larger of the two blobs, as the portal keeps it."""
        return max(self.house.blobs(), key=lambda path: path.stat().st_size)


@pytest.fixture(scope="module")
def sent(shared_house, phantom):
    return Sent(shared_house(), phantom("--study", "standard"))


@pytest.fixture
def browser():
    with Browser() as started:
        yield started


def enter(browser, link, code):
    browser.open(url=link)
    browser.wait(text=OPEN)
    browser.fill(label=CODE, text=code)
    browser.click(name=OPEN)


def opened(browser, sent):
    enter(browser, sent.link, sent.code)
    return browser.wait(text="Available until")


def saved(browser, path, name=SAVE_ALL):
    browser.click(name=name)
    told = browser.download(path=str(path), timeout=60_000)
    assert told["failure"] is None
    browser.wait(text="every byte was verified", timeout=60_000)
    return told["name"]


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_link_and_the_code_lead_to_the_study(sent, browser):
    text = opened(browser, sent)
    assert "St. Example Hospital" in text and "101 images in 4 series" in text and "+1 555 0100" in text
    assert browser.complaints() == []
    assert {re.match(r"https?://[^/]+", one["url"])[0] for one in browser.requests()} == {sent.link.split("/s/")[0]}


def test_the_whole_study_is_saved_as_the_opener_gets_it(sent, browser, tmp_path):
    opened(browser, sent)
    assert saved(browser, tmp_path / "study.zip") == "study.zip"
    bundle = sent.house.query("SELECT package_length, package_sha256 FROM bundle")[0]
    assert (tmp_path / "study.zip").stat().st_size == bundle[0] and digest(tmp_path / "study.zip") == bundle[1].hex()
    with zipfile.ZipFile(tmp_path / "study.zip") as archive:
        assert archive.testzip() is None and len([name for name in archive.namelist() if name.startswith("DICOM/")]) == 101
        archive.extractall(tmp_path / "out")
    assert Canaries(sent.study).hits(tmp_path / "out") == []
    wait_until(lambda: [line for line in sent.house.audit("portal.receipt") if line["receipt"] == "complete"], 30, "the receipt")


def test_one_series_is_saved_alone(sent, browser, tmp_path):
    opened(browser, sent)
    assert saved(browser, tmp_path / "series.zip", "Save series: Series 2") == "series-2.zip"
    saved(browser, tmp_path / "study.zip")
    with zipfile.ZipFile(tmp_path / "series.zip") as series, zipfile.ZipFile(tmp_path / "study.zip") as study:
        names = [name for name in study.namelist() if "/SE000002/" in name]
        assert series.testzip() is None and series.namelist() == names and len(names) > 1
        assert all(series.read(name) == study.read(name) for name in names)


def test_a_wrong_code_is_told_and_the_right_one_still_opens(sent, browser):
    enter(browser, sent.link, "0000-0000-0000")
    browser.wait(text="This is not the right code")
    browser.fill(label=CODE, text="12345")
    browser.click(name=OPEN)
    browser.wait(text="did not count as an attempt")
    assert len([one for one in browser.requests() if one["url"].endswith("/api/1/open")]) == 1
    browser.fill(label=CODE, text=sent.code.lower().replace("-", " "))
    browser.click(name=OPEN)
    browser.wait(text="Available until")


@pytest.mark.parametrize("mark", ["%23", "%2523"])
def test_a_link_that_a_gateway_has_rewritten_opens_and_its_key_leaves_the_history(mark, sent, browser):
    enter(browser, sent.link.replace("#", mark), sent.code)
    browser.wait(text="Available until")
    secret = sent.link.split("#")[1]
    assert secret not in browser.evaluate(script="location.href + JSON.stringify(history.state)")
    assert not [one for one in browser.requests() if secret in one["url"] and "/api/" in one["url"]]
    wait_until(lambda: sent.house.audit("portal.repaired"), 30, "the record of the exposure")


def test_the_key_leaves_the_address_before_any_request(sent, browser):
    browser.open(url=sent.link)
    browser.wait(text=OPEN)
    assert browser.evaluate(script="location.href") == sent.link.split("#")[0]
    assert not [one for one in browser.requests() if sent.link.split("#")[1] in one["url"]]


def test_a_cut_link_can_be_pasted_whole(sent, browser):
    browser.open(url=sent.link[:-5])
    browser.wait(text="cut or changed")
    assert not [one for one in browser.requests() if "/api/" in one["url"]]
    browser.fill(label="The whole link", text=f"Your images:\n<{sent.link[:60]}\n{sent.link[60:]}>\n")
    browser.click(name="Open this link")
    browser.wait(text=OPEN)


def test_an_unknown_link_says_whom_to_call(sent, browser):
    # Another share's id with a sum that fits: only the portal can tell.
    other, secret = secrets.token_bytes(16), secrets.token_bytes(32)
    total = hashlib.sha256(b"dcmcourier/1 link\0" + other + b"\x11" + secret).digest()[:3]
    link = sent.link.split("/s/")[0] + "/s/" + base64.urlsafe_b64encode(other).decode()[:22]
    browser.open(url=link + "#" + base64.urlsafe_b64encode(b"\x11" + secret + total).decode())
    assert "call the sender who is named in the e-mail" in browser.wait(text="not, or no longer, available")


def test_who_only_looks_opens_nothing(sent, browser):
    """A mail scanner: HEAD, GET, a prefetch, the page with its scripts run, a form sent empty."""
    before = len(sent.house.audit("portal.opened"))
    address = sent.link.split("#")[0]
    for method, headers in (("HEAD", {}), ("GET", {}), ("GET", {"Sec-Purpose": "prefetch", "Purpose": "prefetch"})):
        assert requests.request(method, address, headers=headers, timeout=10).status_code == 200
    for _ in range(2):
        browser.open(url=sent.link)
        browser.wait(text=OPEN)
        browser.press(key="Enter")
    assert len(sent.house.audit("portal.opened")) == before
    assert not [one for one in browser.requests() if one["url"].endswith("/api/1/open")]
    enter(browser, sent.link, sent.code)
    browser.wait(text="Available until")
    wait_until(lambda: len(sent.house.audit("portal.opened")) == before + 1, 30, "the one opening, counted")


def test_german_is_spoken_where_it_is_read(sent):
    with Browser(locale="de-DE") as browser:
        browser.open(url=sent.link)
        browser.wait(text="Open the images")  # the mail was English
        browser.click(name="Deutsch")
        assert "Nicht zur Befundung" in browser.wait(text="Bilder öffnen")
        browser.fill(label="Code (12 Buchstaben und Ziffern)", text=sent.code)
        browser.click(name="Bilder öffnen")
        assert "101 Bilder in 4 Serien" in browser.wait(text="Verfügbar bis")


@pytest.mark.parametrize("width", [1280, 320])
def test_every_screen_is_accessible(width, sent, browser):
    browser.size(width=width, height=800)
    browser.open(url=sent.link[:-5])
    browser.wait(text="cut or changed")
    assert browser.axe() == []
    browser.open(url=sent.link)
    browser.wait(text=OPEN)
    assert browser.axe() == []
    opened(browser, sent)
    assert browser.axe() == []
    assert browser.evaluate(script="document.documentElement.scrollWidth <= innerWidth")


def test_nothing_is_kept_in_the_browser(sent, browser, tmp_path):
    opened(browser, sent)
    saved(browser, tmp_path / "study.zip")
    kept = browser.evaluate(script="""(async () => [localStorage.length, sessionStorage.length, document.cookie,
        (await indexedDB.databases()).length, (await caches.keys()).length])()""")
    assert kept == [0, 0, "", 0, 0]
    browser.click(name="Close the images")
    assert "Nothing is kept" in browser.wait(text="Closed")


def test_saving_goes_on_when_the_portal_was_away(open_house, phantom, tmp_path, browser):
    sent = Sent(open_house(), phantom("--study", "standard"))
    opened(browser, sent)
    browser.throttle(bytes=1_500_000)
    browser.click(name=SAVE_ALL)
    browser.wait(text="Saving study.zip: 3")
    sent.house.end("portal", signal.SIGKILL)
    sent.house.start_portal()
    browser.throttle(bytes=-1)
    assert browser.download(path=str(tmp_path / "study.zip"), timeout=90_000)["failure"] is None
    browser.wait(text="every byte was verified", timeout=60_000)
    assert digest(tmp_path / "study.zip") == sent.house.query("SELECT package_sha256 FROM bundle")[0][0].hex()


def test_a_study_that_was_revoked_meanwhile_ends_without_a_whole_file(open_house, phantom, browser):
    sent = Sent(open_house(), phantom("--study", "standard"))
    opened(browser, sent)
    browser.throttle(bytes=500_000)
    browser.click(name=SAVE_ALL)
    browser.wait(text="Saving study.zip: 1")
    sent.house.cli("revoke", sent.share)
    sent.house.wait_for("SELECT id FROM share WHERE state = 'revoked'")
    browser.wait(text="withdrawn these images", timeout=60_000)
    browser.open(url=sent.link)
    browser.wait(text="withdrawn these images")


def test_cancelling_before_saving_has_begun_saves_nothing(sent, browser):
    opened(browser, sent)
    browser.evaluate(script="""(() => { const buttons = () => [...document.querySelectorAll('button')];
        buttons().find((one) => one.textContent.startsWith('Save the whole')).click();
        buttons().find((one) => one.textContent === 'Cancel').click(); })()""")
    browser.wait(text="Saving study.zip was cancelled")
    assert not [one for one in browser.requests() if "/save/" in one["url"]]


def test_a_study_that_grew_meanwhile_is_opened_anew(open_house, ct, phantom, browser, tmp_path):
    sent = Sent(open_house(), ct)
    opened(browser, sent)
    sent.house.store_study(phantom("--study", "ct", "--late"))
    sent.house.wait_for("SELECT id FROM study WHERE state = 'complete' AND held <> ''")
    sent.house.cli("release", "1")
    sent.house.wait_for("SELECT id FROM share WHERE revision = 2 AND ready = 1 AND state = 'announced'")
    browser.click(name=SAVE_ALL)
    browser.wait(text="newer version of this study", timeout=60_000)
    browser.click(name="Open again")
    browser.wait(text=OPEN)
    browser.fill(label=CODE, text=sent.code)
    browser.click(name=OPEN)
    assert "4 images" in browser.wait(text="Available until")


def test_changed_bytes_are_never_shown_as_whole(open_house, ct, browser):
    sent = Sent(open_house(), ct)
    opened(browser, sent)
    with open(sent.package(), "r+b") as blob:
        blob.seek(-100, os.SEEK_END)
        byte = blob.read(1)
        blob.seek(-1, os.SEEK_CUR)
        blob.write(bytes([byte[0] ^ 1]))
    browser.click(name=SAVE_ALL)
    browser.wait(text="The file is not complete")
    assert "every byte was verified" not in browser.text()


def test_an_expired_link_says_so(open_house, ct, browser):
    house = open_house()
    route = house.configuration()["routes"][0]
    house.configure(routes=[{**route, "share": {**route["share"], "lifetime": "1m"}}])
    house.hang_up()
    wait_until(lambda: house.audit("settings.swapped"), 60, "the swap")
    sent = Sent(house, ct)
    house.wait_for("SELECT id FROM share WHERE state = 'expired'", seconds=100)
    browser.open(url=sent.link)
    assert "+1 555 0100" in browser.wait(text="This link has expired")


def memory_of(process):
    return sum(one.memory_info().rss for one in [process, *process.children(recursive=True)] if "chrom" in one.name())


def test_a_large_study_is_saved_in_little_memory_through_cuts(open_house, phantom, tmp_path, browser):
    """60 MB here; scripts/bench_page does it with 1.5 GB."""
    sent = Sent(open_house(), phantom("--study", "multiframe-2g", "--slices", "120"))
    length, whole = sent.house.query("SELECT package_length, package_sha256 FROM bundle")[0]
    line = Link(sent.house.public_port, most=length * 4 // 15)
    enter(browser, line.through(sent.link), sent.code)
    browser.wait(text="Available until")
    before = memory_of(psutil.Process(browser.process.pid))
    browser.click(name=SAVE_ALL)
    browser.wait(text="every byte was verified", timeout=600_000)
    after = memory_of(psutil.Process(browser.process.pid))
    assert browser.download(path=str(tmp_path / "study.zip"))["failure"] is None
    assert (tmp_path / "study.zip").stat().st_size == length and line.cuts >= 3
    with open(tmp_path / "study.zip", "rb") as saved_file:
        assert hashlib.file_digest(saved_file, "sha256").digest() == whole
    assert after - before < 400e6, f"{(after - before) / 1e6:.0f} MB more"


def test_the_images_are_seen_and_little_is_fetched_for_the_first(sent, browser):
    opened(browser, sent)
    shown = "document.querySelector('.viewer-surface')?.dataset.state"
    wait_until(lambda: browser.evaluate(script=shown) == "shown", 30, "the first image")
    # Not one colour: there is something on the canvas.
    colours = browser.evaluate(script="""(() => { const c = document.querySelector('.viewer-surface canvas');
        const pixels = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        return new Set(Array.from({length: pixels.length / 4}, (_, i) => pixels[4 * i])).size; })()""")
    assert colours > 20
    browser.click(name="CT")
    assert "Not for diagnosis" in browser.text() and browser.axe() == []
    wait_until(lambda: [line for line in sent.house.audit("portal.receipt") if line["receipt"] == "viewed"], 30, "the receipt")


def test_the_first_image_of_a_large_study_needs_little(open_house, phantom, browser):
    sent = Sent(open_house(), phantom("--study", "multiframe-2g", "--slices", "120"))
    opened(browser, sent)
    shown = "document.querySelector('.viewer-surface')?.dataset.state"
    wait_until(lambda: browser.evaluate(script=shown) == "shown", 60, "the first image")
    ranges = [re.fullmatch(r"bytes=(\d+)-(\d+)", one["range"]) for one in browser.requests() if one["range"]]
    assert sum(int(one[2]) - int(one[1]) + 1 for one in ranges) < 6e6, "of 60 MB"


def test_the_first_image_of_many_needs_one_segment_and_a_small_index(open_house, phantom, browser):
    """So that a slow line brings it soon; scripts/bench_page measures that."""
    sent = Sent(open_house(), phantom("--study", "ct1000", "--slices", "300"))
    line = Link(sent.house.public_port)
    enter(browser, line.through(sent.link), sent.code)
    shown = "document.querySelector('.viewer-surface')?.dataset.state"
    wait_until(lambda: browser.evaluate(script=shown) == "shown", 60, "the first image")
    assert sent.house.query("SELECT index_length FROM bundle")[0][0] < 100 * 300
    assert line.passed < 2.5e6, "the page, the index, the first image's segment and the thumbnail's"
