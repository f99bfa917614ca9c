// power_disk FOLDER SEED SIZE MILLISECONDS [files] [folders] [all]: mounts an empty disk of so many
// bytes there, of which an fsync takes up to so long. Each line that it reads is a command and gets
// one line as an answer:
//   cut   the power is gone: nothing is answered any more    "dark"
//   on    what was not synced is forgotten; mounted anew      the loss, as JSON
// Ends, unmounted, at the end of the commands. With "files" or "folders", fsync of these is
// answered and does nothing: a disk that lies. With "all", a cut keeps nothing that was not synced.
// Exit code 77: it cannot be mounted here.
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "mount.h"

namespace {

struct Disk {
  power::Volume volume;
  power::Shape shape;
  std::optional<power::Mount> mount;
  bool dark = false;
};

void power_on(Disk& disk) {
  disk.mount.reset();
  const power::Loss loss = disk.volume.cut();
  disk.mount.emplace(disk.volume, disk.shape);
  disk.dark = false;
  std::printf("{\"blocks\": %lu, \"blocks_kept\": %lu, \"steps\": %lu, \"steps_kept\": %lu}\n",
              loss.blocks, loss.blocks_kept, loss.steps, loss.steps_kept);
}

bool obey(Disk& disk) {
  std::array<char, 64> line{};
  const ssize_t size = read(STDIN_FILENO, line.data(), line.size());
  if (size <= 0) return false;
  const std::string_view command(line.data(), static_cast<std::size_t>(size));
  if (command == "cut\n") {
    disk.dark = true;
    std::puts("dark");
  } else if (command == "on\n") {
    power_on(disk);
  } else {
    std::puts("unknown");
  }
  std::fflush(stdout);
  return true;
}

void run(Disk& disk) {
  for (;;) {
    std::array<pollfd, 2> ready{{{STDIN_FILENO, POLLIN, 0}, {disk.mount->descriptor(), POLLIN, 0}}};
    if (poll(ready.data(), disk.dark ? 1 : 2, disk.dark ? -1 : disk.mount->pause()) < 0) continue;
    if (ready[0].revents != 0) {
      if (!obey(disk)) return;
      continue;
    }
    disk.mount->end_syncs();
    if (ready[1].revents != 0 && !disk.mount->serve_one()) return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr,
                 "usage: power_disk FOLDER SEED SIZE MILLISECONDS [files] [folders] [all]\n");
    return 64;
  }
  power::Forgets forgets;
  for (int i = 5; i < argc; ++i) {
    forgets.files |= std::string_view(argv[i]) == "files";
    forgets.folders |= std::string_view(argv[i]) == "folders";
    forgets.all |= std::string_view(argv[i]) == "all";
  }
  const auto number = [argv](int at) { return std::strtoull(argv[at], nullptr, 10); };
  Disk disk{power::Volume(number(2), forgets),
            {argv[1], number(3), static_cast<std::uint32_t>(number(4))},
            std::nullopt};
  disk.mount.emplace(disk.volume, disk.shape);
  std::puts("mounted");
  std::fflush(stdout);
  run(disk);
  return 0;
}
