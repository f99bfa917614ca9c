#include "volume.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>

namespace power {
namespace {

constexpr std::uint64_t kBlock = 4096;
constexpr std::uint64_t kSector = 512;  // what a disk writes whole or not at all

void mark(Inode& file, std::uint64_t from, std::uint64_t to) {
  if (from >= to) return;
  for (std::uint64_t block = from / kBlock; block <= (to - 1) / kBlock; ++block)
    file.dirty.insert(file.dirty.end(), block);
}

// Copies a part of the file from one state of it to another, as far as both reach.
void copy(const Bytes& from, Bytes& to, std::uint64_t begin, std::uint64_t size) {
  const std::uint64_t end = std::min<std::uint64_t>({begin + size, from.size(), to.size()});
  if (begin < end)
    std::copy(from.begin() + static_cast<std::ptrdiff_t>(begin),
              from.begin() + static_cast<std::ptrdiff_t>(end),
              to.begin() + static_cast<std::ptrdiff_t>(begin));
}

void apply(const Step& step, std::map<std::string, Node>& names) {
  for (const auto& [name, node] : step)
    if (node)
      names[name] = node;
    else
      names.erase(name);
}

template <typename Each>
void each_name(const Inode& folder, const Each& each) {
  for (const auto& [name, entry] : folder.names) {
    each(*entry.node);
    each_name(*entry.node, each);
  }
}

}  // namespace

timespec now() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return time;
}

bool Inode::is_folder() const { return S_ISDIR(mode); }

Volume::Volume(std::uint64_t seed, Forgets forgets) : dice_(seed), forgets_(forgets) {
  root_ = make(S_IFDIR | 0755, 0, 0);
  root_->links = 1;
}

Node Volume::make(std::uint32_t mode, std::uint32_t owner, std::uint32_t group) {
  auto node = std::make_shared<Inode>();
  node->number = ++last_number_;  // the root is 1
  node->mode = mode;
  node->owner = owner;
  node->group = group;
  node->modified = now();
  return node;
}

void Volume::take(Inode& folder, Step step) {
  for (const auto& [name, node] : step) {
    if (const auto old = folder.names.find(name); old != folder.names.end()) {
      --old->second.node->links;
      folder.names.erase(old);
    }
    if (!node) continue;
    ++node->links;
    folder.names[name] = {node, folder.next_place++};
  }
  folder.modified = now();
  folder.steps.push_back(std::move(step));
}

void Volume::write(Inode& file, std::uint64_t at, std::span<const std::uint8_t> bytes) {
  if (file.content.size() < at + bytes.size()) file.content.resize(at + bytes.size());
  std::copy(bytes.begin(), bytes.end(), file.content.begin() + static_cast<std::ptrdiff_t>(at));
  mark(file, at, at + bytes.size());
  file.modified = now();
}

void Volume::resize(Inode& file, std::uint64_t size) {
  mark(file, size, std::max(file.content.size(), file.durable.size()));
  file.content.resize(size);
  file.modified = now();
}

void Volume::sync(Inode& inode) const {
  if (inode.is_folder() ? forgets_.folders : forgets_.files) return;
  for (const Step& step : inode.steps) apply(step, inode.durable_names);
  inode.steps.clear();
  inode.durable.resize(inode.content.size());
  for (const std::uint64_t block : inode.dirty)
    copy(inode.content, inode.durable, block * kBlock, kBlock);
  inode.dirty.clear();
}

// Mostly a disk has written nothing that it was not told to; sometimes some of it, or nearly all.
double Volume::luck() {
  if (forgets_.all) return 0;
  constexpr std::array<double, 6> chances{0, 0, 0, 0.5, 0.9, 1};
  return chances[std::uniform_int_distribution<std::size_t>(0, chances.size() - 1)(dice_)];
}

void Volume::settle_file(Inode& file, Loss& loss) {
  const double chance = luck();
  if (falls(chance)) file.durable.resize(file.content.size());
  for (const std::uint64_t block : file.dirty) {
    const bool kept = falls(chance);
    // One that is lost may be half written: its first sectors, in the order of the disk's arm.
    const std::uint64_t torn = falls(chance / 4) ? dice_() % (kBlock / kSector) : 0;
    copy(file.content, file.durable, block * kBlock, kept ? kBlock : torn * kSector);
    ++(kept ? loss.blocks_kept : loss.blocks);
  }
  file.dirty.clear();
  file.content = file.durable;
}

void Volume::settle_folder(Inode& folder, Loss& loss) {
  const double chance = luck();
  for (const Step& step : folder.steps) {
    const bool kept = falls(chance);
    if (kept) apply(step, folder.durable_names);
    ++(kept ? loss.steps_kept : loss.steps);
  }
  folder.steps.clear();
  folder.names.clear();
  folder.next_place = 3;
  for (const auto& [name, node] : folder.durable_names) {
    settle(*node, loss);
    folder.names[name] = {node, folder.next_place++};
  }
}

void Volume::settle(Inode& inode, Loss& loss) {
  if (inode.is_folder()) return settle_folder(inode, loss);
  // Under its first name; under a second one nothing is left to be settled.
  if (inode.dirty.empty() && inode.content.size() == inode.durable.size()) return;
  settle_file(inode, loss);
}

Loss Volume::cut() {
  Loss loss;
  settle(*root_, loss);
  each_name(*root_, [](Inode& inode) { inode.links = 0; });
  each_name(*root_, [](Inode& inode) { ++inode.links; });
  return loss;
}

std::chrono::microseconds Volume::draw(std::chrono::microseconds most) {
  return std::chrono::microseconds(
      std::uniform_int_distribution<std::int64_t>(0, most.count())(dice_));
}

std::uint64_t Volume::used() const {
  std::uint64_t total = 0;
  each_name(*root_, [&total](const Inode& inode) { total += inode.content.size(); });
  return total;
}

}  // namespace power
