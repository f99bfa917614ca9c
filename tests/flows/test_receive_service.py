"""dcmcourierd-receive as a service: its key, its settings, its stop, dispatch, systemd."""
import os
import re
import signal
import socket
import subprocess
import time

import pytest

from instances import data_set_of, nothing_left
from receiver import Receiver, Requestor, store_command, wait_until


def test_it_waits_for_the_key_and_says_so(tmp_path):
    receiver = Receiver(tmp_path).start(key=False, wait=False)
    try:
        assert wait_until(lambda: "no key to seal to" in receiver.journal())
        receiver.key.install(receiver.spool.folder)
        receiver.wait_listening()
        assert receiver.echo().returncode == 0
    finally:
        assert receiver.stop() == 0


def test_a_new_key_is_used_from_the_next_association_on(receiver):
    old = receiver.key
    with Requestor(receiver) as peer:
        peer.associate()
        receiver.key.__class__().install(receiver.spool.folder)
        assert peer.store(b"with the old key") == 0
    receiver.quiet()
    [path] = receiver.spool.files()
    assert data_set_of(old.open(path.read_bytes())) == b"with the old key"
    path.unlink()
    new = type(old)()
    new.install(receiver.spool.folder)
    with Requestor(receiver) as peer:
        peer.associate()
        assert peer.store(b"with the new key") == 0
    [path] = receiver.spool.files()
    assert data_set_of(new.open(path.read_bytes())) == b"with the new key"


def test_a_key_that_is_no_point_of_the_curve_stores_nothing(receiver):
    (receiver.spool.folder / "key.pub").write_bytes(b"\4" + bytes(64))
    with Requestor(receiver) as peer:
        with pytest.raises((EOFError, ConnectionResetError)):
            peer.associate()
    assert nothing_left(receiver)


def test_empty_folders_of_a_crash_are_swept_at_start(tmp_path):
    receiver = Receiver(tmp_path)
    for name, files in (("0" * 32, ["origin"]), ("1" * 32, []), ("2" * 32, ["origin", "3.dcms"])):
        (receiver.spool.folder / name).mkdir(parents=True)
        for file in files:
            (receiver.spool.folder / name / file).write_text("{}")
    receiver.start()
    try:
        assert [a.name for a in receiver.spool.associations()] == ["2" * 32]
    finally:
        receiver.stop()


def test_one_spool_has_one_receiver(receiver, tmp_path):
    second = subprocess.run([receiver.process.args[0], "--config", receiver.configuration], capture_output=True, timeout=20)
    assert second.returncode == 73 and b"another receiver" in second.stderr


def test_sighup_takes_a_good_file_and_keeps_the_old_one_otherwise(receiver):
    receiver.configure(titles="COURIER, SECOND")
    receiver.process.send_signal(signal.SIGHUP)
    assert wait_until(lambda: "receiving goes by the new settings" in receiver.journal())
    assert receiver.echo(called="SECOND").returncode == 0
    receiver.configure(titles="THIRD", callers="    []")
    receiver.process.send_signal(signal.SIGHUP)
    assert wait_until(lambda: "receiving goes by the old ones" in receiver.journal())
    assert receiver.echo(called="SECOND").returncode == 0 and receiver.echo(called="THIRD").returncode != 0


def test_a_wrong_configuration_is_refused_with_its_complaints(tmp_path):
    receiver = Receiver(tmp_path, callers="    []")
    refused = subprocess.run([receiver.start(wait=False).process.args[0], "--config", receiver.configuration],
                             capture_output=True, text=True, timeout=20)
    assert refused.returncode == 78 and "callers" in refused.stderr
    receiver.stop()


