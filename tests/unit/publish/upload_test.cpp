// The upload's decisions, against a portal in memory that can be cut anywhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <deque>
#include <map>
#include <nlohmann/json.hpp>

#include "publish/publish.h"

namespace {

using publish::Request;
using publish::Response;
using testing::Contains;
using testing::HasSubstr;

constexpr const char* kPath = "/d/1/blobs/AAECAwQFBgcICQoLDA0ODw";

// Keeps what it gets; `cuts` says after how many bytes of each following PATCH the line breaks.
class MemoryPortal : public publish::Exchange {
 public:
  base::Result<Response> perform(const Request& request) override {
    requests.push_back(request.method + ' ' + request.path);
    if (answers.contains(request.method) && !answers[request.method].empty()) {
      Response scripted = answers[request.method].front();
      answers[request.method].pop_front();
      return scripted;
    }
    if (request.method == "POST" && request.path == "/d/1/blobs") return create(request);
    if (request.method == "HEAD") return Response{200, "", "", std::to_string(stored.size())};
    if (request.method == "PATCH") return patch(request);
    finish_body = request.body;
    silence = request.silence_seconds;
    if (expected.empty() || stored == expected) return Response{204, "", "", ""};
    stored.clear();
    return Response{409, "", "", ""};
  }

  std::vector<std::string> requests, create_headers;
  std::map<std::string, std::deque<Response>> answers;
  std::deque<std::size_t> cuts;
  std::string stored, finish_body, location = kPath;
  std::string expected;  // other bytes are discarded, where this is given
  unsigned silence = 0;

 private:
  Response create(const Request& request) {
    create_headers = request.headers;
    return {201, "", location, ""};
  }

  base::Result<Response> patch(const Request& request) {
    EXPECT_THAT(request.headers, Contains("Upload-Offset: " + std::to_string(stored.size())));
    EXPECT_EQ(request.extent->offset, stored.size());
    std::size_t length = request.extent->length;
    const bool cut = !cuts.empty() && cuts.front() < length;
    if (!cuts.empty()) {
      length = std::min(length, cuts.front());
      cuts.pop_front();
    }
    std::string bytes(length, '\0');
    EXPECT_EQ(
        pread(request.extent->fd, bytes.data(), length, static_cast<off_t>(request.extent->offset)),
        static_cast<ssize_t>(length));
    stored += bytes;
    if (request.sent && !request.sent(length)) return base::retry_later("test", "stopped");
    if (cut) return base::retry_later("test", "cut");
    return Response{204, "", "", std::to_string(stored.size())};
  }
};

class Upload : public testing::Test {
 protected:
  Upload() {
    for (int i = 0; i < 1000; ++i) content += static_cast<char>(i * 7);
    const int fd = memfd_create("blob", MFD_CLOEXEC);
    EXPECT_EQ(write(fd, content.data(), content.size()), 1000);
    job.file = disk::Descriptor(fd);
    job.sealed_length = content.size();
    for (std::uint8_t i = 0; i < 16; ++i) job.blob[i] = i;
    job.sums_sha256.fill(0xFF);
  }
  jobs::SendReply run() { return publish::upload(portal, job, progress, 300); }
  int patches() const {
    return static_cast<int>(
        std::count(portal.requests.begin(), portal.requests.end(), std::string("PATCH ") + kPath));
  }

