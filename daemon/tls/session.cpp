#include "tls/session.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "tls/openssl.h"

namespace tls {
namespace {

constexpr std::size_t kMostNames = 64;
constexpr std::uint64_t kMostOfHandshake = 128 * 1024;

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return text;
}

std::string fingerprint_of(const X509* certificate) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1) return "";
  return base::to_hex(base::ByteView(digest).first(size));
}

std::string subject_of(const X509* certificate) {
  const base::Handle<BIO, BIO_free_all> text(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : "";
}

std::vector<std::string> dns_names_of(const X509* certificate) {
  const base::Handle<GENERAL_NAMES, GENERAL_NAMES_free> all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> names;
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()) && names.size() < kMostNames; ++i) {
    const GENERAL_NAME* one = sk_GENERAL_NAME_value(all.get(), i);
    if (one->type != GEN_DNS) continue;
    const auto* data = reinterpret_cast<const char*>(ASN1_STRING_get0_data(one->d.dNSName));
    names.push_back(
        lower(std::string(data, static_cast<std::size_t>(ASN1_STRING_length(one->d.dNSName)))));
  }
  return names;
}

std::string why_it_failed(const SSL* ssl) {
  std::string text = last_error();
  const long verified = SSL_get_verify_result(ssl);
  if (verified != X509_V_OK)
    text += std::string(text.empty() ? "" : ": ") + X509_verify_cert_error_string(verified);
  return text.empty() ? "the peer broke off" : text;
}

}  // namespace

base::Result<Session> Session::accept(Server& server, int socket) {
  ERR_clear_error();
  Connection connection(server.begin());
  if (!connection || SSL_set_fd(connection.get(), socket) != 1)
    return base::retry_later("tls.accept", "no connection: " + last_error());
  SSL_set_accept_state(connection.get());
  return Session(connection.release());
}

base::Result<Session> Session::connect(int socket) {
  const Context context(SSL_CTX_new(TLS_client_method()));
  if (!context) return base::retry_later("tls.connect", "no TLS: " + last_error());
  restrict_to_profile(context.get());
  Connection connection(SSL_new(context.get()));
  if (!connection || SSL_set_fd(connection.get(), socket) != 1)
    return base::retry_later("tls.connect", "no connection: " + last_error());
  SSL_set_connect_state(connection.get());
  return Session(connection.release());
}

Session::~Session() { SSL_free(ssl_); }

Session::Session(Session&& other) noexcept
    : ssl_(std::exchange(other.ssl_, nullptr)),
      established_(other.established_),
      failed_(other.failed_),
      why_(std::move(other.why_)),
      proof_(std::move(other.proof_)),
      peer_not_after_(other.peer_not_after_) {}

Session& Session::operator=(Session&& other) noexcept {
  std::swap(ssl_, other.ssl_);
  established_ = other.established_;
  failed_ = other.failed_;
  why_ = std::move(other.why_);
  proof_ = std::move(other.proof_);
  peer_not_after_ = other.peer_not_after_;
  return *this;
}

Step Session::outcome(int result) {
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return Step::WantRead;
    case SSL_ERROR_WANT_WRITE:
      return Step::WantWrite;
    case SSL_ERROR_ZERO_RETURN:
      return Step::Closed;
    default:
      failed_ = true;
      why_ = why_it_failed(ssl_);
      return Step::Failed;
  }
}

Step Session::shake_hands() {
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_);
  if (done == 1) {
    finish();
    return Step::Done;
  }
  const Step step = outcome(done);
  if (step == Step::Failed || received() <= kMostOfHandshake) return step;
  why_ = "a handshake of more than 128 KiB";
  failed_ = true;
  return Step::Failed;
}

// The key has done its work; who takes this process over later does not find it.
void Session::finish() {
  established_ = true;
  SSL_certs_clear(ssl_);
  const Certificate certificate(SSL_get1_peer_certificate(ssl_));
  if (!certificate) return;
  proof_ = {fingerprint_of(certificate.get()), subject_of(certificate.get()),
            dns_names_of(certificate.get())};
  peer_not_after_ = end_of(certificate.get());
}

Moved Session::read(std::span<std::uint8_t> into) {
  ERR_clear_error();
  Moved moved;
  const int done = SSL_read_ex(ssl_, into.data(), into.size(), &moved.size);
  moved.step = done == 1 ? Step::Done : outcome(done);
  return moved;
}

Moved Session::write(base::ByteView bytes) {
  ERR_clear_error();
  Moved moved;
  const int done = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &moved.size);
  moved.step = done == 1 ? Step::Done : outcome(done);
  return moved;
}

void Session::close() {
  if (established_ && !failed_) SSL_shutdown(ssl_);
  ERR_clear_error();
}

std::uint64_t Session::received() const { return BIO_number_read(SSL_get_rbio(ssl_)); }

std::string Session::protocol() const {
  return std::string(SSL_get_version(ssl_)) + " " + SSL_get_cipher_name(ssl_);
}

base::Bytes alert_record(Alert alert) {
  constexpr std::uint8_t kAlert = 21, kFatal = 2;
  return {kAlert, 3, 3, 0, 2, kFatal, static_cast<std::uint8_t>(alert)};
}

}  // namespace tls
