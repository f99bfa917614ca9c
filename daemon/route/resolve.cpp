// Which recipients a matching rule means. No name of a study's person enters a Fault.
#include <algorithm>
#include <array>
#include <set>

#include "route/directory.h"
#include "route/route.h"

namespace route {
namespace {

// National Provider Identifier of the United States, in the two ways that schemes name it.
constexpr std::string_view kNPIRoot = "2.16.840.1.113883.4.6";

struct Lookup {
  std::string_view word, spoken;
  std::array<std::string_view, 2> names;  // paths; the second may be empty
  std::string_view codes;                 // path of the sequence of Code Sequence items
};
constexpr std::array<Lookup, 4> kLookups{{
    {"referring_physician", "referring physician", {"00080090", ""}, "00080096>00401101"},
    {"requesting_physician",
     "requesting physician",
     {"00321032", "00400275>00321032"},
     "00321031>00401101"},
    {"performing_physician", "performing physician", {"00081050", ""}, "00081052>00401101"},
    {"institution", "institution", {"00080080", ""}, "00080082"},
}};

const Lookup* find_lookup(std::string_view word) {
  for (const Lookup& lookup : kLookups) {
    if (lookup.word == word) return &lookup;
  }
  return nullptr;
}

std::string value_path(const Lookup& lookup) { return std::string(lookup.codes) + ">00080100"; }
std::string scheme_path(const Lookup& lookup) { return std::string(lookup.codes) + ">00080102"; }

std::vector<std::string> paths_of(const Lookup& lookup) {
  std::vector<std::string> paths = {value_path(lookup), scheme_path(lookup)};
  for (const std::string_view name : lookup.names) {
    if (!name.empty()) paths.emplace_back(name);
  }
  return paths;
}

std::string trimmed(std::string text) {
  text.resize(text.find_last_not_of(std::string_view(" \0", 2)) + 1);
  return text;
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// What a study says of one person or institution.
struct Named {
  std::set<std::string> names;                          // folded
  std::set<std::pair<std::string, std::string>> codes;  // scheme in lower case, value
};

std::pair<std::string, std::string> to_code(std::string scheme, std::string value) {
  scheme = lower(trimmed(std::move(scheme)));
  return {scheme == kNPIRoot ? "npi" : scheme, trimmed(std::move(value))};
}

const std::vector<std::string>& values_at(const InstanceView& instance, const std::string& path) {
  static const std::vector<std::string> none;
  const auto found = instance.attributes.find(path);
  return found == instance.attributes.end() ? none : found->second;
}

// False when something is there that cannot be read.
bool gather(const Lookup& lookup, const InstanceView& instance, Named& into) {
  for (const std::string& path : paths_of(lookup)) {
    if (instance.undecodable.contains(path)) return false;
  }
  for (const std::string_view path : lookup.names) {
    for (const std::string& name : values_at(instance, std::string(path))) {
      if (std::string folded = fold_name(name); !folded.empty()) into.names.insert(folded);
    }
  }
  const auto& values = values_at(instance, value_path(lookup));
  const auto& schemes = values_at(instance, scheme_path(lookup));
  // An item without its scheme leaves it open which scheme belongs to which value.
  if (values.size() != schemes.size()) return values.empty();
  for (std::size_t i = 0; i < values.size(); ++i) {
    into.codes.insert(to_code(schemes[i], values[i]));
  }
  return true;
}

struct Known {
  bool by_name = false, by_code = false, contradicted = false;
};

// A code of the same scheme that differs tells namesakes apart.
Known compare(const Recipient& recipient, const Named& named) {
  Known known;
  std::set<std::string> schemes;
  for (const std::string& as : recipient.known_as) {
    if (!is_code(as)) {
      known.by_name = known.by_name || named.names.contains(fold_name(as));
      continue;
    }
    const std::size_t colon = as.find(':');
    const auto code = to_code(as.substr(0, colon), as.substr(colon + 1));
    known.by_code = known.by_code || named.codes.contains(code);
    schemes.insert(code.first);
  }
  for (const auto& [scheme, value] : named.codes) {
    if (!known.by_code && schemes.contains(scheme)) known.contradicted = true;
  }
  return known;
}

base::Fault held(const Lookup& lookup, const std::string& what) {
  return base::reject("route.resolve", what + " (by " + std::string(lookup.word) + ")");
}

base::Result<std::string> choose(const Lookup& lookup, const std::vector<Recipient>& directory,
                                 const Named& named) {
  std::vector<std::string> found;
  bool contradicted = false;
  for (const Recipient& recipient : directory) {
    const Known known = compare(recipient, named);
    if (!known.by_name && !known.by_code) continue;
    contradicted = contradicted || known.contradicted;
    found.push_back(recipient.id);
  }
  const std::string spoken(lookup.spoken);
  if (found.empty()) return held(lookup, "no recipient is known as the study's " + spoken);
  if (found.size() > 1) {
    return held(lookup, "more than one recipient is known as the study's " + spoken);
  }
  if (contradicted) return held(lookup, "name and identifier of the " + spoken + " disagree");
  return found.front();
}

base::Result<std::string> look_up(const Lookup& lookup, const std::vector<Recipient>& directory,
                                  const StudyView& study) {
  Named named;
  const std::string spoken(lookup.spoken);
  for (const InstanceView& instance : study.reveal()) {
    if (!gather(lookup, instance, named)) {
      return held(lookup, "the study's " + spoken + " cannot be read");
    }
  }
  if (named.names.empty() && named.codes.empty()) {
    return held(lookup, "the study names no " + spoken);
  }
  if (named.names.size() > 1) return held(lookup, "the study names more than one " + spoken);
  return choose(lookup, directory, named);
}

}  // namespace

std::vector<std::string> directory_words() {
  std::vector<std::string> words;
  for (const Lookup& lookup : kLookups) words.emplace_back(lookup.word);
  return words;
}

std::vector<std::string> directory_paths(std::string_view by) {
  const Lookup* lookup = find_lookup(by);
  return lookup == nullptr ? std::vector<std::string>() : paths_of(*lookup);
}

base::Result<std::vector<std::string>> resolve(const Rule& rule,
                                               const std::vector<Recipient>& directory,
                                               const StudyView& study) {
  std::vector<std::string> resolved;
  for (const RecipientRef& wanted : rule.recipients) {
    std::string id = wanted.name;
    if (const Lookup* lookup = find_lookup(wanted.by)) id = TRY(look_up(*lookup, directory, study));
    const bool listed = std::any_of(directory.begin(), directory.end(),
                                    [&](const Recipient& one) { return one.id == id; });
    if (!listed) return base::reject("route.resolve", "the rule names a recipient that is unknown");
    if (std::find(resolved.begin(), resolved.end(), id) == resolved.end()) resolved.push_back(id);
  }
  if (resolved.empty()) return base::reject("route.resolve", "the rule names no recipient");
  return resolved;
}

}  // namespace route
