#include "settings/utf8.h"

#include <cstdint>

namespace settings {
namespace {

struct Form {
  std::size_t length;
  std::uint32_t least;  // code point, so that longer forms of shorter ones are refused
  std::uint32_t bits;
};

std::optional<Form> form_of(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return Form{2, 0x80, lead & 0x1Fu};
  if ((lead & 0xF0) == 0xE0) return Form{3, 0x800, lead & 0x0Fu};
  if (lead >= 0xF0 && lead <= 0xF4) return Form{4, 0x10000, lead & 0x07u};
  return std::nullopt;
}

// The length of the well-formed sequence at `at`, 0 when there is none.
std::size_t sequence_at(std::string_view text, std::size_t at) {
  const auto form = form_of(static_cast<unsigned char>(text[at]));
  if (!form || text.size() - at < form->length) return 0;
  std::uint32_t code = form->bits;
  for (std::size_t i = 1; i < form->length; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xC0) != 0x80) return 0;
    code = code << 6 | (next & 0x3Fu);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code < form->least || surrogate || code > 0x10FFFF ? 0 : form->length;
}

bool is_plain(unsigned char byte) {
  return (byte >= 0x20 && byte < 0x7F) || byte == '\t' || byte == '\n' || byte == '\r';
}

}  // namespace

std::optional<std::size_t> first_bad_byte(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::size_t length = byte < 0x80 ? (is_plain(byte) ? 1 : 0) : sequence_at(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

}  // namespace settings
