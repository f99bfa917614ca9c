// The mail that tells a recipient about a share: pure text, without clock, dice, file or network.
// Its promise: no patient data goes in, nothing that is written into a name or an address can add a
// header or a tag, and the link stands whole on a line of its own.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace announce {

// How the recipient comes by the code that the page asks for.
enum class CodeBy : std::uint8_t {
  None,      // the link alone opens the share
  Agreed,    // one standing code, handed over once
  Operator,  // read out on the telephone
};

struct Sender {
  std::string name;        // "St. Example Hospital"
  std::string department;  // may be empty
  std::string telephone;
  std::string address;  // of the From header
};
struct Recipient {
  std::string name;
  std::string email;
  std::string language = "en";  // or "de"; any other word means "en"
};
// A point in time as its reader sees it; local_moment() (announce/local_time.h) makes one.
struct Moment {
  base::UnixSeconds at = 0;
  int utc_offset = 0;  // seconds east of UTC
  std::string zone;    // "CET"
};

struct Letter {
  Sender sender;
  Recipient recipient;
  std::string link;         // as write_link() made it; never altered, refused when not plain ASCII
  std::uint64_t bytes = 0;  // of the package
  std::uint64_t instances = 0;  // 0: not said
  Moment expires;
  CodeBy code = CodeBy::Agreed;
  std::string reference;  // what the caller reads out to the operator; empty: none
  std::string
      message_id;  // without angle brackets: "0a1b2c@share.example.org"; fixed by the caller
  base::UnixSeconds date = 0;
};

// The whole RFC 5322 message: CRLF, ASCII, no line over 76 characters, multipart/alternative with
// text and simple HTML. The same letter yields the same bytes, so that it can be sent again.
// Reject: an address, link or Message-ID that cannot stand in a mail.
base::Result<std::string> render(const Letter& letter);

// The mail of `dcmcourier mail test ADDRESS`: link, size, expiry and code are not looked at.
base::Result<std::string> render_test(const Letter& letter);

}  // namespace announce
