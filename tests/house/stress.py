#!/usr/bin/python3
"""scripts/stress: what 200 half-open peers, 50 trickling associations and 200 slow HTTP clients cost the others, and
what thousands of associations in a row leave behind. Times, so for a quiet machine; the tests judge functions alone."""

import argparse
import contextlib
import multiprocessing
import os
import pathlib
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "flows")]
from portal_peer import Portal, Share  # noqa: E402
from receiver import Receiver, Requestor, element, uid, wait_until  # noqa: E402

from tests.house.measure import footprint_of  # noqa: E402
from tests.house.sender import Study  # noqa: E402
from tests.house.stalled import Crowd, addresses, half_open, slow_http, slow_upload, trickling, wait_to_stand  # noqa: E402

LEAST_RATE, MOST_ECHO = 0.80, 1.0  # of the undisturbed rate; seconds, 99th percentile
BLOB, UPLOAD = 32 << 20, secrets.token_bytes(4 << 20)
VERIFICATION, IMPLICIT = "1.2.840.10008.1.1", "1.2.840.10008.1.2"


def say(text):
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


# What runs beside: a process of its own for each, so that they do not wait for each other's interpreter.

@contextlib.contextmanager
def beside(work, *arguments):
    """work(*arguments, ready, ending, told) in a process; yields a queue with what it told at its end."""
    context = multiprocessing.get_context("fork")
    ready, ending, told = context.Event(), context.Event(), context.Queue()
    child = context.Process(target=work, args=(*arguments, ready, ending, told))
    child.start()
    try:
        assert ready.wait(120), f"{work.__name__} did not begin"
        yield told
    finally:
        ending.set()
        child.join(60)


def crowd_of(members, ready, ending, told):
    os.nice(15)  # they would be on other machines
    with Crowd(members()) as crowd:
        wait_to_stand(crowd, 100)
        ready.set()
        ending.wait()
        told.put((crowd.standing(), sum(member.opened for member in crowd.members)))


def echo_once(receiver):
    with Requestor(receiver) as peer:
        assert peer.associate([(VERIFICATION, [IMPLICIT])])[0] == 2, "an echo's association was refused"
        peer.data(1, 3, echo_command())
        assert peer.status() == 0
        peer.send(b"\5\0\0\0\0\4\0\0\0\0")
        peer.closed()


def echo_command():
    rest = (element(0x0002, uid(VERIFICATION)) + element(0x0100, b"\x30\0") + element(0x0110, b"\1\0") + element(0x0800, b"\1\1"))
    return element(0, len(rest).to_bytes(4, "little")) + rest


def echoes(receiver, ready, ending, told):
    """Seconds of each C-ECHO from its connection to its release, one every 20 ms."""
    times = []
    ready.set()
    while not ending.is_set():
        begun = time.monotonic()
        try:
            echo_once(receiver)
            times.append(time.monotonic() - begun)
        except (OSError, EOFError, AssertionError):
            times.append(float("inf"))
        time.sleep(0.02)
    told.put(times)


# The parts.

def receive_rate(receiver, study, seconds):
    """MB/s of one association after another, from first bytes to last answers, and the echoes beside them."""
    with beside(echoes, receiver) as told:
        took, sent = 0, 0
        while took < seconds:
            began, ended = study.send(receiver.port)
            took, sent = took + ended - began, sent + study.bytes
    return sent / 1e6 / took, told.get(timeout=60)


def empty(receiver):
    """The bytes go, or the disk would fill; the files stay, as ext4 makes new ones slowly while many have just been deleted."""
    assert wait_until(lambda: not receiver.children(), 60), "children are left"  # they take empty folders with them
    for path in receiver.spool.folder.glob("*/*.dcms"):
        os.truncate(path, 0)
    os.sync()


def stalled_members(receiver):
    return lambda: half_open(receiver.port, 200, addresses(1, 5)) + trickling(receiver.port, 50, addresses(2, 5))


