"""dcmcourierd-receive among peers that break off, misbehave or come in crowds, and on a disk that fills."""
import os
import random
import re
import signal
import struct
import time

import pytest

from instances import data_set_of, nothing_left
from receiver import Receiver, Requestor, pdu, store_command, wait_until


def test_a_data_set_that_breaks_off_leaves_nothing(receiver):
    for ending in (lambda peer: peer.send(pdu(7, bytes(4))), lambda peer: None):
        with Requestor(receiver) as peer:
            peer.associate()
            peer.data(1, 3, store_command())
            for _ in range(200):
                peer.data(1, 0, bytes(16000))
            ending(peer)
        assert nothing_left(receiver)


def test_what_was_stored_before_a_break_stays(receiver):
    with Requestor(receiver) as peer:
        peer.associate()
        assert peer.store(b"first") == 0
        peer.data(1, 3, store_command())
        peer.data(1, 0, bytes(16000))
    assert receiver.quiet()
    assert [data_set_of(c) for c in receiver.spool.contents()] == [b"first"]


def test_a_killed_child_costs_its_association_alone(receiver):
    with Requestor(receiver) as peer, Requestor(receiver) as other:
        peer.associate()
        other.associate()
        assert peer.store(b"first") == 0
        peer.data(1, 3, store_command())
        for _ in range(200):
            peer.data(1, 0, bytes(16000))
        victims = [pid for pid in receiver.children() if vm_peak(pid) and is_serving(pid, peer)]
        assert len(victims) == 1
        os.kill(victims[0], signal.SIGKILL)
        assert wait_until(lambda: len(receiver.children()) == 1)
        assert other.store(b"other") == 0
    assert receiver.quiet()
    assert sorted(data_set_of(c) for c in receiver.spool.contents()) == [b"first", b"other"]
    assert "the process of an association crashed" in receiver.journal()


def is_serving(pid, peer):
    """By the inode of the socket whose far end is the peer's."""
    port = peer.socket.getsockname()[1]
    sockets = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
    for line in open(f"/proc/{pid}/net/tcp"):
        fields = line.split()
        if fields[2].endswith(f":{port:04X}") and f"socket:[{fields[9]}]" in sockets:
            return True
    return False


def vm_peak(pid):
    found = re.search(r"VmHWM:\s+(\d+) kB", open(f"/proc/{pid}/status").read())
    return int(found[1]) if found else 0


def test_a_full_disk_answers_a700_and_leaves_nothing(small_disk, tmp_path):
    receiver = Receiver(tmp_path, storage=small_disk, low_water="1 MiB").start()
    try:
        with Requestor(receiver) as peer:
            peer.associate()
            assert peer.store(bytes(4 << 20)) == 0
            assert peer.store(bytes(30 << 20)) == 0xA700
            assert peer.store(bytes(1 << 20)) == 0
        assert receiver.quiet()
        assert [len(data_set_of(c)) for c in receiver.spool.contents()] == [4 << 20, 1 << 20]
        assert os.statvfs(small_disk).f_bavail * 4096 > 6 << 20
    finally:
        receiver.stop()


def test_below_low_water_new_associations_are_refused_until_there_is_room(small_disk, tmp_path):
    receiver = Receiver(tmp_path, storage=small_disk, low_water="2 MiB").start()
    try:
        (small_disk / "filler").write_bytes(bytes(11 << 20))
        with Requestor(receiver) as peer:
            assert peer.associate() == (3, bytes([0, 2, 3, 1]))
        assert "Temporary Congestion" in receiver.echo().stderr
        (small_disk / "filler").unlink()
        assert receiver.echo().returncode == 0
    finally:
        receiver.stop()


def test_idle_and_trickling_connections_do_not_delay_the_next_echo(receiver):
    idle = [Requestor(receiver) for _ in range(20)]
    trickling = Requestor(receiver)
    trickling.send(b"\x01")
    begun = time.monotonic()
    assert receiver.echo().returncode == 0
    assert time.monotonic() - begun < 5
    for peer in [*idle, trickling]:
        peer.socket.close()
    assert nothing_left(receiver)


def test_a_connection_that_never_associates_is_ended(start):
    receiver = start(association_timeout="1s")
    with Requestor(receiver) as silent, Requestor(receiver) as trickling:
        for byte in b"\1\0\0\1\0\0" + bytes(34):
            try:
                trickling.send(bytes([byte]))
            except OSError:
                break
            time.sleep(0.1)
        assert silent.closed() == (7, 0)
        assert trickling.closed() in [(7, 0), None]
    assert nothing_left(receiver)
    assert receiver.journal().count("ending=timed-out") == 1
    assert receiver.journal().count('a connection that said nothing was ended peer=127.0.0.1 reason=timed out') == 1


def test_an_idle_association_is_ended(start):
    receiver = start(idle_timeout="1s")
    with Requestor(receiver) as peer:
        peer.associate()
        assert peer.closed() == (7, 0)
    assert nothing_left(receiver)


