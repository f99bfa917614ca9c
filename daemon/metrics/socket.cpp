#include "metrics/socket.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "metrics/http.h"

namespace metrics {
namespace {

constexpr int kBacklog = 16;

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

base::Result<std::unique_ptr<Socket>> Socket::create(const std::string& path, Text text) {
  std::unique_ptr<Socket> made(new Socket(std::move(text)));
  TRY(made->listen(path));
  return made;
}

base::Status Socket::listen(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return base::ask_administrator("metrics.listen", path + ": too long for a socket");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  listener_ = disk::Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  epoll_ = disk::Descriptor(epoll_create1(EPOLL_CLOEXEC));
  ::unlink(path.c_str());
  const bool done =
      listener_.valid() && epoll_.valid() &&
      bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      chmod(path.c_str(), 0660) == 0 && ::listen(listener_.get(), kBacklog) == 0 &&
      watch(listener_.get(), EPOLLIN);
  return done ? base::Status(base::Done{}) : disk::system_fault("metrics.listen", path, errno);
}

bool Socket::watch(int fd, unsigned events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0 ||
         epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0;
}

void Socket::accept_all(base::Milliseconds now) {
  for (std::size_t n = 0; n < kMaxScrapers; ++n) {
    disk::Descriptor socket(
        accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.valid()) return;
    if (scrapers_.size() >= kMaxScrapers) scrapers_.erase(scrapers_.begin());
    if (!watch(socket.get(), EPOLLIN)) continue;
    scrapers_.push_back({std::move(socket), now + kPatience, "", "", 0});
  }
}

bool Socket::read_more(Scraper& scraper) {
  std::array<char, 2048> buffer;
  for (;;) {
    const ssize_t got = recv(scraper.socket.get(), buffer.data(), buffer.size(), 0);
    if (got < 0) return would_block();
    if (got == 0) return false;
    scraper.request.append(buffer.data(), static_cast<std::size_t>(got));
    if (!is_whole(scraper.request)) continue;
    scraper.answer = answer(scraper.request, text_);
    return true;
  }
}

bool Socket::write_more(Scraper& scraper) {
  while (scraper.sent < scraper.answer.size()) {
    const ssize_t put = send(scraper.socket.get(), scraper.answer.data() + scraper.sent,
                             scraper.answer.size() - scraper.sent, MSG_NOSIGNAL);
    if (put < 0) return would_block() && watch(scraper.socket.get(), EPOLLOUT);
    scraper.sent += static_cast<std::size_t>(put);
  }
  return false;
}

bool Socket::serve(Scraper& scraper) {
  if (scraper.answer.empty() && !read_more(scraper)) return false;
  return scraper.answer.empty() || write_more(scraper);
}

void Socket::turn(base::Milliseconds now) {
  std::array<epoll_event, kMaxScrapers + 1> events{};
  const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    const int fd = events[static_cast<std::size_t>(i)].data.fd;
    if (fd == listener_.get()) continue;
    const auto scraper = std::find_if(scrapers_.begin(), scrapers_.end(),
                                      [fd](const auto& one) { return one.socket.get() == fd; });
    if (scraper != scrapers_.end() && !serve(*scraper)) scrapers_.erase(scraper);
  }
  std::erase_if(scrapers_, [now](const auto& one) { return now > one.deadline; });
  accept_all(now);
}

}  // namespace metrics
