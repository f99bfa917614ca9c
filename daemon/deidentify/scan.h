// The residual scan: every value of a transformed header is searched for the study's identifiers,
// by itself and decoded by its character set.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "deidentify/site.h"
#include "dicom/data_set.h"
#include "dicom/stream.h"
#include "identity/identifiers.h"

namespace deidentify {

class Scan {
 public:
  Scan(const identity::Searcher& searcher, const dicom::Source& source,
       const NumberPatterns* patterns = nullptr)
      : searcher_(&searcher), source_(&source), patterns_(patterns) {}
  // With `mend`, a hit in optional text is removed (within an item: replaced by a dummy) and
  // counted; anything else is the reason for quarantine, naming the tag alone.
  base::Result<std::optional<std::string>> run(std::vector<dicom::Element>& elements, bool mend);
  std::uint64_t mended() const { return mended_; }

 private:
  using CharacterSet = std::vector<std::string>;
  using Reason = std::optional<std::string>;
  enum class Finding { Clean, Hit, Undecodable, NoNumbers };

  base::Result<Reason> items(std::vector<dicom::Element>& elements, const CharacterSet& inherited,
                             bool nested);
  base::Result<Finding> look(const dicom::Element& element, const CharacterSet& set) const;
  Finding look_text(const dicom::Element& element, const CharacterSet& set) const;
  base::Result<Finding> look_extent(const dicom::Element& element) const;
  bool mend(dicom::Element& element, bool nested);

  const identity::Searcher* searcher_;
  const dicom::Source* source_;
  const NumberPatterns* patterns_;
  bool mends_ = false;
  std::uint64_t mended_ = 0;
};

}  // namespace deidentify
