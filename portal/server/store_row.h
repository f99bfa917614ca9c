// Small shared pieces of the store's sources: fixed-size values out of a row.
#pragma once

#include <algorithm>

#include "database/database.h"
#include "portal/digest.h"
#include "share/link.h"

namespace portal {

template <typename Array>
Array fixed(const base::Bytes& bytes) {
  Array array{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), array.size()), array.begin());
  return array;
}

inline share::Id id_at(const database::Statement& row, int column) {
  return fixed<share::Id>(row.blob(column));
}
inline Digest digest_at(const database::Statement& row, int column) {
  return fixed<Digest>(row.blob(column));
}
inline std::uint32_t u32_at(const database::Statement& row, int column) {
  return static_cast<std::uint32_t>(row.integer(column));
}

}  // namespace portal
