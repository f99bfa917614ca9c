"""dcmcourierd-send and mail servers: npm's smtp-server, and what they refuse."""

import pytest

import sending
from sending import ASK_ADMINISTRATOR, MAIL, REJECT, RETRY_LATER


def test_a_mail_arrives_as_it_was_over_STARTTLS_with_AUTH(stage):
    server = stage.mail_server()
    stage.mail_through(server)
    reply = stage.dispatch.do(MAIL)
    assert reply["done"] and reply["status"] == 250, reply
    assert server.mails() == [MAIL["message"].encode()]
    envelope = server.envelopes()[0]
    assert (envelope["from"], envelope["to"]) == (MAIL["envelope_from"], [MAIL["to"]])
    assert envelope["user"] == "user" and envelope["secure"]


def test_a_mail_of_which_nobody_would_learn_that_it_was_taken_is_not_given_to_the_server(stage):
    server = stage.mail_server()
    stage.mail_through(server)
    for _ in range(3):
        stage.dispatch.begin(MAIL).close()  # dispatch ends with the job handed out
    assert stage.dispatch.do(MAIL)["done"]
    assert len(server.mails()) == 1


def test_a_mail_arrives_over_TLS_from_the_start(stage):
    server = stage.mail_server("--tls", "implicit")
    stage.mail_through(server, scheme="smtps", host="localhost")
    assert stage.dispatch.do(MAIL)["done"]
    assert server.envelopes()[0]["secure"]


@pytest.mark.parametrize("line, status, remedy", [
    ("451 4.3.0 try later", 451, RETRY_LATER),
    ("552 5.2.2 mailbox full", 552, ASK_ADMINISTRATOR),
    ("rcpt 450 4.2.0 greylisted", 450, RETRY_LATER),
    ("rcpt 550 5.1.1 no such user", 550, ASK_ADMINISTRATOR),
    ("mail 452 4.3.1 no room", 452, RETRY_LATER),
    ("connect 421 too busy", 421, RETRY_LATER),
    ("connect 554 go away", 554, ASK_ADMINISTRATOR),
])
def test_a_refusal_is_passed_on_with_its_code_and_the_next_mail_goes(stage, line, status, remedy):
    server = stage.mail_server()
    server.will(line)
    stage.mail_through(server)
    reply = stage.dispatch.do(MAIL)
    assert not reply["done"]
    assert (reply["status"], reply["remedy"]) == (status, remedy), reply
    assert line.split()[-1] in reply["text"]
    assert server.mails() == []
    assert stage.dispatch.do(MAIL)["done"]
    assert len(server.mails()) == 1


def test_a_wrong_password_is_the_administrators_business(stage):
    server = stage.mail_server()
    stage.mail_through(server, password="wrong")
    reply = stage.dispatch.do(MAIL)
    assert not reply["done"] and reply["remedy"] == ASK_ADMINISTRATOR
    assert reply["status"] == 535
    assert "wrong" not in reply["text"] and server.mails() == []


def test_a_server_without_TLS_gets_neither_password_nor_mail(stage):
    server = stage.mail_server("--tls", "none")
    # 0.0.0.0 leads here too, and is no loopback address.
    stage.mail_through(server, host="0.0.0.0")
    reply = stage.dispatch.do(MAIL)
    assert not reply["done"] and reply["remedy"] == ASK_ADMINISTRATOR
    assert "STARTTLS" in reply["text"] and server.mails() == []


def test_plain_text_is_spoken_on_loopback(stage):
    server = stage.mail_server("--tls", "none")
    stage.mail_through(server)
    assert stage.dispatch.do(MAIL)["done"]
    assert not server.envelopes()[0]["secure"]


def test_a_certificate_that_nobody_vouches_for_is_refused(stage):
    server = stage.mail_server()
    stage.send(mail=f"smtp://127.0.0.1:{server.port}")
    reply = stage.dispatch.do(MAIL)
    assert not reply["done"] and reply["remedy"] == ASK_ADMINISTRATOR
    assert "mail.ca_file" in reply["text"] and server.mails() == []


def test_a_certificate_for_another_host_is_refused(stage):
    server = stage.mail_server()
    stage.mail_through(server, host="0.0.0.0")  # the certificate is for localhost and 127.0.0.1
    reply = stage.dispatch.do(MAIL)
    assert not reply["done"] and reply["remedy"] == ASK_ADMINISTRATOR
    assert server.mails() == []


def test_an_address_with_a_line_end_reaches_no_server(stage):
    server = stage.mail_server()
    stage.mail_through(server)
    reply = stage.dispatch.do({**MAIL, "to": "a@b.c>\r\nRCPT TO:<d@e.f"})
    assert not reply["done"] and reply["remedy"] == REJECT
    assert server.mails() == []


def test_new_settings_count_from_the_next_job_on_and_broken_ones_do_not(stage):
    server = stage.mail_server()
    send = stage.send()
    assert not stage.dispatch.do(MAIL)["done"]
    good = sending.yaml.safe_dump(
        sending.settings(mail=f"smtp://127.0.0.1:{server.port}", ca=server.ca))
    send.config.write_text(good)
    assert stage.dispatch.do(MAIL)["done"]
    send.config.write_text("mail: [broken\n")
    assert stage.dispatch.do(MAIL)["text"].startswith("the mail server cannot be reached")
