#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "mount.h"

namespace power {
namespace {

constexpr std::uint32_t kBlock = 4096;
constexpr std::uint32_t kLargestWrite = 1u << 20;

Answer error(int number) { return {number, {}}; }

Node named(const Inode& folder, const std::string& name) {
  const auto found = folder.names.find(name);
  return found == folder.names.end() ? nullptr : found->second.node;
}

timespec time_of(std::uint64_t seconds, std::uint32_t nanoseconds) {
  return {static_cast<time_t>(seconds), static_cast<long>(nanoseconds)};
}

void append_name(Bytes& list, const Inode& inode, std::uint64_t place, const std::string& name) {
  fuse_dirent entry{};
  entry.ino = inode.number;
  entry.off = place;
  entry.namelen = static_cast<std::uint32_t>(name.size());
  entry.type = inode.mode >> 12;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&entry);
  list.insert(list.end(), bytes, bytes + FUSE_NAME_OFFSET);
  list.insert(list.end(), name.begin(), name.end());
  list.resize((list.size() + 7) / 8 * 8);
}

// In the order in which they were added, so that a reader who goes on misses nothing.
std::map<std::uint64_t, std::pair<std::string, Node>> names_after(const Node& folder,
                                                                  std::uint64_t place) {
  std::map<std::uint64_t, std::pair<std::string, Node>> sorted;
  for (const auto& [name, entry] : folder->names)
    if (entry.place > place) sorted[entry.place] = {name, entry.node};
  if (place < 1) sorted[1] = {".", folder};
  if (place < 2) sorted[2] = {"..", folder};
  return sorted;
}

}  // namespace

Node Requests::find(const Mount& mount, std::uint64_t number) {
  const auto known = mount.known_.find(number);
  return known == mount.known_.end() ? nullptr : known->second.node;
}

fuse_attr Requests::attributes(const Inode& inode) {
  fuse_attr attr{};
  attr.ino = inode.number;
  attr.size = inode.content.size();
  attr.blocks = (attr.size + 511) / 512;
  attr.atime = attr.mtime = attr.ctime = static_cast<std::uint64_t>(inode.modified.tv_sec);
  attr.atimensec = attr.mtimensec = attr.ctimensec =
      static_cast<std::uint32_t>(inode.modified.tv_nsec);
  attr.mode = inode.mode;
  attr.nlink = inode.is_folder() ? std::min(2u, inode.links * 2) : inode.links;
  attr.uid = inode.owner;
  attr.gid = inode.group;
  attr.blksize = kBlock;
  return attr;
}

Answer Requests::init(Mount&, const Request& request) {
  const auto in = request.argument<fuse_init_in>();
  fuse_init_out out{};
  out.major = FUSE_KERNEL_VERSION;
  out.minor = FUSE_KERNEL_MINOR_VERSION;
  out.max_readahead = in.max_readahead;
  out.flags =
      in.flags & (FUSE_BIG_WRITES | FUSE_MAX_PAGES | FUSE_ASYNC_READ | FUSE_PARALLEL_DIROPS);
  out.max_write = kLargestWrite;
  out.max_pages = kLargestWrite / kBlock;
  out.time_gran = 1;
  return answer(out);
}

Answer Requests::lookup(Mount& mount, const Request& request) {
  const Node folder = find(mount, request.head.nodeid);
  const Node node = folder ? named(*folder, request.text(0)) : nullptr;
  return node ? mount.entry_of(node) : error(ENOENT);
}

Answer Requests::get_attributes(Mount& mount, const Request& request) {
  const Node node = find(mount, request.head.nodeid);
  if (!node) return error(ESTALE);
  fuse_attr_out out{};
  out.attr_valid = 3600;
  out.attr = attributes(*node);
  return answer(out);
}

