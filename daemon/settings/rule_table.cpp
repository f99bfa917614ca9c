// Recipients and routes.
#include <algorithm>
#include <array>

#include "deidentify/options.h"
#include "route/directory.h"
#include "settings/match.h"
#include "settings/overrides.h"
#include "settings/sop_classes.h"
#include "settings/table.h"
#include "settings/values.h"

namespace settings {
namespace {

using route::Deidentification;
using route::Recipient;
using route::RecipientRef;
using route::Rule;
using route::SharePolicy;

std::string check_modality(const std::string& text) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ' ';
  };
  const bool good =
      !text.empty() && text.size() <= 16 && std::all_of(text.begin(), text.end(), allowed);
  return good ? "" : "must be a value of Modality such as CT or SR";
}

bool has(const std::vector<std::string>& words, const char* word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void read_options(Deidentification& target, const Node& node, const Key& key,
                  Complaints& complaints) {
  if (!convert(node, key, complaints, target.options)) return;
  const bool modified = has(target.options, "modify_dates");
  if (modified && has(target.options, "retain_full_dates")) {
    complaints.add(node, "retain_full_dates and modify_dates exclude each other",
                   "keep one of them");
  }
  if (modified && has(target.options, "retain_uids")) {
    complaints.add(node, "retain_uids with modify_dates would let dates be found again",
                   "keep one of them");
  }
}

Table<Deidentification> deidentify_table() {
  Table<Deidentification> table;
  table.custom({.name = "profile",
                .kind = Kind::Word,
                .doc = "The Basic Application Level Confidentiality Profile of PS3.15 Annex E.",
                .fallback = "basic",
                .words = {"basic"}},
               [](Deidentification&, const Node& node, const Key& key, Complaints& complaints) {
                 std::string word;
                 convert(node, key, complaints, word);
               });
  table.custom({.name = "options",
                .kind = Kind::Word,
                .doc = "Options of the profile.",
                .example = "[retain_patient_characteristics, modify_dates]",
                .list = true,
                .words = deidentify::option_words()},
               read_options);
  table.custom({.name = "text",
                .kind = Kind::Word,
                .doc = "What text that is cleaned may keep: words of the allow list, or all but "
                       "what identifies (an unknown name stays).",
                .fallback = "allowlist",
                .words = {"allowlist", "blocklist"}},
               [](Deidentification& target, const Node& node, const Key& key, Complaints& c) {
                 std::string word;
                 if (convert(node, key, c, word)) target.blocklist = word == "blocklist";
               });
  table.custom({.name = "overrides",
                .kind = Kind::Section,
                .doc = "What this route does with single attributes, whatever profile and options "
                       "say of them. What identifies cannot be kept so.",
                .example = "[{attribute: ProtocolName, action: keep}, {attribute: StationName, "
                           "action: replace, value: SCANNER}]",
                .list = true,
                .inside = override_table().shape()},
               [](Deidentification& target, const Node& node, const Key& key, Complaints& c) {
                 read_overrides(target.overrides, node, key, c);
               });
  table.custom({.name = "on_quarantine",
                .kind = Kind::Word,
                .doc = "When an instance cannot be released: hold the study, or send the others.",
                .fallback = "hold_study",
                .words = {"hold_study", "drop_instance"}},
               [](Deidentification& target, const Node& node, const Key& key, Complaints& c) {
                 std::string word;
                 if (convert(node, key, c, word)) target.drop_instance = word == "drop_instance";
               });
  table.add(&Deidentification::vault,
            {.name = "vault",
             .kind = Kind::Flag,
             .doc = "Whether whom a pseudonym stands for is kept in the re-identification vault, "
                    "sealed to keys.vault, which must be there.",
             .fallback = "false"});
  return table;
}

void read_deidentify(Rule& rule, const Node& node, const Key& key, Complaints& complaints) {
  if (node.is_map()) return read_map(*key.inside, &rule.deidentify, node, complaints);
  rule.deidentify.none = node.is_scalar() && node.text == "none";
  if (rule.deidentify.none) return;
  complaints.add(node, "deidentify must be a map or the word none", "write {profile: basic}");
}

// A word with two meanings, read into a flag.
void add_choice(Table<SharePolicy>& table, bool SharePolicy::*member, Key key) {
  key.kind = Kind::Word;
  table.custom(std::move(key), [member](SharePolicy& target, const Node& node, const Key& k,
                                        Complaints& complaints) {
    std::string word;
    if (convert(node, k, complaints, word)) target.*member = word == k.words.front();
  });
}

Table<SharePolicy> share_table() {
  Table<SharePolicy> table;
  table.add(&SharePolicy::lifetime, {.name = "lifetime",
                                     .kind = Kind::Duration,
                                     .doc = "How long the link opens, from the first mail on.",
                                     .fallback = "7d",
                                     .example = "7d",
                                     .least = 60,
                                     .most = 365ll * 86400});
  table.add(&SharePolicy::purpose, {.name = "purpose",
                                    .doc = "Why the study is sent; in mail and audit. Needed with "
                                           "'deidentify: none'.",
                                    .example = "treatment",
                                    .check = check_line});
  add_choice(table, &SharePolicy::code,
             {.name = "access",
              .doc = "Whether the recipient needs a code beside the link.",
              .fallback = "code",
              .words = {"code", "link_only"}});
  add_choice(table, &SharePolicy::compress,
             {.name = "compress",
              .doc = "Whether instances are deflated where that saves a tenth.",
              .fallback = "auto",
              .words = {"auto", "never"}});
  table.add(&SharePolicy::pad, {.name = "pad",
                                .kind = Kind::Flag,
                                .doc = "Whether sizes are rounded up, so that they tell less.",
                                .fallback = "true"});
  return table;
}

std::optional<RecipientRef> read_recipient(const Node& node, Complaints& complaints) {
  if (node.is_scalar()) return RecipientRef{node.text, ""};
  const bool lone = node.is_map() && node.items.size() == 1;
  if (!lone || node.names[0].text != "by") {
    complaints.add(node, "a recipient must be a name of recipients or {by: ...}");
    return std::nullopt;
  }
  RecipientRef reference;
  const Key key{.name = "by", .kind = Kind::Word, .words = route::directory_words()};
  if (!convert(node.items[0], key, complaints, reference.by)) return std::nullopt;
  return reference;
}

void read_recipients(Rule& rule, const Node& node, const Key&, Complaints& complaints) {
  if (!node.is_list() || node.items.empty()) {
    complaints.add(node, "recipients must be a list of names or {by: ...}");
    return;
  }
  for (const Node& item : node.items) {
    if (auto reference = read_recipient(item, complaints)) rule.recipients.push_back(*reference);
  }
}

void read_sop_classes(Rule& rule, const Node& node, const Key& key, Complaints& complaints) {
  const std::vector<Node> items = node.is_list() ? node.items : std::vector<Node>{node};
  std::string name;
  for (const Node& item : items) {
    if (!convert(item, key, complaints, name)) continue;
    const auto uid = find_sop_class(name);
    if (uid) {
      rule.leave_out_sop_classes.push_back(*uid);
    } else {
      complaints.add(item, "unknown SOP class '" + name + "'",
                     did_you_mean(name, sop_class_keywords()));
    }
  }
}

Table<Rule> leave_out_table() {
  Table<Rule> table;
  table.custom({.name = "sop_class",
                .doc = "SOP classes, by keyword or UID.",
                .example = "[XRayRadiationDoseSRStorage]",
                .form = "a SOP class",
                .list = true},
               read_sop_classes);
  table.add(&Rule::leave_out_modalities, {.name = "modality",
                                          .doc = "Values of Modality.",
                                          .example = "[SR]",
                                          .form = "a modality",
                                          .list = true,
                                          .check = check_modality});
  return table;
}

}  // namespace

