// Why each element of an instance came out as it did: the walk notes its decisions by place, so
// that what tells of them (dcmcourier deidentify --diff) has no logic of its own.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "deidentify/decide.h"

namespace deidentify {

// An element's place: "(0040,0275)[1](0008,0050)"; items count from 1.
std::string place_of(std::string_view item, dicom::Tag tag);
std::string item_of(std::string_view place, std::size_t number);

class Trace {
 public:
  struct Note {
    Decision decision;
    bool made = false;  // the walk left an element there
  };
  // The walk's side.
  void decided(dicom::Tag tag, const Decision& decision, bool made);
  void enter(dicom::Tag sequence);
  void next_item();
  void left_out();  // the item that came last
  void leave();

  const Note* find(const std::string& place) const;
  bool is_left_out(const std::string& item) const { return left_out_.contains(item); }

 private:
  struct Level {
    std::string sequence, item;
    std::size_t number = 0;
  };
  std::vector<Level> levels_;
  std::map<std::string, Note> notes_;
  std::set<std::string> left_out_;
};

// The row and the options that decided, in a few words: "E.1-1 X/Z, retain_uids".
std::string ground_of(dicom::Tag tag, const Decision& decision);

}  // namespace deidentify
