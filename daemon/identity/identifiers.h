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

enum class Kind : std::uint8_t { Name, Id, Word, Date, Uid };

struct Identifier {
  Kind kind;
  std::string text;  // UTF-8, as collected (a searcher makes the written forms of it)
  friend auto operator<=>(const Identifier&, const Identifier&) = default;
};

using Identifiers = base::Sensitive<std::vector<Identifier>>;  // sorted, without repeats

Identifiers collect(const dicom::File& original);
void merge(Identifiers& into, const Identifiers& more);

// One Aho-Corasick pass over any bytes, for every identifier in all its written forms and encodings
// (UTF-8, UTF-16LE/BE, Latin-1, ISO-2022-JP, GB18030), case- and diacritics-folded.
class Searcher {
 public:
  static base::Result<Searcher> create(const Identifiers& identifiers);
  Searcher(Searcher&&) noexcept;
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
    const Searcher* searcher_;
    bool in_pixels_;
    std::uint32_t state_ = 0;
    std::uint64_t offset_ = 0;
    std::uint8_t before_[16] = {};
    std::optional<Hit> pending_;
  };

 private:
  struct Automaton;
  explicit Searcher(std::unique_ptr<Automaton> automaton);
  std::unique_ptr<Automaton> automaton_;
};

}  // namespace identity
