#include "portal/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/handle.h"
#include "pairing/pairing.h"

namespace portal {
namespace {

base::Fault tls_fault(const std::string& what) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  const base::Fault fault = base::ask_administrator(
      "portal.tls", what + (reason == nullptr ? "" : std::string(": ") + reason));
  ERR_clear_error();
  return fault;
}

// Instead of a chain: the key itself, or nobody.
int verify_pin(X509_STORE_CTX* store, void* tls) {
  X509* certificate = X509_STORE_CTX_get0_cert(store);
  const std::string& wanted = static_cast<const Tls*>(tls)->client_pin();
  if (certificate != nullptr &&
      base::equal_in_constant_time(base::as_bytes(pairing::pin_of(certificate)),
                                   base::as_bytes(wanted)))
    return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
  return 0;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
  });
  return text;
}

SSL_CTX* bare_context() {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr) return nullptr;
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  return context;
}

}  // namespace

Tls::~Tls() { SSL_CTX_free(context_); }

base::Result<std::shared_ptr<Tls>> Tls::for_recipients(const std::string& certificate,
                                                       const std::string& key) {
  ERR_clear_error();
  std::shared_ptr<Tls> tls(new Tls(bare_context()));
  if (tls->context_ == nullptr) return tls_fault("no TLS");
  if (SSL_CTX_use_certificate_chain_file(tls->context_, certificate.c_str()) != 1)
    return tls_fault(certificate);
  if (SSL_CTX_use_PrivateKey_file(tls->context_, key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(tls->context_) != 1)
    return tls_fault(key);
  return tls;
}

base::Result<std::shared_ptr<Tls>> Tls::for_dispatch(const std::string& key_file,
                                                     const std::string& client_pin) {
  auto tls = TRY(for_recipients(key_file, key_file));
  tls->client_pin_ = lower(client_pin);
  SSL_CTX_set_verify(tls->context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(tls->context_, verify_pin, tls.get());
  return tls;
}

}  // namespace portal
