// The public side's GET requests: the page, and blobs for holders of a ticket.
#include "portal/page.h"
#include "portal/recipient_side.h"
#include "portal/target.h"

namespace portal {
namespace {

constexpr std::string_view kBlobs = "/api/1/blobs/";
constexpr std::string_view kPageCsp =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' "
    "blob:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types dcmcourier";
constexpr std::string_view kNothingCsp =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

Response file_of_page(const PageFile& file) {
  Response response(200);
  response.set_header("Content-Type", file.type);
  response.body = file.content;
  return response;
}

// Its name has the digest of its content.
bool is_immutable(std::string_view target) { return target.starts_with("/page/"); }

Response no_ticket() {
  auto response = Response::json(401, "{\"error\":\"no ticket\"}");
  response.set_header("WWW-Authenticate", "Bearer");
  return response;
}

// Keeps asking the store whether a running transfer may go on.
bool still_live(Core& core, const Digest& hash, const Id& id) {
  const auto now = core.now();
  if (now.jumped) return false;
  auto store = core.store.lock();
  const auto ticket = store->ticket(hash, now.time);
  if (!ticket.ok() || !ticket.value()) return false;
  const auto names = store->ticket_names(*ticket.value(), id);
  return names.ok() && names.value();
}

}  // namespace

base::Result<Response> RecipientSide::get(const Head& head) {
  if (head.target.starts_with("/s/")) return page(head);
  if (const auto* file = page_file(head.target)) return file_of_page(*file);
  const auto sums = id_between(head.target, kBlobs, "/sums");
  const auto id = sums ? sums : id_between(head.target, kBlobs, "");
  if (!id) return Response::json(404, "{\"error\":\"not found\"}");
  if (core_.now().jumped) return Response::json(503, "{\"error\":\"later\"}");
  return blob(head, *id, sums.has_value());
}

// Whatever follows /s/: the same bytes, so that nothing is learned from asking.
base::Result<Response> RecipientSide::page(const Head& head) {
  if (head.target.find("%23") != std::string::npos) core_.count_unproved();
  return file_of_page(*page_file("/index.html"));
}

base::Result<Response> RecipientSide::blob(const Head& head, const Id& id, bool sums) {
  const auto bearer = parse_bearer(head.header("authorization"));
  const Digest hash = sha256(bearer.value_or(share::Ticket{}));
  const auto ticket = TRY(core_.store.lock()->ticket(hash, core_.now().time));
  if (!bearer || !ticket) return no_ticket();
  if (!TRY(core_.store.lock()->ticket_names(*ticket, id))) return no_ticket();
  auto file = sums ? TRY(core_.files.read_sums(id)) : TRY(core_.files.read(id));
  auto response = file_answer(head, id, TRY(disk::size_of(file.get())));
  if (!response.part) return response;
  response.part->file = std::move(file);
  follow(*response.part, *ticket, hash, id, head, !sums && head.method == "GET");
  return response;
}

Response RecipientSide::file_answer(const Head& head, const Id& id, std::uint64_t size) {
  const std::string tag = '"' + share::id_text(id) + '"';
  const auto condition = head.header("if-range");
  const bool usable = condition.empty() || condition == tag;
  const auto range = usable ? parse_range(head.header("range"), size) : RangeAnswer{};
  if (range.kind == RangeKind::Unsatisfiable) {
    auto refused = Response::json(416, "{\"error\":\"range\"}");
    refused.set_header("Content-Range", "bytes */" + std::to_string(size));
    return refused;
  }
  const bool part = range.kind == RangeKind::Part;
  Response response(part ? 206 : 200);
  response.part = std::make_shared<FilePart>();
  response.part->offset = part ? range.range.first : 0;
  response.part->length = part ? range.range.length : size;
  if (part)
    response.set_header("Content-Range",
                        "bytes " + std::to_string(range.range.first) + '-' +
                            std::to_string(range.range.first + range.range.length - 1) + '/' +
                            std::to_string(size));
  response.set_header("Content-Type", "application/octet-stream");
  response.set_header("Accept-Ranges", "bytes");
  response.set_header("ETag", tag);
  return response;
}

void RecipientSide::follow(FilePart& part, const TicketRow& ticket, const Digest& hash,
                           const Id& id, const Head& head, bool count) {
  part.live = [&core = core_, hash, id] { return still_live(core, hash, id); };
  if (!count) return;
  StoredEvent event;
  event.kind = "served";
  event.share = ticket.share;
  event.arm = ticket.arm;
  event.issue = ticket.issue;
  event.blob = id;
  event.visitor = {head.address, clean_agent(head.header("user-agent"))};
  part.ended = [&core = core_, ticket, event](std::uint64_t bytes) mutable {
    if (bytes == 0) return;
    event.at = core.now().time;
    event.bytes = bytes;
    const auto counted = core.store.lock()->count_served(ticket, event);
    if (!counted.ok()) core.count_unproved();
  };
}

bool RecipientSide::crosses_origin(const Head& head) const {
  const auto& allowed = core_.config.public_side.page_origin;
  return !allowed.empty() && head.header("origin") == allowed;
}

// The headers of every answer; those of the common 404 depend on nothing but the request's Origin.
Response RecipientSide::finished(const Head& head, Response response) const {
  const bool found = response.status() == 200;
  const bool keeps = found && is_immutable(head.target);
  const bool is_page = keeps || (found && head.target.starts_with("/s/"));
  response.set_header("Cache-Control", keeps ? "public, max-age=31536000, immutable" : "no-store")
      .set_header("X-Content-Type-Options", "nosniff")
      .set_header("Referrer-Policy", "no-referrer")
      .set_header("Content-Security-Policy", is_page ? kPageCsp : kNothingCsp)
      .set_header(
          "Permissions-Policy",
          "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()")
      .set_header("Cross-Origin-Opener-Policy", "same-origin")
      .set_header("Cross-Origin-Resource-Policy", "same-origin");
  if (!core_.config.public_side.insecure_loopback)
    response.set_header("Strict-Transport-Security", "max-age=63072000");
  if (!core_.config.public_side.page_origin.empty()) response.set_header("Vary", "Origin");
  if (!crosses_origin(head)) return response;
  response.set_header("Access-Control-Allow-Origin", core_.config.public_side.page_origin)
      .set_header("Access-Control-Expose-Headers",
                  "Accept-Ranges, Content-Range, ETag, Retry-After");
  if (head.method == "OPTIONS")
    response.set_header("Access-Control-Allow-Methods", "GET, POST")
        .set_header("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Range, Range")
        .set_header("Access-Control-Max-Age", "600");
  return response;
}

Response RecipientSide::settled(const Head& head, base::Result<Response> result) const {
  if (result.ok()) return finished(head, std::move(result).value());
  return finished(head, Response::json(503, "{\"error\":\"later\"}"));
}

}  // namespace portal
