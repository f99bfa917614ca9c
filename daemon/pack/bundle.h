// The bundle while it is written: the ZIP into its sealed file, the file-set that it holds, and at
// the end DICOMDIR, manifest, README and the sealed index.
#pragma once

#include <memory>

#include "pack/file_set.h"
#include "pack/instance.h"
#include "pack/sealed_file.h"
#include "pack/zip.h"

namespace pack {

class Bundle {
 public:
  // `job` must outlive this.
  static base::Result<Bundle> create(const jobs::PrepareJob& job);

  // The second pass over an instance: into the ZIP.
  base::Status add(FirstPass first, Workshop& workshop);

  struct Blobs {
    jobs::SealedBlob package, index;
  };
  // Reject when a file of the bundle's own holds an identifier.
  base::Result<Blobs> finish(const Workshop& workshop);

  std::uint32_t instances() const { return files_.instances(); }
  std::uint32_t series() const { return files_.series(); }

 private:
  Bundle(const jobs::PrepareJob& job, std::unique_ptr<SealedFile> package);
  base::Result<Place> add_own(std::string_view name, base::ByteView content, bool compress);
  base::Status add_own_files(const Workshop& workshop);
  base::Result<jobs::SealedBlob> write_index();

  const jobs::PrepareJob* job_;
  std::unique_ptr<SealedFile> package_;
  ZipWriter zip_;
  FileSet files_;
  std::vector<share::Entry> others_;
};

}  // namespace pack
