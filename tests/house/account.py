"""The outside ledger, and the invariant: what a modality saw acknowledged is in the house exactly once.

    received = delivered + queued + held + quarantined + expired

`Sent` is the modality: it keeps what was answered 0000H and sends again what was not. `rest` waits until a house
has nothing more to do, `balance` holds the house against what was sent and fails with every difference at once."""

import collections
import dataclasses
import hashlib
import json
import pathlib
import shutil
import tempfile
import threading
import time

import pydicom

from tests.house.books import Books, derived_uid, split
from tests.house.files import data_set_bytes, instances_in
from tests.house.house import wait_until
from tests.house.sender import Association
from tests.independent import opener

FATES = ("delivered", "queued", "held", "quarantined", "expired")


@dataclasses.dataclass(frozen=True)
class Instance:
    uid: str
    sop_class: str
    syntax: str
    sha256: str
    path: pathlib.Path


def instances_of(folder):
    """The instances of a folder, as they are sent."""
    found = []
    for path in instances_in(folder):
        head = pydicom.dcmread(path, stop_before_pixels=True)
        digest = hashlib.sha256(data_set_bytes(path)).hexdigest()
        found.append(Instance(str(head.SOPInstanceUID), str(head.SOPClassUID), str(head.file_meta.TransferSyntaxUID), digest, path))
    return found


class Sent:
    """May be used by several threads, each of them an association at a time. The log, if there is one, has a line
    for each acknowledgement, written before anything else is sent."""

    def __init__(self, house, log=None):
        self.house, self.log, self.lock = house, log, threading.Lock()
        self.times = collections.Counter()  # (SOP Instance UID, SHA-256 of the data set): how often acknowledged
        self.answers = collections.Counter()  # statuses other than 0000H, and broken associations

    def acknowledged(self, instance):
        with self.lock:
            return self.times[instance.uid, instance.sha256]

    def _note(self, instance):
        with self.lock:
            self.times[instance.uid, instance.sha256] += 1
            if self.log:
                with open(self.log, "a", encoding="ascii") as file:
                    file.write(json.dumps({"at": time.time(), "uid": instance.uid, "sha256": instance.sha256}) + "\n")

    def send(self, instances, called="COURIER", calling="CT01", timeout=60):
        """One association. Those that were not acknowledged, whatever the reason."""
        left = list(instances)
        contexts = sorted({(one.sop_class, one.syntax) for one in left})
        try:
            association = Association(self.house.port, called, contexts, calling, timeout)
            with association.socket:
                self._store(association, left)
                association.release()
        except OSError:
            self.answers["broken"] += 1
        return left

    def _store(self, association, left):
        for message, one in enumerate(list(left)):
            status = association.store(one.sop_class, one.syntax, one.uid, message % 65535 + 1, data_set_bytes(one.path))
            if status == 0:
                self._note(one)
                left.remove(one)
            else:
                self.answers[f"{status:04X}H"] += 1

    def send_all(self, instances, seconds=180, **titles):
        """As a modality does: again and again, until each is acknowledged."""
        end, left = time.monotonic() + seconds, list(instances)
        while left:
            left = self.send(left, **titles)
            assert not left or time.monotonic() < end, f"{len(left)} not taken: {dict(self.answers)}\n{self.house.report()}"
            if left:
                time.sleep(0.2)


# What still moves by itself. Held rows wait for a person, and what is only ahead of a study waits for that study.
MOVING = """
SELECT 'instance ' || id || ' ' || state FROM instance WHERE state IN ('received', 'comparing')
UNION ALL SELECT 'study ' || id || ' ' || state FROM study WHERE held = '' AND state IN ('assembling', 'complete')
UNION ALL SELECT 'bundle ' || id || ' ' || state FROM bundle WHERE held = '' AND state NOT IN ('published', 'deleted')
  AND (ahead = '' OR ahead = 'overtaken')
UNION ALL SELECT 'bundle ' || id || ' unnamed' FROM bundle WHERE state = 'published'
  AND id NOT IN (SELECT bundle FROM share WHERE state IN ('waiting', 'announced', 'revoking'))
UNION ALL SELECT 'share ' || id || ' ' || state FROM share s WHERE held = ''
  AND (state IN ('waiting', 'revoking') OR (state = 'announced' AND ready = 0))
  AND NOT EXISTS (SELECT 1 FROM bundle b WHERE b.id = s.bundle AND b.held <> '')
"""


def rest(house, seconds=120):
    """Waits until all that was received is examined and nothing moves any more."""
    def still():
        collected = {(path.parent.name, int(path.stem)) for path in house.spooled()}
        known = set(house.query("SELECT association, sequence FROM instance"))
        return collected <= known and not house.query(MOVING)
    wait_until(still, seconds, lambda: f"{house.report()}\nrest; still moving: {[row[0] for row in house.query(MOVING)]}")


