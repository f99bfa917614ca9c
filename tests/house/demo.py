#!/usr/bin/python3
"""scripts/demo: the whole way once, with real parts, and proof of what came out."""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import pydicom

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from tests.house.canaries import Canaries, pixel_digest  # noqa: E402
from tests.house.house import ROOT, House, wait_until  # noqa: E402

QUIET = 2  # seconds


def say(title, text=""):
    print(f"\n== {title}", flush=True)
    if text:
        print(text, flush=True)


def prove(what, true, detail=""):
    print(f"  {'proved' if true else 'FAILED'}: {what}" + (f" ({detail})" if detail and not true else ""), flush=True)
    if not true:
        raise SystemExit(1)


def check_package(out, canaries):
    """Counts, DICOMDIR, identifiers, pixels: with readers that are not ours."""
    instances = sorted(path for path in (out / "DICOM").rglob("*") if path.is_file())
    series = {pydicom.dcmread(path, stop_before_pixels=True).SeriesInstanceUID for path in instances}
    # Suspect pixels and structured reports are quarantined; the route says drop_instance.
    held_back = {"rdsr", "dose"}
    expected = [one for one in canaries.told["instances"] if one["series"] not in held_back]
    prove(f"{len(expected)} instances came out, the dose report and the dose screen did not", len(instances) == len(expected),
          f"{len(instances)} came")
    directory = pydicom.dcmread(out / "DICOMDIR")
    images = [record for record in directory.DirectoryRecordSequence if record.DirectoryRecordType == "IMAGE"]
    prove("DICOMDIR names each of them (pydicom)", len(images) == len(expected))
    listed = subprocess.run(["dcmdump", "+P", "ReferencedFileID", str(out / "DICOMDIR")], capture_output=True, text=True)
    prove("DICOMDIR is read by dcmdump", listed.returncode == 0 and listed.stdout.count("ReferencedFileID") == len(expected))
    prove("sha256sum agrees with MANIFEST.SHA256",
          subprocess.run(["sha256sum", "--quiet", "-c", "MANIFEST.SHA256"], cwd=out, capture_output=True).returncode == 0)
    hits = canaries.hits(out)
    prove(f"none of {len(canaries.words)} identifiers of the phantom stands in any byte", not hits, str(hits[:5]))
    sent = sorted(one["pixel_sha256"] for one in expected if one.get("pixel_sha256"))
    prove("pixel bytes are equal to what was sent", sorted(filter(None, map(pixel_digest, instances))) == sent)
    return len(instances), len(series)


def cannot_be_fetched(house, link, code, folder):
    refused = house.open(link, code, folder / "after-revoke", check=False)
    prove("the link opens nothing any more", refused.returncode != 0, refused.stderr)
    print("  the opener says: " + refused.stderr.strip().splitlines()[-1])
    for blob in (house.folder / "portal" / "blobs").rglob("*"):
        prove(f"no blob is left on the portal ({blob.name})", not blob.is_file())


def run(house, folder, phantom):
    say("Starting: portal, mail server, dcmcourierd run")
    house.start()
    code = house.code_for()
    say("Sending the study with DCMTK's storescu")
    began = time.monotonic()
    house.store_study(phantom)
    sent = time.monotonic()
    mail = house.wait_for_mails(1)[0]
    mailed = time.monotonic() - sent - QUIET
    say("The mail, as the physician sees it", f"From: {mail.message['From']}\nTo: {mail.to}\nSubject: {mail.message['Subject']}\n\n{mail.text}")
    say("The link and the code", f"{mail.link}\n{code}   (made by `dcmcourier recipients code dr-okafor`, handed over once)")
    say("Opening it with dcmcourier-open")
    out = folder / "opened"
    opening = time.monotonic()
    house.open(mail.link, code, out)
    opened = time.monotonic() - opening
    canaries = Canaries(phantom)
    instances, series = check_package(out, canaries)
    at_rest = [hit for place in (house.store, house.folder / "portal", house.folder / "mail", house.folder / "logs")
               for hit in canaries.hits(place)]
    prove("no identifier stands in spool, outbox, ledger, portal, mail or logs", not at_rest, str(at_rest[:5]))
    say("What dispatch says", house.cli("status").stdout + "\n" + house.cli("shares").stdout + house.cli("audit", "verify").stdout)
    total = sum(path.stat().st_size for path in phantom.rglob("*.dcm"))
    return mail, code, {
        "sent": f"{len(canaries.told['instances'])} instances, {total / 1e6:.0f} MB in {sent - began:.1f} s: {total / 1e6 / (sent - began):.0f} MB/s",
        "from the last C-STORE-RSP to the mail, less the quiet period": f"{mailed:.1f} s: {total / 1e6 / max(mailed, 0.1):.0f} MB/s",
        "opened": f"{instances} instances in {series} series, {opened:.1f} s",
    }


def revoke(house, mail, code, folder):
    say("Revoking the share")
    share = house.rows("shares")[0]["share"]
    print("  " + house.cli("revoke", share).stdout.strip())
    wait_until(lambda: house.rows("shares")[0]["state"] == "revoked", 30, "the revocation")
    try:
        urllib.request.urlopen(mail.link.split("#")[0])
    except urllib.error.HTTPError:
        pass
    cannot_be_fetched(house, mail.link, code, folder)


def main():
    parser = argparse.ArgumentParser(prog="scripts/demo")
    parser.add_argument("--keep", action="store_true", help="leave everything running; revoke nothing")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dcmcourier-demo-"))
    phantom = folder / "phantom"
    say("Making the phantom", str(phantom))
    subprocess.run([ROOT / "scripts" / "phantom", phantom, "--study", "standard"], check=True, stdout=subprocess.DEVNULL)
    house = House(folder / "house", studies={"quiet_period": f"{QUIET}s"})
    keep = False
    try:
        mail, code, measured = run(house, folder, phantom)
        keep = arguments.keep
        if not keep:
            revoke(house, mail, code, folder)
        say("Measured", "\n".join(f"  {what}: {figure}" for what, figure in measured.items()))
        if keep:
            print(f"\nLeft running. Open {mail.link}\nwith the code {code}; the command line: "
                  f"dcmcourier --config {house.config} status\nStop with: kill "
                  + " ".join(str(process.pid) for process in house.processes.values()) + f"; rm -r {folder}")
        say("The demo went through.")
    finally:
        if not keep:
            house.stop()
            shutil.rmtree(folder, ignore_errors=True)


main()
