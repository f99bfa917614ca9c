"""The sweep and the soak, in short: scripts/soak has the long forms."""

import random

import pytest

from tests.house.soak import soak
from tests.house.sweep import sweep

# The durable steps of ARCHITECTURE.md's table "How an instance travels". What a sweep does not reach it does not prove.
STEPS = {
    "negotiate": ["receive.mkdirat.association-folder", "receive.fsync.origin", "receive.fsync.spool-folder"],
    "store": ["receive.open.spool", "receive.write.spool", "receive.fdatasync.spool", "receive.linkat.spool",
              "receive.fsync.association-folder", "receive.send.peer"],
    "collect": ["dispatch.fdatasync.ledger-wal.-instance"],
    "examine": ["work.send.jobs", "dispatch.fdatasync.ledger-wal.-study", "dispatch.fdatasync.ledger-wal.instance.quarantined"],
    "compare": ["dispatch.fdatasync.ledger-wal.instance.duplicate", "dispatch.unlinkat.spool"],
    "plan ahead": ["dispatch.fdatasync.ledger-wal.bundle.planned_ahead"],
    "complete": ["dispatch.fdatasync.ledger-wal.study.complete"],
    "route": ["dispatch.fdatasync.ledger-wal.study.routed"],
    "prepare": ["dispatch.fdatasync.keys-db.put-bundle-package", "dispatch.open.outbox", "dispatch.fsync.outbox-folder",
                "work.write.outbox", "work.fdatasync.outbox", "dispatch.fdatasync.ledger-wal.bundle.report"],
    "verify": ["verify.send.jobs", "dispatch.fdatasync.ledger-wal.bundle.sealed"],
    "publish": ["send.send.portal", "portal.pwrite.blob", "portal.fdatasync.blob", "portal.fdatasync.sums", "portal.fsync.blobs-folder",
                "portal.fdatasync.portal-wal.-blobs", "dispatch.fdatasync.ledger-wal.bundle.published", "dispatch.unlinkat.outbox"],
    "entrust": ["dispatch.fdatasync.keys-db.put-share-secret", "portal.fdatasync.portal-wal.-shares",
                "dispatch.fdatasync.ledger-wal.share.ready"],
    "announce": ["dispatch.fdatasync.ledger-wal.share.mail_attempted", "dispatch.fdatasync.keys-db.put-mark", "send.connect.smtp",
                 "send.send.smtp", "dispatch.fdatasync.ledger-wal.share.announced", "dispatch.fdatasync.keys-db.wipe-share-secret"],
    "late, release, hold": ["dispatch.fdatasync.ledger-wal.administrator.release", "dispatch.fdatasync.ledger-wal.administrator.hold"],
    "resend, extend": ["dispatch.fdatasync.ledger-wal.administrator.resend", "dispatch.fdatasync.ledger-wal.administrator.extend"],
    "expire, revoke": ["dispatch.fdatasync.ledger-wal.administrator.revoke", "dispatch.fdatasync.ledger-wal.share.revoked",
                       "dispatch.fdatasync.ledger-wal.share.expired", "dispatch.fdatasync.keys-db.wipe-share-root"],
    "delete": ["portal.unlinkat.blob", "portal.unlinkat.sums", "dispatch.fdatasync.keys-db.wipe-bundle-package",
               "dispatch.fdatasync.ledger-wal.bundle.deleted"],
    "purge": ["dispatch.fdatasync.ledger-wal.study.expired_by_policy"],
}
AT_THE_END = ("expire, revoke", "delete", "purge")  # once, after the rounds
# Where something becomes true for somebody else. In the short form only these fire, every fourth that is reached.
CALLS = ("fsync", "fdatasync", "linkat", "renameat", "unlinkat", "mkdirat", "send")


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    seed = random.SystemRandom().randrange(1 << 31)
    found = sweep(tmp_path_factory.mktemp("sweep"), "some", seed, calls=CALLS, pause=3, rounds=5,
                  wanted={name for act in STEPS if act not in AT_THE_END for name in STEPS[act]})
    print(f"seed {seed}\n{found}")
    return found


def test_a_house_that_breaks_at_every_durable_step_accounts_for_everything(swept):
    assert len(swept.fired) > 25 and set(swept.fired.values()) == {"kill after", "EIO", "ENOSPC"}, swept
    counts = swept.account.counts
    assert counts["queued"] == counts["held"] == 0 and counts["delivered"] and counts["quarantined"] and counts["expired"] == 3


@pytest.mark.parametrize("act", STEPS)
def test_the_sweep_reaches_the_durable_steps_of(act, swept):
    assert set(STEPS[act]) <= swept.names()


def test_twenty_random_kills_under_load_lose_nothing_and_double_nothing(tmp_path):
    seed = random.SystemRandom().randrange(1 << 31)
    print(f"seed {seed}")
    told = soak(tmp_path, kills=20, seed=seed)
    assert told.counts["delivered"] == len(told.sent.times) > 0, told
