"""scripts/soak: a house under load whose programs are killed at random, or broken at each of its failpoints; then the
balance of everything that was acknowledged. Nothing leaves this machine."""

import argparse
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.house.account import MOVING, balance, rest  # noqa: E402
from tests.house.faults import Keeper  # noqa: E402
from tests.house.house import ROLES, House, wait_until  # noqa: E402
from tests.house.lives import SETTINGS, Life, phantom  # noqa: E402
from tests.house.sweep import sweep, sweep_singly  # noqa: E402

SENDERS = 3
UNFINISHED = 8  # studies on their way at a time


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, TypeError):
        pass


class Load:
    """Several modalities that send studies without end, each again and again until it is acknowledged."""

    def __init__(self, life, dice, most):
        self.life, self.dice, self.left = life, dice, most
        self.ending, self.lock, self.made, self.failure = threading.Event(), threading.Lock(), 0, None
        self.threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(SENDERS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join()

    def _next(self):
        with self.lock:
            if self.left == 0:
                return None
            self.left, self.made = self.left - 1, self.made + 1
            seed = 1000 + self.made
            return phantom(self.life.folder / f"load-{seed}", seed, seed % 3), self.dice.choice(["PLAIN", "COURIER", "COURIER"])

    def _run(self, number):
        try:
            while not self.ending.wait(0.3 * (number + 1)):
                if len(self.life.query(MOVING)) > 3 * UNFINISHED:
                    continue
                made = self._next()
                if made is None:
                    return
                instances, called = made
                self.life.sent.send_all(instances, called=called, seconds=600)
                if len(instances) % 2 == number % 2:  # some send twice
                    self.life.sent.send_all(instances[:1], called=called, seconds=600)
        except BaseException as failure:  # told at the end
            self.failure = failure


class Killer:
    """What is killed next, and how often something was that may repeat a mail."""

    def __init__(self, house, dice):
        self.house, self.dice, self.near_a_mail = house, dice, 0

    def one(self):
        kind = self.dice.choice(["child", "child", "role", "role", "dispatch", "portal", "daemon", "all"])
        role = self.dice.choice(ROLES)
        if kind == "dispatch":
            role = "dispatch"
        self.near_a_mail += kind in ("daemon", "all") or (kind != "portal" and role in ("send", "dispatch"))
        if kind == "child":
            for pid in self.dice.sample(pids := sorted(self.house.role_pids(role)), min(1, len(pids))):
                kill(pid)
        elif kind in ("role", "dispatch"):
            self.house.kill_role(role)
        if kind in ("portal", "all"):
            self._end("portal")
        if kind in ("daemon", "all"):
            self._end("dcmcourierd")
            for each in ROLES:
                self.house.kill_role(each)
        return kind if kind in ("portal", "daemon", "all") else f"{kind} {role}"

    def _end(self, name):
        process = self.house.processes.get(name)
        if process is not None:
            kill(process.pid)


def release_what_came_in_parts(life):
    """An association that broke in the middle of a study leaves the rest late: a person releases it."""
    def settled():
        held = life.query("SELECT id FROM study WHERE held LIKE 'late instances%'")
        for number, in held:
            life.until(("release", number), "SELECT 1 FROM study WHERE id = ? AND held = ''", number)
        rest(life.house, 600)
        return not held
    wait_until(settled, 900, lambda: f"{life.house.report()}\nrest")


def soak(folder, kills, seed, hours=0, say=print):
    """The balance after `kills` random kills, or after `hours`."""
    dice, began = random.Random(seed), time.monotonic()
    house = House(folder / "house", **SETTINGS)
    try:
        house.start()
        with Keeper(house, impatient=True):
            life, killer, done = Life(house, folder), Killer(house, dice), 0
            life.agree_codes()
            with Load(life, dice, 10_000 if hours else max(6, kills // 2)) as load:
                while done < kills or time.monotonic() - began < hours * 3600:
                    time.sleep(dice.uniform(0, 2.5))
                    done, last = done + 1, killer.one()
                    if done % 10 == 0:
                        say(f"{time.monotonic() - began:6.0f} s  {done} kills (last: {last})  {load.made} studies  "
                            f"{len(life.sent.times)} instances acknowledged  {len(house.mails())} mails", flush=True)
            assert load.failure is None, load.failure
            release_what_came_in_parts(life)
            return balance(house, life.sent, life.codes, repeats=killer.near_a_mail)
    finally:
        house.stop()


def parse():
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="random kill -9, of children, parents, everything (default: 200)")
    parser.add_argument("--hours", type=float, default=0, help="go on killing for so long at least")
    parser.add_argument("--seed", type=int, help="the same kills in the same order (their moments differ)")
    parser.add_argument("--sweep", choices=["kills", "errors", "all"], help="no random kills: every failpoint once, in one life of a house")
    parser.add_argument("--single", metavar="PREFIX", help="no random kills: each failpoint that begins so in a house of its own "
                        "(\"\" for all of them: hours)")
    parser.add_argument("--bound", type=int, default=1, help="of a sweep: how often a point counts in one process (default: 1)")
    parser.add_argument("--keep", action="store_true", help="leave the folder")
    return parser.parse_args()


def main():
    arguments = parse()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1 << 31)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="soak-"))
    print(f"seed {seed}, in {folder}", flush=True)
    try:
        if arguments.single is not None:
            sweep_singly(folder, arguments.single, arguments.bound)
        elif arguments.sweep:
            print(sweep(folder, arguments.sweep, seed, arguments.bound))
        else:
            print(soak(folder, arguments.kills, seed, arguments.hours))
    except AssertionError as failure:
        sys.exit(f"{failure}\nseed {seed}; everything is kept in {folder}")
    if not arguments.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
