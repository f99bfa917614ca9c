"""A disk whose power can be cut (power_disk.cpp), as a folder of this machine."""

import collections
import contextlib
import json
import os
import pathlib
import subprocess

BUILD = pathlib.Path(os.environ.get("DCMCOURIER_BIN", pathlib.Path(__file__).resolve().parents[2] / "build" / "bin"))
NOT_ALLOWED = 77


class MayNotMount(Exception):
    pass


class Disk:
    """`slowest`: an fsync takes up to so many milliseconds. `forgets`: "files" and "folders", of which an fsync is answered
    and does nothing; "all": a cut keeps nothing that was not synced, and no dice are thrown."""

    def __init__(self, folder, seed=1, size=4 << 30, slowest=0, forgets=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.losses = collections.Counter()
        self.process = subprocess.Popen([BUILD / "power_disk", self.folder, *map(str, (seed, size, slowest)), *forgets], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self.process.stdout.readline() != "mounted\n":
            problem = self.process.communicate()[1]
            raise MayNotMount(problem) if self.process.returncode == NOT_ALLOWED else AssertionError(problem)

    def _say(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def cut(self):
        """From here on nothing is answered. Whoever asks hangs, until he is killed and on() is called."""
        assert self._say("cut") == "dark\n"

    def on(self):
        """What was not synced is forgotten, but for what the dice keep. The number of blocks and names lost and kept."""
        loss = json.loads(self._say("on"))
        self.losses.update(loss)
        return loss

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()
        self.process.stderr.close()
