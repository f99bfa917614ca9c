#include "spool/writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "seal/primitives.h"

namespace spool {
namespace {

constexpr std::uint64_t kWriteBehind = 256 * 1024;

}  // namespace

base::Status Writer::write(base::ByteView content) {
  content_size_ += content.size();
  return sealer_.give(content);
}

base::Result<Association> Association::create(int folder, const AssociationId& id,
                                              base::ByteView spool_point) {
  const seal::KeyPair ephemeral = seal::generate_p256();
  Header header;
  header.key_id = key_id(spool_point);
  header.association = id;
  std::copy_n(ephemeral.point.begin(), header.ephemeral_point.size(),
              header.ephemeral_point.begin());
  auto key = association_key(header, ephemeral.scalar, spool_point, spool_point);
  if (!key.ok()) return base::ask_administrator("spool.key", "key.pub holds no point of P-256");
  return Association(folder, header, std::move(key).value());
}

base::Result<Writer> Association::make() const {
  disk::Descriptor file(openat(folder_, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0660));
  if (!file.valid()) return disk::system_fault("spool.begin", "a file without a name", errno);
  Header header = header_;
  ++header.sequence;
  const auto bytes = write_header(header);
  TRY(disk::write_all(file.get(), bytes));
  auto out = [fd = file.get(), size = std::uint64_t{bytes.size()},
              behind = disk::WriteBehind(kWriteBehind, 0)](base::ByteView sealed) mutable {
    size += sealed.size();
    auto written = disk::write_all(fd, sealed);
    behind.written_to(fd, size);
    return written;
  };
  seal::Sealer sealer = TRY(seal::Sealer::create(key_, associated_data(bytes), std::move(out)));
  sealer.guess_last(last_segment_, [fd = file.get(), begin = bytes.size()](std::uint64_t offset,
                                                                           base::ByteView sealed) {
    return disk::write_all_at(fd, sealed, begin + offset);
  });
  return Writer(std::move(file), std::move(sealer), header.sequence);
}

void Association::prepare() {
  auto made = make();
  if (made.ok()) prepared_ = std::move(made).value();
}

base::Result<Writer> Association::begin() {
  if (!prepared_) return make();
  return *std::exchange(prepared_, std::nullopt);
}

base::Status Association::commit(Writer writer) {
  TRY(writer.sealer_.finish());
  last_segment_ = writer.sealer_.segments() - 1;
  TRY(disk::sync_content(writer.file_.get()));
  const std::string nameless = "/proc/self/fd/" + std::to_string(writer.file_.get());
  const std::string name = file_name(writer.sequence_);
  if (linkat(AT_FDCWD, nameless.c_str(), folder_, name.c_str(), AT_SYMLINK_FOLLOW) != 0)
    return disk::system_fault("spool.commit", name, errno);
  header_.sequence = writer.sequence_;  // taken, even if the next line fails
  return disk::sync_folder(folder_);
}

}  // namespace spool
