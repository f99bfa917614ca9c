#include <algorithm>

#include "base/panic.h"
#include "seal/algorithms.h"
#include "seal/primitives.h"
#include "seal/segment.h"
#include "seal/stream.h"

namespace seal {
namespace {

constexpr std::size_t kSmall = 64 * 1024;

}  // namespace

struct Sealer::State {
  Layout layout;
  SegmentCipher cipher;
  Out out;
  base::SecretBytes pending;  // plaintext of a segment of which more may come
  std::size_t held = 0;       // bytes of it
  base::Bytes sealed;         // the segment going out
  std::uint64_t number = 0;
  bool finished = false;

  base::Status seal_segment(base::ByteView plaintext, bool last);
  std::size_t capacity() const { return static_cast<std::size_t>(layout.capacity(number)); }
  std::size_t hold(base::ByteView plaintext);
};

Sealer::Sealer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;
Sealer::~Sealer() = default;

base::Status Sealer::State::seal_segment(base::ByteView plaintext, bool last) {
  if (number >= kMaxSegments) return base::reject("seal.give", "longer than 2^20 segments");
  sealed.resize(plaintext.size() + kTagSize);
  cipher.seal(number, last, plaintext, sealed);
  ++number;
  return out(sealed);
}

// Takes what fits into the segment that is being filled; returns how much that was.
std::size_t Sealer::State::hold(base::ByteView plaintext) {
  const std::size_t taken = std::min(plaintext.size(), capacity() - held);
  const std::size_t needed = held + taken;
  if (pending.size() < needed) {  // small streams stay small
    const std::size_t size = needed > kSmall ? capacity() : std::max(needed, 2 * held);
    auto larger = base::SecretBytes::of_size(std::min(capacity(), size));
    copy_bytes(pending.view().first(held), larger.writable());
    pending = std::move(larger);
  }
  copy_bytes(plaintext.first(taken), pending.writable().subspan(held));
  held += taken;
  return taken;
}

base::Status Sealer::give(base::ByteView plaintext) {
  State& s = *state_;
  if (s.finished) PANIC("given to a finished stream");
  while (!plaintext.empty()) {
    // Only what follows a full segment shows that it was not the last.
    if (s.held == s.capacity()) {
      TRY(s.seal_segment(s.pending.view().first(s.held), false));
      s.held = 0;
    }
    const std::size_t whole = s.capacity();
    if (s.held == 0 && plaintext.size() > whole) {
      TRY(s.seal_segment(plaintext.first(whole), false));
      plaintext = plaintext.subspan(whole);
    } else {
      plaintext = plaintext.subspan(s.hold(plaintext));
    }
  }
  return base::Done{};
}

base::Status Sealer::finish() {
  State& s = *state_;
  if (s.finished) PANIC("a stream finished twice");
  s.finished = true;
  return s.seal_segment(s.pending.view().first(s.held), true);
}

base::Result<Sealer> Sealer::create(const base::SecretBytes& ikm, base::ByteView associated_data,
                                    Out out, const Parameters& parameters) {
  base::Bytes salt(parameters.key_size);
  std::array<std::uint8_t, kPrefixSize> prefix{};
  random_bytes(salt);
  random_bytes(prefix);
  return create_fixed(ikm, associated_data, std::move(out), salt, prefix, parameters);
}

base::Result<Sealer> Sealer::create_fixed(const base::SecretBytes& ikm,
                                          base::ByteView associated_data, Out out,
                                          base::ByteView salt, base::ByteView prefix,
                                          const Parameters& parameters) {
  const Layout layout(parameters);
  if (ikm.size() < parameters.key_size || salt.size() != parameters.key_size ||
      prefix.size() != kPrefixSize || layout.segment_size() <= layout.header_size() + kTagSize)
    return base::reject("seal.create", "wrong length of key, salt, prefix or segment");
  const auto key = stream_key(ikm, salt, associated_data, parameters);
  auto state =
      std::unique_ptr<State>(new State{layout,
                                       SegmentCipher(key, prefix, SegmentCipher::Direction::Seal),
                                       std::move(out),
                                       {},
                                       0,
                                       {},
                                       0,
                                       false});
  base::Bytes header{static_cast<std::uint8_t>(layout.header_size())};
  base::append(header, salt);
  base::append(header, prefix);
  TRY(state->out(header));
  return Sealer(std::move(state));
}

base::Result<base::Bytes> seal_bytes(const base::SecretBytes& ikm, base::ByteView associated_data,
                                     base::ByteView plaintext) {
  base::Bytes sealed;
  sealed.reserve(static_cast<std::size_t>(sealed_size(plaintext.size())));
  auto sealer = TRY(Sealer::create(ikm, associated_data, [&](base::ByteView bytes) {
    base::append(sealed, bytes);
    return base::Status(base::Done{});
  }));
  TRY(sealer.give(plaintext));
  TRY(sealer.finish());
  return sealed;
}

}  // namespace seal
