// SecretBytes: key material. Move-only, wiped when it goes, never printed or compared in variable
// time. The only way out is view(), which is easy to find in review.
#pragma once

#include <string.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/bytes.h"

namespace base {

class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(Bytes bytes) : SecretBytes(ByteView(bytes)) {
    if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
  }
  explicit SecretBytes(ByteView view) : SecretBytes(of_size(view.size())) {
    std::copy_n(view.data(), view.size(), bytes_.get());
  }
  // To be written before it is read.
  static SecretBytes of_size(std::size_t size) {
    SecretBytes made;
    made.bytes_ = std::make_unique_for_overwrite<std::uint8_t[]>(size);
    made.size_ = size;
    return made;
  }

  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  SecretBytes(SecretBytes&& other) noexcept
      : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
      wipe();
      bytes_ = std::move(other.bytes_);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }
  ~SecretBytes() { wipe(); }

  SecretBytes copy() const { return SecretBytes(view()); }
  ByteView view() const { return {bytes_.get(), size_}; }
  std::span<std::uint8_t> writable() { return {bytes_.get(), size_}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  void wipe() {
    if (bytes_) explicit_bzero(bytes_.get(), size_);
  }
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace base
