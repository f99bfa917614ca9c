#include "verify/background.h"

namespace verify {

Background::~Background() {
  {
    const std::lock_guard held(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Background::give(std::size_t bytes, std::function<void()> work) {
  std::unique_lock held(mutex_);
  changed_.wait(held, [this] { return bytes_ < kMostWaiting; });
  bytes_ += bytes;
  waiting_.push_back({bytes, std::move(work)});
  held.unlock();
  changed_.notify_all();
}

std::size_t Background::waiting() {
  const std::lock_guard held(mutex_);
  return bytes_;
}

void Background::share(std::size_t bytes, std::function<void()> work) {
  if (waiting() < kMuchWaiting) return give(bytes, std::move(work));
  work();
}

void Background::drain() {
  std::unique_lock held(mutex_);
  changed_.wait(held, [this] { return waiting_.empty() && !busy_; });
}

void Background::run() {
  for (;;) {
    std::unique_lock held(mutex_);
    changed_.wait(held, [this] { return ended_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = true;
    held.unlock();
    next.work();
    next.work = nullptr;  // its memory goes before its bytes are counted off
    held.lock();
    bytes_ -= next.bytes;
    busy_ = false;
    held.unlock();
    changed_.notify_all();
  }
}

}  // namespace verify
