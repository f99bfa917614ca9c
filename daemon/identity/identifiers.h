// What identifies a study's patient and its origin, collected from the originals and searched for
// in everything that leaves. (design of the residual scan: docs/deidentification.md)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/sensitive.h"
#include "dicom/data_set.h"

namespace identity {

// BirthDate, Device, DeviceDate and Institution are apart from the others because options of the
// profile may keep dates, device or institution and never the rest. New ones come last: the ledger
// has their numbers.
enum class Kind : std::uint8_t {
  Name,
  Id,
  Word,
  Date,
  BirthDate,
  Device,
  Institution,
  Uid,
  DeviceDate
};

struct Identifier {
  Kind kind;
  std::string text;  // UTF-8, as collected (a searcher makes the written forms of it)
  friend auto operator<=>(const Identifier&, const Identifier&) = default;
};

// A digit for the kind, then the text: as messages and the ledger have it.
std::string written(const Identifier& identifier);
std::optional<Identifier> parse_identifier(std::string_view written);

using Identifiers = base::Sensitive<std::vector<Identifier>>;  // sorted, without repeats

Identifiers collect(const dicom::File& original);
// Whether what such an attribute says is collected.
bool is_identifying(dicom::Tag tag, dicom::VR vr);
Identifiers united(const std::vector<const Identifiers*>& all);
inline void merge(Identifiers& into, const Identifiers& more) { into = united({&into, &more}); }

// One pass over any bytes, for every identifier in all its written forms and encodings (UTF-8,
// UTF-16LE/BE, Latin-1 and its sisters, ISO-2022-JP, GB18030...), letters of either case alike.
// Identifiers of fewer than five alphanumerics are not searched for in bytes: is_whole_value tells.
class Searcher {
 public:
  static base::Result<Searcher> create(const Identifiers& identifiers);
  Searcher(Searcher&&) noexcept;
  Searcher& operator=(Searcher&&) noexcept;
  ~Searcher();

  struct Hit {
    Kind kind;
    std::uint64_t offset;  // where it ends
  };
  // A pass over a stream in pieces; the boundaries between pieces are searched too.
  class Pass {
   public:
    explicit Pass(const Searcher& searcher,
                  bool in_pixels = false);          // in pixels: only forms of 8 bytes and more
    std::optional<Hit> feed(base::ByteView piece);  // the first hit in this piece
    std::optional<Hit> finish();                    // a hit that needed the end as its boundary

   private:
    std::optional<Hit> feed_small(base::ByteView piece);
    std::optional<Hit> feed_large(base::ByteView piece);
    std::optional<Hit> look(base::ByteView bytes, std::size_t first, std::size_t last,
                            bool at_end) const;
    void keep(base::ByteView bytes, std::size_t searched);

    const Searcher* searcher_;
    bool in_pixels_;
    std::uint64_t offset_ = 0;  // of the stream, where tail_ begins
    base::Bytes tail_;          // what was fed and must be seen again with what follows
    std::size_t searched_ = 0;  // starts of tail_ already looked at
  };

  // The same for bytes that are all there.
  std::optional<Hit> find(base::ByteView whole) const;
  // A value of text (UTF-8): in any case and without its marks, or, as a whole, a short identifier.
  std::optional<Hit> find_text(std::string_view utf8) const;
  bool is_whole_value(std::string_view utf8) const;

 private:
  struct Automaton;
  explicit Searcher(std::unique_ptr<Automaton> automaton);
  std::unique_ptr<Automaton> automaton_;
};

}  // namespace identity
