#include "identity/matcher.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include "identity/fold.h"

namespace identity {
namespace {

// Where forms are long a block is four bytes: pixels of 16 bits repeat every three of them.
std::size_t block_of(std::size_t minimum) { return minimum >= 8 ? 4 : 3; }

// Letters of either case become alike, and a few others with them.
std::uint32_t folded_word(std::uint32_t word) { return word | (word & 0x40404040u) >> 1; }

bool is_number_point(base::ByteView text, std::size_t point, std::size_t beyond) {
  return text[point] == '.' && is_digit(text[beyond]);
}

// A character of UTF-16 leaves a zero between it and its neighbour.
bool is_word_before(base::ByteView text, std::size_t start) {
  if (start == 0) return false;
  if (is_alphanumeric(text[start - 1])) return true;
  return start > 1 && text[start - 1] == 0 && text[start] != 0 && is_alphanumeric(text[start - 2]);
}

bool is_word_after(base::ByteView text, std::size_t end, bool wide) {
  if (end >= text.size()) return false;
  if (is_alphanumeric(text[end])) return true;
  return wide && end + 1 < text.size() && text[end] == 0 && is_alphanumeric(text[end + 1]);
}

bool fits_left(base::ByteView text, std::size_t start, const Form& form) {
  const bool wide = form.bytes.size() > 1 && form.bytes[1] == 0;
  if (start > 0 && !wide && is_alphanumeric(form.bytes.front()) && is_alphanumeric(text[start - 1]))
    return false;
  if (wide && is_word_before(text, start)) return false;
  if (form.border == Border::Word) return true;
  return start < 2 || !is_number_point(text, start - 1, start - 2);
}

bool fits_right(base::ByteView text, std::size_t end, const Form& form) {
  const bool wide = form.bytes.size() > 1 && form.bytes[1] == 0;
  if (form.border == Border::Date) return true;
  if (form.border == Border::Uid) return end >= text.size() || !is_digit(text[end]);
  if (is_alphanumeric(form.bytes.back()) && is_word_after(text, end, wide)) return false;
  return form.border == Border::Word || end + 1 >= text.size() ||
         !is_number_point(text, end, end + 1);
}

bool fits(base::ByteView text, std::size_t start, const Form& form) {
  return form.border == Border::None ||
         (fits_left(text, start, form) && fits_right(text, start + form.bytes.size(), form));
}

// Black pixels: where they end, or `stop`.
std::size_t end_of_zeros(base::ByteView bytes, std::size_t at, std::size_t stop) {
  std::uint64_t word = 0;
  for (; at + sizeof word <= stop; at += sizeof word) {
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if (word != 0) break;
  }
  while (at < stop && bytes[at] == 0) ++at;
  return at;
}

bool has_two_zeros(const base::Bytes& form) {
  constexpr std::uint8_t kTwo[2] = {};
  return std::search(form.begin(), form.end(), std::begin(kTwo), std::end(kTwo)) != form.end();
}

bool begins_with(const base::Bytes& text, const base::Bytes& form) {
  return form.size() <= text.size() && std::equal(form.begin(), form.end(), text.begin());
}

bool begins_with_folded(base::ByteView text, const base::Bytes& form) {
  return form.size() <= text.size() &&
         std::equal(form.begin(), form.end(), text.begin(),
                    [](std::uint8_t a, std::uint8_t b) { return a == lower_byte(b); });
}

// Whether the text, in lower case, comes before the form and does not begin with it.
bool is_below(base::ByteView text, const base::Bytes& form) {
  const auto size = std::min(text.size(), form.size());
  for (std::size_t i = 0; i < size; ++i) {
    const auto byte = lower_byte(text[i]);
    if (byte != form[i]) return byte < form[i];
  }
  return text.size() < form.size();
}

}  // namespace

Matcher::Matcher(const std::vector<Form>& forms, std::size_t minimum)
    : forms_(&forms),
      minimum_(minimum),
      block_(block_of(minimum)),
      full_(static_cast<std::uint8_t>(minimum - block_ + 1)) {
  const auto blocks = std::max<std::size_t>(1, forms.size()) * full_;
  bits_ = std::clamp<unsigned>(static_cast<unsigned>(std::bit_width(blocks)) + 4, 14, 20);
  jump_.assign(std::size_t{1} << bits_, full_);
  for (std::uint32_t i = 0; i < forms.size(); ++i)
    if (forms[i].bytes.size() >= minimum) enter(i);
  for (std::uint8_t letter = 'a'; letter <= 'z'; ++letter) occurs_[letter - 32] = occurs_[letter];
  sort();
}

// The block that ends with last_byte; last_byte-3 must be readable.
std::uint32_t Matcher::block_at(const std::uint8_t* last_byte) const {
  std::uint32_t word;
  std::memcpy(&word, last_byte - 3, 4);
  if constexpr (std::endian::native == std::endian::little)
    word >>= 8 * (4 - block_);
  else
    word &= 0xFFFFFFFFu >> 8 * (4 - block_);
  return folded_word(word) * 2654435761u >> (32 - bits_);
}

void Matcher::enter(std::uint32_t form) {
  base::Bytes bytes{0};  // so that block_at may read one byte before
  base::append(bytes, (*forms_)[form].bytes);
  longest_ = std::max(longest_, bytes.size() - 1);
  for (const auto byte : (*forms_)[form].bytes) occurs_[byte] = true;
  has_zeros_ |= has_two_zeros((*forms_)[form].bytes);
  for (std::size_t last = block_; last <= minimum_; ++last) {
    auto& jump = jump_[block_at(bytes.data() + last)];
    jump = std::min(jump, static_cast<std::uint8_t>(minimum_ - last));
  }
  entries_.push_back({block_at(bytes.data() + minimum_), form});
}

void Matcher::sort() {
  const auto bytes_of = [this](std::uint32_t entry) -> const base::Bytes& {
    return (*forms_)[entries_[entry].form].bytes;
  };
  std::sort(entries_.begin(), entries_.end(), [this](const Entry& a, const Entry& b) {
    if (a.block != b.block) return a.block < b.block;
    return (*forms_)[a.form].bytes < (*forms_)[b.form].bytes;
  });
  first_.assign((std::size_t{1} << bits_) + 1, 0);
  for (const Entry& entry : entries_) ++first_[entry.block + 1];
  std::partial_sum(first_.begin(), first_.end(), first_.begin());
  std::vector<std::uint32_t> beginnings;  // of the last entry, each of the one behind it
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    while (!beginnings.empty() && (entries_[beginnings.back()].block != entries_[i].block ||
                                   !begins_with(bytes_of(i), bytes_of(beginnings.back()))))
      beginnings.pop_back();
    if (!beginnings.empty()) entries_[i].shorter = beginnings.back() + 1;
    beginnings.push_back(i);
  }
}