def test_stopping_lets_the_instance_that_is_arriving_finish(receiver):
    with Requestor(receiver) as peer, Requestor(receiver) as idle:
        peer.associate()
        idle.associate()
        peer.data(1, 3, store_command())
        peer.data(1, 0, b"half")
        assert wait_until(lambda: len(receiver.children()) == 2)
        time.sleep(0.3)
        receiver.process.send_signal(signal.SIGTERM)
        assert idle.closed() == (7, 0)
        with pytest.raises(OSError):
            socket.create_connection((receiver.host, receiver.port), timeout=2)
        peer.data(1, 2, b"whole")
        assert peer.status() == 0
        assert peer.closed() == (7, 0)
    assert receiver.process.wait(5) == 0
    assert [data_set_of(c) for c in receiver.spool.contents()] == [b"halfwhole"]


def test_dispatch_hears_of_associations_and_instances(receiver):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(str(receiver.folder / "run" / "receive.sock"))
    listener.listen()
    listener.settimeout(10)
    dispatch, _ = listener.accept()
    dispatch.settimeout(10)
    assert b'"open":[]' in dispatch.recv(65536)
    with Requestor(receiver) as peer:
        peer.associate()
        peer.data(1, 3, store_command())
        peer.data(1, 0, b"half")
        [name] = [a.name.encode() for a in receiver.spool.associations()]
        assert heard(dispatch, b'["%s",true]' % name)
        peer.data(1, 2, b"whole")
        assert peer.status() == 0
        assert heard(dispatch, b'["%s",false]' % name)
    assert heard(dispatch, b'"open":[]')
    dispatch.close()
    again, _ = listener.accept()
    again.settimeout(10)
    assert heard(again, b'"open":[]')


def heard(dispatch, words):
    for _ in range(20):
        if words in dispatch.recv(65536):
            return True
    return False


def test_systemds_sockets_are_taken_over(tmp_path):
    receiver = Receiver(tmp_path)
    receiver.key.install(receiver.spool.folder)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    program = str(receiver.start(wait=False).process.args[0])
    receiver.stop()
    child = os.fork()
    if child == 0:
        os.dup2(listening.fileno(), 3)
        os.dup2(os.open(tmp_path / "log", os.O_WRONLY | os.O_APPEND), 2)
        os.execve(program, [program, "--config", str(receiver.configuration)],
                  {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "PATH": os.environ["PATH"]})
    try:
        receiver.host, receiver.port = listening.getsockname()
        assert receiver.echo().returncode == 0
    finally:
        os.kill(child, signal.SIGTERM)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        listening.close()


def test_the_child_is_confined(receiver):
    with Requestor(receiver) as peer:
        peer.associate()
        [child] = receiver.children()
        status = open(f"/proc/{child}/status").read()
        assert "NoNewPrivs:\t1" in status
        limits = open(f"/proc/{child}/limits").read()
        assert re.search(r"Max core file size\s+0\s+0", limits)
        if "missing=seccomp" not in receiver.journal():
            assert "Seccomp:\t2" in status
        folder = receiver.spool.associations()[0]
        assert sorted(os.readlink(f"/proc/{child}/fd/{fd}").split(":")[0] for fd in os.listdir(f"/proc/{child}/fd")
                      if int(fd) > 2) == sorted([str(folder), str(folder / "origin"), str(folder.parent), "socket", "socket"])
        [origin] = [fd for fd in os.listdir(f"/proc/{child}/fd") if os.readlink(f"/proc/{child}/fd/{fd}").endswith("/origin")]
        flags = int(re.search(r"^flags:\s+(\d+)", open(f"/proc/{child}/fdinfo/{origin}").read(), re.M)[1], 8)
        assert flags & os.O_ACCMODE == os.O_RDONLY, "the peer's process could change what routes trust"


def test_help_and_misuse(tmp_path):
    program = Receiver(tmp_path).start(wait=False)
    path = program.process.args[0]
    program.stop()
    assert "usage" in subprocess.run([path, "--help"], capture_output=True, text=True).stdout
    assert subprocess.run([path], capture_output=True).returncode == 64
    assert subprocess.run([path, "--config"], capture_output=True).returncode == 64
