// The tables of config/deidentify, compiled in (scripts/make_deidentify_tables): sorted, read-only.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dicom/tag.h"

namespace deidentify::tables {

// The cells of the Basic Profile's column; of a compound, the Type of the attribute decides.
enum class Basic : std::uint8_t { X, Z, D, U, XZ, XD, ZD, XZD, XZU };

// Columns of the options, as bits of ProfileRow::keeps and ::cleans.
enum Column : std::uint16_t {
  kSafePrivate = 1 << 0,
  kUIDs = 1 << 1,
  kDeviceIdentity = 1 << 2,
  kInstitutionIdentity = 1 << 3,
  kPatientCharacteristics = 1 << 4,
  kFullDates = 1 << 5,
  kModifiedDates = 1 << 6,
  kDescriptors = 1 << 7,
  kStructuredContent = 1 << 8,
  kGraphics = 1 << 9,
};

struct ProfileRow {  // PS3.15 Table E.1-1
  std::uint32_t tag;
  Basic basic;
  std::string_view vr;
  std::uint16_t keeps;   // columns that say K
  std::uint16_t cleans;  // columns that say C
};
// What to do with an attribute that the table does not name though its VR or keyword is risky.
enum class Policy : std::uint8_t { Clean, Scan, Date, KeepRegistered, Map, Remove };
struct SupplementRow {
  std::uint32_t tag;
  Policy policy;
};
struct CompoundRow {
  std::uint16_t sop_class;  // index into typed_sop_classes()
  char action;              // X, Z, D or U (keep and recurse)
  std::string_view path;    // "0018,A001>0008,0080"
};
struct RequiredRow {  // the table says X, the IOD says Type 1 (D) or 2 (Z)
  std::uint16_t sop_class;
  std::uint32_t tag;
  bool nested;
  char action;
};
struct SOPClassRow {
  std::string_view uid;  // ".*" at the end: whatever begins so
  bool released;
  std::string_view reason;
  std::string_view option;  // with which it is released all the same; empty: none
  bool has_pixels;          // by its IOD
};
// An attribute that its maker declares safe: found by group, creator and the low byte of the
// element.
struct SafePrivateRow {
  std::uint16_t group;
  std::uint8_t low_byte;
  std::string_view creator;
  std::string_view vr;  // empty: not known
  std::uint8_t fewest;  // values
  std::uint8_t most;    // 0: any number
};
struct ConceptRow {  // PS3.15 Table E.3.4-1
  std::string_view scheme;
  std::string_view value;
  std::string_view value_type;
  Basic basic;
  std::uint16_t keeps;
  std::uint16_t cleans;
};
struct Code {
  std::string_view value;
  std::string_view meaning;
};

// What free text may keep: folded as identity::fold does it.
enum class WordKind : std::uint8_t { Anatomy, Unit, Other };
struct AllowedWord {
  std::string_view text;
  WordKind kind;
};

std::span<const ProfileRow> profile();
std::span<const SupplementRow> supplement();
std::span<const std::string_view> typed_sop_classes();
std::span<const CompoundRow> compounds();
std::span<const RequiredRow> required();
std::span<const std::string_view> registered_uids();
std::span<const SOPClassRow> sop_classes();
std::span<const SafePrivateRow> safe_private();
std::span<const ConceptRow> concepts();
std::span<const Code> method_codes();
std::span<const AllowedWord> allowed_words();

// SHA-256 over the tables' own digests: `cd config/deidentify && sha256sum *.tsv | sha256sum`.
std::string_view digest();

const ProfileRow* find_profile(dicom::Tag tag);
std::optional<Policy> find_supplement(dicom::Tag tag);
const AllowedWord* find_allowed(std::string_view folded);
bool is_registered(std::string_view uid);
// Index of a SOP class whose attributes' Types are known.
std::optional<std::uint16_t> find_typed(std::string_view sop_class_uid);
// What a compound resolves to there; nullopt when the IOD does not name the path.
std::optional<char> find_compound(std::uint16_t sop_class, std::string_view path);
std::optional<char> find_required(std::uint16_t sop_class, dicom::Tag tag, bool nested);
const SafePrivateRow* find_safe_private(std::uint16_t group, std::string_view creator,
                                        std::uint8_t low_byte);
const ConceptRow* find_concept(std::string_view scheme, std::string_view value,
                               std::string_view value_type);
// The exact row first, then the longest prefix.
const SOPClassRow* find_sop_class(std::string_view uid);

}  // namespace deidentify::tables
