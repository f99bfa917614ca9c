"""A house in whose life the power goes again and again. Store and portal lie on disks that forget what was not synced;
modality and mail server are other machines, and go on."""

import base64
import contextlib
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import threading
import time

import pydicom

from tests.house.account import Balance, Sent, balance, instances_of, rest
from tests.house.house import BIN, ROLES, House, wait_until
from tests.power.disk import Disk

SMTP_WINDOW = 5  # seconds from a mail's arrival to our commit, on a machine that has much else to do
SERIES = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")


# What can be seen to move from outside.
STEPS = [f"SELECT count(*) FROM {table} WHERE {condition}" for table, condition in (
    ("instance", "state = 'examined'"), ("study", "state = 'complete'"), ("share", "1"), ("bundle", "state = 'prepared'"),
    ("bundle", "state = 'sealed'"), ("bundle", "state = 'published'"), ("share", "ready = 1"), ("share", "state = 'announced'"))]


def in_ledger(house, sql):
    with contextlib.suppress(sqlite3.Error):  # not started far enough
        return house.query(sql)


def mailed(house, _):
    return sum(1 for _ in house.mail_folder.glob("*.eml"))


def uploaded(house, _):
    with contextlib.suppress(OSError):
        return len(house.blobs())


MOVES = (in_ledger, in_ledger, mailed, uploaded, lambda house, sql: None)


class DarkHouse(House):
    """`forgets`: of its disks, see Disk. The daemon and the portal are a machine each."""

    MACHINES = {"hospital": "dcmcourierd", "portal": "portal"}

    def __init__(self, folder, seed=1, forgets=(), **settings):
        self.dice = random.Random(seed)
        self.disks, self.cuts = {}, {machine: [] for machine in self.MACHINES}
        with contextlib.ExitStack() as undo:
            for machine, path in (("hospital", "store"), ("portal", "portal")):
                self.disks[machine] = Disk(pathlib.Path(folder) / path, self.dice.getrandbits(32), slowest=8, forgets=forgets)
                undo.callback(self.disks[machine].close)
            undo.pop_all()
        super().__init__(folder, **settings)

    def spawn(self, name, command, **options):
        return super().spawn(name, command, start_new_session=True, **options)

    def cut(self, *machines):
        """Everything that these machines were doing ends here; what their disks had not synced is forgotten."""
        for machine in machines:
            self.disks[machine].cut()
            self.cuts[machine].append(time.time())
        for machine in machines:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.processes[self.MACHINES[machine]].pid, signal.SIGKILL)
        for machine in machines:
            self.disks[machine].on()
            self.end(self.MACHINES[machine], signal.SIGKILL)
        if "hospital" in machines:
            wait_until(lambda: not any(map(self.role_pids, ROLES)), 30, "the end of all roles")
            shutil.rmtree(self.folder / "run", ignore_errors=True)  # lies in memory

    def power_on(self, *machines):
        if "portal" in machines:
            self.start_portal()
        if "hospital" in machines:
            self.spawn("dcmcourierd", [BIN / "dcmcourierd", "run", "--config", self.config])

    def stop(self):
        super().stop()
        for disk in self.disks.values():
            disk.close()


def another_study(template, number, folder):
    """The instances of the template as those of another patient, written into the folder."""
    folder.mkdir(parents=True)
    uids = {}
    for path in sorted(template.rglob("*.dcm")):
        data_set = pydicom.dcmread(path)
        for keyword in SERIES:
            data_set[keyword].value = uids.setdefault(data_set[keyword].value, pydicom.uid.generate_uid())
        data_set.PatientID = f"P{number:06}"
        data_set.PatientName = f"Outage^Number{number:06}"
        data_set.SOPInstanceUID = data_set.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
        data_set.save_as(folder / path.name, write_like_original=False)
    return instances_of(folder)


class Modality(threading.Thread):
    """Sends a study whenever it may, each until all of it is acknowledged."""

    def __init__(self, sent, studies, turns, patience):
        super().__init__(daemon=True)
        self.sent, self.studies, self.turns, self.patience, self.problem = sent, studies, turns, patience, None

    def run(self):
        try:
            while self.turns.acquire() and self.studies:
                self.sent.send_all(self.studies.pop(), seconds=self.patience)
        except BaseException as problem:  # told where it is joined
            self.problem = problem


