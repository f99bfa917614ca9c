"""The page in Firefox and in WebKitGTK: the way that a physician goes, once through."""

import hashlib

import pytest

from tests.house.browser import Firefox, WebKit
from tests.house.house import wait_until

CODE = "Code (12 letters and digits)"


@pytest.fixture(scope="module")
def sent(shared_house, phantom):
    """(house, link, code) of a study that was mailed."""
    house = shared_house()
    code = house.code_for()
    house.store_study(phantom("--study", "standard"))
    return house, house.wait_for_mails(1)[0].link, code


@pytest.fixture(params=[Firefox, WebKit])
def browser(request, tmp_path):
    with request.param(downloads=str(tmp_path)) as started:
        yield started


def test_code_study_and_saving(sent, browser, tmp_path):
    house, link, code = sent
    browser.open(url=link.replace("#", "%23"))
    browser.wait(text="You agreed on a code")
    assert link.split("#")[1] not in browser.evaluate(script="location.href")
    browser.fill(label=CODE, text="0000-0000-0000")
    browser.click(name="Open the images")
    browser.wait(text="This is not the right code")
    browser.fill(label=CODE, text=code)
    browser.click(name="Open the images")
    assert "101 images in 4 series" in browser.wait(text="Available until")
    browser.click(name="Save the whole study")
    browser.wait(text="every byte was verified", timeout=60_000)
    length, digest = house.query("SELECT package_length, package_sha256 FROM bundle")[0]
    saved = tmp_path / "study.zip"
    wait_until(lambda: saved.exists() and saved.stat().st_size == length, 30, "the browser's last write")
    assert hashlib.sha256(saved.read_bytes()).digest() == digest


def test_a_damaged_and_an_unknown_link_say_what_to_do(sent, browser):
    link = sent[1]
    browser.open(url=link[:-4])
    browser.wait(text="cut or changed on its way")
    browser.fill(label="The whole link", text=f"<{link}>")
    browser.click(name="Open this link")
    browser.wait(text="You agreed on a code")