  std::string content;
  jobs::UploadJob job;
  publish::Progress progress;
  MemoryPortal portal;
};

TEST_F(Upload, creates_under_our_id_sends_pieces_and_finishes_with_sums) {
  EXPECT_TRUE(run().done);
  EXPECT_EQ(portal.stored, content);
  EXPECT_EQ(patches(), 4);
  EXPECT_THAT(portal.create_headers, Contains("Tus-Resumable: 1.0.0"));
  EXPECT_THAT(portal.create_headers, Contains("Upload-Length: 1000"));
  EXPECT_THAT(portal.create_headers,
              Contains("Upload-Metadata: id QUFFQ0F3UUZCZ2NJQ1FvTERBME9Edw=="));
  EXPECT_EQ(portal.requests.back(), std::string("POST ") + kPath + "/finish");
  EXPECT_EQ(nlohmann::json::parse(portal.finish_body)["sums"],
            "__________________________________________8");
}

TEST_F(Upload, goes_on_where_an_earlier_one_broke_off) {
  portal.stored = content.substr(0, 450);
  portal.answers["POST"].push_back({409, "", "", ""});
  EXPECT_TRUE(run().done);
  EXPECT_EQ(portal.stored, content);
  EXPECT_EQ(patches(), 2);
}

TEST_F(Upload, only_finishes_when_all_is_there) {
  portal.stored = content;
  EXPECT_TRUE(run().done);
  EXPECT_EQ(patches(), 0);
}

TEST_F(Upload, goes_on_at_once_while_each_cut_comes_later) {
  portal.cuts = {100, 200, 300, 50};
  EXPECT_TRUE(run().done);
  EXPECT_EQ(portal.stored, content);
}

TEST_F(Upload, gives_up_for_now_when_nothing_arrives_any_more) {
  portal.cuts = {100, 0, 0, 0, 0};
  const auto reply = run();
  EXPECT_FALSE(reply.done);
  EXPECT_EQ(reply.remedy, base::Remedy::RetryLater);
  EXPECT_EQ(reply.text, "cut");
  EXPECT_EQ(portal.stored.size(), 100u);
  EXPECT_EQ(patches(), 2);
}

TEST_F(Upload, asks_again_after_a_409_of_another_offset) {
  portal.answers["PATCH"].push_back({409, "", "", ""});
  EXPECT_FALSE(run().done);  // nothing moved between two questions
  portal.answers["HEAD"].push_back({200, "", "", "0"});
  portal.answers["PATCH"].push_back({409, "", "", ""});
  portal.stored = content.substr(0, 10);
  EXPECT_TRUE(run().done);  // something did
  EXPECT_EQ(portal.stored, content);
}

TEST_F(Upload, retries_later_when_the_portal_lost_it) {
  portal.answers["HEAD"].push_back({404, "", "", ""});
  EXPECT_EQ(run().remedy, base::Remedy::RetryLater);
}

TEST_F(Upload, asks_the_administrator_when_the_portal_counts_otherwise) {
  for (const char* offset : {"", "-1", "1001", "99999999999999999999", "0x10", "1 "}) {
    portal.answers["HEAD"].push_back({200, "", "", offset});
    const auto reply = run();
    EXPECT_FALSE(reply.done) << offset;
    EXPECT_EQ(reply.remedy, base::Remedy::AskAdministrator) << offset;
  }
  for (const char* offset : {"", "0", "301"}) {
    portal.answers["PATCH"].push_back({204, "", "", offset});
    EXPECT_EQ(run().remedy, base::Remedy::AskAdministrator) << offset;
  }
}

TEST_F(Upload, asks_the_administrator_when_the_id_belongs_to_an_upload_of_another_length) {
  portal.answers["POST"].push_back({409, "", "", ""});
  portal.answers["HEAD"].push_back({200, "", "", "0", "999"});
  EXPECT_EQ(run().remedy, base::Remedy::AskAdministrator);
  EXPECT_EQ(patches(), 0);
}

TEST_F(Upload, asks_the_administrator_when_the_portal_chose_its_own_id) {
  portal.location = "https://portal/d/1/blobs/another";
  EXPECT_EQ(run().remedy, base::Remedy::AskAdministrator);
  EXPECT_EQ(patches(), 0);
}

TEST_F(Upload, rejects_a_file_of_which_the_portal_has_stored_other_bytes) {
  portal.answers["POST"] = {{201, "", kPath, ""}, {409, "", "", ""}};
  const auto reply = run();
  EXPECT_EQ(reply.remedy, base::Remedy::Reject);
  EXPECT_EQ(reply.status, 409);
  EXPECT_THAT(reply.text, HasSubstr("other bytes"));
  EXPECT_EQ(patches(), 4);
}

TEST_F(Upload, begins_anew_when_what_the_portal_had_from_earlier_was_torn) {
  portal.expected = content;
  portal.stored = std::string(450, '\0');
  EXPECT_TRUE(run().done);
  EXPECT_EQ(portal.stored, content);
  EXPECT_EQ(patches(), 2 + 4);
}

TEST_F(Upload, begins_anew_only_once) {
  portal.expected = "something else";
  portal.stored = std::string(450, '\0');
  EXPECT_EQ(run().remedy, base::Remedy::Reject);
  EXPECT_EQ(patches(), 2 + 4);
}

TEST_F(Upload, waits_for_a_portal_that_is_full_or_busy) {
  for (const int status : {429, 500, 503, 507}) {
    portal.answers["POST"].push_back({status, "<html>", "", ""});
    const auto reply = run();
    EXPECT_EQ(reply.remedy, base::Remedy::RetryLater);
    EXPECT_EQ(reply.status, status);
    EXPECT_EQ(reply.body, "");
  }
}

TEST_F(Upload, rejects_a_file_that_is_not_as_long_as_it_was_sealed) {
  job.sealed_length = 999;
  EXPECT_EQ(run().remedy, base::Remedy::Reject);
  EXPECT_TRUE(portal.requests.empty());
}

TEST_F(Upload, tells_how_far_it_has_come_and_stops_when_told) {
  std::vector<std::uint64_t> told;
  progress = [&](std::uint64_t done, std::uint64_t of) {
    EXPECT_EQ(of, 1000u);
    told.push_back(done);
    return true;
  };
  EXPECT_TRUE(run().done);
  EXPECT_EQ(told, (std::vector<std::uint64_t>{300, 600, 900, 1000}));
  portal.stored.clear();
  progress = [](std::uint64_t, std::uint64_t) { return false; };
  EXPECT_FALSE(run().done);
}

TEST_F(Upload, gives_the_portal_time_to_hash_a_large_blob) {
  portal.stored = content;
  EXPECT_TRUE(run().done);
  EXPECT_EQ(portal.silence, 60u);
}

}  // namespace
