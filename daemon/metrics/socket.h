// The socket that scrapers ask: a Unix stream socket that speaks HTTP. Never waits for a peer; each
// has a deadline and a size, and the oldest gives way when there are too many.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "disk/descriptor.h"

namespace metrics {

inline constexpr base::Milliseconds kPatience = 5'000;
inline constexpr std::size_t kMaxScrapers = 8;

class Socket {
 public:
  using Text = std::function<std::string()>;
  static base::Result<std::unique_ptr<Socket>> create(const std::string& path, Text text);

  int fd() const { return epoll_.get(); }  // readable when turn() has something to do
  void turn(base::Milliseconds now);       // also now and then, for the deadlines

 private:
  struct Scraper {
    disk::Descriptor socket;
    base::Milliseconds deadline = 0;
    std::string request, answer;
    std::size_t sent = 0;
  };
  explicit Socket(Text text) : text_(std::move(text)) {}
  base::Status listen(const std::string& path);
  bool watch(int fd, unsigned events);
  void accept_all(base::Milliseconds now);
  bool serve(Scraper& scraper);  // false: it is over
  bool read_more(Scraper& scraper);
  bool write_more(Scraper& scraper);

  Text text_;
  disk::Descriptor epoll_, listener_;
  std::vector<Scraper> scrapers_;  // oldest first
};

}  // namespace metrics
