#!/usr/bin/python3
"""scripts/bench: what the house costs, beside what others do, in one run; ratios, not records."""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.house.bench_growth import growth  # noqa: E402
from tests.house.bench_peers import DISK, LARGE_PDUS, ORTHANC, OURS, STORESCP  # noqa: E402
from tests.house.bench_runs import (LIMITS, ORTHANC_WAY, SCRIPT, available_memory, measure_memory, measure_receive, measure_whole_way, median_of,  # noqa: E402
                                    say, spread_of, verdict)
from tests.house.house import ROOT  # noqa: E402
from tests.house.sender import Study  # noqa: E402

NEEDED_DISK, NEEDED_MEMORY = 10e9, 8e9
GROWTH_DISK = 22e9  # 8 GB sent, received, packed, uploaded
SYNCS = {STORESCP: " (does not sync)", ORTHANC: " as Debian configures it (syncs the file, not its index)"}


def receive_table(runs):
    print("\n| durable receive | associations | MB/s, median (all) | CPU s | largest process, MB | beside storescp | beside Orthanc | beside the disk |\n"
          "|---|---|---|---|---|---|---|---|")
    for (name, associations), each in sorted(runs.items(), key=lambda item: item[0][1]):
        values = sorted(run["MB/s"] for run in each)
        print(f"| {name}{SYNCS.get(name, '')} | {associations} | {median_of(each, 'MB/s'):.0f} ({values[0]:.0f}-{values[-1]:.0f}) | "
              f"{median_of(each, 'CPU'):.2f} | {max(max(run['parent MB'], run['child MB']) for run in each):.0f} | "
              f"{' | '.join(times(runs, name, other, associations) for other in (STORESCP, ORTHANC, DISK))} |")


def times(runs, name, other, associations):
    """How many times the other's speed."""
    return "" if name == other else f"{median_of(runs[other, associations], 'wall') / median_of(runs[name, associations], 'wall'):.2f} x"


def way_table(runs):
    print("\n| whole way | associations | wall s, median (all) | times the script's speed | all steps, s | times the script's speed | CPU s | "
          "out, MB | its steps, median s |\n|---|---|---|---|---|---|---|---|---|")
    for (name, associations), each in sorted(runs.items(), key=lambda item: item[0][1]):
        base = median_of(runs[SCRIPT, associations], "wall")
        steps = ", ".join(f"{step} {statistics.median(run['way'][step] for run in each):.2f}" for step in each[0]["way"])
        print(f"| {name} | {associations} | {spread_of(each, 'wall')} | {base / median_of(each, 'wall'):.2f} x | {spread_of(each, 'worked')} | "
              f"{base / median_of(each, 'worked'):.2f} x | {median_of(each, 'CPU'):.2f} | {median_of(each, 'out'):.0f} | {steps} |")
    print("\n| process | associations | CPU s | peak, MB | largest child, MB |\n|---|---|---|---|---|")
    for (name, associations), each in runs.items():
        for role in each[0]["roles"]:
            print(f"| {name}: {role} | {associations} | {statistics.median(run['roles'][role]['CPU'] for run in each):.2f} | "
                  f"{max(run['roles'][role]['MB'] for run in each):.0f} | {max(run['roles'][role]['child MB'] for run in each):.0f} |")


def memory_table(memory, gigabytes):
    print(f"\n| memory, one instance of {gigabytes:.1f} GB | peak, MB | limit | |\n|---|---|---|---|")
    for name, peak in memory["peaks"].items():
        print(f"| {name} | {peak:.0f} | {LIMITS.get(name, '')} | {verdict(name, peak)[-4:].strip(': ') if name in LIMITS else ''} |")


def summary(receive, way, memory):
    parts = []
    if receive:
        parts += [f"durable receive {times(receive, OURS, other, 1)} and {times(receive, OURS, other, 4)} {other}'s speed (1, 4 associations)"
                  for other in (STORESCP, ORTHANC, LARGE_PDUS, DISK)]
    if way:
        parts += [f"whole way {median_of(way[SCRIPT, n], 'wall') / median_of(each, 'wall'):.2f} x the script's speed ({name}, {n} associations)"
                  for (name, n), each in way.items() if name not in (SCRIPT, ORTHANC_WAY)]
    if memory:
        over = [name for name, peak in memory["peaks"].items() if verdict(name, peak).endswith("OVER")]
        parts.append("memory " + ("over its limit: " + ", ".join(over) if over else "within its limits"))
    print("\nsummary: " + "; ".join(parts), flush=True)