class Balance:
    """`counts` by fate over what was acknowledged, `repeated`: mails that came again inside the SMTP window,
    `problems`: one readable line for each difference."""

    def __init__(self, house, sent, codes):
        self.house, self.sent, self.codes = house, sent, codes
        self.books, self.mails = Books(house), house.mails()
        self.problems, self.counts, self.repeated = [], collections.Counter(), 0
        self.unreadable = 0
        self.opened = {share["id"]: self._open(share) for share in self.books.shares.values() if self._is_out(share)}
        self._count()
        self._check_shares()
        self._check_mails()
        self._check_leftovers()

    def problem(self, text):
        self.problems.append(text)

    # Shares: what comes out of each link, by code that is not ours.
    @staticmethod
    def _is_out(share):
        return share["state"] == "announced" and share["ready"]

    def _mails_of(self, message_id):
        return [mail for mail in self.mails if mail.id.strip("<>") == message_id]

    def _open(self, share):
        """{SOP Instance UID: SHA-256 of the data set} behind the share's link."""
        mails = self._mails_of(share["message_id"])
        if not mails:
            self.problem(f"share {share['id'][:8]} is announced, and no mail has its Message-ID")
            return {}
        out = pathlib.Path(tempfile.mkdtemp(prefix="opened-", dir=self.house.folder))
        try:
            opener.open_link(mails[0].link, self.codes[share["recipient"]], out)
        except Exception as failure:  # whatever it is, it does not open
            self.problem(f"the link of share {share['id'][:8]} does not open: {failure}")
            return {}
        found = [split(path.read_bytes()) for path in instances_in(out)]
        shutil.rmtree(out)
        if len({one.uid for one in found}) != len(found):
            self.problem(f"share {share['id'][:8]} holds an instance twice")
        return dict(found)

    def _bundle(self, share):
        return self.books.bundles[share["bundle"]]

    def _uid_in(self, share, uid):
        deidentified = json.loads(self._bundle(share)["profile"])["base"] != "none"
        return derived_uid(self.books.keys.domain, uid) if deidentified else uid

    def _held_back(self, share):
        """Instances that de-identification did not release into this bundle: on record, and in the bundle's figure."""
        return {int(record["instance"]) for record in self.books.audit("instance.not_released")
                if record["bundle"] == str(share["bundle"])}

    # Instances: each that was acknowledged has one row that stands for it.
    def _count(self):
        named = {uid for uid, _ in self.sent.times}
        by_uid = {uid: self.books.rows_of(uid) for uid in named}
        missing = [key for key in self.sent.times if not self._account_for(key, by_uid[key[0]])]
        known = {row["id"] for rows in by_uid.values() for row in rows}
        strangers = [row for row in self.books.instances if row["id"] not in known]
        for row in strangers:
            if row["state"] != "quarantined":
                self.problem(f"instance {row['id']} ({row['state']}) was never acknowledged to us")
        self.unreadable = len([row for row in strangers if row["state"] == "quarantined"])
        # A file that is damaged beyond recognition stands for one that is missing.
        if self.unreadable and missing:
            self.counts["quarantined"] += min(self.unreadable, len(missing))
        for uid, _ in missing[self.unreadable:]:
            self.problem(f"lost: acknowledged {uid[-12:]}, and no row or file stands for it")

    def _account_for(self, key, rows):
        uid, digest = key
        homes = [row for row in rows if row["state"] != "duplicate" and self._is_content(row, digest)]
        alive = [row for row in homes if row["state"] not in ("removed", "quarantined")]
        if len(alive) > 1:
            self.problem(f"doubled: {uid[-12:]} is in the house {len(alive)} times: instances {[row['id'] for row in alive]}")
        if homes and len(rows) < sum(n for (one, _), n in self.sent.times.items() if one == uid):
            self.problem(f"{uid[-12:]} was acknowledged more often than the ledger has it")
        for row in (alive or homes)[:1]:
            self.counts[self._fate(row, uid)] += 1
        return bool(homes)

    def _is_content(self, row, digest):
        """The file is byte for byte what was sent; where it is gone by the rules, the row alone speaks."""
        spooled = self.books.file_of(row)
        if row["state"] in ("received", "comparing", "examined") and spooled is None:
            self.problem(f"instance {row['id']} ({row['state']}) has no file that opens")
        return spooled is None or spooled.sha256 == digest

    def _fate(self, row, uid):
        if row["state"] != "examined":
            return {"quarantined": "quarantined", "removed": "expired"}.get(row["state"], "queued")
        study = self.books.studies[row["study"]]
        shares = [share for share in self.books.shares.values()
                  if share["study"] == study["id"] and share["revision"] >= row["revision"]]
        if not shares:
            return "held" if study["held"] or study["state"] == "unrouted" else "queued"
        return self._fate_in(row, uid, shares)

    def _fate_in(self, row, uid, shares):
        """The least that any of its shares says."""
        fates = set()
        for share in shares:
            if share["state"] in ("expired", "revoked"):
                fates.add("expired")
            elif share["held"] or self._bundle(share)["held"]:
                fates.add("held")
            elif not self._is_out(share):
                fates.add("queued")
            elif row["id"] in self._held_back(share):
                fates.add("held")
            else:
                fates.add("delivered")
                self._check_content(row, uid, share)
        return next(fate for fate in ("queued", "held", "delivered", "expired") if fate in fates)

    def _check_content(self, row, uid, share):
        arrived = self.opened[share["id"]].get(self._uid_in(share, uid))
        spooled = self.books.file_of(row)
        if arrived is None:
            self.problem(f"instance {row['id']} is not behind the link of share {share['id'][:8]}, which should have it")
        elif self._uid_in(share, uid) == uid and spooled and arrived != spooled.sha256:
            self.problem(f"instance {row['id']} came out of share {share['id'][:8]} with other bytes")

    def _check_shares(self):
        """Nothing behind a link that does not belong there."""
        studies = {uid: {row["study"] for row in self.books.rows_of(uid)} for uid, _ in self.sent.times}
        for share_id, content in self.opened.items():
            share = self.books.shares[share_id]
            belongs = {self._uid_in(share, uid) for uid, of in studies.items() if share["study"] in of}
            for stranger in set(content) - belongs:
                self.problem(f"share {share_id[:8]} holds {stranger[-12:]}, which is not of its study")

    # Mails: one for each link; again only when dispatch could not know, and then the same letter.
    def _check_mails(self):
        attempts = collections.Counter(record["message_id"] for record in self.books.audit("share.mail_attempted"))
        announced = {record["message_id"]: record["at"] for record in self.books.audit("share.announced")}
        copies = collections.defaultdict(list)
        for mail in self.mails:
            copies[mail.id.strip("<>")].append(mail)
        for message_id in set(announced) - set(copies):
            self.problem(f"announced and never mailed: {message_id}")
        for message_id, mails in copies.items():
            self._check_copies(message_id, mails, attempts[message_id], announced.get(message_id))

    def _check_copies(self, message_id, mails, attempts, announced):
        self.repeated += len(mails) - 1
        if len(mails) > attempts:
            self.problem(f"{len(mails)} mails under {message_id}, and the chain knows of {attempts} attempts")
        if len({mail.link for mail in mails}) > 1:
            self.problem(f"mails with different links under {message_id}")
        late = [mail for mail in mails[1:] if announced is not None and mail.path.stat().st_mtime > announced + 2]
        if late:
            self.problem(f"mailed again after the commit that says it was announced: {message_id}")

    def _check_leftovers(self):
        named = {bundle[part].hex() + ".blob" for bundle in self.books.bundles.values() for part in ("package_id", "index_id")
                 if bundle["state"] in ("planned", "prepared", "sealed")}
        for path in (self.house.store / "outbox").iterdir():
            if path.name not in named:
                self.problem(f"the outbox has a file that no bundle names: {path.name[:8]}")
        told = self.house.cli("audit", "verify", check=False)
        if "is whole" not in told.stdout:
            self.problem(f"the audit chain: {told.stdout}{told.stderr}")

    def __str__(self):
        fates = " + ".join(f"{self.counts[fate]} {fate}" for fate in FATES)
        duplicates = sum(row["state"] == "duplicate" for row in self.books.instances)
        return (f"{len(self.sent.times)} instances acknowledged = {fates}; {duplicates} duplicates recognised, "
                f"{len(self.mails)} mails, {self.repeated} of them repeated inside the SMTP window")


def balance(house, sent, codes, repeats=0, unreadable=0):
    """The house against what was sent. `repeats`: how many mails may have come again (kills between the server's 250
    and our commit); `unreadable`: instances whose spool files a test has damaged beyond recognition."""
    found = Balance(house, sent, codes)
    if sum(found.counts[fate] for fate in FATES) != len(sent.times):
        found.problem("the sum is not what was acknowledged")
    if found.repeated > repeats:
        found.problem(f"{found.repeated} mails repeated, {repeats} allowed")
    if found.unreadable != unreadable:
        found.problem(f"{found.unreadable} quarantined instances cannot be recognised, {unreadable} expected")
    assert not found.problems, "\n".join([str(found), *found.problems, house.report()])
    return found
