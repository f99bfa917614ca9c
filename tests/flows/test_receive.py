"""dcmcourierd-receive as modalities meet it: DCMTK's tools, and requestors that misbehave."""
import os
import random
import re
import signal
import socket
import struct
import subprocess
import time

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset

from receiver import (CT, DEFLATED, EXPLICIT, IMPLICIT, JPEG_LS, VERIFICATION, Receiver, Requestor, pdu, store_command,
                      wait_until)

PREAMBLE = bytes(128) + b"DICM"


@pytest.fixture
def receiver(tmp_path):
    running = Receiver(tmp_path).start()
    yield running
    running.stop()


@pytest.fixture
def start(tmp_path):
    """For settings of one's own."""
    started = []

    def begin(*arguments, **settings):
        started.append(Receiver(tmp_path, **settings).start(*arguments))
        return started[-1]

    yield begin
    for each in started:
        each.stop()


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder]).returncode != 0:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def make_instance(path, sop_class=CT, syntax=EXPLICIT, pixels=b"\1\2" * 5000, number=1):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID = sop_class, syntax
    meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.3680043.9.7777.{number}"
    instance = Dataset()
    instance.file_meta, instance.is_little_endian, instance.is_implicit_VR = meta, True, syntax == IMPLICIT
    instance.SOPClassUID, instance.SOPInstanceUID = sop_class, meta.MediaStorageSOPInstanceUID
    instance.PatientName, instance.PatientID, instance.Modality = "Canary^Carl", "CANARY-1", "CT"
    if syntax == JPEG_LS:
        instance.PixelData = pydicom.encaps.encapsulate([pixels])
        instance["PixelData"].is_undefined_length = True
    else:
        instance.PixelData = pixels
    instance["PixelData"].VR = "OW" if syntax == IMPLICIT else "OB"
    instance.save_as(path, write_like_original=False)
    return path


def data_set_of(content):
    """What follows the File Meta Information, found by its group length."""
    assert content[:132] == PREAMBLE
    return content[144 + struct.unpack("<I", content[140:144])[0]:]


def read_back(content, tmp_path):
    (tmp_path / "read-back.dcm").write_bytes(content)
    return pydicom.dcmread(tmp_path / "read-back.dcm")


def nothing_left(receiver):
    return receiver.quiet() and wait_until(lambda: receiver.spool.associations() == [])


def test_echo_leaves_nothing_in_the_spool(receiver):
    assert receiver.echo().returncode == 0
    assert nothing_left(receiver)


@pytest.mark.parametrize("syntax, option", [(EXPLICIT, "-xe"), (IMPLICIT, "-xi"), (JPEG_LS, "-xt")])
def test_what_storescu_sends_is_sealed_byte_for_byte(receiver, tmp_path, syntax, option):
    path = make_instance(tmp_path / "ct.dcm", syntax=syntax)
    sent = receiver.store(path, options=[option])
    assert sent.returncode == 0, sent.stderr
    [content] = receiver.spool.contents()
    assert data_set_of(content) == data_set_of(path.read_bytes())
    meta = read_back(content, tmp_path).file_meta
    assert meta.TransferSyntaxUID == syntax and meta.MediaStorageSOPClassUID == CT
    assert meta.MediaStorageSOPInstanceUID == "1.2.826.0.1.3680043.9.7777.1"
    assert meta.SourceApplicationEntityTitle == "CT01" and meta.ReceivingApplicationEntityTitle == "COURIER"


def test_a_spool_file_shows_nothing_of_the_patient(receiver, tmp_path):
    receiver.store(make_instance(tmp_path / "ct.dcm"))
    [path] = receiver.spool.files()
    assert b"CANARY" not in path.read_bytes().upper()
    assert "CANARY" not in receiver.journal().upper() and "1.2.826" not in receiver.journal()


def test_instances_of_an_association_are_numbered_from_one(receiver, tmp_path):
    files = [make_instance(tmp_path / f"{n}.dcm", number=n, pixels=bytes([n]) * 40000) for n in range(1, 21)]
    assert receiver.store(*files).returncode == 0
    assert [path.stem for path in receiver.spool.files()] == [str(n) for n in range(1, 21)]
    for path, content in zip(files, receiver.spool.contents()):
        assert data_set_of(content) == data_set_of(path.read_bytes())


def test_the_origin_tells_where_an_association_came_from(receiver, tmp_path):
    before = int(time.time())
    receiver.store(make_instance(tmp_path / "ct.dcm"))
    [association] = receiver.spool.associations()
    origin = receiver.spool.origin(association)
    assert origin["listener"] == receiver.address and origin["peer_address"] == "127.0.0.1"
    assert before <= origin["opened_at"] <= time.time() and origin["certificate"] == ""


@pytest.mark.parametrize("size", [1, 1 << 20, (1 << 20) - 98, 3 * (1 << 20) + 17])
def test_data_sets_of_every_size_are_kept_whole(receiver, size):
    data_set = os.urandom(size)
    with Requestor(receiver) as peer:
        peer.associate()
        assert peer.store(data_set) == 0x0000
    [content] = receiver.spool.contents()
    assert content.endswith(data_set) and data_set_of(content) == data_set


