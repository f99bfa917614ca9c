// One segment of a sealed stream: its place, its nonce, and AES-GCM over it. Private to the room.
#pragma once

#include <algorithm>
#include <array>

#include "base/handle.h"
#include "seal/stream.h"

struct evp_cipher_ctx_st;
extern "C" void EVP_CIPHER_CTX_free(struct evp_cipher_ctx_st*);

namespace seal {

// By pointers: GCC 12 makes a loop over bytes of std::ranges::copy between spans.
inline void copy_bytes(base::ByteView from, std::span<std::uint8_t> to) {
  std::copy_n(from.data(), from.size(), to.data());
}

inline constexpr std::uint64_t kMaxSegments = std::uint64_t{1} << 20;

// Where segments lie, for any parameters.
class Layout {
 public:
  explicit Layout(const Parameters& parameters)
      : header_(1 + parameters.key_size + kPrefixSize), segment_(parameters.segment_size) {}
  std::uint64_t header_size() const { return header_; }
  std::uint64_t segment_size() const { return segment_; }
  // Plaintext bytes that segment `number` can hold.
  std::uint64_t capacity(std::uint64_t number) const {
    return segment_ - kTagSize - (number == 0 ? header_ : 0);
  }
  std::uint64_t segments(std::uint64_t plaintext) const;
  std::uint64_t sealed_size(std::uint64_t plaintext) const {
    return plaintext + header_ + kTagSize * segments(plaintext);
  }
  std::optional<std::uint64_t> plaintext_size(std::uint64_t ciphertext) const;
  std::uint64_t number_at(std::uint64_t plaintext_offset) const {
    return (plaintext_offset + header_) / (segment_ - kTagSize);
  }
  // Offset in the plaintext of the first byte of segment `number`.
  std::uint64_t start(std::uint64_t number) const {
    return number == 0 ? 0 : number * (segment_ - kTagSize) - header_;
  }

 private:
  std::uint64_t header_;
  std::uint64_t segment_;
};

// The key of one stream's segments.
base::SecretBytes stream_key(const base::SecretBytes& ikm, base::ByteView salt,
                             base::ByteView associated_data, const Parameters& parameters);

// Bytes without a first value, for what is written before it is read.
class Room {
 public:
  std::uint8_t* data() const { return bytes_.get(); }
  // What the first `kept` bytes hold stays.
  void make(std::size_t size, std::size_t kept = 0) {
    if (size <= size_) return;
    auto larger = std::make_unique_for_overwrite<std::uint8_t[]>(size);
    std::copy_n(bytes_.get(), kept, larger.get());
    bytes_ = std::move(larger);
    size_ = size;
  }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_ = 0;
};

// AES-GCM with one key, for many segments.
class SegmentCipher {
 public:
  enum class Direction { Seal, Open };
  SegmentCipher(const base::SecretBytes& key, base::ByteView prefix, Direction direction);
  // Sealing one segment: begin, its plaintext in pieces (`into` as long as the piece, or the piece
  // itself), then its tag.
  void begin(std::uint64_t number, bool last);
  void seal(base::ByteView plaintext, std::uint8_t* into);
  void finish(std::uint8_t* tag);
  // `into`: 16 bytes shorter than the sealed segment; wiped when the segment is not genuine.
  base::Status open(std::uint64_t number, bool last, base::ByteView sealed,
                    std::span<std::uint8_t> into);

 private:
  base::Handle<evp_cipher_ctx_st, EVP_CIPHER_CTX_free> context_;
  std::array<std::uint8_t, kPrefixSize> prefix_{};
};

}  // namespace seal
