// One GET of HTTP/1.x, as much of it as a scraper needs. Pure: hostile text in, an answer out.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace metrics {

inline constexpr std::size_t kMaxRequest = 8 * 1024;

// The head has come to its end, or there is nothing more to wait for.
bool is_whole(std::string_view request);
// Status line, headers and body; the connection ends after it. `text` is asked for only when the
// metrics are.
std::string answer(std::string_view request, const std::function<std::string()>& text);

}  // namespace metrics
