// The commands, by what they touch. Each takes the request's arguments and makes the reply.
#pragma once

#include "service/answer.h"

namespace service {

using Arguments = std::map<std::string, std::string>;
using Answer = base::Result<control::Reply> (*)(House&, const Arguments&);

// lists.cpp
base::Result<ledger::Study> study_named(House& house, const Arguments& arguments);
base::Result<control::Reply> list_studies(House& house, const Arguments& arguments);
base::Result<control::Reply> list_instances(House& house, const Arguments& arguments);
base::Result<control::Reply> list_deliveries(House& house, const Arguments& arguments);
base::Result<control::Reply> list_shares(House& house, const Arguments& arguments);
base::Result<control::Reply> explain_study(House& house, const Arguments& arguments);

// status.cpp
control::Reply show_status(House& house, const std::vector<Running>& running,
                           const Arguments& arguments = {});

// figures.cpp
base::Result<control::Reply> show_figures(House& house, const Arguments& arguments);
void check_portal(House& house, Errands& errands, const ReplyTo& reply_to);
void check_public_side(House& house, Errands& errands, const ReplyTo& reply_to);
void check_mail_server(House& house, Errands& errands, const ReplyTo& reply_to);

// acts.cpp
base::Result<control::Reply> hold(House& house, const Arguments& arguments);
base::Result<control::Reply> release(House& house, const Arguments& arguments);
base::Result<control::Reply> retry(House& house, const Arguments& arguments);
base::Result<control::Reply> quarantine_instance(House& house, const Arguments& arguments);

// share_acts.cpp
base::Result<control::Reply> share_code(House& house, const Arguments& arguments);
base::Result<control::Reply> recipient_code(House& house, const Arguments& arguments);
base::Result<control::Reply> revoke(House& house, const Arguments& arguments);
base::Result<control::Reply> resend(House& house, const Arguments& arguments);
base::Result<control::Reply> extend(House& house, const Arguments& arguments);

// report.cpp
base::Result<control::Reply> show_report(House& house, const Arguments& arguments);

// audits.cpp
base::Result<control::Reply> verify_audit(House& house, const Arguments& arguments);
base::Result<control::Reply> export_audit(House& house, const Arguments& arguments);

inline std::string argument(const Arguments& arguments, const std::string& name) {
  const auto found = arguments.find(name);
  return found == arguments.end() ? std::string() : found->second;
}
inline control::Reply said(std::string text) { return {0, std::move(text), {}, {}}; }
inline control::Reply refused(int exit_code, std::string text) {
  return {exit_code, std::move(text), {}, {}};
}
inline constexpr int kUsage = 64, kNoInput = 66, kTempFail = 75, kUnavailable = 69, kDataError = 65;

// Times and ages as people read them.
std::string local_time(base::UnixSeconds at);
std::string age(base::UnixSeconds from, base::UnixSeconds now);

}  // namespace service
