#include "service/answer.h"

#include "announce/letter.h"
#include "journal/events.h"
#include "service/answers.h"
#include "service/facts.h"
#include "service/reidentify.h"

namespace service {
namespace {

const std::map<std::string, Answer>& answers() {
  static const std::map<std::string, Answer> table = {
      {"figures", show_figures},
      {"studies", list_studies},
      {"instances", list_instances},
      {"deliveries", list_deliveries},
      {"shares", list_shares},
      {"explain", explain_study},
      {"report", show_report},
      {"hold", hold},
      {"release", release},
      {"retry", retry},
      {"quarantine", quarantine_instance},
      {"shares code", share_code},
      {"recipients code", recipient_code},
      {"revoke", revoke},
      {"resend", resend},
      {"extend", extend},
      {"audit verify", verify_audit},
      {"audit export", export_audit},
      {"vault looks", take_looks_now},
  };
  return table;
}

control::Reply reply_of(const base::Fault& fault) {
  const int code = fault.remedy == base::Remedy::RetryLater ? kTempFail
                   : fault.remedy == base::Remedy::Reject   ? kDataError
                                                            : kUnavailable;
  return refused(code, fault.what);
}

void test_mail(House& house, Errands& errands, const std::string& address,
               const ReplyTo& reply_to) {
  const auto& sender = house.settings.sender;
  announce::Letter letter;
  letter.sender = {sender.name, sender.department, sender.telephone, house.settings.mail.from};
  letter.recipient = {address, address, "en"};
  letter.date = house.now();
  letter.message_id = "test." + std::to_string(house.now()) + "." + std::to_string(house.dice()) +
                      "@dcmcourier.invalid";
  auto message = announce::render_test(letter);
  if (!message.ok()) return reply_to(reply_of(message.fault()));
  errands.ask(jobs::MailJob{house.settings.mail.from, address, std::move(message).value()},
              [reply_to](const jobs::SendReply& sent) {
                reply_to(sent.done
                             ? said("the mail server has taken the test mail: " + sent.text)
                             : refused(kUnavailable, "the test mail was not taken: " + sent.text));
              });
}

// Both clocks: ours, and the portal's, which stands still after a jump until it hears our time.
void confirm_clock(House& house, Errands& errands, const ReplyTo& reply_to) {
  house.hints.purging_suspended = false;
  const auto noted = house.ledger->commit(
      [&] { return house.ledger->audit("administrator.clock_confirmed", {}); });
  if (!noted.ok()) return reply_to(reply_of(noted.fault()));
  const std::string body = "{\"confirm\":" + std::to_string(house.now()) + "}";
  errands.ask(jobs::PortalJob{"POST", "/d/1/time", body}, [reply_to](const jobs::SendReply& sent) {
    reply_to(sent.done ? said("the clock is confirmed, here and at the portal; purging goes on")
                       : refused(kUnavailable,
                                 "the clock is confirmed here; the portal did not take it: " +
                                     sent.text));
  });
}

// Rules may ask for facts that were not reported before: those studies are examined again.
base::Status examine_again(House& house) {
  for (const char* state : {"assembling", "complete", "unrouted"})
    for (const auto& study : TRY(house.ledger->studies_in(state, true)))
      for (auto& instance : TRY(house.ledger->instances_of(study.id))) {
        instance.state = "received";
        TRY(house.ledger->update(instance));
      }
  return base::Done{};
}

}  // namespace

void answer(House& house, Errands& errands, const std::vector<Running>& running,
            const control::Request& request, const ReplyTo& reply_to) {
  if (request.command == "status") return reply_to(show_status(house, running, request.arguments));
  if (request.command == "mail test")
    return test_mail(house, errands, argument(request.arguments, "address"), reply_to);
  if (request.command == "check portal") return check_portal(house, errands, reply_to);
  if (request.command == "check public side") return check_public_side(house, errands, reply_to);
  if (request.command == "check mail server") return check_mail_server(house, errands, reply_to);
  if (request.command == "clock confirm") return confirm_clock(house, errands, reply_to);
  const auto found = answers().find(request.command);
  if (found == answers().end())
    return reply_to(refused(kUsage, "dispatch does not know the command " + request.command));
  auto reply = found->second(house, request.arguments);
  reply_to(reply.ok() ? reply.value() : reply_of(reply.fault()));
}

base::Status examine_for_new_rules(House& house) {
  constexpr const char* kNote = "examined_paths";
  std::string paths;
  for (const auto& path : wanted_paths(house)) paths += path + "\n";
  if (TRY(house.ledger->note(kNote)) == paths) return base::Done{};
  return house.ledger->commit([&]() -> base::Status {
    TRY(examine_again(house));
    return house.ledger->set_note(kNote, paths);
  });
}

base::Status swap_settings(House& house, settings::Settings fresh) {
  TRY(house.swap(std::move(fresh)));
  TRY(examine_for_new_rules(house));
  return house.ledger->commit([&] {
    return house.ledger->audit("settings.swapped", {{"settings", house.settings.revision}});
  });
}

}  // namespace service
