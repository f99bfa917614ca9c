"""systemd's place for tests: a program is started with $NOTIFY_SOCKET, and what it says is kept."""

import os
import signal
import socket
import subprocess
import threading

from tests.house.house import wait_until


class Supervised:
    def __init__(self, folder, name, command, watchdog_seconds=1):
        self.address = folder / f"{name}.notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.address))
        self.told = []  # each assignment as it came
        threading.Thread(target=self.listen, daemon=True).start()
        self.log = folder / f"{name}.log"
        environment = {**os.environ, "NOTIFY_SOCKET": str(self.address), "WATCHDOG_USEC": str(watchdog_seconds * 1_000_000)}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log, env=environment)

    def listen(self):
        while True:
            try:
                message = self.socket.recv(4096).decode()
            except OSError:
                return
            if message == "over":
                return
            self.told += message.splitlines()

    def wait_for(self, word, times=1):
        wait_until(lambda: self.told.count(word) >= times, 60, lambda: f"{word} of {self.told}: {self.log.read_text()}")

    def stop(self):
        """The exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        finally:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
                end.sendto(b"over", str(self.address))
