"""What receive writes into systemd's journal: entries with fields, from the parent and from the confined child."""
import os
import re
import socket
import struct
import subprocess

import pytest

from receiver import Receiver, Requestor, wait_until

# A mount namespace of one's own, where the journal's socket is ours.
IN_A_NAMESPACE = ("mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal && mount --bind {folder} /run/systemd/journal && "
                  "exec {command}")


class Journal:
    """The socket of journald."""

    def __init__(self, folder):
        self.folder = folder
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(folder / "socket"))
        self.socket.setblocking(False)
        self.found = []

    def entries(self, message_id=""):
        while True:
            try:
                entry, credentials, _, _ = self.socket.recvmsg(65536, 1000)
            except BlockingIOError:
                break
            self.found.append(dict(line.split("=", 1) for line in entry.decode().splitlines()))
        return [one for one in self.found if one["MESSAGE_ID"].endswith(message_id)]


@pytest.fixture
def journal(tmp_path):
    (tmp_path / "journal").mkdir()
    made = Journal(tmp_path / "journal")
    yield made
    made.socket.close()


@pytest.fixture
def receiver(tmp_path, journal):
    made = Receiver(tmp_path / "receiver")
    made.key.install(made.spool.folder)
    log = made.log = open(made.folder / "log", "ab")
    found = os.fstat(log.fileno())
    program = IN_A_NAMESPACE.format(folder=journal.folder, command=f"{made.program} --config {made.configuration}")
    made.process = subprocess.Popen(["unshare", "--mount", "sh", "-c", program], stdout=subprocess.PIPE, stderr=log,
                                    env={**os.environ, "JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"})
    if not wait_until(lambda: journal.entries("0015") or made.process.poll() is not None, 20) or made.process.poll() is not None:
        made.stop()
        pytest.skip("needs the right to mount: " + made.journal())
    made.wait_listening()
    yield made
    made.stop()


def test_parent_and_child_write_entries_with_fields_and_nothing_to_standard_error(receiver, journal):
    with Requestor(receiver) as peer:
        assert peer.associate(calling="CT01 stored=9")[0] == 2
        assert peer.store(b"content") == 0
        peer.send(struct.pack(">BBI4x", 5, 0, 4))
        assert peer.pdu()[0] == 6
    assert wait_until(lambda: journal.entries("0017"))
    [ended] = journal.entries("0017")
    assert {**ended, "DCMCOURIER_ENDING": "released", "DCMCOURIER_STORED": "1", "DCMCOURIER_PEER": "127.0.0.1", "DCMCOURIER_TLS": "none",
            "DCMCOURIER_CALLING": "CT01 stored=9", "SYSLOG_IDENTIFIER": "dcmcourier-receive", "PRIORITY": "6"} == ended
    assert re.fullmatch("[0-9a-f]{32}", ended["DCMCOURIER_ASSOCIATION"])
    assert 'calling="CT01 stored=9"' in ended["MESSAGE"] and " stored=1 " in ended["MESSAGE"]
    assert journal.entries("0015")[0]["DCMCOURIER_ADDRESS"] == receiver.address
    assert receiver.journal() == ""


def test_what_a_child_refuses_is_an_entry_too(receiver, journal):
    with Requestor(receiver) as peer:
        peer.send(b"\x16\x03\x01" + bytes(64))
        peer.closed()
    assert wait_until(lambda: journal.entries("0018"))
    assert journal.entries("0018")[0]["DCMCOURIER_REASON"] == "TLS where plain DICOM is spoken"


def test_a_journal_that_is_gone_leaves_the_lines_on_standard_error(receiver, journal):
    journal.socket.close()
    assert receiver.echo().returncode == 0
    assert wait_until(lambda: "<6>receive: an association has ended" in receiver.journal())
    journal.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
