#include "doctor/judge.h"

#include <fmt/format.h>

#include <charconv>

#include "doctor/words.h"

namespace doctor {
namespace {

constexpr base::UnixSeconds kMinute = 60, kDay = 86'400;
constexpr base::UnixSeconds kCallerSilent = 30 * kDay;  // a device that is used is heard of sooner
constexpr base::UnixSeconds kSpoolKeyOverdue = 8 * kDay;  // dispatch makes one every seven days

Finding ok(std::string what, std::string figure) {
  return {Grade::Ok, std::move(what), std::move(figure), ""};
}

bool is_on(const Figures& figures, const std::string& name) {
  const auto found = figures.find(name);
  return found != figures.end() && found->second == "true";
}

}  // namespace

std::int64_t number(const Figures& figures, const std::string& name) {
  const auto found = figures.find(name);
  std::int64_t value = 0;
  if (found == figures.end()) return 0;
  const auto& text = found->second;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Finding judge(const Configuration& c) {
  if (!c.found)
    return {Grade::Fail, "configuration", "not there, or not to be read by this user",
            "name it with --config, or run this as root"};
  if (c.complaints > 0)
    return {
        Grade::Fail, "configuration",
        fmt::format("{} complaint{}", c.complaints, c.complaints == 1 ? "" : "s"),
        "`dcmcourier check` names each; the daemon runs on with what it has, but does not start"};
  const std::string figure =
      fmt::format("{}, routes: {}, recipients: {}", c.revision, c.routes, c.recipients);
  if (!c.in_force.empty() && c.in_force != c.revision)
    return {Grade::Warn, "configuration", figure + "; in force is " + c.in_force,
            "send dispatch SIGHUP to take the file over"};
  if (c.routes == 0)
    return {Grade::Warn, "configuration", figure, "without a route nothing is ever sent"};
  return ok("configuration", figure);
}

Finding judge(const Credential& c, base::UnixSeconds now) {
  if (!c.may_look)
    return {Grade::Warn, c.name, c.path + ": not to be seen by this user",
            "run this as root to have it looked at"};
  if (!c.found) return {Grade::Fail, c.name, c.path + ": not there", c.make_with};
  if (!c.of_use) return {Grade::Fail, c.name, c.path + ": not what it should be", c.make_with};
  const std::string figure = "made " + since(c.made, now);
  if (c.readable_by_others)
    return {Grade::Warn, c.name, figure + "; readable by group or others", "chmod 600 " + c.path};
  return ok(c.name, figure);
}

Findings judge_roles(const Figures& figures) {
  const std::map<std::string, std::string> without = {
      {"receive", "no study is taken"},
      {"work", "nothing is examined or prepared"},
      {"verify", "nothing is verified, so nothing is sent"},
      {"send", "nothing is uploaded or mailed"}};
  Findings findings;
  for (const char* role : {"receive", "work", "verify", "send"}) {
    if (is_on(figures, std::string("role ") + role)) continue;
    findings.push_back(
        {Grade::Fail, std::string("role ") + role, "not connected: " + without.at(role),
         fmt::format("start dcmcourierd {0}; its own words are in the journal", role)});
  }
  if (findings.empty())
    findings.push_back(ok("roles", "receive, work, verify, send are connected"));
  return findings;
}

Findings judge_disk(const Figures& figures) {
  const auto available = number(figures, "disk available"), water = number(figures, "low water");
  const auto used = number(figures, "outbox used"), limit = number(figures, "outbox limit");
  std::string figure = fmt::format("{} of {} free, low water is {}", size(available),
                                   size(number(figures, "disk total")), size(water));
  if (figures.contains("spool used"))
    figure += ", the spool has " + size(number(figures, "spool used"));
  Finding disk = ok("disk", figure);
  if (available < water) {
    disk.grade = Grade::Fail;
    disk.advice =
        "new associations are refused: make room outside storage.directory, or shorten "
        "studies.keep";
  } else if (available < 2 * water) {
    disk.grade = Grade::Warn;
    disk.advice = "near low water: make room before associations are refused";
  }
  if (!figures.contains("outbox limit")) return {disk};
  Finding outbox = ok("outbox", fmt::format("{} of {}", size(used), size(limit)));
  if (is_on(figures, "outbox full") || used > limit) {
    outbox.grade = Grade::Fail;
    outbox.advice = "sealing waits: is the portal reached? else raise storage.outbox";
  } else if (used > limit / 5 * 4) {
    outbox.grade = Grade::Warn;
    outbox.advice = "nearly full: `dcmcourier status` says what the uploads wait for";
  }
  return {disk, outbox};
}

Findings judge_queue(const Figures& figures, base::UnixSeconds now) {
  Findings findings;
  const auto held = number(figures, "held");
  const auto received = number(figures, "unexamined since");
  const auto revoking = number(figures, "revoking since");
  if (held > 0)
    findings.push_back({Grade::Warn, "held", fmt::format("{} wait for a person", held),
                        "`dcmcourier status` says why, and what releases them"});
  if (received > 0 && now - received > 10 * kMinute)
    findings.push_back({Grade::Warn, "examining", "an instance waits since " + span(now - received),
                        "look for \"a child died with its job\" in the journal"});
  if (revoking > 0)
    findings.push_back({Grade::Warn, "revoking", "a revoked link may still open",
                        "the portal must be reached; it is asked again until it has confirmed"});
  if (findings.empty()) findings.push_back(ok("queue", "nothing is held"));
  return findings;
}

Findings judge_callers(const Figures& figures, const std::string& node, base::UnixSeconds now) {
  constexpr std::string_view kCaller = "caller ";
  Findings findings;
  for (const auto& [name, value] : figures) {
    if (!name.starts_with(kCaller)) continue;
    const auto seen = number(figures, name);
    Finding finding = ok(name, "last instance " + since(seen, now));
    if (seen == 0) {
      finding = {
          Grade::Warn, name, "never seen",
          "does the device send to " + node + "? If it is gone, take it out of receiver.callers"};
    } else if (now - seen > kCallerSilent) {
      finding.grade = Grade::Warn;
      finding.advice = "is the device still in use, and does it still send to " + node + "?";
    }
    findings.push_back(finding);
  }
  return findings;
}

Finding judge_spool_key(const Figures& figures, base::UnixSeconds now) {
  const auto made = number(figures, "spool key made");
  if (made == 0)
    return {Grade::Fail, "spool key", "there is none", "start dispatch again: it makes one"};
  Finding finding = ok("spool key", "made " + since(made, now) + "; a new one every 7 d");
  if (now - made > kSpoolKeyOverdue) {
    finding.grade = Grade::Warn;
    finding.advice =
        "overdue: did the clock jump? `dcmcourier clock confirm`, then start dispatch again";
  }
  return finding;
}

Finding judge_reader(const std::optional<std::string>& missing) {
  if (!missing) return ok("reader of text", "tesseract, for routes with clean_pixel_data");
  return {Grade::Fail, "reader of text", *missing,
          "until then bundles with pixels to be blanked are held; `dcmcourier release` afterwards"};
}

int exit_code(const Findings& findings) {
  int code = 0;
  for (const auto& finding : findings) {
    if (finding.grade == Grade::Warn && code == 0) code = 1;
    if (finding.grade != Grade::Fail) continue;
    if (finding.what == "configuration") return 78;
    code = 69;
  }
  return code;
}

}  // namespace doctor
