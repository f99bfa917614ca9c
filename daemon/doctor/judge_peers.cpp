// Judgements about whom we talk to: portal, mail server, our own receiver, the clock.
#include <fmt/format.h>

#include "doctor/judge.h"
#include "doctor/words.h"

namespace doctor {
namespace {

constexpr base::UnixSeconds kDay = 86'400;
constexpr base::UnixSeconds kRenew = 21 * kDay, kUrgent = 7 * kDay;  // of a certificate
constexpr std::int64_t kClocksDiffer = 60;  // seconds; the portal refuses 300

std::string said(const Answer& answer, const std::string& name) {
  const auto found = answer.figures.find(name);
  return found == answer.figures.end() ? "" : found->second;
}

// Why there is no good answer; empty when there is one.
std::string trouble(const Answer& answer) {
  if (!answer.fault.empty()) return answer.fault;
  if (said(answer, "done") == "true") return "";
  const auto text = said(answer, "answer");
  return text.empty() ? "no reason was given" : text;
}

}  // namespace

Findings judge(const Clock& clock) {
  Finding finding{Grade::Ok, "clock", "synchronised", ""};
  if (!clock.synchronised) {
    finding = {Grade::Warn, "clock", "the kernel does not say whether it is synchronised",
               "is systemd-timesyncd, chrony or ntpd running?"};
  } else if (!*clock.synchronised) {
    finding = {Grade::Warn, "clock", "not synchronised, says the kernel",
               "start systemd-timesyncd, chrony or ntpd: ends and expiry go by the clock"};
  }
  Findings findings = {finding};
  if (clock.purging_suspended)
    findings.push_back({Grade::Fail, "purging", "suspended: the clock jumped",
                        "set the clock right, then `dcmcourier clock confirm`"});
  return findings;
}

Finding judge_portal(const Answer& answer) {
  const std::string what = "portal, upload";
  if (const auto why = trouble(answer); !why.empty())
    return {Grade::Fail, what, why,
            "deliveries wait and go on by themselves; is the portal running, and portal.upload, "
            "portal.pin right?"};
  if (!answer.figures.contains("ahead"))
    return {Grade::Fail, what, "it answers, but not with its time",
            "are both of the same version?"};
  const auto ahead = number(answer.figures, "ahead");
  const std::string figure =
      fmt::format("reached, its key is the pinned one; its clock is {} s {}",
                  ahead < 0 ? -ahead : ahead, ahead < 0 ? "behind" : "ahead");
  if (said(answer, "jumped") == "true")
    return {Grade::Fail, what, figure + "; it serves nothing until its clock is confirmed",
            "look at both clocks, then `dcmcourier clock confirm`"};
  if (ahead > kClocksDiffer || ahead < -kClocksDiffer)
    return {Grade::Warn, what, figure, "synchronise both clocks: links end by the portal's"};
  return {Grade::Ok, what, figure, ""};
}

Finding judge_public_side(const std::string& url, const Answer& answer,
                          const std::optional<Certificate>& certificate, base::UnixSeconds now) {
  const std::string what = "portal, public side";
  if (const auto why = trouble(answer); !why.empty())
    return {Grade::Fail, what, url + ": " + why,
            "recipients cannot open links; if only this machine cannot go there, ask from outside"};
  if (!certificate)
    return {Grade::Fail, what, "an answer that is not understood", "are both of the same version?"};
  if (url.starts_with("http://"))
    return {Grade::Ok, what, url + ": reached, without TLS (a loopback host)", ""};
  const auto left = certificate->not_after - now;
  const std::string figure = fmt::format("{}: certificate ends in {} d", url, left / kDay);
  if (!certificate->trusted)
    return {Grade::Fail, what, figure + "; not trusted: " + certificate->why,
            "recipients' browsers will refuse it: install a certificate of a public authority for "
            "this name"};
  if (left < kUrgent)
    return {Grade::Fail, what, figure, "renew the certificate now, and have the portal read it"};
  if (left < kRenew)
    return {Grade::Warn, what, figure, "renew the certificate; does its renewal still run?"};
  return {Grade::Ok, what, figure, ""};
}

Finding judge_mail(const std::string& server, const std::string& address, const Answer& answer) {
  if (const auto why = trouble(answer); !why.empty())
    return {Grade::Fail, "mail", server + ": " + why,
            "shares wait until it takes mail; see mail.server, mail.user, mail.ca_file and the "
            "password's file"};
  if (address.empty()) return {Grade::Ok, "mail", server + ": logged in; no mail was sent", ""};
  return {Grade::Ok, "mail", server + ": the test mail to " + address + " was taken", ""};
}

Findings judge_over_tls(const Echo& echo, base::UnixSeconds now) {
  Findings findings = {judge(echo)};
  if (echo.not_after == 0) return findings;
  const auto left = echo.not_after - now;
  Finding certificate{
      Grade::Ok, "certificate for DICOM",
      left < 0 ? std::string("it has ended") : fmt::format("ends in {} d", left / kDay), ""};
  if (left < kRenew) {
    certificate.grade = left < kUrgent ? Grade::Fail : Grade::Warn;
    certificate.advice =
        "renew receiver.tls.certificate, then `systemctl reload dcmcourier.target`";
  }
  findings.push_back(certificate);
  return findings;
}

Finding judge(const Echo& echo) {
  const std::string what = echo.over_tls ? "C-ECHO to itself over TLS" : "C-ECHO to itself";
  switch (echo.outcome) {
    case Echo::Outcome::Answered:
      return {Grade::Ok, what, fmt::format("{}: answered in {} ms", echo.where, echo.milliseconds),
              ""};
    case Echo::Outcome::NotAllowed:
      return {Grade::Ok, what, "not tried: receiver.callers admits nobody from " + echo.where,
              "to have it tried, add {ae_title: DCMCOURIER, address: " + echo.where + "}"};
    case Echo::Outcome::NoAddress:
      return {Grade::Ok, what,
              echo.over_tls ? "not tried: receiver.tls.listen names no port"
                            : "not tried: receiver.listen names no port",
              "try it from a device instead: echoscu"};
    case Echo::Outcome::Refused:
      return {Grade::Fail, what, echo.where + ": " + echo.detail,
              "\"temporary congestion\" is the disk; else look into receive's journal"};
    case Echo::Outcome::Unreachable:
      return {Grade::Fail, what, echo.where + ": " + echo.detail,
              echo.over_tls ? "is receive running, and does receiver.tls.listen name this port?"
                            : "is receive running, and does receiver.listen name this port?"};
    case Echo::Outcome::NeedsCertificate:
      return {Grade::Ok, what,
              fmt::format("{}: shook hands in {} ms; not asked further, since callers need "
                          "certificates",
                          echo.where, echo.milliseconds),
              ""};
  }
  return {};
}

}  // namespace doctor
