// A DICOM file as values: File Meta Information and a tree of data elements. Values of up to
// kInMemory bytes are held; larger ones (pixel data above all) are extents of the source they were
// read from, so that a file of any size costs the memory of its header.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "dicom/tag.h"

namespace dicom {

inline constexpr std::uint64_t kInMemory = 64 * 1024;

struct Extent {
  std::uint64_t offset = 0;  // into the source
  std::uint64_t length = 0;
};

struct Element;
struct Item {
  std::vector<Element> elements;
};

// Exactly one of the four shapes.
struct Element {
  enum class Shape : std::uint8_t {
    Value,         // `value` holds the bytes as encoded (this transfer syntax's byte order, padded)
    Extent,        // the bytes lie in the source at extents[0]
    Sequence,      // SQ: `items`
    Encapsulated,  // compressed pixel data: extents[0] is the Basic Offset Table, then the
                   // fragments
  };
  Tag tag;
  VR vr;
  Shape shape = Shape::Value;
  base::Bytes value;
  std::vector<Extent> extents;
  std::vector<Item> items;
};

struct TransferSyntax {
  std::string uid;
  bool explicit_vr = true;
  bool big_endian = false;
  bool encapsulated = false;  // pixel data in fragments
};
// By UID; an unknown UID (private ones too) is read as Explicit VR Little Endian, encapsulated.
TransferSyntax transfer_syntax(std::string_view uid);

// File Meta Information, the parts that the house uses (PS3.10 section 7.1).
struct FileMeta {
  std::string sop_class_uid;
  std::string sop_instance_uid;
  std::string transfer_syntax_uid;
  std::string source_ae_title;                   // (0002,0016) calling AE title, where known
  std::string receiving_ae_title;                // (0002,0018) called AE title, where known
  std::string implementation_version_name = {};  // (0002,0013) as read; what is written is ours
};

struct File {
  FileMeta meta;
  TransferSyntax syntax;
  std::vector<Element> elements;      // top level, ascending
  std::uint64_t data_set_offset = 0;  // where the data set begins in the source
  std::uint64_t data_set_size = 0;    // bytes of the data set in the source
};

const Element* find(const std::vector<Element>& elements, Tag tag);
Element* find(std::vector<Element>& elements, Tag tag);

// Trailing padding (space, NUL) taken off; the bytes of a single text value or the raw whole.
std::string trimmed_text(const Element& element);
// UI, DS, IS, CS... of the top level as ASCII, "" when absent.
std::string text_of(const std::vector<Element>& elements, Tag tag);
// US/SS/UL/SL/FL/FD first value in the file's byte order; nullopt when absent or short.
std::optional<std::int64_t> integer_of(const File& file, Tag tag);

}  // namespace dicom
