"""One life of a house through every act of ARCHITECTURE.md's table, whatever breaks on the way: each step is asked for
again until the ledger says that it has been made."""

import dataclasses
import hashlib
import time

from tests.house.account import Sent, instances_of, rest
from tests.house.books import Books
from tests.house.files import data_set_bytes
from tests.house.house import wait_until
from tests.phantom import people, studies

PATIENCE = 240  # seconds for one step; a step that is broken again and again takes its time

SETTINGS = {
    "receiver": {"ae_titles": ["COURIER", "PLAIN", "SHORT"]},
    "studies": {"quiet_period": "1s", "keep": "60s"},
    "recipients": {"dr-okafor": {"name": "Dr. A. Okafor", "email": "okafor@clinic.example"},
                   "dr-lindgren": {"name": "Dr. B. Lindgren", "email": "lindgren@clinic.example", "language": "de"}},
    "routes": [
        {"name": "second-opinion", "match": {"called_ae_title": "COURIER"}, "recipients": ["dr-okafor", "dr-lindgren"],
         "deidentify": {"profile": "basic", "on_quarantine": "drop_instance"}, "share": {"lifetime": "7d", "purpose": "second opinion"}},
        {"name": "as-it-is", "match": {"called_ae_title": "PLAIN"}, "recipients": ["dr-okafor"], "deidentify": "none",
         "share": {"lifetime": "7d", "purpose": "treatment"}},
        {"name": "for-a-minute", "match": {"called_ae_title": "SHORT"}, "recipients": ["dr-lindgren"], "deidentify": "none",
         "share": {"lifetime": "60s", "purpose": "treatment"}}],
}


def phantom(folder, seed, patient, late=False):
    """Three small slices, or one more of them."""
    if not folder.exists():
        study = studies.Study(people.PATIENTS[patient], seed, "ct")
        writer = studies.Writer(folder, study, studies.PLANS["ct"])
        writer.ct_slices([4] if late else [1, 2, 3])
    return instances_of(folder)


def torn(instance, folder):
    """Under a UID of its own, a data set that no reader understands."""
    path = folder / f"{instance.sha256[:16]}.torn"
    path.write_bytes(instance.path.read_bytes()[:-5000])
    return dataclasses.replace(instance, uid=instance.uid + ".9", path=path, sha256=hashlib.sha256(data_set_bytes(path)).hexdigest())


