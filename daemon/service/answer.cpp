#include "service/answer.h"

#include "announce/letter.h"
#include "journal/events.h"
#include "service/answers.h"
#include "service/facts.h"

namespace service {
namespace {

const std::map<std::string, Answer>& answers() {
  static const std::map<std::string, Answer> table = {
      {"studies", list_studies},
      {"deliveries", list_deliveries},
      {"shares", list_shares},
      {"explain", explain_study},
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
      {"clock confirm", confirm_clock},
  };
  return table;
}

control::Reply reply_of(const base::Fault& fault) {
  const int code = fault.remedy == base::Remedy::RetryLater ? kTempFail
                   : fault.remedy == base::Remedy::Reject   ? kDataError
                                                            : kUnavailable;
  return refused(code, fault.what);
}

void test_mail(House& house, TestMails& test_mails, const std::string& address,
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
  test_mails.ask(
      {house.settings.mail.from, address, std::move(message).value()},
      [reply_to](const jobs::SendReply& sent) {
        reply_to(sent.done ? said("the mail server has taken the test mail: " + sent.text)
                           : refused(kUnavailable, "the test mail was not taken: " + sent.text));
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

void answer(House& house, TestMails& test_mails, const std::vector<Running>& running,
            const control::Request& request, const ReplyTo& reply_to) {
  if (request.command == "status") return reply_to(show_status(house, running));
  if (request.command == "mail test")
    return test_mail(house, test_mails, argument(request.arguments, "address"), reply_to);
  const auto found = answers().find(request.command);
  if (found == answers().end())
    return reply_to(refused(kUsage, "dispatch does not know the command " + request.command));
  auto reply = found->second(house, request.arguments);
  reply_to(reply.ok() ? reply.value() : reply_of(reply.fault()));
}

base::Status swap_settings(House& house, settings::Settings fresh) {
  const auto before = wanted_paths(house);
  TRY(house.swap(std::move(fresh)));
  if (wanted_paths(house) != before)
    TRY(house.ledger->commit([&] { return examine_again(house); }));
  return house.ledger->commit([&] {
    return house.ledger->audit("settings.swapped", {{"settings", house.settings.revision}});
  });
}

}  // namespace service