Answer Requests::set_attributes(Mount& mount, const Request& request) {
  const auto in = request.argument<fuse_setattr_in>();
  const Node node = find(mount, request.head.nodeid);
  if (!node) return error(ESTALE);
  if (in.valid & FATTR_SIZE) Volume::resize(*node, in.size);
  if (in.valid & FATTR_MODE) node->mode = (node->mode & S_IFMT) | (in.mode & ~S_IFMT);
  if (in.valid & FATTR_UID) node->owner = in.uid;
  if (in.valid & FATTR_GID) node->group = in.gid;
  if (in.valid & FATTR_MTIME) node->modified = time_of(in.mtime, in.mtimensec);
  if (in.valid & FATTR_MTIME_NOW) node->modified = now();
  return get_attributes(mount, request);
}

Answer Requests::add(Mount& mount, const Request& request, std::uint32_t mode,
                     std::size_t name_at) {
  const Node folder = find(mount, request.head.nodeid);
  const std::string name = request.text(name_at);
  if (!folder) return error(ESTALE);
  if (named(*folder, name)) return error(EEXIST);
  const Node node = mount.volume_.make(mode, request.head.uid, request.head.gid);
  mount.volume_.take(*folder, {{name, node}});
  return mount.entry_of(node);
}

Answer Requests::make_file(Mount& mount, const Request& request) {
  const auto in = request.argument<fuse_mknod_in>();
  if (!S_ISREG(in.mode)) return error(EPERM);
  return add(mount, request, in.mode, sizeof in);
}

Answer Requests::make_folder(Mount& mount, const Request& request) {
  const auto in = request.argument<fuse_mkdir_in>();
  return add(mount, request, S_IFDIR | (in.mode & ~S_IFMT), sizeof in);
}

Answer Requests::make_unnamed(Mount& mount, const Request& request) {
  const auto in = request.argument<fuse_create_in>();
  const Node node =
      mount.volume_.make(S_IFREG | (in.mode & ~S_IFMT), request.head.uid, request.head.gid);
  Answer made = mount.entry_of(node);
  const Answer opened = answer(fuse_open_out{});
  made.body.insert(made.body.end(), opened.body.begin(), opened.body.end());
  return made;
}

Answer Requests::link(Mount& mount, const Request& request) {
  const auto in = request.argument<fuse_link_in>();
  const Node folder = find(mount, request.head.nodeid);
  const Node node = find(mount, in.oldnodeid);
  const std::string name = request.text(sizeof in);
  if (!folder || !node) return error(ESTALE);
  if (named(*folder, name)) return error(EEXIST);
  mount.volume_.take(*folder, {{name, node}});
  return mount.entry_of(node);
}

Answer Requests::remove(Mount& mount, const Request& request) {
  const Node folder = find(mount, request.head.nodeid);
  const std::string name = request.text(0);
  const Node node = folder ? named(*folder, name) : nullptr;
  if (!node) return error(ENOENT);
  if (!node->names.empty()) return error(ENOTEMPTY);
  mount.volume_.take(*folder, {{name, nullptr}});
  return {};
}

// Within one folder, where it is one step. Between two it would be a promise of each of them, and
// nothing here asks for that.
Answer Requests::rename(Mount& mount, const Request& request) {
  const bool second = request.head.opcode == FUSE_RENAME2;
  const auto in = request.argument<fuse_rename2_in>();
  const std::uint32_t flags = second ? in.flags : 0;
  const std::string from = request.text(second ? sizeof in : sizeof(fuse_rename_in));
  const std::string to =
      request.text((second ? sizeof in : sizeof(fuse_rename_in)) + from.size() + 1);
  if (in.newdir != request.head.nodeid) return error(EXDEV);
  if ((flags & ~std::uint32_t{RENAME_NOREPLACE}) != 0) return error(EINVAL);
  const Node folder = find(mount, request.head.nodeid);
  const Node node = folder ? named(*folder, from) : nullptr;
  if (!node) return error(ENOENT);
  const Node replaced = named(*folder, to);
  if (replaced && flags != 0) return error(EEXIST);
  if (replaced && !replaced->names.empty()) return error(ENOTEMPTY);
  if (replaced != node) mount.volume_.take(*folder, {{to, node}, {from, nullptr}});
  return {};
}

