"""Metrics, fetched with curl and read by somebody else's parser."""

import json
import pathlib
import re
import socket
import subprocess

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.house.house import ROOT, wait_until

RULES = ROOT / "config" / "prometheus" / "dcmcourier.rules.yml"


def path_of(house):
    return str(house.folder / "run" / "metrics.sock")


def fetch(house, *words):
    done = subprocess.run(["curl", "--silent", "--show-error", "--fail", "--max-time", "10", "--unix-socket", path_of(house), *words,
                           "http://localhost/metrics"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def samples(house):
    """(name, sorted labels) -> value."""
    return {(one.name, tuple(sorted(one.labels.items()))): one.value
            for family in text_string_to_metric_families(fetch(house)) for one in family.samples}


@pytest.fixture(scope="module")
def house(shared_house, small):
    house = shared_house()
    house.store_study(small)
    house.code_for()
    house.wait_for_mails(1)
    return house


def test_what_was_done_is_counted(house, small):
    def counted():
        found = samples(house)
        return found if found[("dcmcourier_mails_announced_total", ())] == 1 else None

    found = wait_until(counted, 30, "the mail in the metrics")
    count = len(list(pathlib.Path(small).rglob("*.dcm")))
    assert found[("dcmcourier_instances_received_total", ())] == count
    assert found[("dcmcourier_bundles_published_total", ())] == 1
    assert found[("dcmcourier_rows", (("stage", "share"), ("state", "announced")))] == 1
    assert found[("dcmcourier_rows", (("stage", "instance"), ("state", "examined")))] == count
    assert found[("dcmcourier_oldest_seconds", (("stage", "share"), ("state", "waiting")))] == 0
    assert found[("dcmcourier_last_mail_timestamp_seconds", ())] > 1e9 and found[("dcmcourier_last_upload_timestamp_seconds", ())] > 1e9
    assert found[("dcmcourier_caller_last_seen_timestamp_seconds", (("caller", "* from 127.0.0.0/8"),))] > 1e9
    for role in ("receive", "work", "verify", "send"):
        assert found[("dcmcourier_role_connected", (("role", role),))] == 1
    assert found[("dcmcourier_disk_available_bytes", ())] > 0


def test_every_family_has_help_and_type_and_no_label_is_a_name_of_a_device_or_person(house):
    families = list(text_string_to_metric_families(fetch(house)))
    assert len(families) > 30 and all(family.documentation and family.type in ("gauge", "counter") for family in families)
    labels = {name for family in families for one in family.samples for name in one.labels}
    assert labels == {"stage", "state", "role", "caller", "version", "settings"}
    assert "CT01" not in fetch(house) and sum(len(family.samples) for family in families) < 100


def test_a_scraper_that_stalls_holds_up_nobody(house):
    stalled = []
    for _ in range(20):
        one = socket.socket(socket.AF_UNIX)
        one.connect(path_of(house))
        one.sendall(b"GET /metrics HT")
        stalled.append(one)
    for _ in range(5):
        assert "dcmcourier_rows" in fetch(house)
        assert json.loads(house.cli("status", "--json").stdout)
    for one in stalled:  # each is cut off
        one.settimeout(30)
        assert one.recv(1) == b""
        one.close()


def test_only_get_is_answered_and_only_for_metrics(house):
    def status(*words):
        done = subprocess.run(["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--unix-socket", path_of(house), *words],
                              capture_output=True, text=True)
        return done.stdout

    assert status("http://localhost/metrics") == "200" and status("http://localhost/") == "200"
    assert status("http://localhost/shares") == "404"
    assert status("--request", "POST", "http://localhost/metrics") == "405"


def test_others_may_not_ask(house):
    assert pathlib.Path(path_of(house)).stat().st_mode & 0o777 == 0o660


def test_alert_rules_name_metrics_that_exist_and_each_says_what_to_do(house):
    families = {family.name + ("_total" if family.type == "counter" else "") for family in text_string_to_metric_families(fetch(house))}
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    assert len(rules) >= 8
    for rule in rules:
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert set(rule["annotations"]) == {"summary", "description"} and rule["labels"]["severity"] in ("warning", "critical")
        words = set(re.findall(r"dcmcourier_\w+", rule["expr"]))
        assert words and words <= families, rule["expr"]
