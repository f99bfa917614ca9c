// Many byte strings at once in a stream, ASCII letters folded (Wu and Manber: blocks of three or
// four bytes say how far the search may jump, so that noise passes at memory speed).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "identity/forms.h"

namespace identity {

// Bytes with their neighbours: a form is looked for at starts [first, last). The two bytes after a
// form must be there too, unless the stream ends here.
struct Window {
  base::ByteView bytes;
  std::size_t first = 0;
  std::size_t last = 0;
  bool at_end = false;
};

class Matcher {
 public:
  static constexpr std::size_t kContext = 2;  // bytes on either side that borders look at
  // `forms` must outlive it; forms shorter than `minimum` are left out (minimum >= 4).
  Matcher(const std::vector<Form>& forms, std::size_t minimum);

  struct Found {
    const Form* form;
    std::size_t end;
  };
  std::optional<Found> find(const Window& window) const;
  std::size_t longest() const { return longest_; }

 private:
  std::uint32_t block_at(const std::uint8_t* last_byte) const;
  void enter(std::uint32_t form);
  void sort();
  std::optional<Found> compare(const Window& window, std::size_t start) const;

  const std::vector<Form>* forms_;
  std::size_t minimum_;
  std::size_t block_;  // bytes
  std::uint8_t full_;  // the farthest jump
  std::size_t longest_ = 0;
  std::array<bool, 256> occurs_{};  // in any form, letters in either case
  bool has_zeros_ = false;          // two of them side by side in a form
  unsigned bits_ = 16;
  std::vector<std::uint8_t> jump_;  // by block: how far, 0: look closer
  // Forms by the block that they have at minimum_, each block's sorted by their bytes: those that a
  // text begins with are found by halving, however many are alike.
  struct Entry {
    std::uint32_t block;
    std::uint32_t form;
    std::uint32_t shorter = 0;  // 1 + the entry of the longest form that this one begins with
  };
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> first_;  // by block: its first entry; one more for the end
};

}  // namespace identity
