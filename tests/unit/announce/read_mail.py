#!/usr/bin/python3
"""Reads a mail with Python's own parser and prints what a reader gets, as JSON."""
import email
import email.header
import email.policy
import email.utils
import html.parser
import json
import sys


class Visible(html.parser.HTMLParser):
    """What HTML shows, where it leads, and which tags it is made of."""

    def __init__(self):
        super().__init__()
        self.text, self.links, self.tags = "", [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data):
        self.text += data


def addresses(name):
    """Names and addresses; the names decoded by RFC 2047's rule for neighbouring words."""
    strict = [one.addr_spec for one in message[name].addresses]
    pairs = email.utils.getaddresses([plain[name].replace("\r", "").replace("\n", "")])
    assert [address for _, address in pairs] == strict, (pairs, strict)
    return [[str(email.header.make_header(email.header.decode_header(person))), address]
            for person, address in pairs]


content = open(sys.argv[1], "rb").read()
plain = email.message_from_bytes(content)
message = email.message_from_bytes(content, policy=email.policy.default)
shown = Visible()
body, text = (message.get_body((kind,)).get_content().replace("\r\n", "\n")
              for kind in ("html", "plain"))
shown.feed(body)
print(json.dumps({
    "headers": sorted(name.lower() for name in message.keys()),
    "from": addresses("From"),
    "to": addresses("To"),
    "subject": message["Subject"],
    "date": int(message["Date"].datetime.timestamp()),
    "message_id": message["Message-ID"],
    "auto_submitted": message["Auto-Submitted"],
    "type": message.get_content_type(),
    "parts": [part.get_content_type() for part in message.iter_parts()],
    "defects": [str(defect) for part in message.walk() for defect in part.defects],
    "text": text,
    "html": body, "html_text": shown.text, "links": shown.links, "tags": sorted(set(shown.tags)),
}))
