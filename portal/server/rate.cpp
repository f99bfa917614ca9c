#include "portal/rate.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace portal {
namespace {

constexpr std::size_t kMaxKeys = 100'000;
constexpr base::Milliseconds kMinute = 60'000;

}  // namespace

std::string network_of(std::string_view address) {
  const std::string text(address);
  in6_addr six{};
  if (inet_pton(AF_INET6, text.c_str(), &six) != 1) return text;
  char out[INET6_ADDRSTRLEN] = {};
  if (IN6_IS_ADDR_V4MAPPED(&six)) {
    inet_ntop(AF_INET, six.s6_addr + 12, out, sizeof out);
    return out;
  }
  std::memset(six.s6_addr + 8, 0, 8);
  inet_ntop(AF_INET6, &six, out, sizeof out);
  return std::string(out) + "/64";
}

void PerMinute::count(const std::string& key, base::Milliseconds now) {
  make_room(now);
  Window& window = windows_[key];
  if (window.count == 0 || now - window.begun >= kMinute) window = {now, 0};
  ++window.count;
}

std::int64_t PerMinute::wait(const std::string& key, base::Milliseconds now) {
  const auto found = windows_.find(key);
  if (found == windows_.end() || now - found->second.begun >= kMinute) return 0;
  if (found->second.count < limit_) return 0;
  return (found->second.begun + kMinute - now + 999) / 1000;
}

void PerMinute::make_room(base::Milliseconds now) {
  if (windows_.size() < kMaxKeys) return;
  std::erase_if(windows_, [now](const auto& each) { return now - each.second.begun >= kMinute; });
  if (windows_.size() >= kMaxKeys) windows_.clear();
}

std::int64_t Spacing::take(const std::string& key, base::Milliseconds now) {
  const auto found = last_.find(key);
  if (found != last_.end() && now - found->second < spacing_)
    return (found->second + spacing_ - now + 999) / 1000;
  note(key, now);
  return 0;
}

void Spacing::note(const std::string& key, base::Milliseconds now) {
  make_room(now);
  last_[key] = now;
}

void Spacing::make_room(base::Milliseconds now) {
  if (last_.size() < kMaxKeys) return;
  std::erase_if(last_, [this, now](const auto& each) { return now - each.second >= spacing_; });
  if (last_.size() >= kMaxKeys) last_.clear();
}

}  // namespace portal