def measure_peers(place, arguments):
    study = Study(phantom(place, 200))
    receiver = Receiver(place / "peers", most_per_peer=16).start()
    quiet, disturbed, echo_times = [], [], {False: [], True: []}
    try:
        for _ in range(arguments.rounds):
            for crowded in (False, True):
                with beside(crowd_of, stalled_members(receiver)) if crowded else contextlib.nullcontext() as told:
                    rate, times = receive_rate(receiver, study, arguments.seconds)
                empty(receiver)
                (disturbed if crowded else quiet).append(rate)
                echo_times[crowded] += times
                note = f"; {told.get(timeout=60)[0]} of 250 peers stood at the end" if crowded else ""
                say(f"receive {'among stalled peers' if crowded else 'undisturbed'}: {rate:.0f} MB/s, "
                    f"{len(times)} echoes, p99 {p99(times):.3f} s{note}")
    finally:
        receiver.stop()
    return Outcome("C-STORE on 1 association, 200 half-open and 50 trickling peers", "MB/s", quiet, disturbed, echo_times)


def portal_rate(portal, share, ticket, blob, seconds):
    begun, fetched = time.monotonic(), 0
    while time.monotonic() - begun < seconds:
        assert len(share.fetch(ticket, blob)[2]) == BLOB
        portal.upload(UPLOAD)
        fetched += BLOB + len(UPLOAD)
    return fetched / 1e6 / (time.monotonic() - begun)


def measure_portal(place, arguments):
    portal = Portal(folder_in(place, "portal")).start()
    quiet, disturbed = [], []
    try:
        blob = portal.upload(secrets.token_bytes(BLOB))
        share = Share(portal, take=[blob])
        assert share.put()[0] == 200
        target = f"/api/1/blobs/{blob} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {share.ticket()}".encode()
        members = lambda: slow_http(portal.ports, 200, addresses(4, 8), target, *slow_upload(portal))  # noqa: E731
        for _ in range(arguments.rounds):
            for crowded in (False, True):
                with beside(crowd_of, members) if crowded else contextlib.nullcontext() as told:
                    rate = portal_rate(portal, share, share.ticket(), blob, arguments.seconds)
                (disturbed if crowded else quiet).append(rate)
                note = f"; {told.get(timeout=60)[0]} of 200 clients stood at the end" if crowded else ""
                say(f"portal {'among slow clients' if crowded else 'undisturbed'}: {rate:.0f} MB/s{note}")
    finally:
        portal.stop()
    return Outcome("download and upload, 200 slow HTTP clients", "MB/s", quiet, disturbed, {})


def measure_row(place, arguments):
    receiver = Receiver(folder_in(place, "row")).start()
    seen = []
    try:
        begun = time.monotonic()
        for n in range(arguments.associations + 1):
            if n % max(1, arguments.associations // 10) == 0:
                assert receiver.quiet(), "children are left"
                seen.append((n, receiver.descriptors(), footprint_of(receiver.process.pid)))
                say(f"{n} associations: {seen[-1][1]} descriptors, {seen[-1][2] / 1024:.2f} MB of its own")
            associate_as(receiver, n)
        took = time.monotonic() - begun
        assert receiver.quiet() and receiver.process.poll() is None, "children are left, or it ended"
        left = [folder for folder in receiver.spool.associations() if not list(folder.glob("*.dcms"))]
    finally:
        code = receiver.stop()
    return seen, took, len(left), code, "the process of an association crashed" in receiver.journal()


def associate_as(receiver, n):
    """Most are echoes; some store, some are refused, some break off."""
    if n % 10 == 3:
        with Requestor(receiver) as peer:
            peer.associate(called="ELSEWHERE")
    elif n % 10 == 7:
        with Requestor(receiver) as peer:
            assert peer.associate()[0] == 2
            if n % 100 == 7:
                assert peer.store(b"data" * 100, sop_instance=f"1.2.3.{n}") == 0
    else:
        echo_once(receiver)


# What is printed, and judged.

class Outcome:
    def __init__(self, what, unit, quiet, disturbed, echo_times):
        self.what, self.unit = what, unit
        self.quiet, self.disturbed = statistics.median(quiet), statistics.median(disturbed)
        self.ratio = self.disturbed / self.quiet
        self.echo = p99(echo_times[True]) if echo_times else None
        self.quiet_echo = p99(echo_times[False]) if echo_times else None

    def line(self):
        echo = f"{self.quiet_echo * 1000:.0f} / {self.echo * 1000:.0f} ms" if self.echo is not None else ""
        return f"| {self.what} | {self.quiet:.0f} {self.unit} | {self.disturbed:.0f} {self.unit} | {self.ratio * 100:.0f} % | {echo} |"

    def complaints(self):
        if self.ratio < LEAST_RATE:
            yield f"{self.what}: {self.ratio * 100:.0f} % of the undisturbed rate"
        if self.echo is not None and self.echo > MOST_ECHO:
            yield f"{self.what}: C-ECHO's 99th percentile is {self.echo:.2f} s"


def p99(times):
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.99))]