def nested_command_set(depth):
    return b"".join(struct.pack("<HHI", 0, 0x1234, 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
                    for _ in range(depth))


HOSTILE = {
    "oversize_pdu_length": lambda peer: peer.send(struct.pack(">BBI", 4, 0, 0xFFFFFFFF)),
    "oversize_associate": lambda peer: peer.send(struct.pack(">BBI", 1, 0, 200000)),
    "unknown_pdu": lambda peer: peer.send(b"\x99" + bytes(100)),
    "web_browser": lambda peer: peer.send(b"GET / HTTP/1.1\r\nHost: courier\r\n\r\n"),
    "garbage": lambda peer: peer.send(os.urandom(100000)),
    "second_associate": lambda peer: peer.send(pdu(1, bytes(100))),
    "unknown_context": lambda peer: peer.data(99, 3, store_command()),
    "data_without_command": lambda peer: peer.data(1, 2, b"x" * 100),
    "pdv_longer_than_its_pdu": lambda peer: peer.send(pdu(4, struct.pack(">IBB", 1000, 1, 3))),
    "pdv_of_length_zero": lambda peer: peer.send(pdu(4, struct.pack(">I", 0) + b"\1\3")),
    "endless_command_set": lambda peer: [peer.data(1, 1, bytes(8000)) for _ in range(3)],
    "nested_command_set": lambda peer: [peer.data(1, 1, nested_command_set(10000)[i:i + 16000]) for i in range(0, 160000, 16000)],
    "short_nested_command_set": lambda peer: peer.data(1, 3, nested_command_set(1000)),
    "empty_command_set": lambda peer: peer.data(1, 3, b""),
    "command_of_another_group": lambda peer: peer.data(1, 3, struct.pack("<HHI", 8, 0x16, 0)),
    "a_response": lambda peer: peer.data(1, 3, store_command(field=0x8001, data_set=0x0101)),
    "command_amid_data": lambda peer: (peer.data(1, 3, store_command()), peer.data(1, 3, store_command())),
    "release_amid_data": lambda peer: (peer.data(1, 3, store_command()), peer.send(pdu(5, bytes(4)))),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_peer_costs_its_association_alone(receiver, name):
    with Requestor(receiver) as peer:
        peer.associate()
        try:
            HOSTILE[name](peer)
        except OSError:
            pass
        said = peer.closed()
        assert said is None or said[0] == 7
    assert nothing_left(receiver)
    assert "the process of an association crashed" not in receiver.journal()
    assert receiver.echo().returncode == 0


@pytest.mark.parametrize("body", [bytes(67), bytes(68) + b"\x20\0\xff\xff", bytes(68) + b"\x20\0\0\4\2\0\0\0",
                                  bytes(68) + b"\x50\0\0\6\x51\0\0\2\0\0", random.Random(7).randbytes(1000)],
                         ids=["short", "item past the end", "context cut short", "length cut short", "noise"])
def test_a_malformed_request_is_aborted(receiver, body):
    with Requestor(receiver) as peer:
        peer.send(pdu(1, body))
        kind, answer = peer.pdu()
        assert (kind, answer[3]) == (7, 6)
    assert nothing_left(receiver)


def test_associations_over_a_limit_are_refused(start):
    receiver = start(most=3, most_per_peer=2)
    first, second = Requestor(receiver), Requestor(receiver)
    first.associate()
    second.associate()
    with Requestor(receiver) as third:
        assert third.associate() == (3, bytes([0, 2, 3, 2]))
    assert "Local Limit Exceeded" in receiver.echo().stderr
    first.socket.close()
    assert wait_until(lambda: len(receiver.children()) == 1)
    with Requestor(receiver) as fourth:
        assert fourth.associate()[0] == 2
    second.socket.close()


def test_two_hundred_associations_leak_neither_folder_nor_descriptor(receiver):
    receiver.echo()
    assert receiver.quiet()
    before = receiver.descriptors()
    for n in range(200):
        with Requestor(receiver) as peer:
            peer.associate(called="COURIER" if n % 10 else "ELSEWHERE")
            if n % 3 == 0:
                peer.send(pdu(5, bytes(4)))
                peer.closed()
    assert nothing_left(receiver)
    assert wait_until(lambda: receiver.descriptors() <= before)


def test_a_large_instance_costs_no_memory(receiver):
    with Requestor(receiver, timeout=120) as peer:
        peer.associate(max_length=131072)
        peer.data(1, 3, store_command())
        piece = os.urandom(130000)
        for _ in range(3000):
            peer.data(1, 0, piece)
        [child] = receiver.children()
        peak = vm_peak(child)
        peer.data(1, 2, b"end")
        assert peer.status() == 0
    assert peak < 64 * 1024, peak
    [path] = receiver.spool.files()
    assert path.stat().st_size > 390_000_000
