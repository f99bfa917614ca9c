"""scripts/bench --growth: time and memory of the whole way against the size of a study and against its instances. What
is linear costs the same for each GB and for each instance, and is a level line in the plot."""

import itertools
import pathlib
import shutil
import statistics
import subprocess
import tempfile

from tests.house.bench_runs import available_memory, forget, median_of, say, whole_way
from tests.house.house import ROOT
from tests.house.plot import Panel, svg
from tests.house.sender import Study

SLICE = 8.39e6  # bytes of one of --study large
SIZES, QUICK_SIZES = (0.1, 0.5, 1, 2, 4, 8), (0.1, 0.3, 0.5)  # GB
COUNTS, QUICK_COUNTS = (100, 1000, 5000, 20000), (100, 500, 1000)
STAGES = ("receive", "examine", "prepare", "verify", "publish")
ASSOCIATIONS = 4


def phantom(place, study, slices, size):
    """In memory where there is room."""
    shared = pathlib.Path("/dev/shm")
    roomy = shared.is_dir() and min(shutil.disk_usage(shared).free, available_memory()) > size + 4e9
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dcmcourier-bench-", dir=shared if roomy else place))
    subprocess.run([ROOT / "scripts" / "phantom", folder, "--study", study, "--slices", str(slices)], check=True,
                   stdout=subprocess.DEVNULL)
    return folder


def measure_one(place, study, slices, size):
    folder, house = phantom(place, study, slices, size), place / f"growth-{study}-{slices}"
    try:
        sent = Study(folder)
        house.mkdir()
        return {"instances": len(sent.files), "GB": sent.bytes / 1e9, **whole_way(house, sent, "auto", ASSOCIATIONS, patience=3600)}
    finally:
        forget(house)
        shutil.rmtree(folder)


def measure_growth(place, kind, amounts, rounds):
    """{amount: [run of each round]}; rounds in turn, so that a slow quarter of an hour is not one point's alone."""
    runs = {}
    for _, amount in itertools.product(range(rounds), amounts):
        study, slices = ("large", round(amount * 1e9 / SLICE)) if kind == "size" else ("ct", amount)
        run = measure_one(place, study, slices, amount * 1e9 if kind == "size" else amount * 12e3)
        runs.setdefault(amount, []).append(run)
        say(f"growth, {run['instances']} instances, {run['GB']:.2f} GB: "
            + ", ".join(f"{stage} {run['way'][stage]:.2f}" for stage in STAGES)
            + f" s; {run['CPU']:.1f} s CPU; largest {largest(run)[0]} {largest(run)[1]:.0f} MB")
    return runs


def peaks(run):
    """Of each process, MB: of a role its parent and its largest child."""
    found = {}
    for name, cost in run["roles"].items():
        found[name] = cost["MB"]
        if cost["child MB"]:
            found[name + " child"] = cost["child MB"]
    return found


def largest(run):
    return max(peaks(run).items(), key=lambda item: item[1])


def stage_of(runs, stage):
    return median_of([run["way"] for run in runs], stage)


def growth_table(kind, runs):
    unit, scale, each = ("GB", 1, "s") if kind == "size" else ("instances", 1000, "ms")
    print(f"\n| {unit} | instances | GB | " + " | ".join(f"{stage}, s" for stage in STAGES)
          + f" | all, {each} each | CPU, {each} each | dispatch, work, verify, MB |\n|" + "---|" * (len(STAGES) + 6))
    for amount, of in runs.items():
        memory = " / ".join(f"{max(peaks(run)[name] for run in of):.0f}" for name in ("dispatch", "work child", "verify child"))
        print(f"| {amount:,} | {of[0]['instances']:,} | {of[0]['GB']:.2f} | "
              + " | ".join(f"{stage_of(of, stage):.2f}" for stage in STAGES)
              + f" | {median_of(of, 'worked') / amount * scale:.2f} | {median_of(of, 'CPU') / amount * scale:.2f} | {memory} |")


def panels(kind, runs):
    xs = list(runs)
    title, unit, scale = ("size of the study, GB", "seconds per GB", 1) if kind == "size" else ("instances", "ms per instance", 1000)
    subject = "study size (slices of 8.4 MB)" if kind == "size" else "instances (11 KB each)"
    times = {stage: [stage_of(runs[x], stage) / x * scale for x in xs] for stage in STAGES}
    roles = list(runs[xs[-1]][0]["roles"])
    cpu = {role: [statistics.median(run["roles"][role]["CPU"] for run in runs[x]) / x * scale for x in xs] for role in roles}
    cpu["all"] = [median_of(runs[x], "CPU") / x * scale for x in xs]
    names = list(peaks(runs[xs[-1]][0]))
    memory = {name: [max(peaks(run).get(name, 0) for run in runs[x]) for x in xs] for name in names}
    highest = sorted(names, key=lambda name: -memory[name][-1])[:6]
    return [Panel(f"Time by {subject}", title, unit, xs, times),
            Panel(f"CPU time by {subject}", title, unit, xs, cpu),
            Panel(f"Peak memory by {subject}", title, "MB", xs, {name: memory[name] for name in highest})]


def growth(place, quick, rounds, kinds, plot):
    """Measures, prints, plots; {kind: {amount: [run, ...]}}."""
    found = {}
    for kind in kinds:
        amounts = {"size": (SIZES, QUICK_SIZES), "instances": (COUNTS, QUICK_COUNTS)}[kind][quick]
        found[kind] = measure_growth(place, kind, amounts, rounds)
        growth_table(kind, found[kind])
    if plot:
        pathlib.Path(plot).write_text(svg([panel for kind, runs in found.items() for panel in panels(kind, runs)], across=3))
    return found
