// One thread beside the reader's own that hashes and searches, in the order in which it is given;
// what waits is bounded by its bytes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace verify {

class Background {
 public:
  Background() : thread_([this] { run(); }) {}
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  ~Background();

  // Waits while too much waits. `bytes`: what the work keeps in memory.
  void give(std::size_t bytes, std::function<void()> work);
  // The same for work whose order does not matter: done here when much waits there.
  void share(std::size_t bytes, std::function<void()> work);
  void drain();  // until all is done

 private:
  static constexpr std::size_t kMostWaiting = 8u << 20;
  static constexpr std::size_t kMuchWaiting = kMostWaiting / 4;
  struct Waiting {
    std::size_t bytes;
    std::function<void()> work;
  };
  std::size_t waiting();
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  std::size_t bytes_ = 0;  // of what waits or is being done
  bool busy_ = false;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace verify
