// The private blocks of one data set or item: who reserved which, and what of them its maker
// declares safe (PS3.15 section E.3.10). Never by the absolute tag: a block lies where it lies.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "deidentify/tables.h"
#include "dicom/data_set.h"

namespace deidentify {

class PrivateBlocks {
 public:
  explicit PrivateBlocks(const std::vector<dicom::Element>& elements);
  // nullptr: not declared safe, or in a block that nobody reserved.
  const tables::SafePrivateRow* find_safe(dicom::Tag tag) const;
  // The creator's element made anew from the table; nullopt: no maker that the table names.
  std::optional<dicom::Element> creator_of(dicom::Tag creator) const;

 private:
  struct Block {
    dicom::Tag creator;
    std::string_view name;  // as in the table
  };
  const Block* find_block(dicom::Tag tag) const;
  std::vector<Block> blocks_;
};

// The same element with the VR that the table gives it; nullopt when its value is not of that form:
// what is declared safe is a number or a term, never a note.
std::optional<dicom::Element> with_declared_form(const dicom::Element& element,
                                                 const tables::SafePrivateRow& row,
                                                 bool big_endian);

// Creators whose block has nothing left go, and whatever has lost its creator, at every depth.
void drop_broken_blocks(std::vector<dicom::Element>& elements);

}  // namespace deidentify
