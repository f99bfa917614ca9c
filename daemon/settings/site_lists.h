// The hospital's own lists for de-identification: deidentify/*.yaml beside the configuration.
#pragma once

#include "settings/schema.h"
#include "settings/settings.h"

namespace settings {

// A rectangle to blank, as a row of config/deidentify/burned_in_regions.tsv.
struct DeviceRule {
  std::string id, modality, manufacturer, model, rows, columns, image_type, series_description,
      burned_in, other, note;
  unsigned x = 0, y = 0, width = 0, height = 0;
};
Table<SiteLists> site_lists_table();

// Of what the lists say, not of how they are written; empty when they say nothing.
std::string digest_of(const SiteLists& lists);

}  // namespace settings
