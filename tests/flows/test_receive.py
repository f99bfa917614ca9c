"""dcmcourierd-receive as modalities meet it: DCMTK's tools, and requestors by hand."""
import os
import time

import pytest

from instances import data_set_of, make_instance, nothing_left, read_back
from receiver import CT, DEFLATED, EXPLICIT, IMPLICIT, JPEG_LS, VERIFICATION, Requestor, store_command


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
