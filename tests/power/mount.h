// A Volume as a folder of this machine, by the kernel's FUSE protocol itself (<linux/fuse.h>),
// since libfuse 3.14 knows no unnamed files. One thread; what a request asks for is done when it is
// answered.
#pragma once

#include <linux/fuse.h>

#include <chrono>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>

#include "volume.h"

namespace power {

struct Request {
  fuse_in_header head{};
  std::span<const std::uint8_t> body;

  template <typename T>
  T argument() const {
    T value{};
    std::memcpy(&value, body.data(), std::min(sizeof value, body.size()));
    return value;
  }
  // The text, ended by a zero, that stands `at` bytes after the arguments' begin.
  std::string text(std::size_t at) const {
    const auto* begin = reinterpret_cast<const char*>(body.data());
    return at < body.size() ? std::string(begin + at, strnlen(begin + at, body.size() - at)) : "";
  }
};

struct Answer {
  int error = 0;
  Bytes body;
};

template <typename... Parts>
Answer answer(const Parts&... parts) {
  Answer made;
  const auto add = [&made](const auto& part) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&part);
    made.body.insert(made.body.end(), bytes, bytes + sizeof part);
  };
  (add(parts), ...);
  return made;
}

struct Shape {
  std::string folder;         // where it is mounted
  std::uint64_t size = 0;     // in bytes
  std::uint32_t slowest = 0;  // an fsync takes up to so many milliseconds, and counts at its end
};

class Mount {
 public:
  // Ends the program with 77 where nothing can be mounted.
  Mount(Volume& volume, const Shape& shape);
  ~Mount();  // whoever waits for an answer gets an error
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;

  int descriptor() const { return device_; }
  bool serve_one();   // false: unmounted by somebody else
  void end_syncs();   // those whose time has come
  int pause() const;  // until end_syncs() has something to do, in milliseconds; -1: for ever

 private:
  friend struct Requests;
  struct Known {
    Node node;
    std::uint64_t lookups = 0;
  };
  void reply(const Request& request, const Answer& answer) const;
  Answer entry_of(const Node& node);  // the kernel knows it from now on
  void forget(std::uint64_t number, std::uint64_t lookups);

  using Clock = std::chrono::steady_clock;
  Volume& volume_;
  const Shape& shape_;
  int device_ = -1;
  std::unordered_map<std::uint64_t, Known> known_;          // inodes that the kernel may ask for
  std::multimap<Clock::time_point, fuse_in_header> syncs_;  // under way, by their end
  Bytes buffer_;
};

// What the kernel can ask for (requests.cpp).
struct Requests {
  static Answer serve(Mount& mount, const Request& request);
  static fuse_attr attributes(const Inode& inode);

 private:
  static Node find(const Mount& mount, std::uint64_t number);
  static Answer add(Mount& mount, const Request& request, std::uint32_t mode, std::size_t name_at);
  static Answer init(Mount& mount, const Request& request);
  static Answer lookup(Mount& mount, const Request& request);
  static Answer get_attributes(Mount& mount, const Request& request);
  static Answer set_attributes(Mount& mount, const Request& request);
  static Answer make_file(Mount& mount, const Request& request);
  static Answer make_folder(Mount& mount, const Request& request);
  static Answer make_unnamed(Mount& mount, const Request& request);
  static Answer link(Mount& mount, const Request& request);
  static Answer remove(Mount& mount, const Request& request);
  static Answer rename(Mount& mount, const Request& request);
  static Answer read(Mount& mount, const Request& request);
  static Answer write(Mount& mount, const Request& request);
  static Answer sync(Mount& mount, const Request& request);
  static Answer open_folder(Mount& mount, const Request& request);
  static Answer list(Mount& mount, const Request& request);
  static Answer space(Mount& mount, const Request& request);
  static Answer nothing(Mount&, const Request&) { return {}; }
};

}  // namespace power
