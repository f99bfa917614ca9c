// The hospital's side: blobs, from creation to finish.
#include "portal/dispatch_side.h"
#include "portal/target.h"
#include "portal/upload_sink.h"
#include "portal/wire.h"

namespace portal {
namespace {

Response error(unsigned status, const char* what) {
  return Response::json(status, write_error(what));
}

Response not_found() { return error(404, "not found"); }

}  // namespace

base::Result<Response> DispatchSide::create(const Head& head) {
  const auto id = parse_upload_metadata(head.header("upload-metadata"));
  const auto length = parse_number(head.header("upload-length"));
  if (!id || !length || *length == 0) return error(400, "Upload-Metadata id or Upload-Length");
  if (head.content_length.value_or(0) != 0) return error(400, "no content with creation");
  if (*length > core_.config.limits.blob_size) return error(413, "larger than limits.blob_size");
  const auto known = TRY(core_.store.lock()->blob(*id));
  if (known && known->length != *length) return error(409, "another length under this id");
  if (!known) {
    auto refused = TRY(make_room_for(*id, *length));
    if (refused.status() != 201) return refused;
  }
  Response response(201);
  response.set_header("Location", "/d/1/blobs/" + share::id_text(*id));
  return response;
}

base::Result<Response> DispatchSide::make_room_for(const Id& id, std::uint64_t length) {
  const std::uint64_t free = TRY(core_.files.free_bytes());
  const std::uint64_t kept = core_.config.limits.keep_free;
  if (free < kept || free - kept < length) return error(507, "no room");
  TRY(core_.store.lock()->create_blob(id, length, core_.now().time));
  uploads_.lock()->seen_whole.insert(id);
  return Response(201);
}

base::Result<Response> DispatchSide::progress(const Id& id) {
  // Before the row is read: what is not finished then, nobody finishes meanwhile.
  const auto busy = Busy::take(uploads_, id);
  const auto blob = TRY(core_.store.lock()->blob(id));
  if (!blob) return not_found();
  const std::uint64_t offset =
      blob->finished ? blob->length : TRY(core_.files.synced_size(id, busy.has_value()));
  Response response(200);
  response.set_header("Upload-Offset", std::to_string(offset));
  response.set_header("Upload-Length", std::to_string(blob->length));
  return response;
}

base::Result<Plan> DispatchSide::patch(const Head& head, const Id& id) {
  auto busy = Busy::take(uploads_, id);
  const auto blob = TRY(core_.store.lock()->blob(id));
  if (!blob) return Plan(not_found());
  if (head.header("content-type") != "application/offset+octet-stream")
    return Plan(error(415, "Content-Type"));
  std::optional<Digest> checksum;
  if (!parse_upload_checksum(head.header("upload-checksum"), checksum))
    return Plan(error(400, "Upload-Checksum"));
  const auto offset = parse_number(head.header("upload-offset"));
  if (!offset) return Plan(error(400, "Upload-Offset"));
  if (blob->finished) return Plan(error(409, "finished"));
  if (!busy) return Plan(error(423, "another PATCH is under way"));
  auto writer = TRY(core_.files.write(id));
  if (writer.size() != *offset) return Plan(error(409, "Upload-Offset is not where this stands"));
  const std::uint64_t room = blob->length - std::min(blob->length, writer.size());
  if (head.content_length.value_or(0) > room) return Plan(error(413, "more than Upload-Length"));
  return Plan(std::make_unique<UploadSink>(std::move(writer), std::move(*busy), room, checksum));
}

base::Result<Response> DispatchSide::erase(const Id& id) {
  if (TRY(core_.store.lock()->named_by_live_share(id))) return error(409, "a live share names it");
  const auto busy = Busy::take(uploads_, id);
  if (!busy) return error(423, "a PATCH is under way");
  TRY(core_.store.lock()->forget_blob(id));
  TRY(core_.files.erase({id}));
  uploads_.lock()->seen_whole.erase(id);
  return Response(204);
}

base::Result<Response> DispatchSide::finish(const Id& id, const std::string& body) {
  const auto request = parse_finish_request(body);
  if (!request.ok()) return error(400, request.fault().what.c_str());
  const auto busy = Busy::take(uploads_, id);
  const auto blob = TRY(core_.store.lock()->blob(id));
  if (!blob) return not_found();
  if (blob->finished) {
    if (blob->sums != request.value().sums) return error(409, "finished with other sums");
    return Response::json(200, write_finish_answer(id, blob->length, blob->sums));
  }
  if (!busy) return error(423, "a PATCH is under way");
  const std::uint64_t size = TRY(core_.files.synced_size(id, true));
  if (size != blob->length) return Response::json(409, write_incomplete(size));
  const bool recount = uploads_.lock()->seen_whole.count(id) == 0;
  const auto stored = TRY(core_.files.finish(id, recount, request.value().sha256.has_value()));
  return judge(id, stored, blob->length, body);
}

base::Result<Response> DispatchSide::judge(const Id& id, const Finished& stored,
                                           std::uint64_t length, const std::string& body) {
  const auto request = TRY(parse_finish_request(body));
  const bool same =
      stored.sums == request.sums && (!request.sha256 || stored.sha256 == request.sha256);
  uploads_.lock()->seen_whole.erase(id);
  if (same) {
    TRY(core_.store.lock()->finish_blob(id, stored.sums));
    return Response::json(200, write_finish_answer(id, length, stored.sums));
  }
  TRY(core_.store.lock()->forget_blob(id));
  TRY(core_.files.erase({id}));
  return error(409, "the stored bytes have other sums: discarded");
}

}  // namespace portal