def phantom(place, study, *options):
    """In memory where there is room, so that no disk is read while others are written."""
    shared = pathlib.Path("/dev/shm")
    roomy = shared.is_dir() and shutil.disk_usage(shared).free > NEEDED_MEMORY and available_memory() > NEEDED_MEMORY
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dcmcourier-bench-", dir=shared if roomy else place))
    say(f"making the phantom {study} in {folder}")
    try:
        subprocess.run([ROOT / "scripts" / "phantom", folder, "--study", study, *options], check=True, stdout=subprocess.DEVNULL)
    except BaseException:
        shutil.rmtree(folder)
        raise
    return folder


def arguments_given():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures receive, the whole way and memory, beside "
                                     "DCMTK's storescp, Debian's Orthanc and a script of common tools. Needs 10 GB of disk, --growth of size 22.")
    parser.add_argument("--quick", action="store_true", help="one round instead of three, 200 slices, a multi-frame of 0.5 GB")
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path, help="write every figure of every round to FILE")
    parser.add_argument("--dir", metavar="DIR", default="/var/tmp", help="where to write (default: /var/tmp)")
    parser.add_argument("--only", choices=("receive", "way", "memory"), help="one of the three parts")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of which the median is taken (default: 3)")
    parser.add_argument("--growth", choices=("size", "instances", "both"), nargs="?", const="both",
                        help="instead: time and memory of the whole way from 0.1 to 8 GB, and from 100 to 20,000 instances")
    parser.add_argument("--plot", metavar="FILE", type=pathlib.Path, help="of --growth, as SVG")
    parser.add_argument("--phantom", metavar="DIR", help="a CT written before by scripts/phantom --study ct1000")
    return parser.parse_args()


def measure_growth(arguments, place):
    kinds = ("size", "instances") if arguments.growth == "both" else (arguments.growth,)
    found = growth(place, arguments.quick, arguments.rounds or 1, kinds, arguments.plot)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")


def measure(arguments, place, made):
    rounds = arguments.rounds or (1 if arguments.quick else 3)
    parts = {arguments.only} if arguments.only else {"receive", "way", "memory"}
    receive = way = memory = large = None
    if parts & {"receive", "way"}:
        folder = arguments.phantom or made(phantom(place, "ct1000", *(["--slices", "200"] if arguments.quick else [])))
        study = Study(folder)
        receive = measure_receive(place, study, rounds) if "receive" in parts else None
        way = measure_whole_way(place, study, rounds) if "way" in parts else None
    if "memory" in parts:
        large = Study(made(phantom(place, "multiframe-2g", *(["--slices", "1000"] if arguments.quick else []))))
        memory = measure_memory(place, large)
    if receive:
        receive_table(receive)
    if way:
        way_table(way)
    if memory:
        memory_table(memory, large.bytes / 1e9)
    summary(receive, way, memory)
    told = {part: {f"{name}, {n}": runs for (name, n), runs in (figures or {}).items()} for part, figures in (("receive", receive), ("way", way))}
    told["memory"] = memory
    if arguments.json:
        arguments.json.write_text(json.dumps(told, indent=1) + "\n")


def main():
    arguments = arguments_given()
    free = shutil.disk_usage(arguments.dir).free
    needed = GROWTH_DISK if arguments.growth in ("size", "both") and not arguments.quick else NEEDED_DISK
    if free < needed:
        raise SystemExit(f"bench: needs {needed / 1e9:.0f} GB in {arguments.dir}, {free / 1e9:.1f} GB are free (--dir names another place)")
    print(f"bench: needs {needed / 1e9:.0f} GB of disk; {arguments.dir} has {free / 1e9:.0f} GB free; {os.cpu_count()} cores, load "
          f"{os.getloadavg()[0]:.1f}. Needs a quiet machine to mean anything.", flush=True)
    place = pathlib.Path(tempfile.mkdtemp(prefix="dcmcourier-bench-", dir=arguments.dir))
    folders = [place]

    def made(folder):
        folders.append(folder)
        return folder

    try:
        if arguments.growth:
            measure_growth(arguments, place)
        else:
            measure(arguments, place, made)
    finally:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


main()
