#include "share/index.h"

#include <algorithm>
#include <unordered_set>

#include "share/json.h"

namespace share {
namespace {

constexpr std::size_t kMaxFileName = 255;
constexpr std::size_t kMaxUID = 64;
constexpr std::size_t kMaxSeries = 100'000;
constexpr std::size_t kMaxInstances = 2'000'000;

base::Fault bad_index(const char* why) { return base::reject("share.index", why); }

bool good_file_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxFileName || !plain_text(name)) return false;
  if (name.find_first_of("\\:") != std::string_view::npos) return false;
  for (std::size_t begin = 0; begin <= name.size();) {
    const auto end = std::min(name.find('/', begin), name.size());
    const auto part = name.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

const char* complaint(const Entry& entry) {
  if (!good_file_name(entry.file)) return "a file name that may not be unpacked";
  if (entry.method != 0 && entry.method != 8) return "an unknown method";
  if (entry.method == 0 && entry.stored != entry.size) return "sizes contradict each other";
  if (entry.offset > kMaxInteger || entry.stored > kMaxInteger || entry.size > kMaxInteger)
    return "a number that is too large";
  return nullptr;
}

std::vector<const Entry*> entries_of(const Index& index) {
  std::vector<const Entry*> entries;
  for (const auto& series : index.series)
    for (const auto& instance : series.instances) entries.push_back(&instance.entry);
  for (const auto& other : index.others) entries.push_back(&other);
  return entries;
}

const char* complaint(const Index& index) {
  auto entries = entries_of(index);
  std::unordered_set<std::string_view> names;
  for (const Entry* entry : entries) {
    if (const char* why = complaint(*entry)) return why;
    if (!names.insert(entry->file).second) return "a file name twice";
  }
  std::ranges::sort(entries, {}, &Entry::offset);
  for (std::size_t i = 1; i < entries.size(); ++i)
    if (entries[i - 1]->offset + entries[i - 1]->stored > entries[i]->offset)
      return "entries overlap";
  return nullptr;
}

// What a modality wrote may hold anything: control characters become spaces, and it ends in time.
std::string presentable(std::string_view text) {
  std::string shown(text.substr(0, kMaxText));
  while (shown.size() < text.size() && !shown.empty() && (text[shown.size()] & 0xc0) == 0x80)
    shown.pop_back();
  for (char& c : shown)
    if (static_cast<std::uint8_t>(c) < 0x20 || c == 0x7f) c = ' ';
  return plain_text(shown) ? shown : std::string();
}

void write_entry(Object& json, const Entry& entry) {
  json.text("file", entry.file).number("offset", entry.offset).number("stored", entry.stored);
  json.number("size", entry.size).number("method", static_cast<std::uint64_t>(entry.method));
  json.bytes("sha256", entry.sha256);
}

Entry read_entry(Members& json) {
  Entry entry;
  entry.file = json.text("file");
  entry.offset = json.number("offset");
  entry.stored = json.number("stored");
  entry.size = json.number("size");
  entry.method = static_cast<int>(json.number("method", 0, 8));
  entry.sha256 = json.digest("sha256");
  return entry;
}

std::string write_instance(const IndexedInstance& instance) {
  Object json;
  json.text("uid", instance.uid).text("sop_class", instance.sop_class);
  json.text("transfer_syntax", instance.transfer_syntax);
  write_entry(json, instance.entry);
  return json.number("frames", instance.frames).finish();
}

IndexedInstance read_instance(Members& json) {
  IndexedInstance instance;
  instance.uid = json.text("uid", kMaxUID);
  instance.sop_class = json.text("sop_class", kMaxUID);
  instance.transfer_syntax = json.text("transfer_syntax", kMaxUID);
  instance.entry = read_entry(json);
  instance.frames = json.small("frames", 1);
  return instance;
}

std::string write_series(const IndexedSeries& series) {
  std::vector<std::string> instances;
  for (const auto& instance : series.instances) instances.push_back(write_instance(instance));
  Object json;
  json.text("uid", series.uid).text("modality", presentable(series.modality));
  if (!series.description.empty()) json.text("description", presentable(series.description));
  if (!series.number.empty()) json.text("number", presentable(series.number));
  return json.raw("instances", list(instances)).finish();
}

IndexedSeries read_series(Members& json) {
  IndexedSeries series;
  series.uid = json.text("uid", kMaxUID);
  series.modality = json.text("modality");
  if (json.has("description")) series.description = json.text("description", 3 * kMaxText);
  if (json.has("number")) series.number = json.text("number");
  json.each("instances", kMaxInstances,
            [&](Members& members) { series.instances.push_back(read_instance(members)); });
  return series;
}

}  // namespace

base::Result<std::string> write_index(const Index& index) {
  if (const char* why = complaint(index)) return bad_index(why);
  std::vector<std::string> series;
  for (const auto& one : index.series) series.push_back(write_series(one));
  std::vector<std::string> others;
  for (const auto& entry : index.others) {
    Object json;
    write_entry(json, entry);
    others.push_back(json.finish());
  }
  Object json;
  json.number("v", 1).raw("series", list(series)).raw("others", list(others));
  auto text = json.finish();
  if (text.size() > kMaxIndex) return bad_index("larger than its limit");
  return text;
}

base::Result<Index> parse_index(std::string_view text) {
  auto json = Members::parse(text, kMaxIndex);
  json.version();
  Index index;
  json.each("series", kMaxSeries,
            [&](Members& members) { index.series.push_back(read_series(members)); });
  json.each("others", kMaxSeries,
            [&](Members& members) { index.others.push_back(read_entry(members)); });
  if (const char* why = complaint(index)) json.require(false, why);
  return json.done(std::move(index));
}

}  // namespace share
