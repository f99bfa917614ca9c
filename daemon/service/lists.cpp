// What is where, how old, what waits for whom. Lists show local ids and states; patient data is
// shown by explain alone, to whoever may ask dispatch.
#include <ctime>

#include "service/answers.h"
#include "service/facts.h"
#include "service/policy.h"

namespace service {
namespace {

std::string megabytes(std::int64_t bytes) {
  const auto tenths = bytes / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MB";
}

const char* word(route::Answer answer) {
  switch (answer) {
    case route::Answer::Yes:
      return "yes";
    case route::Answer::No:
      return "no";
    case route::Answer::CannotTell:
      return "cannot tell";
  }
  return "";
}

std::string to_whom(House& house, const route::Decision& decision, const route::StudyView& view) {
  std::string text;
  for (const auto index : decision.matches) {
    const auto& rule = house.settings.routes[index];
    const auto recipients = route::resolve(rule, house.settings.recipients, view);
    text += "\nwould send by route " + rule.name +
            (rule.deidentify.none ? ", identified," : ", de-identified,") + " to: ";
    if (!recipients.ok()) text += "nobody: " + recipients.fault().what;
    if (recipients.ok())
      for (const auto& recipient : recipients.value()) text += recipient + " ";
  }
  return text;
}

}  // namespace

base::Result<ledger::Study> study_named(House& house, const Arguments& arguments) {
  const auto text = argument(arguments, "id");
  if (text.empty() || text.size() > 15 || text.find_first_not_of("0123456789") != std::string::npos)
    return base::reject("service.answer",
                        "a study is named by its number; see `dcmcourier studies`");
  auto study = TRY(house.ledger->study(std::stoll(text)));
  if (!study) return base::reject("service.answer", "there is no study " + text);
  return std::move(*study);
}

std::string local_time(base::UnixSeconds at) {
  if (at == 0) return "-";
  const std::time_t time = at;
  std::tm parts{};
  localtime_r(&time, &parts);
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return text;
}

std::string age(base::UnixSeconds from, base::UnixSeconds now) {
  const auto seconds = std::max<base::UnixSeconds>(0, now - from);
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 7200) return std::to_string(seconds / 60) + " min";
  if (seconds < 172'800) return std::to_string(seconds / 3600) + " h";
  return std::to_string(seconds / 86'400) + " d";
}

base::Result<control::Reply> list_studies(House& house, const Arguments& arguments) {
  control::Reply reply;
  reply.columns = {"study", "state", "revision", "instances", "last receipt", "held"};
  const bool held_only = argument(arguments, "held") == "true";
  for (const auto& study : TRY(house.ledger->all_studies())) {
    if (held_only && study.held.empty()) continue;
    const auto instances = TRY(house.ledger->instances_of(study.id)).size();
    reply.rows.push_back({std::to_string(study.id), study.state, std::to_string(study.revision),
                          std::to_string(instances), local_time(study.last_receipt), study.held});
  }
  for (const auto& instance : TRY(house.ledger->instances_in("quarantined", 10'000)))
    if (instance.study == 0)
      reply.rows.push_back({"instance " + std::to_string(instance.id), "quarantined", "", "1",
                            local_time(instance.received_at), instance.reason});
  return reply;
}

base::Result<control::Reply> list_instances(House& house, const Arguments& arguments) {
  const auto study = TRY(study_named(house, arguments));
  control::Reply reply;
  reply.columns = {"instance", "patient", "revision", "modality", "series", "received", "note"};
  // Patients and series are numbered here: who and what they are is nobody's business.
  std::map<base::Bytes, std::size_t> patients;
  std::map<std::string, std::size_t> series;
  const auto facts = TRY(read_study(house, study.id, study.revision));
  for (std::size_t i = 0; i < facts.instances.size(); ++i) {
    const auto& instance = facts.instances[i];
    const auto number =
        series.try_emplace(facts.facts[i].series_instance_uid, series.size() + 1).first->second;
    const auto patient =
        patients.try_emplace(instance.patient_key, patients.size() + 1).first->second;
    reply.rows.push_back({std::to_string(instance.id), std::to_string(patient),
                          std::to_string(instance.revision), facts.facts[i].modality,
                          std::to_string(number), local_time(instance.received_at),
                          instance.reason});
  }
  return reply;
}

base::Result<control::Reply> list_deliveries(House& house, const Arguments&) {
  control::Reply reply;
  reply.columns = {"bundle",    "study", "revision", "ahead", "state",
                   "instances", "size",  "attempts", "held"};
  for (const char* state : {"planned", "prepared", "sealed", "published"})
    for (const auto& bundle : TRY(house.ledger->bundles_in(state)))
      reply.rows.push_back({std::to_string(bundle.id), std::to_string(bundle.study),
                            std::to_string(bundle.revision), bundle.ahead, bundle.state,
                            std::to_string(bundle.instances), megabytes(bundle.package_length),
                            std::to_string(bundle.attempts), bundle.held});
  return reply;
}

base::Result<control::Reply> list_shares(House& house, const Arguments& arguments) {
  control::Reply reply;
  reply.columns = {"share",     "study",     "route",  "recipient", "state",
                   "announced", "not after", "opened", "held",      "last answer"};
  const auto wanted = argument(arguments, "id");
  for (const auto& share : TRY(house.ledger->all_shares())) {
    if (!wanted.empty() && share.id.compare(0, wanted.size(), wanted) != 0) continue;
    reply.rows.push_back({share.id, std::to_string(share.study), share.route, share.recipient,
                          share.state, local_time(share.announced_at), local_time(share.not_after),
                          local_time(share.opened_at), share.held, share.last});
  }
  return reply;
}

base::Result<control::Reply> explain_study(House& house, const Arguments& arguments) {
  const auto study = TRY(study_named(house, arguments));
  const auto facts = TRY(read_study(house, study.id, study.revision));
  const auto decision = route::decide(house.settings.routes, house.settings.routing, facts.view);
  control::Reply reply;
  reply.columns = {"route", "condition", "answer", "because"};
  for (const auto& answer : decision.answers) {
    reply.rows.push_back({answer.rule, "", word(answer.answer), ""});
    for (const auto& reason : answer.reasons)
      reply.rows.push_back(
          {"", reason.reveal().condition, word(reason.reveal().answer), reason.reveal().why});
  }
  reply.text = decision.cannot_tell       ? "held: a condition could not be evaluated"
               : decision.matches.empty() ? "no route matches: kept, not sent"
                                          : "matches" + to_whom(house, decision, facts.view);
  if (!study.held.empty()) reply.text += "\nheld: " + study.held;
  return reply;
}

}  // namespace service
