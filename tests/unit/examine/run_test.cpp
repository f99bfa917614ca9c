// Jobs on real spool files: sealed by the spool, opened with a key for just that file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "dicom/read.h"
#include "dicom/uids.h"
#include "dicom/write.h"
#include "examine/examine.h"
#include "seal/primitives.h"
#include "spool/source.h"
#include "spool/writer.h"

namespace examine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Jobs : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "examine-XXXXXX";
    path_ = mkdtemp(name.data());
    folder_ = std::move(disk::open_folder(path_)).value();
    association_.emplace(spool::Association::create(folder_.get(), {7}, pair_.point).value());
  }
  void TearDown() override { std::filesystem::remove_all(path_); }

  // The content as an instance of the spool, as a job would be given it.
  jobs::SealedInstance seal(std::int64_t row, base::ByteView content) {
    auto writer = std::move(association_->begin()).value();
    EXPECT_TRUE(writer.write(content).ok());
    EXPECT_TRUE(association_->commit(std::move(writer)).ok());
    auto file =
        std::move(disk::open_read(folder_.get(), spool::file_name(association_->stored()))).value();
    auto key = std::move(spool::segment_key(file.get(), pair_.scalar, pair_.point)).value();
    return {row, std::move(file), std::move(key)};
  }

  static base::Bytes instance(std::string_view patient_id, std::size_t pixels = 100) {
    const auto value = [](dicom::Tag tag, dicom::VR vr, std::string_view text) {
      return dicom::Element{
          tag, vr, dicom::Element::Shape::Value, base::to_bytes(base::as_bytes(text)), {}, {}};
    };
    dicom::File file;
    file.meta = {"1.2.840.10008.5.1.4.1.1.7", "1.2.3", std::string(dicom::kExplicitVRLittleEndian),
                 "CT01", "COURIER"};
    file.syntax = dicom::transfer_syntax(file.meta.transfer_syntax_uid);
    file.elements = {value({0x0008, 0x0016}, "UI", file.meta.sop_class_uid),
                     value({0x0008, 0x0018}, "UI", "1.2.3"),
                     value({0x0010, 0x0020}, "LO", patient_id),
                     value({0x0020, 0x000D}, "UI", "1.2"),
                     value({0x0020, 0x000E}, "UI", "1.2.1"),
                     value({0x7FE0, 0x0010}, "OW", std::string(pixels, 'p'))};
    dicom::MemorySink sink;
    EXPECT_TRUE(dicom::write_file(file, dicom::MemorySource({}), sink).ok());
    return sink.take();
  }

  std::string path_;
  disk::Descriptor folder_;
  seal::KeyPair pair_ = seal::generate_p256();
  std::optional<spool::Association> association_;
};

TEST_F(Jobs, ExaminingAnswersForEachInstanceInItsOrder) {
  jobs::ExamineJob job;
  job.paths = {"00100020"};
  job.instances.push_back(seal(11, instance("ONE1")));
  job.instances.push_back(seal(12, base::as_bytes("no instance at all")));
  job.instances.push_back(seal(13, instance("TWO2", 3 << 20)));
  const auto reply = run(job);
  ASSERT_EQ(reply.examined.size(), 3u);
  EXPECT_EQ(reply.examined[0].instance, 11);
  EXPECT_TRUE(reply.examined[0].accepted);
  EXPECT_EQ(reply.examined[0].facts.reveal().patient_id, "ONE1");
  EXPECT_EQ(reply.examined[1].instance, 12);
  EXPECT_FALSE(reply.examined[1].accepted);
  EXPECT_EQ(reply.examined[1].reason, "not a DICOM file");
  EXPECT_TRUE(reply.examined[2].accepted);
  EXPECT_THAT(reply.examined[2].facts.reveal().attributes.at("00100020"), ElementsAre("TWO2"));
}

TEST_F(Jobs, AFileThatWasTamperedWithIsNotAccepted) {
  jobs::ExamineJob job;
  job.instances.push_back(seal(1, instance("ONE1")));
  const auto name = path_ + "/" + spool::file_name(association_->stored());
  std::filesystem::resize_file(name, std::filesystem::file_size(name) - 1);
  job.instances.push_back(seal(2, instance("TWO2")));
  const auto reply = run(job);
  EXPECT_FALSE(reply.examined[0].accepted);
  EXPECT_FALSE(reply.examined[0].reason.empty());
  EXPECT_TRUE(reply.examined[1].accepted);
}

TEST_F(Jobs, ADigestIsThatOfTheDataSetAlone) {
  const auto content = instance("ONE1", 3 << 20);
  const auto head = dicom::read_head(dicom::MemorySource(content)).value();
  auto other_sender = content;
  const auto title = base::as_text(content).find("CT01");
  other_sender[title + 3] = '2';
  jobs::DigestJob job;
  job.instances.push_back(seal(1, content));
  job.instances.push_back(seal(2, other_sender));
  job.instances.push_back(seal(3, instance("TWO2", 3 << 20)));
  job.instances.push_back(seal(4, base::as_bytes("no instance")));
  const auto digests = run(job).data_sets;
  ASSERT_EQ(digests.size(), 4u);
  const auto data_set = base::ByteView(content).subspan(head.data_set_offset);
  EXPECT_EQ(digests[0], base::to_hex(seal::sha256(data_set)));
  EXPECT_EQ(digests[1], digests[0]);
  EXPECT_NE(digests[2], digests[0]);
  EXPECT_THAT(digests[3], IsEmpty());
}

TEST_F(Jobs, AnEmptyJobHasAnEmptyReply) {
  EXPECT_THAT(run(jobs::ExamineJob{}).examined, IsEmpty());
  EXPECT_THAT(run(jobs::DigestJob{}).data_sets, IsEmpty());
}

}  // namespace
}  // namespace examine
