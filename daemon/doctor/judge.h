// The doctor's judgements: what was measured becomes lines that say how things are and what to do.
// Pure: nothing is looked at here, and the time is an argument.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace doctor {

enum class Grade : std::uint8_t { Ok, Warn, Fail };
struct Finding {
  Grade grade = Grade::Ok;
  std::string what;    // "disk"
  std::string figure;  // "12.3 GB free; low water is 2.0 GB"
  std::string advice;  // what to do; empty when nothing is to be done
};
using Findings = std::vector<Finding>;
// What dispatch, or a child, said of itself: a name and a value.
using Figures = std::map<std::string, std::string>;

// A number among the figures; 0 where there is none.
std::int64_t number(const Figures& figures, const std::string& name);

struct Configuration {
  std::size_t complaints = 0, routes = 0, recipients = 0;
  bool found = true;
  std::string revision;
  std::string in_force;  // dispatch's; empty: not known
};
Finding judge(const Configuration& configuration);

struct Credential {
  std::string name, path;  // "KEK", where it should be
  std::string make_with;   // the command, or what to write into it
  bool found = false, may_look = true, readable_by_others = false, of_use = true;
  base::UnixSeconds made = 0;
};
Finding judge(const Credential& credential, base::UnixSeconds now);

Findings judge_roles(const Figures& figures);
Findings judge_disk(const Figures& figures);
Findings judge_queue(const Figures& figures, base::UnixSeconds now);
Findings judge_callers(const Figures& figures, const std::string& node, base::UnixSeconds now);
Finding judge_spool_key(const Figures& figures, base::UnixSeconds now);

// `missing`: what of the reader of text in pixels, for routes that blank pixels.
Finding judge_reader(const std::optional<std::string>& missing);

struct Clock {
  std::optional<bool> synchronised;  // as the kernel says; nullopt: it does not say
  bool purging_suspended = false;
};
Findings judge(const Clock& clock);

// Replies of a send child: {"done", "answer", ...}; `fault` when there was none.
struct Answer {
  Figures figures;
  std::string fault;
};
Finding judge_portal(const Answer& answer);
struct Certificate {
  bool trusted = false;
  std::string why;
  base::UnixSeconds not_after = 0;  // 0: there is none
};
Finding judge_public_side(const std::string& url, const Answer& answer,
                          const std::optional<Certificate>& certificate, base::UnixSeconds now);
// `address`: where the test mail went; empty: the log-in alone.
Finding judge_mail(const std::string& server, const std::string& address, const Answer& answer);

struct Echo {
  enum class Outcome : std::uint8_t {
    Answered,
    NotAllowed,
    Refused,
    Unreachable,
    NoAddress,
    NeedsCertificate,  // which the doctor has not
  };
  Outcome outcome = Outcome::NoAddress;
  std::string where, detail;  // "127.0.0.1:11112 as COURIER", the peer's words
  std::int64_t milliseconds = 0;
  bool over_tls = false;
  base::UnixSeconds not_after = 0;  // of the certificate that was shown; 0: none was
};
Finding judge(const Echo& echo);
// Over TLS: what its certificate is worth, too.
Findings judge_over_tls(const Echo& echo, base::UnixSeconds now);

// 0: all is well, 1: warnings, 69 (EX_UNAVAILABLE): something fails, 78 (EX_CONFIG): the
// configuration is wrong.
int exit_code(const Findings& findings);

}  // namespace doctor
