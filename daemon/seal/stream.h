// The sealed stream: Tink's AES-GCM-HKDF streaming AEAD (docs/sealed-stream.md). Parameters other
// than AES256_GCM_HKDF_1MB exist for the published vectors alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret_bytes.h"

namespace seal {

struct Parameters {
  std::size_t key_size = 32;
  bool sha1 = false;                      // HKDF's hash: SHA-256, or SHA-1 in the published vector
  std::uint32_t segment_size = 1u << 20;  // of ciphertext; the header counts into the first
};
inline constexpr std::size_t kSaltSize = 32;
inline constexpr std::size_t kPrefixSize = 7;
inline constexpr std::size_t kHeaderSize = 40;  // 0x28 || salt || prefix
inline constexpr std::size_t kTagSize = 16;

std::uint64_t sealed_size(std::uint64_t plaintext);                     // P -> C, 1 MiB parameters
std::optional<std::uint64_t> plaintext_size(std::uint64_t ciphertext);  // nullopt: no such length

// key = HKDF(ikm, salt, info = associated data)
base::SecretBytes segment_key(const base::SecretBytes& ikm, base::ByteView salt,
                              base::ByteView associated_data);

// Seals piece by piece; give() takes any number of bytes and hands out whole ciphertext segments
// through `out` (called with consecutive bytes, header first).
class Sealer {
 public:
  using Out = std::function<base::Status(base::ByteView)>;
  using OutAt = std::function<base::Status(std::uint64_t offset, base::ByteView)>;
  static base::Result<Sealer> create(const base::SecretBytes& ikm, base::ByteView associated_data,
                                     Out out, const Parameters& parameters = {});
  // For vectors only: salt and prefix given.
  static base::Result<Sealer> create_fixed(const base::SecretBytes& ikm,
                                           base::ByteView associated_data, Out out,
                                           base::ByteView salt, base::ByteView prefix,
                                           const Parameters& parameters = {});
  Sealer(Sealer&&) noexcept;
  Sealer& operator=(Sealer&&) noexcept;
  ~Sealer();
  // Before the first give(): segment `number` is thought to be the last. A wrong guess costs time
  // and nothing else. With `again` that segment goes out while its plaintext comes; what of it is
  // out when the guess proves wrong is then replaced through `again` (at its offset in the stream).
  void guess_last(std::uint64_t number, OutAt again = {});
  base::Status give(base::ByteView plaintext);
  base::Status finish();           // seals the last segment; nothing may be given after it
  std::uint64_t segments() const;  // closed so far

 private:
  struct State;
  explicit Sealer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Reads ciphertext at an offset; must fill `into`.
using ReadAt = std::function<base::Status(std::uint64_t offset, std::span<std::uint8_t> into)>;

// Random access to the plaintext of a sealed stream. Opening verifies the last segment first, which
// proves the length; a read verifies each segment that it touches and keeps the last ones
// decrypted. Every difference (cut, reordered, swapped, appended, wrong associated data or key) is
// Reject. For one thread at a time.
class Opener {
 public:
  // From the key material and associated data...
  static base::Result<Opener> open(const base::SecretBytes& ikm, base::ByteView associated_data,
                                   ReadAt read, std::uint64_t ciphertext_size,
                                   const Parameters& parameters = {});
  // ... or from the derived segment key of just this stream (what a job is given).
  static base::Result<Opener> open_with_segment_key(base::SecretBytes segment_key, ReadAt read,
                                                    std::uint64_t ciphertext_size,
                                                    const Parameters& parameters = {});
  Opener(Opener&&) noexcept;
  Opener& operator=(Opener&&) noexcept;
  ~Opener();
  std::uint64_t size() const;  // of the plaintext
  base::Status read(std::uint64_t offset, std::span<std::uint8_t> into) const;

 private:
  struct State;
  explicit Opener(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Small values in one call.
base::Result<base::Bytes> seal_bytes(const base::SecretBytes& ikm, base::ByteView associated_data,
                                     base::ByteView plaintext);
base::Result<base::Bytes> open_bytes(const base::SecretBytes& ikm, base::ByteView associated_data,
                                     base::ByteView sealed);

}  // namespace seal
