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

// Whether a segment is the last stands in its nonce, and shows only when the plaintext ends or goes
// on behind it. It is sealed as it comes all the same, by a guess; where that was wrong, the other
// nonce is taken. A nonce is never used for two plaintexts.
struct Sealer::State {
  Layout layout;
  SegmentCipher cipher;
  Out out;
  std::uint64_t last_guessed;
  OutAt again;  // none: segments go out whole
  Room sealed{};
  std::size_t held = 0;  // bytes of it
  std::uint64_t number = 0;
  bool begun = false, begun_as_last = false, finished = false;

  std::size_t capacity() const { return static_cast<std::size_t>(layout.capacity(number)); }
  std::uint64_t offset() const {
    return number == 0 ? layout.header_size() : number * layout.segment_size();
  }
  bool is_early() const { return again && begun_as_last; }
  void begin(bool last);
  base::Status take(base::ByteView plaintext);
  base::Status redo();
  base::Status close(bool last);
};

Sealer::Sealer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;
Sealer::~Sealer() = default;

void Sealer::State::begin(bool last) {
  cipher.begin(number, last);
  begun = true;
  begun_as_last = last;
}

// Of the segment being sealed; it has room for it.
base::Status Sealer::State::take(base::ByteView plaintext) {
  if (!begun) begin(number == last_guessed);
  const std::size_t needed = held + plaintext.size() + kTagSize;
  sealed.make(needed <= kSmall ? kSmall : capacity() + kTagSize, held);
  std::uint8_t* const into = sealed.data() + held;
  cipher.seal(plaintext, into);
  held += plaintext.size();
  return is_early() ? out({into, plaintext.size()}) : base::Done{};
}

// The guess was wrong. The key stream over the ciphertext gives the plaintext back.
base::Status Sealer::State::redo() {
  const base::ByteView segment(sealed.data(), held);
  const bool is_out = is_early();
  begin(begun_as_last);
  cipher.seal(segment, sealed.data());
  begin(!begun_as_last);
  cipher.seal(segment, sealed.data());
  return is_out ? again(offset(), segment) : base::Done{};
}

base::Status Sealer::State::close(bool last) {
  if (number >= kMaxSegments) return base::reject("seal.give", "longer than 2^20 segments");
  if (!begun) begin(last);
  const bool is_out = is_early();
  if (begun_as_last != last) TRY(redo());
  sealed.make(held + kTagSize, held);
  cipher.finish(sealed.data() + held);
  const base::ByteView segment(sealed.data(), held + kTagSize);
  TRY(out(is_out ? segment.last(kTagSize) : segment));
  ++number;
  held = 0;
  begun = false;
  return base::Done{};
}

base::Status Sealer::give(base::ByteView plaintext) {
  State& s = *state_;
  if (s.finished) PANIC("given to a finished stream");
  while (!plaintext.empty()) {
    if (s.held == s.capacity()) TRY(s.close(false));
    const std::size_t taken = std::min(plaintext.size(), s.capacity() - s.held);
    TRY(s.take(plaintext.first(taken)));
    plaintext = plaintext.subspan(taken);
  }
  return base::Done{};
}

base::Status Sealer::finish() {
  State& s = *state_;
  if (s.finished) PANIC("a stream finished twice");
  s.finished = true;
  return s.close(true);
}

void Sealer::guess_last(std::uint64_t number, OutAt again) {
  if (state_->begun || state_->number != 0) PANIC("a guess after the beginning");
  state_->last_guessed = number;
  state_->again = std::move(again);
}

std::uint64_t Sealer::segments() const { return state_->number; }

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
  auto state = std::unique_ptr<State>(
      new State{.layout = layout,
                .cipher = SegmentCipher(key, prefix, SegmentCipher::Direction::Seal),
                .out = std::move(out),
                .last_guessed = kMaxSegments,
                .again = {}});
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
  sealer.guess_last(Layout(Parameters{}).segments(plaintext.size()) - 1);
  TRY(sealer.give(plaintext));
  TRY(sealer.finish());
  return sealed;
}

}  // namespace seal
