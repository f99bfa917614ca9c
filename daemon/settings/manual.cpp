// The manual page, in scdoc's language.
#include "settings/describe.h"
#include "settings/site_lists.h"
#include "settings/table.h"
#include "settings/values.h"

namespace settings {
namespace {

// Characters that scdoc would take for markup.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '_' || c == '*' || c == '#' || c == '`') out += '\\';
    out += c;
  }
  return out;
}

std::string type_of(const Key& key) {
  std::string type;
  switch (key.kind) {
    case Kind::Text:
      type = key.form.empty() ? "text" : key.form;
      break;
    case Kind::Word:
      for (const auto& word : key.words) type += (type.empty() ? "" : " | ") + word;
      break;
    case Kind::Flag:
      type = "true | false";
      break;
    case Kind::Number:
      type = "whole number";
      break;
    case Kind::Duration:
      type = "duration";
      break;
    case Kind::Size:
      type = "size";
      break;
    case Kind::Section:
      type = key.words.empty() ? "map" : "map | " + key.words.front();
      break;
    case Kind::Entries:
      type = "map of names";
      break;
    case Kind::Match:
      type = "conditions";
      break;
  }
  return key.list ? "list of " + type : type;
}

std::string bound(const Key& key, std::int64_t value) {
  if (key.kind == Kind::Duration) return format_duration(value);
  if (key.kind == Kind::Size) return format_size(static_cast<std::uint64_t>(value));
  return std::to_string(value);
}

void describe(const Key& key, const std::string& path, std::string& to) {
  to += "*" + escaped(path) + "* (" + escaped(type_of(key)) + ")";
  if (key.required) to += ", required";
  to += "\n\t" + escaped(key.doc);
  if (key.least && key.most) {
    to += " From " + bound(key, *key.least) + " to " + bound(key, *key.most) + ".";
  }
  if (!key.fallback.empty()) to += " Default: " + escaped(key.fallback) + ".";
  to += "\n\n";
}

void describe_all(const Shape& shape, const std::string& prefix, std::string& to) {
  for (const Key& key : shape.keys) {
    const std::string path = prefix + key.name;
    describe(key, path, to);
    if (!key.inside) continue;
    const bool named = key.kind == Kind::Entries;
    describe_all(*key.inside, path + (named ? ".NAME." : (key.list ? "[]." : ".")), to);
  }
}

constexpr const char* kHead = R"scd(dcmcourier.yaml(5)

# NAME

dcmcourier.yaml - settings of the dcmcourier daemon

# DESCRIPTION

One YAML file, by default _/etc/dcmcourier/dcmcourier.yaml_, and further routes in
_routes.d/\*.yaml_ beside it, each a list of routes, read in the order of their names.

*dcmcourier check* names everything that is wrong, with file, line and column. On SIGHUP a valid
file is taken over; with an invalid one the settings in effect stay, and the journal says why.
A file may have 1 MiB, and 100,000 values after aliases are followed; an unknown key, a key that
stands twice and a YAML tag are errors.

Durations are a number and s, m (or min), h, d or w; sizes a number and MB, GB, TB, MiB, GiB or TiB.

Secrets never stand in the file: *credential:NAME* is the file NAME in the directory that
$CREDENTIALS\_DIRECTORY names (systemd's LoadCredential), else in _credentials/_ beside the file.

# KEYS

)scd";

constexpr const char* kSiteLists = R"scd(# SITE LISTS

The hospital's own lists for de-identification stand in _deidentify/\*.yaml_ beside the
configuration, all files together, checked and taken over with it. Bundles that were prepared
ahead with other lists are prepared anew. Names and numbers that fit are searched for in all that
leaves.

)scd";

constexpr const char* kTail = R"scd(# CONDITIONS

The keys of *match* all have to hold. Each names what is looked at:

*called\_ae\_title*, *calling\_ae\_title*
	Of the association that brought an instance.

*caller\_address*
	Address that called; values are addresses or networks (10.1.2.0/24).

*sop\_class*
	SOP classes, by keyword or UID.

*study\_description*, *StudyDescription*, *"(0008,1030)"*
	Any attribute by keyword in either spelling or by tag; those in sequences behind a dot:
	_RequestAttributesSequence.RequestedProcedureID_ (any item).

What is asked stands beside it:

_value_, _[value, value]_
	Equals one of them; case counts, trailing spaces do not. Numbers are compared as numbers.

_{regex: "(?i)knee"}_
	RE2 syntax, found anywhere in the value.

_{exists: true}_, _{exists: false}_
	Whether an instance has it with a value; whether none has.

_{less\_than: 5}_, _{more\_than: 0.5}_, _{between: [1, 5]}_
	Numbers; the ends of between count in.

_{before: 20260101}_, _{after: 20251231}_
	Dates, the day itself not included.

A condition holds when any instance of the study satisfies it. *all:* and *any:* take lists of
conditions, *not:* a map. *every\_instance:* takes a map that each instance must satisfy by itself,
*one\_instance:* a map that some single instance must satisfy whole.

A condition has three answers. When an attribute of the patient or the study differs between
instances, when text cannot be decoded or is no number or date where one is asked for, the answer is
"cannot tell", and a study for which no decision can be made is held.

# FILES

_/etc/dcmcourier/dcmcourier.yaml_, _/etc/dcmcourier/routes.d/_, _/etc/dcmcourier/deidentify/_,
_/etc/dcmcourier/credentials/_

# SEE ALSO

*dcmcourier*(1), *dcmcourierd*(8)
)scd";

}  // namespace

std::string manual_of(const Shape& shape) {
  std::string text;
  describe_all(shape, "", text);
  return text;
}

std::string manual() {
  return kHead + manual_of(*settings_table().shape()) + kSiteLists +
         manual_of(*site_lists_table().shape()) + kTail;
}

}  // namespace settings