class Life:
    """`house` runs with SETTINGS; `folder` gets the phantoms."""

    def __init__(self, house, folder, first_seed=100):
        self.house, self.folder, self.seed = house, folder, first_seed
        self.sent = Sent(house, folder / "acknowledged")
        self.codes = {}

    # Steps.
    def query(self, sql, *values):
        try:
            return self.house.query(sql, *values)
        except Exception:  # pylint: disable=broad-except  # while the ledger is recovered
            return []

    def until(self, words, sql, *values):
        """`dcmcourier WORDS`, until there is such a row. An answer may be lost, the act not."""
        def done():
            if self.query(sql, *values):
                return True
            self.house.cli(*words, check=False)
            return bool(self.query(sql, *values))
        wait_until(done, PATIENCE, lambda: f"{self.house.report()}\n{words}")

    def rest(self):
        rest(self.house, PATIENCE)

    def agree_codes(self):
        for name in SETTINGS["recipients"]:
            def made(name=name):
                done = self.house.cli("recipients", "code", name, "--replace", check=False)
                self.codes[name] = done.stdout.strip()
                return done.returncode == 0
            wait_until(made, PATIENCE, lambda: f"{self.house.log()[-3000:]}\na code")

    def study_of(self, one):
        """The number of the study that holds this instance."""
        return next(row["study"] for row in Books(self.house).rows_of(one.uid) if row["study"])

    def shares_of(self, study):
        return [share for share, in self.query("SELECT id FROM share WHERE study = ? ORDER BY recipient", study)]

    # Acts.
    def round(self):
        """Every act but those that take a minute."""
        self.seed += 10
        plain, opinion = (phantom(self.folder / f"{self.seed}-{n}", self.seed + n, n)
                          for n in range(2))
        self.sent.send_all(plain, called="PLAIN", seconds=PATIENCE)
        self.sent.send_all(opinion + [torn(opinion[0], self.folder)], seconds=PATIENCE)
        self.sent.send_all(opinion[:1], seconds=PATIENCE)
        self.rest_and_release(plain, opinion)
        one, other = self.study_of(plain[0]), self.study_of(opinion[0])
        self.late(one)
        self.administer(one, other)
        self.rest()

    def rest_and_release(self, *studies):
        """What came in two parts, because an association broke, is late, and waits for a person."""
        self.rest()
        for number, in self.query("SELECT id FROM study WHERE held LIKE 'late instances%'"):
            self.until(("release", number), "SELECT 1 FROM study WHERE id = ? AND held = ''", number)
        self.rest()
        for instances in studies:
            self.house.wait_for("SELECT 1 FROM study WHERE id = ? AND state = 'routed'", self.study_of(instances[0]), seconds=PATIENCE)

    def late(self, study):
        late = phantom(self.folder / f"{self.seed}-late", self.seed, 0, late=True)
        before = self.query("SELECT revision FROM study WHERE id = ?", study)[0][0]
        self.sent.send_all(late, called="PLAIN", seconds=PATIENCE)
        self.house.wait_for("SELECT 1 FROM study WHERE id = ? AND revision > ? AND held <> ''", study, before, seconds=PATIENCE)
        self.until(("release", study), "SELECT 1 FROM study WHERE id = ? AND held = ''", study)
        self.rest()

    def administer(self, plain, opinion):
        """Hold, resend, extend, revoke."""
        share, = self.shares_of(plain)
        self.until(("hold", share), "SELECT 1 FROM share WHERE id = ? AND held <> ''", share)
        self.until(("release", share), "SELECT 1 FROM share WHERE id = ? AND held = ''", share)
        end = self.query("SELECT not_after FROM share WHERE id = ?", share)[0][0]
        self.until(("extend", share, "--by", "1h"), "SELECT 1 FROM share WHERE id = ? AND not_after > ?", share, end)
        first, second = self.shares_of(opinion)
        arm = self.query("SELECT arm FROM share WHERE id = ?", first)[0][0]
        self.until(("resend", first), "SELECT 1 FROM share WHERE id = ? AND arm > ?", first, arm)
        self.rest()
        self.until(("revoke", second), "SELECT 1 FROM share WHERE id = ? AND state IN ('revoking', 'revoked')", second)
        self.rest()
        self.house.cli("shares", "code", first, check=False)
        self.house.cli("instances", opinion, check=False)
        self.house.hang_up()

    def begin_what_takes_a_minute(self):
        short = phantom(self.folder / "short", 7, 2)
        self.sent.send_all(short, called="SHORT", seconds=PATIENCE)
        self.rest_and_release(short)
        self.short = self.study_of(short[0])

    def end_what_takes_a_minute(self):
        """The share expires, its bundle goes, then the originals; each start of dispatch looks for these."""
        self.house.wait_for("SELECT 1 FROM share WHERE study = ? AND state = 'expired'", self.short, seconds=PATIENCE)
        self.house.wait_for("SELECT 1 FROM bundle WHERE study = ? AND state = 'deleted'", self.short, seconds=PATIENCE)
        def purged():
            if self.query("SELECT 1 FROM study WHERE id = ? AND last_receipt + 61 < unixepoch()", self.short):
                if not self.query("SELECT 1 FROM instance WHERE study = ? AND state = 'examined'", self.short):
                    return True
                self.house.kill_role("dispatch")
            time.sleep(2)  # until it has started again and looked
            return False
        wait_until(purged, PATIENCE, lambda: f"{self.house.report()}\npurging")
        self.rest()


def repeats_allowed(fired):
    """Each kill of who sends a mail, or of who notes that it was sent, may repeat one."""
    kills = [name for name, fault in fired.items() if fault.startswith("kill") and name.startswith(("send.", "dispatch."))]
    answers = [name for name, fault in fired.items() if fault == "EIO" and name.startswith(("send.send.jobs", "dispatch.send.jobs"))]
    return len(kills) + len(answers)