Table<Recipient> recipient_table() {
  Table<Recipient> table;
  table.add(&Recipient::name, {.name = "name",
                               .doc = "As the mail greets.",
                               .example = "Dr. A. Okafor",
                               .required = true,
                               .check = check_line});
  table.add(&Recipient::email, {.name = "email",
                                .doc = "Where the link is sent.",
                                .example = "okafor@clinic.example",
                                .form = "a mail address",
                                .required = true,
                                .check = check_mail_address});
  table.add(&Recipient::language, {.name = "language",
                                   .kind = Kind::Word,
                                   .doc = "Of mail and page.",
                                   .fallback = "en",
                                   .words = {"en", "de"}});
  table.custom({.name = "code",
                .kind = Kind::Word,
                .doc = "agreed: one standing generated code, made by 'dcmcourier recipients code "
                       "NAME'. operator: a new one for each share, read out on the telephone.",
                .fallback = "agreed",
                .words = {"agreed", "operator"}},
               [](Recipient& recipient, const Node& node, const Key& key, Complaints& complaints) {
                 std::string word;
                 if (!convert(node, key, complaints, word)) return;
                 recipient.operator_code = word == "operator";
               });
  table.add(&Recipient::known_as,
            {.name = "known_as",
             .doc = "Names and identifiers of this person in a study's attributes; case, trailing "
                    "'^' and spaces do not count.",
             .example = "[\"OKAFOR^ADA\", \"NPI:1234567890\"]",
             .form = "a name as in DICOM, or SCHEME:CODE",
             .list = true,
             .check = check_line});
  return table;
}

Table<Rule> rule_table() {
  Table<Rule> table;
  table.add(&Rule::name, {.name = "name",
                          .doc = "What logs, explanations and audit call this route.",
                          .example = "knee-second-opinion",
                          .form = "a name",
                          .required = true,
                          .check = check_name});
  table.custom({.name = "match",
                .kind = Kind::Match,
                .doc = "The conditions; all of them must hold.",
                .example = "{modality: [MR, CT]}",
                .required = true},
               [](Rule& rule, const Node& node, const Key&, Complaints& complaints) {
                 rule.match = read_match(node, complaints);
               });
  table.custom({.name = "recipients",
                .doc = "Names of recipients, or {by: referring_physician} (also "
                       "requesting_physician, performing_physician, institution) to look one up "
                       "by known_as; unknown or ambiguous: held.",
                .example = "[dr-okafor]",
                .form = "a name or {by: ...}",
                .required = true,
                .list = true},
               read_recipients);
  table.section({.name = "leave_out", .doc = "Instances that are not sent."}, leave_out_table());
  table.custom({.name = "deidentify",
                .kind = Kind::Section,
                .doc = "How the study is de-identified; the word none sends it as it is and needs "
                       "share.purpose.",
                .example = "{profile: basic}",
                .form = "none or {profile: basic}",
                .required = true,
                .words = {"none"},
                .inside = deidentify_table().shape()},
               read_deidentify);
  table.section(&Rule::share, {.name = "share", .doc = "How the recipient gets it."},
                share_table());
  return table;
}

}  // namespace settings