def tell_row(seen, took, left, code, crashed):
    print("\n| associations in a row | descriptors | parent's own memory |\n|---|---|---|")
    for n, descriptors, kilobytes in seen:
        print(f"| {n} | {descriptors} | {kilobytes / 1024:.2f} MB |")
    print(f"\n{seen[-1][0]} associations in {took:.0f} s, {seen[-1][0] / took:.0f} a second; {left} empty folders left; "
          f"ended with {code}{'; a child crashed' if crashed else ''}")
    settled = seen[1]
    if seen[-1][1] > settled[1] or seen[-1][2] > settled[2] + 512:
        yield "descriptors or memory grew"
    if left or code or crashed:
        yield "something was left, or did not end well"


def folder_in(place, name):
    (place / name).mkdir(parents=True, exist_ok=True)
    return place / name


def phantom(place, slices):
    folder = place / "phantom"
    subprocess.run([ROOT / "scripts" / "phantom", folder, "--study", "ct1000", "--slices", str(slices)], check=True,
                   stdout=subprocess.DEVNULL)
    return folder


def arguments_given():
    parser = argparse.ArgumentParser(prog="scripts/stress", description="What stalled peers cost the others, and what many "
                                     "associations in a row leave behind.")
    parser.add_argument("--quick", action="store_true", help="one round of 3 s, 1,000 associations")
    parser.add_argument("--only", choices=("peers", "portal", "row"), help="one of the three parts")
    parser.add_argument("--associations", type=int, metavar="N", help="in a row (default: 20,000)")
    parser.add_argument("--rounds", type=int, metavar="N", help="of each rate, undisturbed and not in turn (default: 3)")
    parser.add_argument("--dir", metavar="DIR", default="/var/tmp", help="where to write (default: /var/tmp)")
    arguments = parser.parse_args()
    arguments.rounds = arguments.rounds or (1 if arguments.quick else 3)
    arguments.seconds = 3 if arguments.quick else 10
    arguments.associations = arguments.associations or (1000 if arguments.quick else 20_000)
    return arguments


def main():
    arguments = arguments_given()
    place = pathlib.Path(tempfile.mkdtemp(prefix="dcmcourier-stress-", dir=arguments.dir))
    parts = [arguments.only] if arguments.only else ["peers", "portal", "row"]
    complaints, outcomes = [], []
    try:
        outcomes = [measure(place, arguments) for name, measure in (("peers", measure_peers), ("portal", measure_portal)) if name in parts]
        if outcomes:
            print("\n| others | undisturbed | disturbed | | C-ECHO p99, undisturbed / disturbed |\n|---|---|---|---|---|")
        for outcome in outcomes:
            print(outcome.line())
            complaints += outcome.complaints()
        if "row" in parts:
            complaints += tell_row(*measure_row(place, arguments))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    print("\nstress: " + ("; ".join(complaints) if complaints else "nobody was disturbed beyond the limits"))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
