// A sealed stream: the input says how long the plaintext is, how it is given and what is then done
// to the ciphertext. What was changed is refused; what was not is read back at every place.
#include <vector>

#include "fuzz.h"
#include "seal/segment.h"

namespace {

const seal::Parameters kSmall{.key_size = 32, .sha1 = false, .segment_size = 128};
const base::Bytes kIkm(32, 0x42), kOther(32, 0x43);
const base::Bytes kSalt(seal::kSaltSize, 0x17), kPrefix(seal::kPrefixSize, 0x2A);

base::Bytes plaintext_of(std::size_t size) {
  base::Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 31 + i / 251);
  return bytes;
}

// In pieces of the input's choosing, with or without a guess of the last segment.
base::Bytes sealed(fuzz::Input& input, const base::Bytes& plaintext) {
  base::Bytes out;
  const auto append = [&out](base::ByteView piece) -> base::Status {
    base::append(out, piece);
    return base::Done{};
  };
  auto sealer = seal::Sealer::create_fixed(base::SecretBytes(base::ByteView(kIkm)),
                                           base::as_bytes("ad"), append, kSalt, kPrefix, kSmall);
  HOLDS(sealer.ok());
  const auto again = [&out](std::uint64_t offset, base::ByteView piece) -> base::Status {
    HOLDS(offset + piece.size() <= out.size());
    std::copy(piece.begin(), piece.end(), out.begin() + static_cast<std::ptrdiff_t>(offset));
    return base::Done{};
  };
  const auto guess = input.byte();
  if (guess & 1) sealer.value().guess_last(guess >> 1, guess & 2 ? again : seal::Sealer::OutAt());
  const std::size_t piece = 1 + input.byte();
  for (std::size_t at = 0; at < plaintext.size(); at += piece)
    HOLDS(sealer.value()
              .give(base::ByteView(plaintext).subspan(at, std::min(piece, plaintext.size() - at)))
              .ok());
  HOLDS(sealer.value().finish().ok());
  return out;
}

void swap_segments(base::Bytes& bytes, std::size_t a, std::size_t b) {
  const std::size_t count = bytes.size() / kSmall.segment_size;
  if (count < 2) return;
  std::swap_ranges(
      bytes.begin() + static_cast<std::ptrdiff_t>(a % count * kSmall.segment_size),
      bytes.begin() + static_cast<std::ptrdiff_t>((a % count + 1) * kSmall.segment_size),
      bytes.begin() + static_cast<std::ptrdiff_t>(b % count * kSmall.segment_size));
}

void change(fuzz::Input& input, base::Bytes& bytes) {
  const auto act = input.byte() % 6;
  const std::size_t at = bytes.empty() ? 0 : input.below(bytes.size());
  const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  if (act == 0 && !bytes.empty()) bytes[at] ^= input.byte();
  if (act == 1) bytes.resize(at);
  if (act == 2) base::append(bytes, input.take(input.byte()));
  if (act == 3 && !bytes.empty())
    bytes.erase(place, place + static_cast<std::ptrdiff_t>(
                                   std::min<std::size_t>(input.byte(), bytes.size() - at)));
  if (act == 4) swap_segments(bytes, at, input.byte());
  if (act == 5 && !bytes.empty())
    bytes.insert(place, bytes.begin(),
                 bytes.begin() + static_cast<std::ptrdiff_t>(
                                     std::min<std::size_t>(input.byte(), bytes.size())));
}

base::Result<seal::Opener> open(const base::Bytes& bytes, const base::Bytes& ikm,
                                std::string_view ad) {
  const auto read = [&bytes](std::uint64_t offset, std::span<std::uint8_t> into) -> base::Status {
    HOLDS(offset <= bytes.size() && into.size() <= bytes.size() - offset);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), into.size(), into.begin());
    return base::Done{};
  };
  return seal::Opener::open(base::SecretBytes(base::ByteView(ikm)), base::as_bytes(ad), read,
                            bytes.size(), kSmall);
}

// Every byte of it, in pieces: false when one is refused. What is not refused is right.
bool reads(const seal::Opener& opener, const base::Bytes& plaintext, std::size_t piece) {
  bool all = opener.size() == plaintext.size();
  base::Bytes into(piece);
  for (std::uint64_t at = 0; at < opener.size(); at += piece) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(piece, opener.size() - at));
    const std::span room = std::span(into).first(size);
    const bool good = opener.read(at, room).ok();
    if (good)
      HOLDS(at + size <= plaintext.size() &&
            fuzz::same(room, base::ByteView(plaintext).subspan(at, size)));
    all = all && good;
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::Input input(bytes, size);
  const base::Bytes plaintext = plaintext_of(input.below(1500));
  const base::Bytes original = sealed(input, plaintext);
  HOLDS(original.size() == seal::Layout(kSmall).sealed_size(plaintext.size()));
  HOLDS(seal::Layout(kSmall).plaintext_size(original.size()) == plaintext.size());
  const std::size_t piece = 1 + input.byte();
  HOLDS(!open(original, kOther, "ad").ok() && !open(original, kIkm, "other").ok());

  base::Bytes changed = original;
  for (int acts = input.byte() % 4; acts > 0; --acts) change(input, changed);
  const auto opened = open(changed, kIkm, "ad");
  const bool accepted = opened.ok() && reads(opened.value(), plaintext, piece);
  HOLDS(accepted == (changed == original));
  if (opened.ok()) {
    std::uint8_t beyond = 0;
    HOLDS(!opened.value().read(opened.value().size(), std::span(&beyond, 1)).ok());
  }
  return 0;
}