class Outages:
    """A life of `cuts` power cuts, with a study for every second one of them."""

    MODALITIES = 3

    def __init__(self, house, template, cuts, patience=600):
        self.house, self.cuts, self.dice = house, cuts, house.dice
        self.codes = {"dr-okafor": house.code_for()}
        self.sent, self.turns, self.revoked = Sent(house), threading.Semaphore(0), set()
        studies = [another_study(template, number, house.folder / "studies" / str(number)) for number in range(cuts // 2)]
        self.largest = max(map(len, studies))
        self.modalities = [Modality(self.sent, studies, self.turns, patience) for _ in range(self.MODALITIES)]

    def live(self, told=lambda line: None):
        for modality in self.modalities:
            modality.start()
        for number in range(self.cuts):
            machines = self.dice.choice((["hospital", "portal"], ["hospital", "portal"], ["hospital"], ["portal"]))
            if number % 6 == 5:
                self._until_the_next_mail()
            elif number % 2:
                self._pass_time()
            else:
                self._while_it_receives()
            self.house.cut(*machines)
            self.house.power_on(*machines)
            told(f"{number + 1} cuts, {sum(self.sent.times.values())} instances acknowledged")
        self._finish_sending()

    def _pass_time(self):
        """From the middle of the start to the mail of a study that was sent a while ago: after some time, or right after
        something has moved."""
        probe, sql = self.dice.choice(MOVES), self.dice.choice(STEPS)
        before, end = probe(self.house, sql), time.monotonic() + self.dice.choice((0.2, 1, 4)) * self.dice.random()
        while time.monotonic() < end and probe(self.house, sql) == before:
            time.sleep(0.01)

    def _until_the_next_mail(self):
        """Time to get so far at all; then in the SMTP window, shortly after it, or when a share was revoked."""
        before, end = mailed(self.house, ""), time.monotonic() + 20
        while time.monotonic() < end and mailed(self.house, "") == before:
            time.sleep(0.002)
        time.sleep(self.dice.choice((0, 0.1, 1)) * self.dice.random())
        if self.dice.random() < 0.4:
            self._revoke_one()

    def _revoke_one(self):
        """Once the command line has said that it is so, it stays so."""
        announced = in_ledger(self.house, "SELECT id FROM share WHERE state = 'announced'")
        if announced:
            share = self.dice.choice(announced)[0]
            if self.house.cli("revoke", share, check=False).returncode == 0:
                self.revoked.add(share)

    def _while_it_receives(self):
        """Another study begins, and so many of its instances are acknowledged."""
        count = sum(self.sent.times.values()) + self.dice.randrange(self.largest)
        self.turns.release()
        end = time.monotonic() + 3
        while sum(self.sent.times.values()) < count and time.monotonic() < end:
            time.sleep(self.dice.random() / 500)

    def _finish_sending(self):
        self.turns.release(self.MODALITIES)
        for modality in self.modalities:
            modality.join()
            if modality.problem:
                raise modality.problem

    def settle(self, seconds=300):
        """As an administrator would: what came late is looked at and released."""
        wait_until(lambda: "receive is up" in self.house.cli("status", check=False).stdout, 60, self.house.log)
        rest(self.house, seconds)
        for number, _ in self.house.query("SELECT id, held FROM study WHERE held LIKE '%late instances%'"):
            self.house.cli("release", number)
        rest(self.house, seconds)

    def account(self):
        balanced = balance(self.house, self.sent, self.codes, repeats=self.cuts)
        assert not self.unexplained_mails() and not self.strange_blobs(), self.house.report()
        states = dict(self.house.query("SELECT id, state FROM share"))
        assert {states[share] for share in self.revoked} <= {"revoked"}, self.house.report()
        return balanced

    def losses(self):
        """What an account would say of a house that may be beyond any."""
        try:
            return Balance(self.house, self.sent, self.codes).problems
        except (sqlite3.Error, KeyError, OSError) as problem:
            return [f"lost: the ledger itself: {problem!r}"]

    def repeats(self):
        """For each mail that came again: seconds from the one before to the power cut that explains it."""
        seen = {}
        for mail in sorted(self.house.mails(), key=lambda mail: mail.path.stat().st_mtime):
            came = mail.path.stat().st_mtime
            if mail.id in seen:
                yield min((cut - seen[mail.id] for cut in self.house.cuts["hospital"] if seen[mail.id] < cut < came), default=None)
            seen[mail.id] = came

    def unexplained_mails(self):
        return [window for window in self.repeats() if window is None or window > SMTP_WINDOW]

    def strange_blobs(self):
        """Files at the portal that its database does not know, once it has started anew."""
        self.house.end("portal")
        self.house.start_portal()
        with contextlib.closing(sqlite3.connect(f"file:{self.house.folder}/portal/portal.db?mode=ro", uri=True)) as database:
            known = {base64.urlsafe_b64encode(id).decode().rstrip("=") for id, in database.execute("SELECT id FROM blobs")}
        return {path.name for path in self.house.blobs()} ^ known
