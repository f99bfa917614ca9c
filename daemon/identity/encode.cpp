#include "identity/encode.h"

#include <iconv.h>

#include <algorithm>
#include <optional>

#include "base/handle.h"
#include "identity/fold.h"

namespace identity {
namespace {

constexpr std::size_t kShortestMultiByte = 6;

struct Converter {
  explicit Converter(const char* encoding) : state(iconv_open(encoding, "UTF-8")) {}
  ~Converter() {
    if (state != iconv_t(-1)) iconv_close(state);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  iconv_t state;
};

std::optional<base::Bytes> convert(const std::string& utf8, const char* encoding) {
  Converter converter(encoding);
  if (converter.state == iconv_t(-1)) return std::nullopt;
  base::Bytes out(utf8.size() * 8 + 16);
  std::string in = utf8;
  char* from = in.data();
  char* to = reinterpret_cast<char*>(out.data());
  std::size_t left = in.size(), room = out.size();
  const auto converted = iconv(converter.state, &from, &left, &to, &room);
  if (converted == static_cast<std::size_t>(-1) || converted > 0) return std::nullopt;
  out.resize(out.size() -
             room);  // the escape that ends ISO-2022-JP is left to the reset: not asked for
  return out;
}

base::Bytes wide_ascii(const std::string& text) {
  base::Bytes bytes;
  for (const char c : text) {
    bytes.push_back(static_cast<std::uint8_t>(c));
    bytes.push_back(0);
  }
  bytes.pop_back();
  return bytes;
}

}  // namespace

std::vector<base::Bytes> encodings(const std::string& utf8) {
  if (utf8.empty()) return {};
  std::vector<base::Bytes> all{base::to_bytes(base::as_bytes(utf8))};
  if (is_ascii(utf8)) {
    all.push_back(wide_ascii(utf8));
    return all;
  }
  for (const auto* encoding :
       {"UTF-16LE", "UTF-16BE", "ISO-8859-1", "ISO-8859-2", "ISO-8859-5", "ISO-8859-7",
        "ISO-8859-9", "ISO-2022-JP", "SHIFT_JIS", "EUC-KR", "GB18030"}) {
    auto bytes = convert(utf8, encoding);
    if (bytes && (bytes->size() >= kShortestMultiByte || bytes->size() >= decode_utf8(utf8).size()))
      all.push_back(std::move(*bytes));
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace identity
