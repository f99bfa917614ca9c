#include "command/changes.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace command {
namespace {

using deidentify::Change;

// Values come from files: what a terminal would take as a command is shown as '?'.
std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return text;
}

std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(std::string text, std::size_t to) {
  const auto has = width(text);
  return has < to ? text.append(to - has, ' ') : text;
}

// The last step of the place says where it stands; the indent says in what.
std::string name_of(const Change& change) {
  const auto tag = change.place.substr(change.place.rfind('('));
  return std::string(2 * change.depth, ' ') + tag + " " + change.keyword;
}

struct Widths {
  std::size_t name = 0, action = 0, reason = 0;
};

Widths widths_of(const std::vector<Change>& changes) {
  Widths widths;
  for (const auto& change : changes) {
    widths.name = std::max(widths.name, width(name_of(change)));
    widths.action = std::max(widths.action, width(change.action));
    widths.reason = std::max(widths.reason, width(change.reason));
  }
  return widths;
}

nlohmann::json object_of(const std::string& input, const Change& change) {
  return {{"file", input},           {"place", change.place},
          {"depth", change.depth},   {"keyword", change.keyword},
          {"vr", change.vr},         {"action", change.action},
          {"reason", change.reason}, {"before", change.before},
          {"after", change.after}};
}

std::string line_of(const nlohmann::json& object) {
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string changes_as_text(const std::string& input, const std::string& quarantined,
                            const std::vector<Change>& changes) {
  std::string text = printable(input) + "\n";
  if (!quarantined.empty()) return text + "  quarantined: " + printable(quarantined) + "\n\n";
  const auto widths = widths_of(changes);
  for (const auto& change : changes) {
    text += "  " + padded(name_of(change), widths.name) + "  " + change.vr + "  " +
            padded(change.action, widths.action) + "  " + padded(change.reason, widths.reason) +
            "  " + printable(change.before);
    if (change.after != "=") text += " -> " + printable(change.after);
    text += "\n";
  }
  return text + "\n";
}

std::string changes_as_json(const std::string& input, const std::string& quarantined,
                            const std::vector<Change>& changes) {
  if (!quarantined.empty()) return line_of({{"file", input}, {"quarantined", quarantined}});
  std::string text;
  for (const auto& change : changes) text += line_of(object_of(input, change));
  return text;
}

}  // namespace command
