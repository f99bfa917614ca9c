"""A real browser for the tests: Debian's Chromium, driven by tests/page/driver.mjs."""

import json
import subprocess

from tests.house.house import ROOT


class Browser:
    """`options`: of the browser's context, in Playwright's words (locale, viewport, ...)."""

    def __init__(self, **options):
        self.process = subprocess.Popen(["node", ROOT / "tests/page/driver.mjs", json.dumps(options)], stdin=subprocess.PIPE,
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
