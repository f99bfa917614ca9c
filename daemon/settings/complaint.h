// A complaint: one thing that is wrong in a configuration file, where it stands and what would
// help. Complaints are collected, never thrown, so that an administrator sees all of them at once.
#pragma once

#include <string>
#include <vector>

namespace settings {

struct Complaint {
  std::string file;
  int line = 0, column = 0;  // from 1; 0: about the file as a whole
  std::string what, hint;
};
std::string to_string(const Complaint& complaint);  // "file:line:column: what; hint"

struct Node;

class Complaints {
 public:
  void add(const Node& at, std::string what, std::string hint = {});
  void add(Complaint complaint) { all_.push_back(std::move(complaint)); }
  bool empty() const { return all_.empty(); }
  std::size_t size() const { return all_.size(); }
  const std::vector<Complaint>& all() const { return all_; }
  // In the order of the lines; files in the order given, others behind them.
  std::vector<Complaint> in_order(const std::vector<std::string>& files) const;

 private:
  std::vector<Complaint> all_;
};

}  // namespace settings
