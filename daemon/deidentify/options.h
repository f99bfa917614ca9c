// The options of PS3.15 Annex E as the engine runs them: columns of the table, codes of the mark.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "deidentify/engine.h"
#include "deidentify/tables.h"

namespace deidentify {

std::vector<std::string> option_words();
std::string_view word_of(Option option);
std::uint16_t column_of(Option option);
std::uint16_t columns_of(const std::set<Option>& options);
// CID 7050: the profile's code and one for each option that runs, in the order of their values.
std::vector<tables::Code> method_codes(const std::set<Option>& options);
// (0028,0303): UNMODIFIED, MODIFIED or REMOVED.
std::string_view temporal_information(const std::set<Option>& options);

}  // namespace deidentify
