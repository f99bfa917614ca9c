"""dcmcourier-portal on loopback, by peers written with Python's own http.client and ssl: shares, codes, tickets, ends."""

import concurrent.futures
import json
import secrets
import sqlite3

from portal_peer import SEGMENT, Portal, Share, b64, h, raw, sums_of, wait_for


def test_a_share_goes_from_upload_to_the_recipient(portal):
    content = secrets.token_bytes(3 * SEGMENT + 12345)
    blob = portal.upload(content)
    share = Share(portal, take=[blob])
    status, answer = share.put()
    assert status == 200
    assert answer["state"] == "ready" and answer["not_after"] == share.record["not_after"]
    status, hello = share.hello()
    assert status == 200 and hello["state"] == "ready" and hello["cover"] == b64(b"sealed cover")
    status, opened = share.open()
    assert status == 200 and opened["grants"]["take"] == b64(b"grant take")
    status, headers, body = share.fetch(opened["ticket"], blob)
    assert status == 200 and body == content
    assert dict(headers)["Cache-Control"] == "no-store"
    status, _, sums = portal.public("GET", f"/api/1/blobs/{blob}/sums",
                                    headers={"Authorization": "Bearer " + opened["ticket"]})
    assert status == 200 and sums == sums_of(content)


def test_hello_tells_tries_left_only_when_they_are_few(portal):
    share = Share(portal, take=[portal.upload(b"x")], tries_max=12)
    share.put()
    assert "tries_left" not in share.hello()[1]
    assert share.open(code=bytes(32)) == (403, {"tries_left": 11})
    assert share.open(code=bytes(32)) == (403, {"tries_left": 10})
    assert share.hello()[1]["tries_left"] == 10


def test_a_right_code_is_not_counted_and_does_not_refill(portal):
    share = Share(portal, take=[portal.upload(b"x")], tries_max=3)
    share.put()
    assert share.open(code=bytes(32))[0] == 403
    for _ in range(5):
        assert share.open()[0] == 200
    assert share.hello()[1]["tries_left"] == 2


def test_unknown_staged_and_wrong_proof_answer_with_the_same_bytes(portal):
    ready = Share(portal, take=[portal.upload(b"x")])
    ready.put()
    staged = Share(portal, take=[b64(secrets.token_bytes(16))])
    assert staged.put()[1]["state"] == "staged"
    answers = []
    for share_id, proof in ((b64(secrets.token_bytes(16)), bytes(32)), (ready.id, bytes(32)),
                            (staged.id, staged.link_proof), (staged.id, bytes(32))):
        for path, more in (("/api/1/hello", {"repaired": False}),
                           ("/api/1/open", {"code_proof": b64(bytes(32)), "scopes": ["take"]})):
            message = json.dumps({"share": share_id, "link_proof": b64(proof), **more})
            answers.append(raw(portal.ports["public"], (
                f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                f"Content-Length: {len(message)}\r\n\r\n{message}").encode()))
    assert answers[0].startswith(b"HTTP/1.1 404")
    assert len(set(answers)) == 1


def test_endpoints_of_later_versions_do_not_exist(portal):
    for path in ("otp", "ranges", "reports"):
        assert portal.public("POST", f"/api/1/{path}", {})[0] == 404


def test_a_hundred_parallel_wrong_codes_never_exceed_the_limit(portal):
    share = Share(portal, take=[portal.upload(b"x")], tries_max=7)
    share.put()
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: share.open(code=secrets.token_bytes(32)), range(100)))
    assert sum(1 for status, _ in answers if status == 403) == 7
    assert all(answer == {"state": "locked"} for status, answer in answers if status == 409)
    assert share.open() == (409, {"state": "locked"})
    kinds = [e["kind"] for e in portal.events() if e.get("share") == share.id]
    assert kinds.count("locked") == 1 and kinds.count("wrong_code") == 7


def test_after_ten_wrong_codes_one_attempt_in_thirty_seconds(portal):
    share = Share(portal, take=[portal.upload(b"x")])
    share.put()
    for _ in range(10):
        assert share.open(code=bytes(32))[0] == 403
    assert share.open(code=bytes(32))[0] == 403
    status, answer = share.open()
    assert status == 429 and 0 < answer["retry_after"] <= 30


def test_a_new_arm_unlocks_and_drops_tickets(portal):
    blob = portal.upload(b"x")
    share = Share(portal, take=[blob], tries_max=1)
    share.put()
    ticket = share.ticket()
    assert share.open(code=bytes(32))[0] == 403
    assert share.hello()[1]["state"] == "locked"
    assert share.fetch(ticket, blob)[0] == 200, "running tickets go on while locked"
    code = secrets.token_bytes(32)
    assert share.put(arm=2, code_proof_sha256=b64(h(code)))[1]["state"] == "ready"
    assert share.fetch(ticket, blob)[0] == 401
    assert share.open(code=code)[0] == 200