Answer Requests::read(Mount& mount, const Request& request) {
  const auto in = request.argument<fuse_read_in>();
  const Node node = find(mount, request.head.nodeid);
  if (!node) return error(ESTALE);
  const std::uint64_t begin = std::min<std::uint64_t>(in.offset, node->content.size());
  const std::uint64_t size = std::min<std::uint64_t>(in.size, node->content.size() - begin);
  const auto* from = node->content.data() + begin;
  return {0, Bytes(from, from + size)};
}

Answer Requests::write(Mount& mount, const Request& request) {
  const auto in = request.argument<fuse_write_in>();
  const Node node = find(mount, request.head.nodeid);
  if (!node) return error(ESTALE);
  if (in.offset + in.size > mount.shape_.size) return error(ENOSPC);
  Volume::write(*node, in.offset, request.body.subspan(sizeof in, in.size));
  fuse_write_out out{};
  out.size = in.size;
  return answer(out);
}

Answer Requests::sync(Mount& mount, const Request& request) {
  const Node node = find(mount, request.head.nodeid);
  if (!node) return error(ESTALE);
  mount.volume_.sync(*node);
  return {};
}

Answer Requests::open_folder(Mount&, const Request&) { return answer(fuse_open_out{}); }

Answer Requests::list(Mount& mount, const Request& request) {
  const auto in = request.argument<fuse_read_in>();
  const Node folder = find(mount, request.head.nodeid);
  if (!folder) return error(ESTALE);
  Answer listed;
  for (const auto& [place, entry] : names_after(folder, in.offset)) {
    if (listed.body.size() + FUSE_NAME_OFFSET + entry.first.size() + 8 > in.size) break;
    append_name(listed.body, *entry.second, place, entry.first);
  }
  return listed;
}

Answer Requests::space(Mount& mount, const Request&) {
  fuse_statfs_out out{};
  const std::uint64_t used = std::min(mount.volume_.used(), mount.shape_.size);
  out.st.bsize = out.st.frsize = kBlock;
  out.st.blocks = mount.shape_.size / kBlock;
  out.st.bfree = out.st.bavail = (mount.shape_.size - used) / kBlock;
  out.st.files = out.st.ffree = 1u << 20;
  out.st.namelen = 255;
  return answer(out);
}

// What is not named here the kernel does without: ENOSYS to OPEN, FLUSH and CREATE is how a file
// system says that it need not be told of them.
Answer Requests::serve(Mount& mount, const Request& request) {
  static const std::map<std::uint32_t, Answer (*)(Mount&, const Request&)> table{
      {FUSE_INIT, init},       {FUSE_LOOKUP, lookup},       {FUSE_GETATTR, get_attributes},
      {FUSE_MKNOD, make_file}, {FUSE_MKDIR, make_folder},   {FUSE_SETATTR, set_attributes},
      {FUSE_LINK, link},       {FUSE_UNLINK, remove},       {FUSE_TMPFILE, make_unnamed},
      {FUSE_RMDIR, remove},    {FUSE_RENAME, rename},       {FUSE_RENAME2, rename},
      {FUSE_READ, read},       {FUSE_WRITE, write},         {FUSE_FSYNC, sync},
      {FUSE_FSYNCDIR, sync},   {FUSE_OPENDIR, open_folder}, {FUSE_READDIR, list},
      {FUSE_STATFS, space},    {FUSE_RELEASE, nothing},     {FUSE_RELEASEDIR, nothing},
      {FUSE_DESTROY, nothing},
  };
  const auto found = table.find(request.head.opcode);
  return found == table.end() ? error(ENOSYS) : found->second(mount, request);
}

}  // namespace power
