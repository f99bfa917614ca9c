"""Real browsers for the tests: Debian's Chromium and Firefox, driven by scripts in tests/page/, and WebKitGTK."""

import json
import os
import pathlib
import subprocess

from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.house.house import ROOT, wait_until


class Browser:
    """Chromium. `options`: of the browser's context, in Playwright's words (locale, viewport, ...)."""

    driver = "chromium.mjs"

    def __init__(self, **options):
        self.process = subprocess.Popen(["node", ROOT / "tests/page" / self.driver, json.dumps(options)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        assert "ready" in json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.process.stdout.close()

    def __getattr__(self, command):
        def do(**arguments):
            self.process.stdin.write(json.dumps({"command": command, **arguments}) + "\n")
            self.process.stdin.flush()
            told = json.loads(self.process.stdout.readline())
            assert "fault" not in told, told["fault"]
            return told["answer"]
        return do


class Firefox(Browser):
    """`downloads`: the folder that it saves into."""

    driver = "firefox.mjs"


class WebKit:
    """WebKitGTK through its own WebDriver, in a display of its own; with the commands of the others."""

    def __init__(self, downloads):
        shown, told = os.pipe()
        self.display = subprocess.Popen(["Xvfb", "-displayfd", str(told), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
                                        pass_fds=[told], stderr=subprocess.DEVNULL)
        os.close(told)
        with os.fdopen(shown) as numbers:
            number = numbers.readline().strip()
        options = webdriver.WebKitGTKOptions()
        options.binary_location = next(str(path) for path in pathlib.Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
        options.add_argument("--automation")
        changed = {"DISPLAY": f":{number}", "HOME": str(downloads), "LIBGL_ALWAYS_SOFTWARE": "1", "WEBKIT_DISABLE_COMPOSITING_MODE": "1"}
        before = dict(os.environ)
        os.environ.update(changed)  # Selenium's service takes no environment of its own
        try:
            self.driver = webdriver.WebKitGTK(executable_path="/usr/bin/WebKitWebDriver", options=options)
        except BaseException:
            self.display.terminate()
            raise
        finally:
            os.environ.clear()
            os.environ.update(before)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()
        self.display.terminate()
        self.display.wait(10)

    def open(self, url):
        self.driver.get(url)

    def fill(self, label, text):
        labels = self.driver.find_elements(By.TAG_NAME, "label")
        name = next(one for one in labels if one.text.startswith(label)).get_attribute("for")
        field = self.driver.find_element(By.ID, name)
        field.clear()
        field.send_keys(text)

    def click(self, name):
        next(one for one in self.driver.find_elements(By.TAG_NAME, "button") if one.text.startswith(name)).click()

    def wait(self, text, timeout=30_000):
        found = wait_until(lambda: text in self.text() and self.text(), timeout / 1000, lambda: f"{text!r} on\n{self.text()}\n")
        return found

    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def evaluate(self, script):
        return self.driver.execute_script("return " + script)

    def shot(self, path):
        self.driver.save_screenshot(path)
