// Base64 of RFC 4648 section 4, with padding: tus metadata and curl's pins want this alphabet.
#pragma once

#include <string>

#include "base/bytes.h"

namespace publish {

std::string to_base64(base::ByteView bytes);

}  // namespace publish
