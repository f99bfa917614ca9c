#include "pack/file_set.h"

#include <algorithm>

#include "dicom/charset.h"

namespace pack {
namespace {

// The element of `nodes` with this name, or a new one at its end.
template <typename Node>
std::size_t found_or_added(std::vector<Node>& nodes, std::string Node::*name,
                           const std::string& wanted, std::vector<dicom::Element>& keys) {
  const auto found = std::find_if(nodes.begin(), nodes.end(),
                                  [&](const Node& node) { return node.*name == wanted; });
  if (found != nodes.end()) return static_cast<std::size_t>(found - nodes.begin());
  nodes.emplace_back();
  nodes.back().*name = wanted;
  nodes.back().keys = std::move(keys);
  return nodes.size() - 1;
}

std::string utf8_of(const std::vector<dicom::Element>& keys, dicom::Tag tag) {
  std::vector<std::string> character_set;
  const std::string named = dicom::text_of(keys, {0x0008, 0x0005});
  for (std::size_t begin = 0; !named.empty() && begin <= named.size();) {
    const std::size_t end = std::min(named.find('\\', begin), named.size());
    character_set.push_back(named.substr(begin, end - begin));
    begin = end + 1;
  }
  // What cannot be decoded is left out of the index; the instance itself keeps it.
  return dicom::to_utf8(dicom::text_of(keys, tag), character_set).value_or("");
}

share::IndexedInstance indexed(const Instance& instance, std::string name) {
  share::IndexedInstance to;
  to.uid = instance.uid;
  to.sop_class = *instance.sop_class;
  to.transfer_syntax = *instance.transfer_syntax;
  to.frames = instance.frames;
  to.entry = index_entry(std::move(name), instance.place);
  return to;
}

share::IndexedSeries indexed(const Study& study, std::size_t number) {
  const Series& series = study.series[number - 1];
  share::IndexedSeries to;
  to.uid = series.uid;
  to.modality = utf8_of(series.keys, {0x0008, 0x0060});
  to.description = utf8_of(series.keys, {0x0008, 0x103E});
  to.number = utf8_of(series.keys, {0x0020, 0x0011});
  to.instances.reserve(series.instances.size());
  for (std::size_t i = 0; i < series.instances.size(); ++i)
    to.instances.push_back(
        indexed(series.instances[i], bundle::file_id(study.number, number, i + 1, '/')));
  return to;
}

}  // namespace

base::Result<FileSet::Added> FileSet::add(Head head) {
  const At at = series_of(head);
  Study& study = patients_[at.patient].studies[at.study];
  Series& series = study.series[at.series];
  if (series.instances.size() >= bundle::kMostOfAKind || at.series >= bundle::kMostOfAKind)
    return base::reject("pack.file_set", "more instances than file names can count");
  Instance instance;
  instance.uid = std::move(head.sop_instance_uid);
  instance.sop_class = &*interned_.insert(std::move(head.sop_class_uid)).first;
  instance.transfer_syntax = &*interned_.insert(std::move(head.transfer_syntax_uid)).first;
  instance.frames = head.frames;
  instance.record_type = head.record_type;
  instance.keys = std::move(head.instance);
  series.instances.push_back(std::move(instance));
  ++instances_;
  return Added{bundle::file_id(study.number, at.series + 1, series.instances.size(), '/'),
               &series.instances.back().place};
}

FileSet::At FileSet::series_of(Head& head) {
  const std::string name = head.patient_id + '\\' + head.study_uid + '\\' + head.series_uid;
  const auto known = series_.find(name);
  if (known != series_.end()) return known->second;
  At at{};
  at.patient = found_or_added(patients_, &Patient::id, head.patient_id, head.patient);
  auto& studies = patients_[at.patient].studies;
  at.study = found_or_added(studies, &Study::uid, head.study_uid, head.study);
  Study& study = studies[at.study];
  if (study.number == 0) study.number = ++studies_;
  at.series = found_or_added(study.series, &Series::uid, head.series_uid, head.series);
  series_.emplace(name, at);
  return at;
}

share::Entry index_entry(std::string name, const Place& place) {
  share::Entry entry;
  entry.file = std::move(name);
  entry.offset = place.offset;
  entry.stored = place.stored;
  entry.size = place.size;
  entry.method = static_cast<int>(place.method);
  entry.sha256 = place.sha256;
  return entry;
}

share::Index index_of(const FileSet& files) {
  share::Index index;
  for (const Patient& patient : files.patients())
    for (const Study& study : patient.studies)
      for (std::size_t number = 1; number <= study.series.size(); ++number)
        index.series.push_back(indexed(study, number));
  return index;
}

}  // namespace pack
