"""What others do to a sender: nothing, however many stall. Functions alone are judged here; scripts/stress has the times."""

import re
import secrets
import subprocess

import pytest
from portal_peer import Portal, Share
from receiver import BIN, Receiver, Requestor, wait_until

from tests.house.measure import footprint_of, zombies_of
from tests.house.stalled import (Crowd, Stalled, addresses, associate_request, half_open, slow_http, slow_upload, spread,
                                 trickling, wait_to_stand)

UPLOADED = 4 << 20


@pytest.fixture
def start(tmp_path):
    started = []

    def begin(**settings):
        started.append(Receiver(tmp_path, **settings).start())
        return started[-1]

    yield begin
    for each in started:
        each.stop()


def store_some(receiver, source="127.0.0.1", count=5):
    with Requestor(receiver, source=(source, 0)) as peer:
        assert peer.associate()[0] == 2
        for n in range(count):
            assert peer.store(b"data" * 5000, sop_instance=f"1.2.3.{n}") == 0
    return count


def nothing_left(receiver, instances):
    """Processes of the crowd have ended; what was stored is there, and nothing else."""
    assert receiver.quiet()
    assert wait_until(lambda: len(receiver.spool.contents()) == instances)
    assert wait_until(lambda: all(list(folder.glob("*.dcms")) for folder in receiver.spool.associations()))


def test_two_hundred_half_open_peers_shut_nobody_out(start):
    receiver = start(most_per_peer=16)
    descriptors = receiver.descriptors()
    with Crowd(half_open(receiver.port, 200, addresses(1, 4))) as crowd:
        wait_to_stand(crowd)
        stored = sum(store_some(receiver) for _ in range(5))
        for _ in range(10):
            assert receiver.echo().returncode == 0
    assert "local-limit" not in receiver.journal().lower()
    nothing_left(receiver, stored)
    assert wait_until(lambda: receiver.descriptors() <= descriptors)


def test_half_open_peers_at_the_sender_s_own_address_do_not_shut_it_out(start):
    receiver = start(most_per_peer=2)
    with Crowd(half_open(receiver.port, 200, ["127.0.0.1"])) as crowd:
        wait_to_stand(crowd)
        stored = sum(store_some(receiver) for _ in range(3))
    nothing_left(receiver, stored)


def test_half_a_request_gives_way_to_a_whole_one(start):
    receiver = start()
    with Crowd(Stalled(receiver.port, place, associate_request()[:80]) for place in spread(100, addresses(1, 2))) as crowd:
        wait_to_stand(crowd)
        stored = store_some(receiver)
        assert receiver.echo().returncode == 0
        assert wait_until(lambda: len(receiver.children()) <= 64)
    assert "reason=gave way to newer ones" in receiver.journal()
    nothing_left(receiver, stored)


def test_fifty_trickling_associations_shut_nobody_out(start):
    receiver = start(most_per_peer=16)
    with Crowd(trickling(receiver.port, 50, addresses(2, 4))) as crowd:
        wait_to_stand(crowd)
        stored = sum(store_some(receiver) for _ in range(5))
        for _ in range(5):
            assert receiver.echo().returncode == 0
        assert crowd.standing() == 50  # slow, but in time
    nothing_left(receiver, stored)


def test_a_flood_of_the_silent_is_bounded_and_the_oldest_of_its_address_goes(start):
    receiver = start()
    first = Requestor(receiver, source=("127.0.3.1", 0))
    with Crowd(Stalled(receiver.port, "127.0.3.2") for _ in range(300)) as crowd:
        wait_to_stand(crowd, 30)
        assert receiver.descriptors() < 400 and receiver.children() == []
        first.send(associate_request())
        assert first.pdu()[0] == 2
    first.socket.close()
    assert re.search(r"was ended peer=127\.0\.3\.2 reason=gave way", receiver.journal())
    nothing_left(receiver, 0)


def test_a_thousand_associations_in_a_row_leave_nothing_behind(start):
    receiver = start()

    def associate(n):
        with Requestor(receiver) as peer:
            assert peer.associate(called="COURIER" if n % 10 else "ELSEWHERE")[0] == (2 if n % 10 else 3)
            if n % 100 == 7:
                assert peer.store(b"data" * 100, sop_instance=f"1.2.3.{n}") == 0
            if n % 3 == 0:
                peer.send(b"\5\0\0\0\0\4\0\0\0\0")
                peer.closed()

    for n in range(100):
        associate(n)
    nothing_left(receiver, 1)
    before = receiver.descriptors(), footprint_of(receiver.process.pid)
    for n in range(100, 1000):
        associate(n)
    nothing_left(receiver, 10)
    assert wait_until(lambda: receiver.descriptors() <= before[0])
    assert sanitized() or footprint_of(receiver.process.pid) < before[1] + 512  # AddressSanitizer keeps what is freed
    assert zombies_of(receiver.process.pid) == 0


def test_silent_http_clients_in_every_place_there_is_shut_nobody_out(tmp_path):
    portal = Portal(tmp_path).start()
    try:
        places = ["127.0.0.1"] * 70 + spread(460, addresses(5, 100))  # of 64 and 512
        silent = [Stalled(portal.ports["public"], place, b"GET / HTT"[n % 10:]) for n, place in enumerate(places)]
        silent += [Stalled(portal.ports["upload"], "127.0.0.1") for _ in range(70)]
        with Crowd(silent) as crowd:
            wait_to_stand(crowd)
            for _ in range(5):
                assert portal.public("GET", "/s/x")[0] == 200
                portal.upload(secrets.token_bytes(1 << 20))
    finally:
        portal.stop()


def sanitized():
    return "libasan" in subprocess.run(["ldd", BIN / "dcmcourierd-receive"], capture_output=True, text=True).stdout


def test_two_hundred_slow_http_clients_shut_nobody_out(tmp_path):
    portal = Portal(tmp_path).start()
    try:
        blob = portal.upload(secrets.token_bytes(UPLOADED))
        share = Share(portal, take=[blob])
        assert share.put()[0] == 200
        ticket = share.ticket()
        target = f"/api/1/blobs/{blob} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {ticket}".encode()
        with Crowd(slow_http(portal.ports, 200, addresses(4, 8), target, *slow_upload(portal))) as crowd:
            wait_to_stand(crowd)
            for _ in range(5):
                assert len(share.fetch(ticket, blob)[2]) == UPLOADED
                assert portal.public("GET", "/s/" + share.id)[0] == 200
                portal.upload(secrets.token_bytes(UPLOADED))
    finally:
        portal.stop()
