#include "service/policy.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace service {
namespace {

using Json = nlohmann::json;

template <typename F>
auto guarded_parse(F&& parse) -> base::Result<decltype(parse())> {
  try {
    return parse();
  } catch (const std::exception&) {
    return base::ask_administrator("service.policy", "a row of the ledger cannot be read");
  }
}

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

BundleProfile profile_of(const route::Rule& rule) {
  BundleProfile profile;
  profile.deidentify.base = rule.deidentify.none ? "none" : "basic";
  profile.deidentify.options = rule.deidentify.options;
  std::sort(profile.deidentify.options.begin(), profile.deidentify.options.end());
  profile.deidentify.drop_instance = rule.deidentify.drop_instance;
  profile.deidentify.blocklist = rule.deidentify.blocklist;
  profile.deidentify.overrides = rule.deidentify.overrides;
  profile.leave_out_sop_classes = rule.leave_out_sop_classes;
  profile.leave_out_modalities = rule.leave_out_modalities;
  profile.compress = rule.share.compress;
  profile.pad = rule.share.pad;
  profile.vault = !rule.deidentify.none && rule.deidentify.vault;
  return profile;
}

std::string write_profile(const BundleProfile& p) {
  Json json{{"base", p.deidentify.base},
            {"options", p.deidentify.options},
            {"drop_instance", p.deidentify.drop_instance},
            {"blocklist", p.deidentify.blocklist},
            {"leave_out_sop_classes", p.leave_out_sop_classes},
            {"leave_out_modalities", p.leave_out_modalities},
            {"compress", p.compress},
            {"pad", p.pad}};
  if (p.vault) json["vault"] = true;
  if (!p.deidentify.overrides.empty()) json["overrides"] = p.deidentify.overrides;
  return json.dump();
}

base::Result<BundleProfile> parse_profile(const std::string& text) {
  return guarded_parse([&] {
    const Json json = Json::parse(text);
    BundleProfile p;
    json.at("base").get_to(p.deidentify.base);
    json.at("options").get_to(p.deidentify.options);
    json.at("drop_instance").get_to(p.deidentify.drop_instance);
    p.deidentify.blocklist = json.value("blocklist", false);  // not in bundles of before
    json.at("leave_out_sop_classes").get_to(p.leave_out_sop_classes);
    json.at("leave_out_modalities").get_to(p.leave_out_modalities);
    json.at("compress").get_to(p.compress);
    json.at("pad").get_to(p.pad);
    p.vault = json.value("vault", false);
    p.deidentify.overrides = json.value("overrides", std::vector<std::string>());
    return p;
  });
}

bool leaves_out(const BundleProfile& profile, const jobs::Facts& facts) {
  return contains(profile.leave_out_sop_classes, facts.sop_class_uid) ||
         contains(profile.leave_out_modalities, facts.modality);
}

Policy policy_of(const route::Rule& rule) {
  return {rule.share.lifetime, rule.share.purpose, rule.share.code};
}

std::string write_policy(const Policy& policy) {
  return Json{{"lifetime", policy.lifetime}, {"purpose", policy.purpose}, {"code", policy.code}}
      .dump();
}

base::Result<Policy> parse_policy(const std::string& text) {
  return guarded_parse([&] {
    const Json json = Json::parse(text);
    return Policy{json.at("lifetime"), json.at("purpose"), json.at("code")};
  });
}

std::string message_id(const House& house, const ledger::Share& share) {
  const auto at = house.settings.mail.from.rfind('@');
  const std::string domain =
      at == std::string::npos ? "dcmcourier.invalid" : house.settings.mail.from.substr(at + 1);
  return share.id + "." + std::to_string(share.arm) + "@" + domain;
}

}  // namespace service
