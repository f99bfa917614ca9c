// The file-set that a bundle holds: patients, studies, series, instances, in the order in which
// they came, with the file name and the place in the ZIP of each. Kept compact: a study may have
// tens of thousands of instances. Pure.
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bundle/format.h"
#include "pack/record_keys.h"
#include "pack/zip.h"
#include "share/index.h"

namespace pack {

using Digest = std::array<std::uint8_t, 32>;

// Where an entry lies and what it holds; the name apart, since an instance's follows from its
// place.
struct Place {
  std::uint64_t offset = 0;  // of the first stored byte
  std::uint64_t stored = 0;
  std::uint64_t size = 0;
  Method method = Method::Stored;
  Digest sha256{};
};

struct Instance {
  std::string uid;
  const std::string* sop_class = nullptr;        // interned by the FileSet
  const std::string* transfer_syntax = nullptr;  // interned by the FileSet
  std::uint32_t frames = 1;
  std::string_view record_type;
  std::vector<dicom::Element> keys;
  Place place;
};
struct Series {
  std::string uid;
  std::vector<dicom::Element> keys;
  std::vector<Instance> instances;
};
struct Study {
  std::string uid;
  std::uint32_t number = 0;  // from 1, over all patients
  std::vector<dicom::Element> keys;
  std::vector<Series> series;
};
struct Patient {
  std::string id;
  std::vector<dicom::Element> keys;
  std::vector<Study> studies;
};

class FileSet {
 public:
  // The name that the instance will have in the ZIP, and where its place is to be written; valid
  // until the next call. Reject when there are more than a name can count.
  struct Added {
    std::string name;
    Place* place;
  };
  base::Result<Added> add(Head head);

  const std::vector<Patient>& patients() const { return patients_; }
  std::uint32_t instances() const { return instances_; }
  std::uint32_t series() const { return static_cast<std::uint32_t>(series_.size()); }

  // One pass over all instances, in the order of the file names.
  template <typename Visit>
  void each(const Visit& visit) const {
    for (const Patient& patient : patients_)
      for (const Study& study : patient.studies)
        for (std::size_t s = 0; s < study.series.size(); ++s)
          for (std::size_t i = 0; i < study.series[s].instances.size(); ++i)
            visit(bundle::file_id(study.number, s + 1, i + 1, '/'), study.series[s].instances[i]);
  }

 private:
  struct At {
    std::size_t patient, study, series;
  };
  At series_of(Head& head);

  std::vector<Patient> patients_;
  std::map<std::string, At, std::less<>> series_;  // by patient, Study and Series Instance UID
  std::set<std::string> interned_;
  std::uint32_t studies_ = 0;
  std::uint32_t instances_ = 0;
};

// The package's index (docs/share.md section 5) but for the files that are no instances.
share::Index index_of(const FileSet& files);
share::Entry index_entry(std::string name, const Place& place);

}  // namespace pack