def test_it_listens_on_ipv6_too_and_knows_mapped_addresses(start, tmp_path):
    receiver = start(listen='["[::]:0"]', callers="    - {ae_title: CT01, address: 127.0.0.1}\n    - {ae_title: CT01, address: '::1'}")
    assert receiver.address.startswith("[::]:")
    for host in ("127.0.0.1", "::1"):
        receiver.host = host
        with Requestor(receiver) as peer:
            assert peer.associate()[0] == 2
            assert peer.store(b"content") == 0
    origins = [receiver.spool.origin(a)["peer_address"] for a in receiver.spool.associations()]
    assert sorted(origins) == ["127.0.0.1", "::1"]


def test_another_called_ae_title_is_rejected_with_its_reason(receiver):
    refused = receiver.echo(called="ELSEWHERE")
    assert refused.returncode != 0 and "Called AE Title Not Recognized" in refused.stderr
    with Requestor(receiver) as peer:
        assert peer.associate(called="ELSEWHERE") == (3, bytes([0, 1, 1, 7]))


@pytest.mark.parametrize("callers", ["    - {ae_title: MR01, address: 127.0.0.0/8}", "    - {ae_title: '*', address: 10.0.0.0/8}"])
def test_another_caller_is_rejected_with_its_reason(start, callers):
    receiver = start(callers=callers)
    with Requestor(receiver) as peer:
        assert peer.associate(calling="CT01") == (3, bytes([0, 1, 1, 3]))
    assert "Calling AE Title Not Recognized" in receiver.echo().stderr
    assert nothing_left(receiver)


def test_private_and_unknown_sop_classes_are_stored(receiver):
    private = "1.3.12.2.1107.5.9.1"
    later = "1.2.840.10008.5.1.4.1.1.999.7"
    with Requestor(receiver) as peer:
        _, contexts = peer.associate([(private, [EXPLICIT]), (later, [IMPLICIT])])
        assert contexts == {1: (0, EXPLICIT), 3: (0, IMPLICIT)}
        assert peer.store(b"private", sop_class=private) == 0
        assert peer.store(b"later", context=3, sop_class=later) == 0
    assert [data_set_of(c) for c in receiver.spool.contents()] == [b"private", b"later"]


def known_sop_classes():
    from pydicom._uid_dict import UID_dictionary
    for uid, (name, kind, *_) in sorted(UID_dictionary.items()):
        if "SOP Class" in kind and name:
            stores = "Storage" in name and "Storage Commitment" not in name and name != "Media Storage Directory Storage"
            yield uid, name, stores


def test_every_storage_class_of_the_registry_is_offered_and_no_other_service(receiver):
    classes = list(known_sop_classes())
    assert len(classes) > 200
    for begin in range(0, len(classes), 100):
        part = classes[begin:begin + 100]
        with Requestor(receiver) as peer:
            _, contexts = peer.associate([(uid, [IMPLICIT]) for uid, _, _ in part])
        for i, (uid, name, stores) in enumerate(part):
            expected = 0 if stores or uid == VERIFICATION else 3
            assert contexts[2 * i + 1][0] == expected, (uid, name)


def test_the_first_transfer_syntax_that_is_not_deflated_is_taken(receiver):
    with Requestor(receiver) as peer:
        _, contexts = peer.associate([(CT, [DEFLATED, JPEG_LS, EXPLICIT]), (CT, [DEFLATED]), (CT, ["1.2.3.4.5.6"]),
                                      (VERIFICATION, [DEFLATED, IMPLICIT])])
        assert contexts[1] == (0, JPEG_LS)
        assert contexts[3][0] == 4
        assert contexts[5] == (0, "1.2.3.4.5.6")
        assert contexts[7] == (0, IMPLICIT)


def test_a_command_for_another_sop_class_is_refused_and_the_association_goes_on(receiver):
    with Requestor(receiver) as peer:
        peer.associate()
        assert peer.store(b"x" * 50000, sop_class="1.2.840.10008.5.1.4.1.1.4") == 0x0122
        assert peer.store(b"content") == 0
    assert [data_set_of(c) for c in receiver.spool.contents()] == [b"content"]


@pytest.mark.parametrize("uid", ["1." * 40 + "1", "1.2.x", "../../etc/passwd", "", "1.2\r\n3"])
def test_a_malformed_uid_cannot_be_understood(receiver, uid):
    with Requestor(receiver) as peer:
        peer.associate()
        assert peer.store(b"content", sop_instance=uid) == 0xC000
    assert nothing_left(receiver)


def test_other_operations_are_unrecognized_and_the_association_goes_on(receiver):
    with Requestor(receiver) as peer:
        peer.associate()
        for field in (0x0020, 0x0021, 0x0010, 0x0100, 0x0140, 0x0130):
            peer.data(1, 3, store_command(field=field, data_set=0x0101))
            assert peer.status() == 0x0211
        assert peer.store(b"identifier", field=0x0020) == 0x0211
        assert peer.store(b"content") == 0


def test_a_store_without_a_data_set_cannot_be_understood(receiver):
    with Requestor(receiver) as peer:
        peer.associate()
        peer.data(1, 3, store_command(data_set=0x0101))
        assert peer.status() == 0xC000


def test_an_instance_over_the_limit_is_refused_and_leaves_nothing(start):
    receiver = start(max_instance_size="1 MiB")
    with Requestor(receiver) as peer:
        peer.associate()
        assert peer.store(bytes(2 << 20)) == 0xA700
        assert peer.store(bytes(1 << 20)) == 0
    assert [len(data_set_of(c)) for c in receiver.spool.contents()] == [1 << 20]


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
