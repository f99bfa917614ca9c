// The audit chain, looked at.
#include "service/answers.h"

namespace service {

base::Result<control::Reply> verify_audit(House& house, const Arguments&) {
  const auto verdict = TRY(house.ledger->chain().verify());
  if (verdict.broken_at != 0)
    return refused(kDataError,
                   "the audit chain is broken at record " + std::to_string(verdict.broken_at));
  return said("the audit chain is whole: " + std::to_string(verdict.records) + " records");
}

base::Result<control::Reply> export_audit(House& house, const Arguments& arguments) {
  constexpr std::size_t kMost = 5000;  // in one reply; the command asks for the next ones
  const auto text = argument(arguments, "from");
  const bool digits = !text.empty() && text.size() < 16 &&
                      text.find_first_not_of("0123456789") == std::string::npos;
  control::Reply reply;
  TRY(house.ledger->chain().each(digits ? std::stoll(text) : 1, [&](const std::string& line) {
    reply.rows.push_back({line});
    return reply.rows.size() < kMost;
  }));
  return reply;
}

}  // namespace service
