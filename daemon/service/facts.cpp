#include "service/facts.h"

#include <algorithm>
#include <set>

#include "jobs/json.h"

namespace service {
namespace {

bool is_uid(const std::string& uid) {
  return !uid.empty() && uid.size() <= 64 && std::all_of(uid.begin(), uid.end(), [](char c) {
    return c == '.' || (c >= '0' && c <= '9');
  });
}

constexpr std::size_t kMaxValue = 64 * 1024;
constexpr std::size_t kMaxPaths = 256;
constexpr std::size_t kMaxIdentifiers = 20'000;
constexpr std::size_t kMaxIdentifying = 4u << 20;

// Case and repeated spaces make no other patient; in a name carets are spaces.
std::string folded(std::string_view text, bool is_name) {
  std::string result;
  for (char c : text) {
    const bool space = c == ' ' || (is_name && c == '^');
    if (space && (result.empty() || result.back() == ' ')) continue;
    result += space ? ' ' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  while (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

// The alphabetic group alone, or the first that is there.
std::string folded_name(std::string_view name) {
  for (std::size_t begin = 0; begin <= name.size();) {
    const auto end = std::min(name.find('=', begin), name.size());
    auto group = folded(name.substr(begin, end - begin), true);
    if (!group.empty()) return group;
    begin = end + 1;
  }
  return {};
}

route::InstanceView view_of(const jobs::Facts& facts, const std::string& peer) {
  return {facts.calling_ae_title,
          facts.called_ae_title,
          peer,
          facts.sop_class_uid,
          facts.attributes,
          {facts.undecodable.begin(), facts.undecodable.end()}};
}

}  // namespace

std::string complaint_about(const jobs::Facts& facts) {
  for (const auto* uid :
       {&facts.study_instance_uid, &facts.series_instance_uid, &facts.sop_instance_uid,
        &facts.sop_class_uid, &facts.transfer_syntax_uid})
    if (!is_uid(*uid)) return "a UID that is missing or not valid";
  if (facts.calling_ae_title.size() > 16 || facts.called_ae_title.size() > 16)
    return "an AE title that is too long";
  if (facts.attributes.size() > kMaxPaths) return "more attributes than were asked for";
  for (const auto& [path, values] : facts.attributes) {
    std::size_t size = 0;
    for (const auto& value : values) size += value.size();
    if (size > kMaxValue) return "a value too long to match";
  }
  for (const auto* text : {&facts.patient_id, &facts.issuer_of_patient_id, &facts.patient_name,
                           &facts.patient_birth_date, &facts.modality})
    if (text->size() > kMaxValue) return "a value too long to match";
  if (facts.undecodable.size() > kMaxPaths) return "more attributes than were asked for";
  if (facts.identifiers.reveal().size() > kMaxIdentifiers)
    return "more identifiers than one instance can have";
  std::size_t identifying = 0;
  for (const auto& identifier : facts.identifiers.reveal()) identifying += identifier.text.size();
  if (identifying > kMaxIdentifying) return "more identifying text than one instance can have";
  return {};
}

std::string short_reason(const std::string& reason) {
  std::string result = reason.substr(0, 200);
  for (char& c : result)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E) c = '?';
  return result.empty() ? "refused without a reason" : result;
}

std::string patient_of(const jobs::Facts& facts) {
  const char separator = '\x1F';
  return folded(facts.patient_id, false) + separator + folded(facts.issuer_of_patient_id, false) +
         separator + folded(facts.patient_birth_date, false) + separator +
         folded_name(facts.patient_name);
}

std::vector<std::string> wanted_paths(const House& house) {
  auto paths = route::wanted_paths(house.settings.routes);
  // What explain and the lists show besides.
  for (const char* path : {"00080060", "00081030", "0008103E", "00080020"})
    paths.emplace_back(path);
  const auto& routes = house.settings.routes;
  if (std::any_of(routes.begin(), routes.end(),
                  [](const route::Rule& rule) { return rule.deidentify.vault; }))
    paths.emplace_back(kAccessionNumber);
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

base::Result<StudyFacts> read_study(House& house, std::int64_t study, std::int64_t revision) {
  StudyFacts result;
  std::map<std::string, std::string> peers;
  for (auto& instance : TRY(house.ledger->instances_of(study))) {
    if (instance.revision > revision) continue;
    auto facts = jobs::parse_facts(TRY(house.ledger->facts(instance.id)));
    if (!facts.ok()) return std::move(facts).fault();
    if (!peers.contains(instance.association)) {
      const auto association = TRY(house.ledger->association(instance.association));
      peers[instance.association] = association ? association->peer_address : "";
    }
    result.view.reveal().push_back(view_of(facts.value(), peers[instance.association]));
    result.facts.push_back(std::move(facts).value());
    result.instances.push_back(std::move(instance));
  }
  return result;
}

base::Result<identity::Identifiers> read_identifiers(House& house, std::int64_t study) {
  std::vector<identity::Identifier> found;
  for (const std::string& text : TRY(house.ledger->identifiers(study))) {
    auto identifier = identity::parse_identifier(text);
    if (!identifier) return base::ask_administrator("service.facts", "no identifier in the ledger");
    found.push_back(std::move(*identifier));
  }
  std::sort(found.begin(), found.end());
  return identity::Identifiers(std::move(found));
}

std::string inconsistency(const std::vector<ledger::Instance>& instances) {
  std::set<base::Bytes> patients, uids;
  bool conflict = false;
  for (const auto& instance : instances) {
    patients.insert(instance.patient_key);
    conflict |= !uids.insert(instance.sop_key).second;
  }
  if (patients.size() > 1)
    return "instances of more than one patient; quarantine those that do not belong";
  if (conflict) return "two different contents under one SOP Instance UID; quarantine one of them";
  return {};
}

}  // namespace service
