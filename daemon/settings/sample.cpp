#include "settings/describe.h"
#include "settings/site_lists.h"
#include "settings/table.h"
#include "settings/values.h"

namespace settings {
namespace {

constexpr std::size_t kWidth = 100;

// Words of a text as comment lines of a width that fits.
std::string commented(const std::string& text, const std::string& indent) {
  std::string lines, line = indent + "#";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (line.size() + 1 + end - at > kWidth) {
      lines += line + "\n";
      line = indent + "#";
    }
    line += " " + text.substr(at, end - at);
    at = end + 1;
  }
  return lines + line + "\n";
}

std::string indented(const std::string& text, const std::string& indent) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '\n') out += indent;
  }
  return out;
}

std::string range_of(const Key& key) {
  const auto shown = [&](std::int64_t value) {
    if (key.kind == Kind::Duration) return format_duration(value);
    if (key.kind == Kind::Size) return format_size(static_cast<std::uint64_t>(value));
    return std::to_string(value);
  };
  if (key.least && key.most) return shown(*key.least) + " to " + shown(*key.most);
  return "";
}

std::string choice_of(const Key& key) {
  std::string choice;
  for (const auto& word : key.words) choice += (choice.empty() ? "" : ", ") + word;
  return choice;
}

std::string remark(const Key& key) {
  std::string text = key.doc;
  if (const std::string range = range_of(key); !range.empty()) text += " From " + range + ".";
  if (key.kind == Kind::Word) text += " One of: " + choice_of(key) + ".";
  return text;
}

void write_shape(const Shape& shape, const std::string& indent, std::string& to) {
  for (const Key& key : shape.keys) {
    const bool opens = key.kind == Kind::Section && !key.list && key.example.empty();
    if (indent.empty()) to += "\n";
    to += commented(remark(key), indent);
    if (opens) {
      to += indent + key.name + ":\n";
      write_shape(*key.inside, indent + "  ", to);
    } else if (!key.example.empty()) {
      const bool block = key.example.front() == '\n';
      to += indent + key.name + ":" + (block ? "" : " ") + indented(key.example, indent + "  ") +
            "\n";
    } else {
      to += indent + "#" + key.name + ":" + (key.fallback.empty() ? "" : " " + key.fallback) + "\n";
    }
  }
}

}  // namespace

std::string sample_of(const Shape& shape, const std::string& heading) {
  std::string text;
  std::size_t at = 0;
  while (at < heading.size()) {
    const std::size_t end = std::min(heading.find('\n', at), heading.size());
    text += "# " + heading.substr(at, end - at) + "\n";
    at = end + 1;
  }
  write_shape(shape, "", text);
  return text;
}

std::string sample() {
  return sample_of(
      *settings_table().shape(),
      "dcmcourier.yaml: the settings of the dcmcourier daemon. See dcmcourier.yaml(5).\n"
      "After a change: 'dcmcourier check' names everything that is wrong; SIGHUP takes it over.\n"
      "Keys that are commented out show their defaults. Secrets never stand here: credential:NAME\n"
      "is a file in systemd's credentials directory, or in credentials/ beside this file.");
}

std::string site_sample() {
  return sample_of(
      *site_lists_table().shape(),
      "The hospital's own lists for de-identification, in deidentify/*.yaml beside "
      "dcmcourier.yaml.\n"
      "All files together count. 'dcmcourier check' names everything that is wrong; SIGHUP takes "
      "them\nover, and what was prepared with other lists is prepared anew.");
}

}  // namespace settings
