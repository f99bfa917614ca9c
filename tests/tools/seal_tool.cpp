// Seals standard input to standard output with a key and associated data in hex, so that readers
// that are not ours can judge the bytes: seal_tool KEY AD < plaintext > sealed
#include <cstdio>
#include <vector>

#include "seal/stream.h"

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  auto key = base::from_hex(argv[1]);
  const auto ad = base::from_hex(argv[2]);
  if (!key || !ad) return 64;
  auto sealer = seal::Sealer::create(
      base::SecretBytes(std::move(*key)), *ad, [](base::ByteView out) -> base::Status {
        if (std::fwrite(out.data(), 1, out.size(), stdout) == out.size()) return base::Done{};
        return base::retry_later("seal_tool", "cannot write");
      });
  if (!sealer.ok()) return 65;
  std::vector<std::uint8_t> piece(300'000);  // never a whole segment
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), stdin))
    if (!sealer.value().give({piece.data(), got}).ok()) return 74;
  return sealer.value().finish().ok() && std::fflush(stdout) == 0 ? 0 : 74;
}