def test_failures_before_the_proof_are_limited_by_address(tmp_path):
    portal = Portal(tmp_path, limits=", failures_per_minute: 5")
    text = portal.config.read_text().replace("failures_per_minute: 100000, ", "")
    portal.config.write_text(text.replace("failures_per_minute: 100000", "threads: 4"))
    portal.start()
    try:
        share = Share(portal, take=[portal.upload(b"x")])
        share.put()
        answers = [share.hello(proof=bytes(32))[0] for _ in range(8)]
        assert answers == [404] * 5 + [429] * 3
        assert share.hello()[0] == 429
    finally:
        portal.stop()


def test_commands_are_idempotent_and_never_go_back(portal):
    share = Share(portal, take=[portal.upload(b"x")])
    assert share.put()[0] == 200
    status, again = share.put()
    assert status == 200 and again["state"] == "ready"
    assert share.put(tries_max=5)[0] == 409, "equal arm and issue, another body"
    assert share.put(issue=2)[0] == 200
    assert share.put(issue=1)[0] == 409
    assert share.act("suspend")[1]["state"] == "suspended"
    assert share.act("suspend")[1]["state"] == "suspended"
    assert share.hello()[1]["state"] == "suspended"
    assert share.open() == (409, {"state": "suspended"})
    assert share.act("lift")[1]["state"] == "ready"
    status, first = share.act("revoke")
    assert status == 200 and first["state"] == "revoked" and first["erased"] == share.record["blobs"]["take"]
    assert share.act("revoke")[1]["erased"] == first["erased"]
    assert share.act("lift")[0] == 409
    assert share.put(arm=9, issue=9)[0] == 409
    assert share.hello()[1]["state"] == "revoked"


def test_revoking_what_was_never_written_succeeds(portal):
    share = Share(portal, take=["x" * 22])
    assert share.act("revoke")[1]["state"] == "absent"
    assert share.act("suspend")[0] == 404


def test_a_staged_share_becomes_ready_with_its_last_blob(portal):
    content = b"later"
    blob = b64(secrets.token_bytes(16))
    share = Share(portal, take=[blob])
    status, answer = share.put()
    assert answer["state"] == "staged" and answer["missing"] == [blob]
    assert portal.create(blob, len(content))[0] == 201
    assert portal.patch(blob, 0, content)[0] == 204
    assert share.hello()[0] == 404
    assert portal.finish(blob, content)[0] == 200
    assert share.hello()[1]["state"] == "ready"


def test_a_blob_goes_with_the_last_share_that_names_it(portal):
    blob = portal.upload(b"shared by two")
    first, second = Share(portal, take=[blob]), Share(portal, take=[blob])
    first.put()
    second.put()
    assert portal.dispatch("DELETE", f"/d/1/blobs/{blob}")[0] == 409
    assert "erased" not in first.act("revoke")[1]
    ticket = second.ticket()
    assert second.fetch(ticket, blob)[0] == 200
    assert second.act("revoke")[1]["erased"] == [blob]
    assert not (portal.folder / "store/blobs" / blob).exists()
    assert not (portal.folder / "store/blobs" / (blob + ".sums")).exists()
    assert second.fetch(ticket, blob)[0] == 401
    assert portal.dispatch("DELETE", f"/d/1/blobs/{blob}")[0] == 204


def test_records_that_say_more_or_too_much_are_refused(portal):
    blob = portal.upload(b"x")
    for members in ({"unknown": 1}, {"cover": b64(bytes(5000))}, {"tries_max": 0}, {"v": 2},
                    {"purge_after": 1}, {"link_proof_sha256": "short"}):
        share = Share(portal, take=[blob], **members)
        status, answer = share.put()
        assert status == 400, members
    assert Share(portal, take=[blob], lifetime=-10).put()[0] == 409


def test_events_tell_dispatch_what_happened(portal):
    blob = portal.upload(b"x" * 1000)
    share = Share(portal, take=[blob])
    share.put()
    share.hello(repaired=True)
    share.hello()
    ticket = share.ticket()
    share.fetch(ticket, blob, "bytes=0-499")
    payload, mac = json.dumps({"kind": "opened"}).encode(), secrets.token_bytes(32)
    assert portal.post("/api/1/receipts", {"ticket": ticket, "payload": b64(payload), "mac": b64(mac)})[0] == 202
    assert wait_for(lambda: any(e["kind"] == "served" for e in portal.events() if e.get("share") == share.id))
    mine = [e for e in portal.events() if e.get("share") == share.id]
    assert [e["kind"] for e in mine if e["kind"] != "served"] == ["repaired", "hello", "opened", "receipt"]
    by_kind = {e["kind"]: e for e in mine}
    assert by_kind["served"]["bytes"] == 500 and by_kind["served"]["blob"] == blob
    assert by_kind["receipt"]["payload"] == b64(payload) and by_kind["receipt"]["mac"] == b64(mac)
    assert by_kind["opened"]["scopes"] == ["take"] and by_kind["opened"]["address"] == "127.0.0.1"
    numbers = [e["number"] for e in mine]
    assert numbers == sorted(set(numbers))
    assert all(e["number"] > numbers[1] for e in portal.events(numbers[1]))


