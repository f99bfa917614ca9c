#include "settings/complaint.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "settings/node.h"

namespace settings {

std::string to_string(const Complaint& complaint) {
  std::string text = complaint.file;
  if (complaint.line > 0) {
    text += ":" + std::to_string(complaint.line) + ":" + std::to_string(complaint.column);
  }
  text += ": " + complaint.what;
  if (!complaint.hint.empty()) text += "; " + complaint.hint;
  return text;
}

void Complaints::add(const Node& at, std::string what, std::string hint) {
  all_.push_back(
      {at.file ? *at.file : std::string(), at.line, at.column, std::move(what), std::move(hint)});
}

std::vector<Complaint> Complaints::in_order(const std::vector<std::string>& files) const {
  std::map<std::string, std::size_t> rank;
  for (const std::string& file : files) rank.emplace(file, rank.size());
  for (const Complaint& one : all_) rank.emplace(one.file, rank.size());
  std::vector<Complaint> sorted = all_;
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Complaint& a, const Complaint& b) {
    const auto place = [&](const Complaint& c) {
      return std::tuple(rank.at(c.file), c.line, c.column);
    };
    return place(a) < place(b);
  });
  return sorted;
}

}  // namespace settings
