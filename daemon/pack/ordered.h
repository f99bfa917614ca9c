// Ordered<In, Out>: a few threads that do one kind of work, whose results come back in the order in
// which the work was given. The caller bounds what is in flight.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

namespace pack {

template <typename In, typename Out>
class Ordered {
 public:
  Ordered(unsigned workers, std::function<Out(In)> work) : work_(std::move(work)) {
    for (unsigned i = 0; i < workers; ++i) threads_.emplace_back([this] { run(); });
  }
  Ordered(const Ordered&) = delete;
  Ordered& operator=(const Ordered&) = delete;
  // What was given and not begun is dropped.
  ~Ordered() {
    {
      const std::lock_guard held(mutex_);
      waiting_.clear();
      ended_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  void give(In in) {
    std::packaged_task<Out()> task(
        [this, in = std::move(in)]() mutable { return work_(std::move(in)); });
    results_.push_back(task.get_future());
    {
      const std::lock_guard held(mutex_);
      waiting_.push_back(std::move(task));
    }
    changed_.notify_one();
  }
  // The result of the work that was given first; waits for it. Something must be in flight.
  Out take() {
    std::future<Out> first = std::move(results_.front());
    results_.pop_front();
    return first.get();
  }
  std::size_t in_flight() const { return results_.size(); }

 private:
  void run() {
    for (;;) {
      std::unique_lock held(mutex_);
      changed_.wait(held, [this] { return ended_ || !waiting_.empty(); });
      if (ended_) return;
      std::packaged_task<Out()> task = std::move(waiting_.front());
      waiting_.pop_front();
      held.unlock();
      task();
    }
  }

  std::function<Out(In)> work_;
  std::deque<std::future<Out>> results_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::packaged_task<Out()>> waiting_;
  bool ended_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace pack