def test_a_session_sends_at_most_64_receipts(portal):
    share = Share(portal, take=[portal.upload(b"x")])
    share.put()
    message = {"ticket": share.ticket(), "payload": b64(b"{}"), "mac": b64(bytes(32))}
    answers = [portal.post("/api/1/receipts", message)[0] for _ in range(66)]
    assert answers == [202] * 64 + [429] * 2


def test_a_ticket_is_renewed_and_wrong_ones_are_not(portal):
    blob = portal.upload(b"x")
    share = Share(portal, take=[blob])
    share.put()
    status, renewed = portal.post("/api/1/renew", {"ticket": share.ticket()})
    assert status == 200 and share.fetch(renewed["ticket"], blob)[0] == 200
    assert portal.post("/api/1/renew", {"ticket": b64(bytes(32))})[0] == 401
    assert share.fetch(b64(bytes(32)), blob)[0] == 401
    assert share.fetch("junk", blob)[0] == 401


def test_a_ticket_reaches_only_the_blobs_of_its_scope(portal):
    package, preview = portal.upload(b"package"), portal.upload(b"preview")
    share = Share(portal, take=[package], view=[preview])
    share.put()
    ticket = share.ticket(scopes=["view"])
    assert share.fetch(ticket, preview)[2] == b"preview"
    assert share.fetch(ticket, package)[0] == 401
    both = share.ticket(scopes=["view", "take"])
    assert share.fetch(both, package)[2] == b"package"


def test_takes_are_counted_by_bytes_of_the_package(portal):
    content = secrets.token_bytes(5000)
    package, index = portal.upload(content), portal.upload(b"index")
    share = Share(portal, take=[package, index], takes_max=1)
    share.put()
    first = share.ticket()
    share.fetch(first, package, "bytes=0-2499")
    assert "take" in share.open()[1]["grants"], "half a package is no take"
    share.fetch(first, package, "bytes=2500-")
    assert wait_for(lambda: "take" not in share.open()[1].get("grants", {}))
    assert share.fetch(first, package)[0] == 200, "the session that took it goes on"


def test_an_expired_share_serves_nothing_and_its_grants_are_erased(own):
    own.start()
    blob = own.upload(b"soon gone")
    share = Share(own, take=[blob], lifetime=3, purge_after=own.now() + 5)
    assert share.put()[0] == 200
    ticket = share.ticket()
    assert share.fetch(ticket, blob)[0] == 200
    assert wait_for(lambda: share.hello()[1]["state"] == "expired")
    assert share.fetch(ticket, blob)[0] == 401
    assert share.open() == (409, {"state": "expired"})
    with sqlite3.connect(own.folder / "store/portal.db") as database:
        row = database.execute("SELECT view_grant, take_grant, code_proof FROM shares").fetchone()
    assert row == (None, None, bytes(32))
    assert wait_for(lambda: not (own.folder / "store/blobs" / blob).exists())
    assert [e["kind"] for e in own.events()].count("expired") == 1


def test_an_expired_share_comes_back_with_a_later_date(portal):
    blob = portal.upload(b"x")
    share = Share(portal, take=[blob], lifetime=2)
    assert share.put()[1]["state"] == "ready"
    assert wait_for(lambda: share.hello()[1]["state"] == "expired")
    assert share.put(issue=2)[0] == 409, "still past"
    later = portal.now() + 3600
    assert share.put(issue=2, not_after=later, purge_after=later)[1]["state"] == "ready"
    assert share.fetch(share.ticket(), blob)[2] == b"x"


def test_after_a_jump_of_the_clock_nothing_is_served_until_dispatch_confirms(own):
    own.start()
    blob = own.upload(b"x")
    share = Share(own, take=[blob])
    share.put()
    ticket = share.ticket()
    own.stop()
    with sqlite3.connect(own.folder / "store/portal.db") as database:
        database.execute("UPDATE clock SET highest=highest-7200, wall=wall-7200, boot='another'")
    own.start()
    assert share.hello()[0] == 503 and share.open()[0] == 503
    assert share.fetch(ticket, blob)[0] == 503
    answer = own.command("GET", "/d/1/time")[1]
    assert answer["jumped"] is True
    assert own.command("POST", "/d/1/time", {"confirm": answer["clock"] + 5000})[0] == 409
    status, answer = own.command("POST", "/d/1/time", {"confirm": answer["clock"]})
    assert status == 200 and "jumped" not in answer
    assert share.hello()[0] == 200
