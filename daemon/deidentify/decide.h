// Which action an element gets. Pure: the table, the options, the SOP class and the path decide;
// the value is not looked at.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "deidentify/engine.h"
#include "deidentify/tables.h"
#include "dicom/data_set.h"

namespace deidentify {

enum class Action : std::uint8_t {
  Keep,       // as it is; of a sequence, the items go through the profile
  Remove,     //
  Empty,      // present, without a value
  Dummy,      // present, a value that says nothing
  MapUID,     // unless it is registered
  Shift,      // dates by the patient's days
  Pseudonym,  // Patient's Name, Patient ID
  Clean,      // free text without what identifies; when nothing is left: the other action
  Replace,    // present, with the value that the route gives
  Soften,     // removed at the top level; within an item, where it may be required, a dummy
};

// What decided, for whoever asks why.
enum class Ground : std::uint8_t {
  Always,
  Pseudonym,
  Override,
  ProfileRow,
  Supplement,
  ByVR,
  SafePrivate,
  Concept,
  Unknown,
};

struct Decision {
  Action action;
  Action otherwise;  // when the value cannot bear the action (a date that is none)
  dicom::VR vr;      // that the standard gives the attribute
  Ground ground = Ground::ByVR;
  std::uint16_t columns = 0;    // of the options whose cell decided
  std::string_view value = {};  // of Replace
};

// The tags above an element, outermost first.
using Path = std::vector<dicom::Tag>;

class Rules {
 public:
  // `overrides` must outlive it.
  Rules(const std::set<Option>& options, std::string_view sop_class_uid,
        const std::vector<Override>& overrides = kNone);
  Decision decide(dicom::Tag tag, const Path& above) const;
  bool runs(std::uint32_t column) const { return (columns_ & column) != 0; }

 private:
  static const std::vector<Override> kNone;
  std::optional<Decision> by_route(dicom::Tag tag, const Path& above) const;
  Decision by_profile(const tables::ProfileRow& row, dicom::Tag tag, const Path& above) const;
  Decision by_dictionary(dicom::Tag tag, const Path& above) const;
  Decision by_policy(tables::Policy policy, dicom::VR vr) const;
  Decision by_vr(dicom::Tag tag, dicom::VR vr) const;
  Decision dates(dicom::VR vr) const;
  Decision prose(dicom::VR vr) const;
  bool cleans(const tables::ProfileRow& row, dicom::VR vr) const;
  Decision uids() const;
  Action basic(const tables::ProfileRow& row, dicom::Tag tag, const Path& above) const;
  Action removed(dicom::Tag tag, const Path& above) const;
  Action compound(tables::Basic cell, dicom::Tag tag, const Path& above) const;

  std::uint16_t columns_;
  std::optional<std::uint16_t> sop_class_;
  const std::vector<Override>* overrides_;
};

// Gone whatever the table, an option or a route says: private, command, file meta, directory, group
// lengths, curves, overlays, signatures and their like, padding, and the marks, which are made
// anew.
bool is_stripped(dicom::Tag tag);

// Binary attributes that describe pixels or hold them; whatever else is binary goes.
bool is_kept_binary(dicom::Tag tag);
bool is_pixel_data(dicom::Tag tag);

}  // namespace deidentify
