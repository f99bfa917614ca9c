#include "offline/messages.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "deidentify/options.h"
#include "deidentify/overrides.h"

namespace offline {
namespace {

using Json = nlohmann::json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <typename F>
auto guarded(F&& parse) -> base::Result<decltype(parse())> {
  try {
    return parse();
  } catch (const std::exception&) {
    return base::reject("offline.parse", "the confined process said what it should not");
  }
}

Json list_of(const std::vector<identity::Identifier>& identifiers) {
  Json list = Json::array();
  for (const auto& one : identifiers) list.push_back(identity::written(one));
  return list;
}

std::vector<identity::Identifier> identifiers_of(const Json& list) {
  std::vector<identity::Identifier> identifiers;
  for (const auto& text : list.get_ref<const Json::array_t&>()) {
    auto one = identity::parse_identifier(text.get_ref<const std::string&>());
    if (!one) throw std::invalid_argument("identifier");
    identifiers.push_back(std::move(*one));
  }
  return identifiers;
}

Json study_to_json(const Study& study) {
  Json options = Json::array();
  for (const auto option : study.choices.options) options.push_back(deidentify::word_of(option));
  Json overrides = Json::array();
  for (const auto& one : study.choices.overrides) overrides.push_back(deidentify::written(one));
  const auto& site = study.choices.site;
  return {{"options", options},
          {"pseudonym", study.pseudonym},
          {"shift_days", study.shift_days},
          {"identifiers", list_of(study.identifiers)},
          {"names", site.names},
          {"number_patterns", site.number_patterns},
          {"allowed_words", site.allowed_words},
          {"device_rules", site.device_rules},
          {"blocklist", study.choices.text == deidentify::TextMode::BlockList},
          {"overrides", overrides}};
}

Study study_from_json(const Json& json, std::vector<base::SecretBytes>& secrets) {
  if (secrets.size() != 1) throw std::invalid_argument("key");
  Study study;
  study.uid_key = std::move(secrets[0]);
  study.choices.options = deidentify::parse_options(json.at("options")).value();
  study.choices.overrides = deidentify::parse_overrides(json.at("overrides")).value();
  if (json.at("blocklist").get<bool>()) study.choices.text = deidentify::TextMode::BlockList;
  json.at("pseudonym").get_to(study.pseudonym);
  json.at("shift_days").get_to(study.shift_days);
  study.identifiers = identifiers_of(json.at("identifiers"));
  auto& site = study.choices.site;
  json.at("names").get_to(site.names);
  json.at("number_patterns").get_to(site.number_patterns);
  json.at("allowed_words").get_to(site.allowed_words);
  json.at("device_rules").get_to(site.device_rules);
  return study;
}

Json to_json(const deidentify::Change& c) {
  return {c.depth, c.place, c.keyword, c.vr, c.action, c.reason, c.before, c.after};
}

deidentify::Change change_of(const Json& row) {
  return {row.at(0).get<std::size_t>(),
          row.at(1),
          row.at(2),
          row.at(3),
          row.at(4),
          row.at(5),
          row.at(6),
          row.at(7)};
}

// It becomes a name of a file.
std::string uid_of(const Json& json) {
  auto uid = json.get<std::string>();
  if (uid.empty() || uid.size() > 64 || uid.find_first_not_of("0123456789.") != std::string::npos ||
      uid.front() == '.')
    throw std::invalid_argument("uid");
  return uid;
}

}  // namespace

jobs::Packet write(Question question) {
  jobs::Packet packet;
  Json json = {{"ask", static_cast<int>(question.ask)}};
  if (question.ask == Ask::Begin) {
    json["study"] = study_to_json(question.study);
    packet.secrets.push_back(std::move(question.study.uid_key));
  }
  packet.text = dump(json);
  packet.descriptors = std::move(question.files);
  return packet;
}

base::Result<Question> parse_question(jobs::Packet packet) {
  return guarded([&] {
    const auto json = Json::parse(packet.text);
    Question question;
    question.ask = static_cast<Ask>(json.at("ask").get<int>());
    if (question.ask == Ask::Begin)
      question.study = study_from_json(json.at("study"), packet.secrets);
    const std::size_t files = question.ask == Ask::Begin ? 0 : question.ask == Ask::Rewrite ? 2 : 1;
    if (packet.descriptors.size() != files) throw std::invalid_argument("files");
    question.files = std::move(packet.descriptors);
    return question;
  });
}

jobs::Packet write(const Examined& one) {
  return {dump({{"accepted", one.accepted},
                {"reason", one.reason},
                {"directory", one.directory},
                {"study", one.study_instance_uid},
                {"instance", one.sop_instance_uid},
                {"patient_id", one.patient_id},
                {"issuer", one.issuer_of_patient_id},
                {"patient", one.patient},
                {"identifiers", list_of(one.identifiers)}}),
          {},
          {}};
}

jobs::Packet write(const Rewritten& one) {
  Json changes = Json::array();
  for (const auto& change : one.changes) changes.push_back(to_json(change));
  return {dump({{"released", one.released},
                {"broken", one.broken},
                {"reason", one.reason},
                {"study", one.study_instance_uid},
                {"instance", one.sop_instance_uid},
                {"counts", one.counts},
                {"changes", std::move(changes)}}),
          {},
          {}};
}

base::Result<Examined> parse_examined(const jobs::Packet& packet) {
  return guarded([&] {
    const auto json = Json::parse(packet.text);
    Examined one;
    json.at("accepted").get_to(one.accepted);
    json.at("reason").get_to(one.reason);
    json.at("directory").get_to(one.directory);
    json.at("study").get_to(one.study_instance_uid);
    json.at("instance").get_to(one.sop_instance_uid);
    json.at("patient_id").get_to(one.patient_id);
    json.at("issuer").get_to(one.issuer_of_patient_id);
    json.at("patient").get_to(one.patient);
    one.identifiers = identifiers_of(json.at("identifiers"));
    return one;
  });
}

base::Result<Rewritten> parse_rewritten(const jobs::Packet& packet) {
  return guarded([&] {
    const auto json = Json::parse(packet.text);
    Rewritten one;
    json.at("released").get_to(one.released);
    json.at("broken").get_to(one.broken);
    json.at("reason").get_to(one.reason);
    json.at("counts").get_to(one.counts);
    for (const auto& row : json.at("changes")) one.changes.push_back(change_of(row));
    if (!one.released) return one;
    one.study_instance_uid = uid_of(json.at("study"));
    one.sop_instance_uid = uid_of(json.at("instance"));
    return one;
  });
}

}  // namespace offline
