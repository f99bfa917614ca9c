#include "service/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "deidentify/tables.h"
#include "seal/primitives.h"
#include "service/answers.h"
#include "service/facts.h"
#include "service/policy.h"

namespace service {
namespace {

using Fields = std::map<std::string, std::string>;
using Json = nlohmann::json;

constexpr std::size_t kMostReasons = 20;
constexpr const char* kEvent = "bundle.report";

// "kid": tells keys apart without a way back to one.
std::string key_id(const base::SecretBytes& key) {
  if (key.empty()) return "none";
  auto text = base::SecretBytes::of_size(3 + key.size());
  std::copy_n("kid", 3, text.writable().begin());
  std::copy(key.view().begin(), key.view().end(), text.writable().begin() + 3);
  return base::to_hex(seal::sha256(text.view())).substr(0, 8);
}

std::string joined(const std::vector<std::string>& words, const char* between = " ") {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

// The most frequent first.
void add_reasons(const std::vector<jobs::Setback>& setbacks, Fields& fields) {
  std::map<std::string, std::size_t> counted;
  for (const auto& setback : setbacks) ++counted[short_reason(setback.reason)];
  std::vector<std::pair<std::string, std::size_t>> sorted(counted.begin(), counted.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (std::size_t i = 0; i < std::min(sorted.size(), kMostReasons); ++i)
    fields["reason_" + std::to_string(i + 1)] =
        std::to_string(sorted[i].second) + ": " + sorted[i].first;
  if (sorted.size() > kMostReasons)
    fields["more_reasons"] = std::to_string(sorted.size() - kMostReasons);
}

// Where its records are, so that a report need not read the whole chain.
std::string note_of(std::int64_t study) { return "reports of study " + std::to_string(study); }

base::Result<std::vector<Json>> reports_of(House& house, std::int64_t study) {
  const auto note = TRY(house.ledger->note(note_of(study)));
  std::vector<Json> reports;
  const auto take = [&](const std::string& line) {
    auto json = Json::parse(line, nullptr, false);
    if (json.is_object() && json.value("event", "") == kEvent) reports.push_back(std::move(json));
    return false;
  };
  for (std::size_t at = 0; at < note.size();) {
    const auto end = std::min(note.find(' ', at), note.size());
    TRY(house.ledger->chain().each(std::stoll(note.substr(at, end - at)), take));
    at = end + 1;
  }
  return reports;
}

std::string text_of(const Json& json) {
  return json.is_string() ? json.get<std::string>() : json.dump();
}

bool is_of_the_chain(const std::string& name) {
  return name == "event" || name == "sequence" || name == "study";
}

// A bundle is a row, its fields are columns: for --json.
control::Reply as_rows(const std::vector<Json>& reports) {
  std::set<std::string> names;
  for (const auto& report : reports)
    for (const auto& [name, value] : report.items())
      if (name != "event") names.insert(name);
  control::Reply reply;
  reply.columns.assign(names.begin(), names.end());
  for (const auto& report : reports) {
    auto& row = reply.rows.emplace_back();
    for (const auto& name : names)
      row.push_back(report.contains(name) ? text_of(report.at(name)) : "");
  }
  return reply;
}

std::vector<std::string> line_of(const std::string& name, const Json& value) {
  if (name.starts_with("count_")) return {"elements " + name.substr(6), text_of(value)};
  if (name.starts_with("reason_")) return {"quarantined", text_of(value)};
  return {name, text_of(value)};
}

control::Table as_table(const Json& report) {
  control::Table table;
  const std::string at = local_time(report.value("at", std::int64_t{0}));
  table.columns = {"bundle " + report.value("bundle", "?"), at};
  for (const char* prefix : {"", "count_", "reason_"})
    for (const auto& [name, value] : report.items()) {
      const bool counted = name.starts_with("count_"), reason = name.starts_with("reason_");
      const bool here = *prefix == '\0' ? !counted && !reason : name.starts_with(prefix);
      if (here && !is_of_the_chain(name) && name != "at" && name != "bundle")
        table.rows.push_back(line_of(name, value));
    }
  return table;
}

}  // namespace

Given given_now(const House& house) {
  return {house.settings.site.digest, key_id(house.domain_key)};
}

base::Status keep_report(House& house, const ledger::Bundle& bundle,
                         const jobs::PrepareReply& reply, const Given& given) {
  const auto profile = TRY(parse_profile(bundle.profile)).deidentify;
  const bool none = profile.base == "none";
  Fields fields = {
      {"bundle", std::to_string(bundle.id)},
      {"study", std::to_string(bundle.study)},
      {"revision", std::to_string(bundle.revision)},
      {"engine", "dcmcourier " DCMCOURIER_VERSION},
      {"tables", std::string(deidentify::tables::digest())},
      {"profile", profile.base},
      {"options", none ? "" : joined(profile.options)},
      {"on_quarantine", profile.drop_instance ? "drop_instance" : "hold_study"},
      {"overrides", none || profile.overrides.empty() ? "none" : joined(profile.overrides, "; ")},
      {"site", none || given.site.empty() ? "none" : given.site},
      {"key", none ? "none" : given.key},
      {"released", std::to_string(reply.sealed ? reply.released : 0)},
      {"quarantined", std::to_string(reply.setbacks.size())}};
  for (const auto& [action, count] : reply.counts)
    fields["count_" + short_reason(action)] = std::to_string(count);
  add_reasons(reply.setbacks, fields);
  TRY(house.ledger->audit(kEvent, std::move(fields)));
  const auto before = TRY(house.ledger->note(note_of(bundle.study)));
  const auto sequence = std::to_string(TRY(house.ledger->chain().length()));
  return house.ledger->set_note(note_of(bundle.study),
                                before.empty() ? sequence : before + " " + sequence);
}

base::Result<control::Reply> show_report(House& house, const Arguments& arguments) {
  const auto study = TRY(study_named(house, arguments));
  const auto reports = TRY(reports_of(house, study.id));
  if (argument(arguments, "fields") == "true") return as_rows(reports);
  if (reports.empty())
    return said("no bundle of study " + std::to_string(study.id) + " was prepared yet");
  control::Reply reply;
  reply.text = "study " + std::to_string(study.id);
  for (const auto& report : reports) reply.more.push_back(as_table(report));
  return reply;
}

}  // namespace service