// Whatever the text begins with is the greatest form that is not above it, or one that this begins
// with.
std::optional<Matcher::Found> Matcher::compare(const Window& window, std::size_t start) const {
  const auto text = window.bytes.subspan(start);
  const auto block = block_at(text.data() + minimum_ - 1);
  const auto above =
      std::upper_bound(entries_.begin() + first_[block], entries_.begin() + first_[block + 1], text,
                       [this](base::ByteView t, const Entry& entry) {
                         return is_below(t, (*forms_)[entry.form].bytes);
                       });
  auto entry = static_cast<std::uint32_t>(above - entries_.begin());
  if (entry == first_[block]) return std::nullopt;
  for (; entry != 0; entry = entries_[entry - 1].shorter) {
    const auto& wanted = (*forms_)[entries_[entry - 1].form];
    if (begins_with_folded(text, wanted.bytes) && fits(window.bytes, start, wanted))
      return Found{&wanted, start + wanted.bytes.size()};
  }
  return std::nullopt;
}

std::optional<Matcher::Found> Matcher::find(const Window& window) const {
  if (longest_ == 0 || window.bytes.size() < minimum_) return std::nullopt;
  const auto* bytes = window.bytes.data();
  const std::size_t stop =
      std::min(window.bytes.size(), window.last + minimum_ - 1);  // of the window's last byte
  std::size_t at = window.first + minimum_ - 1;
  while (at < stop) {
    if (!occurs_[bytes[at]]) {  // no form lies over this byte
      at += minimum_;
      continue;
    }
    if (bytes[at] == 0 && bytes[at - 1] == 0 && !has_zeros_) {  // at most the last zero begins one
      at = end_of_zeros(window.bytes, at, stop) + minimum_ - 2;
      continue;
    }
    const auto jump = jump_[block_at(bytes + at)];
    if (jump == full_) {  // foreseeable, so that the next look need not wait for this one
      at += full_;
      continue;
    }
    if (jump == 0) {
      if (auto found = compare(window, at - (minimum_ - 1))) return found;
      ++at;
      continue;
    }
    at += jump;
  }
  return std::nullopt;
}

}  // namespace identity
