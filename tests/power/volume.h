// A file system in memory that knows of each byte and each name whether it would outlive a power
// cut. Only fsync makes them durable: of a file its content and size, of a folder its names. A file
// that was synced under a name that was not is gone. Owner, mode and times are never forgotten.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace power {

using Bytes = std::vector<std::uint8_t>;
using Dice = std::mt19937_64;

struct Inode;
using Node = std::shared_ptr<Inode>;

// A step in a folder: names set or, with no node, removed. A rename is one step of two names.
using Step = std::vector<std::pair<std::string, Node>>;

struct Entry {
  Node node;
  std::uint64_t place = 0;  // for readdir: grows with each name that is added
};

struct Inode {
  std::uint64_t number = 0;
  std::uint32_t mode = 0, owner = 0, group = 0, links = 0;
  timespec modified{};
  // A file: what reads give, what would outlive a cut, and the blocks in which they differ.
  Bytes content, durable;
  std::set<std::uint64_t> dirty;
  // A folder: its names, those that would outlive a cut, and the steps from these to those.
  std::map<std::string, Entry> names;
  std::map<std::string, Node> durable_names;
  std::vector<Step> steps;
  std::uint64_t next_place = 3;  // after "." and ".."
  bool is_folder() const;
};

struct Loss {
  std::uint64_t blocks = 0, blocks_kept = 0;  // not synced: how many were lost, how many kept
  std::uint64_t steps = 0, steps_kept = 0;
};

struct Forgets {
  bool files = false, folders = false;  // fsync of these does nothing
  bool all = false;                     // a cut keeps nothing that was not synced
};

class Volume {
 public:
  Volume(std::uint64_t seed, Forgets forgets);

  const Node& root() const { return root_; }
  Node make(std::uint32_t mode, std::uint32_t owner, std::uint32_t group);
  // Sets names and removes others, as one step that a cut keeps or loses.
  void take(Inode& folder, Step step);
  static void write(Inode& file, std::uint64_t at, std::span<const std::uint8_t> bytes);
  static void resize(Inode& file, std::uint64_t size);
  void sync(Inode& inode) const;

  // The power is gone and back: what was synced, and of the rest what the dice say.
  Loss cut();
  std::chrono::microseconds draw(std::chrono::microseconds most);  // between none and so much
  std::uint64_t used() const;  // bytes in files that have a name

 private:
  void settle(Inode& inode, Loss& loss);
  void settle_file(Inode& file, Loss& loss);
  void settle_folder(Inode& folder, Loss& loss);
  double luck();
  bool falls(double chance) { return std::bernoulli_distribution(chance)(dice_); }
  Dice dice_;
  Forgets forgets_;
  std::uint64_t last_number_ = 0;
  Node root_;
};

timespec now();

}  // namespace power
