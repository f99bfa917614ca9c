#include <algorithm>
#include <list>

#include "seal/algorithms.h"
#include "seal/segment.h"
#include "seal/stream.h"

namespace seal {
namespace {

constexpr std::size_t kKept = 4;  // decrypted segments

constexpr std::uint64_t kNone = ~std::uint64_t{0};

struct Decrypted {
  std::uint64_t number = kNone;
  base::SecretBytes plaintext;
};

base::Fault no_such_stream(const char* what) { return base::reject("seal.open", what); }

}  // namespace

struct Opener::State {
  Layout layout;
  SegmentCipher cipher;
  ReadAt read;
  std::uint64_t plaintext_size;
  std::uint64_t segments;
  std::list<Decrypted> kept{};  // the latest first
  Room sealed{};

  std::size_t length(std::uint64_t number) const {
    const std::uint64_t rest = plaintext_size - layout.start(number);
    return static_cast<std::size_t>(std::min(rest, layout.capacity(number)));
  }
  base::Status decrypt(std::uint64_t number, std::span<std::uint8_t> into);
  base::Status keep(std::uint64_t number);
};

Opener::Opener(std::unique_ptr<State> state) : state_(std::move(state)) {}
Opener::Opener(Opener&&) noexcept = default;
Opener& Opener::operator=(Opener&&) noexcept = default;
Opener::~Opener() = default;
std::uint64_t Opener::size() const { return state_->plaintext_size; }

base::Status Opener::State::decrypt(std::uint64_t number, std::span<std::uint8_t> into) {
  const std::uint64_t offset =
      number * layout.segment_size() + (number == 0 ? layout.header_size() : 0);
  const std::size_t size = into.size() + kTagSize;
  sealed.make(size);
  TRY(read(offset, {sealed.data(), size}));
  return cipher.open(number, number + 1 == segments, {sealed.data(), size}, into);
}

// Brings segment `number` to the front of what is kept.
base::Status Opener::State::keep(std::uint64_t number) {
  const auto found = std::ranges::find(kept, number, &Decrypted::number);
  if (found != kept.end()) {
    kept.splice(kept.begin(), kept, found);
    return base::Done{};
  }
  // The buffer that was not used for longest is taken over; a fault leaves it empty.
  if (kept.size() < kKept)
    kept.emplace_front();
  else
    kept.splice(kept.begin(), kept, std::prev(kept.end()));
  Decrypted& front = kept.front();
  front.number = kNone;
  if (front.plaintext.size() != length(number))
    front.plaintext = base::SecretBytes::of_size(length(number));
  TRY(decrypt(number, front.plaintext.writable()));
  front.number = number;
  return base::Done{};
}

base::Status Opener::read(std::uint64_t offset, std::span<std::uint8_t> into) const {
  State& s = *state_;
  if (offset > s.plaintext_size || into.size() > s.plaintext_size - offset)
    return no_such_stream("read behind the end");
  while (!into.empty()) {
    const std::uint64_t number = s.layout.number_at(offset);
    const auto within = static_cast<std::size_t>(offset - s.layout.start(number));
    const std::size_t taken = std::min(into.size(), s.length(number) - within);
    const bool is_kept = std::ranges::find(s.kept, number, &Decrypted::number) != s.kept.end();
    if (!is_kept && taken == s.length(number)) {
      TRY(s.decrypt(number, into.first(taken)));  // whole: straight to the caller
    } else {
      TRY(s.keep(number));
      const auto view = s.kept.front().plaintext.view();
      copy_bytes(view.subspan(within, taken), into);
    }
    offset += taken;
    into = into.subspan(taken);
  }
  return base::Done{};
}

base::Result<Opener> Opener::open_with_segment_key(base::SecretBytes segment_key, ReadAt read,
                                                   std::uint64_t ciphertext_size,
                                                   const Parameters& parameters) {
  const Layout layout(parameters);
  const auto size = layout.plaintext_size(ciphertext_size);
  if (!size) return no_such_stream("no sealed stream has this length");
  if (segment_key.size() != parameters.key_size) return no_such_stream("wrong length of key");
  base::Bytes header(static_cast<std::size_t>(layout.header_size()));
  TRY(read(0, header));
  if (header[0] != header.size()) return no_such_stream("no header of a sealed stream");
  const auto prefix = base::ByteView(header).last(kPrefixSize);
  auto state = std::unique_ptr<State>(
      new State{layout, SegmentCipher(segment_key, prefix, SegmentCipher::Direction::Open),
                std::move(read), *size, layout.segments(*size)});
  TRY(state->keep(state->segments - 1));
  return Opener(std::move(state));
}

base::Result<Opener> Opener::open(const base::SecretBytes& ikm, base::ByteView associated_data,
                                  ReadAt read, std::uint64_t ciphertext_size,
                                  const Parameters& parameters) {
  const Layout layout(parameters);
  if (ciphertext_size < layout.header_size()) return no_such_stream("shorter than its header");
  base::Bytes header(static_cast<std::size_t>(layout.header_size()));
  TRY(read(0, header));
  const auto salt = base::ByteView(header).subspan(1, parameters.key_size);
  return open_with_segment_key(stream_key(ikm, salt, associated_data, parameters), std::move(read),
                               ciphertext_size, parameters);
}

base::Result<base::Bytes> open_bytes(const base::SecretBytes& ikm, base::ByteView associated_data,
                                     base::ByteView sealed) {
  const auto read = [sealed](std::uint64_t offset, std::span<std::uint8_t> into) -> base::Status {
    if (offset > sealed.size() || into.size() > sealed.size() - offset)
      return no_such_stream("cut");
    copy_bytes(sealed.subspan(static_cast<std::size_t>(offset), into.size()), into);
    return base::Done{};
  };
  const auto opener = TRY(Opener::open(ikm, associated_data, read, sealed.size()));
  base::Bytes plaintext(static_cast<std::size_t>(opener.size()));
  TRY(opener.read(0, plaintext));
  return plaintext;
}

}  // namespace seal
