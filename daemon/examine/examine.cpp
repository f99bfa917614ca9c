#include "examine/examine.h"

#include "dicom/charset.h"
#include "dicom/read.h"
#include "dicom/uids.h"
#include "examine/values.h"

namespace examine {
namespace {

base::Fault reject(std::string reason) { return base::reject("examine", std::move(reason)); }

constexpr dicom::Tag kSOPClassUID{0x0008, 0x0016};
constexpr dicom::Tag kSOPInstanceUID{0x0008, 0x0018};
constexpr dicom::Tag kStudyInstanceUID{0x0020, 0x000D};
constexpr dicom::Tag kSeriesInstanceUID{0x0020, 0x000E};

base::Result<std::string> uid_of(const dicom::File& file, dicom::Tag tag, const char* name) {
  auto uid = dicom::text_of(file.elements, tag);
  if (uid.empty()) return reject(std::string("no ") + name);
  if (!dicom::is_valid_uid(uid)) return reject(std::string(name) + " is not a UID");
  return uid;
}

// The first value as UTF-8. What cannot be decoded is taken as Latin 1: not readable perhaps, but
// the same for the same bytes, so that patients are still told apart.
std::string text_at(const dicom::File& file, dicom::Tag tag, const char* path) {
  auto values = values_at(file, path);
  if (values.decodable) return values.texts.empty() ? "" : std::move(values.texts.front());
  return dicom::latin1_to_utf8(dicom::text_of(file.elements, tag));
}

// C-STORE-RQ, and so the File Meta Information, must name what the data set is (PS3.7
// section 9.1.1).
base::Status check_command(const dicom::FileMeta& meta, const jobs::Facts& facts) {
  if (meta.sop_instance_uid != facts.sop_instance_uid)
    return reject("SOP Instance UID differs between command and data set");
  if (meta.sop_class_uid != facts.sop_class_uid)
    return reject("SOP Class UID differs between command and data set");
  return base::Done{};
}

base::Result<jobs::Facts> who_and_what(const dicom::File& file) {
  jobs::Facts facts;
  facts.sop_class_uid = TRY(uid_of(file, kSOPClassUID, "SOP Class UID"));
  facts.sop_instance_uid = TRY(uid_of(file, kSOPInstanceUID, "SOP Instance UID"));
  TRY(check_command(file.meta, facts));
  facts.study_instance_uid = TRY(uid_of(file, kStudyInstanceUID, "Study Instance UID"));
  facts.series_instance_uid = TRY(uid_of(file, kSeriesInstanceUID, "Series Instance UID"));
  facts.transfer_syntax_uid = file.meta.transfer_syntax_uid;
  facts.calling_ae_title = file.meta.source_ae_title;
  facts.called_ae_title = file.meta.receiving_ae_title;
  facts.data_set_size = file.data_set_size;
  facts.modality = text_at(file, {0x0008, 0x0060}, "00080060");
  facts.patient_name = text_at(file, {0x0010, 0x0010}, "00100010");
  facts.patient_id = text_at(file, {0x0010, 0x0020}, "00100020");
  facts.issuer_of_patient_id = text_at(file, {0x0010, 0x0021}, "00100021");
  facts.patient_birth_date = text_at(file, {0x0010, 0x0030}, "00100030");
  return facts;
}

}  // namespace

base::Result<jobs::Facts> examine(const dicom::Source& source,
                                  const std::vector<std::string>& paths) {
  const auto file = TRY(dicom::read_file(source));
  auto facts = TRY(who_and_what(file));
  for (const auto& path : paths) {
    auto values = values_at(file, path);
    if (!values.present) continue;
    if (!values.decodable) facts.undecodable.push_back(path);
    facts.attributes[path] = std::move(values.texts);
  }
  facts.identifiers = identity::collect(file);
  return facts;
}

}  // namespace examine
