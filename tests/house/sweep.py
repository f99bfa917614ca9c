"""The sweep: a house lives through every act, and each failpoint that it reaches fires once, until none fires."""

import re
import time

from tests.house.account import balance
from tests.house.faults import Faults, Keeper
from tests.house.house import House
from tests.house.lives import SETTINGS, Life, repeats_allowed

KINDS = {"kills": ("kill before", "kill after"), "errors": ("EIO", "ENOSPC", "short write")}
KINDS["all"] = KINDS["kills"] + KINDS["errors"]
KINDS["some"] = ("kill after", "EIO", "ENOSPC")  # fewer starts, for a short form


def names_of(points):
    """Without the count."""
    return {re.sub(r"#\d+$", "", name) for name in points}


class Swept:
    """What a sweep has come to: the account, and all points with the faults that they got."""

    def __init__(self, account, points, starts):
        self.account, self.points, self.starts = account, points, starts
        self.fired = {name: fault for name, fault in points.items() if fault}

    def names(self):
        return names_of(self.points)

    def __str__(self):
        lines = [f"{name:70} {fault or 'reached'}" for name, fault in sorted(self.points.items())]
        return "\n".join([*lines, f"{len(self.points)} points reached, {len(self.fired)} fired, the daemon or the portal "
                          f"started again {self.starts} times", str(self.account)])


def house_with_faults(folder):
    house = House(folder / "house", **SETTINGS)
    house.faults = Faults(folder / "faults")
    house.environment = house.faults.environment()
    house.faults.watch()
    return house


def sweep(folder, kinds, seed, bound=1, calls=(), pause=0, rounds=100, wanted=(), say=print):
    """One life of a house, of so many rounds at most. They go on until one fires nothing new; where points are
    `wanted`, until these were reached: what is done in a calm moment may not be reached while faults keep firing."""
    house = house_with_faults(folder)
    faults, began = house.faults, time.monotonic()

    def tell(what):
        say(f"{time.monotonic() - began:6.0f} s  {what}: {len(faults.fired())} of {len(faults.points())} points fired", flush=True)
    try:
        house.start()
        faults.ports(house)
        with Keeper(house, impatient=True) as keeper:
            life, before = Life(house, folder), -1
            faults.arm(*KINDS[kinds], bound=bound, seed=seed, calls=calls, pause=pause)
            life.agree_codes()
            life.begin_what_takes_a_minute()
            tell("begun")
            while rounds > 0 and (not set(wanted) <= names_of(faults.points()) if wanted else len(faults.fired()) > before):
                before, rounds = len(faults.fired()), rounds - 1
                life.round()
                tell("round")
            life.end_what_takes_a_minute()
            tell("ended")
            faults.disarm()
            life.rest()
            account = balance(house, life.sent, life.codes, repeats=repeats_allowed(faults.fired()))
            return Swept(account, faults.points(), keeper.starts)
    finally:
        house.stop()


def live_once(folder, only="", fault="", bound=1):
    """One life with one point armed; the points that it reached."""
    house = house_with_faults(folder)
    try:
        house.start()
        house.faults.ports(house)
        with Keeper(house, impatient=True):
            life = Life(house, folder)
            if only:
                house.faults.arm(fault, bound=bound, only=only)
            life.agree_codes()
            life.round()
            fired = house.faults.fired()
            house.faults.disarm()
            life.rest()
            balance(house, life.sent, life.codes, repeats=repeats_allowed(fired))
            return house.faults.points()
    finally:
        house.stop()


def sweep_singly(folder, prefix, bound=1, say=print):
    """Each point and each fault in a house of its own: what a long life might hide."""
    points = [name for name in sorted(live_once(folder / "survey", bound=bound)) if name.startswith(prefix)]
    say(f"{len(points)} points", flush=True)
    for number, name in enumerate(points):
        for fault in KINDS["all"]:
            found = live_once(folder / f"{number}-{fault.replace(' ', '-')}", name, fault, bound)
            say(f"{name:70} {fault:12} {'balanced' if found.get(name) else 'was not reached this time, or does not apply'}", flush=True)
