#include "tls/server.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

#include "base/secret_bytes.h"
#include "disk/descriptor.h"
#include "tls/openssl.h"

namespace tls {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;
constexpr long kMaxClientCertificates = 32 * 1024;  // bytes, with those of its authorities
constexpr std::size_t kReadAhead = 64 * 1024;
constexpr int kSecurity = 2;  // 112 bits: RSA from 2048, no SHA-1

using Text = base::Handle<BIO, BIO_free_all>;
using Chain = std::vector<Certificate>;

base::Fault unusable(const std::string& file) {
  const std::string reason = last_error();
  return base::ask_administrator("tls.load", file + (reason.empty() ? "" : ": " + reason));
}

// A key with a passphrase is refused: nobody is asked for one.
int no_passphrase(char*, int, int, void*) { return 0; }

base::Result<base::SecretBytes> read(const std::string& file) {
  auto bytes = disk::read_small_file(file, kMaxFile);
  if (!bytes.ok()) return base::ask_administrator("tls.load", file + ": " + bytes.fault().what);
  return base::SecretBytes(std::move(bytes).value());
}

Text text_of(const base::SecretBytes& bytes) {
  return Text(BIO_new_mem_buf(bytes.view().data(), static_cast<int>(bytes.size())));
}

base::Result<Chain> read_certificates(const std::string& file) {
  const base::SecretBytes bytes = TRY(read(file));
  const Text text = text_of(bytes);
  Chain chain;
  while (X509* one = PEM_read_bio_X509(text.get(), nullptr, no_passphrase, nullptr))
    chain.emplace_back(one);
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (chain.empty() || !ended) return unusable(file + ": no certificate in PEM");
  ERR_clear_error();
  return chain;
}

base::Result<Key> read_key(const std::string& file) {
  const base::SecretBytes bytes = TRY(read(file));
  const Text text = text_of(bytes);
  Key key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr));
  if (!key) return unusable(file + ": no private key in PEM without a passphrase");
  return key;
}

void* allocate(std::size_t size, const char*, int) { return std::malloc(size); }

void release(void* memory, const char*, int) {
  if (memory != nullptr) OPENSSL_cleanse(memory, malloc_usable_size(memory));
  std::free(memory);
}

void* reallocate(void* memory, std::size_t size, const char* file, int line) {
  if (memory == nullptr) return std::malloc(size);
  void* moved = size == 0 ? nullptr : std::malloc(size);
  if (moved != nullptr) std::memcpy(moved, memory, std::min(size, malloc_usable_size(memory)));
  if (moved != nullptr || size == 0) release(memory, file, line);
  return moved;
}

}  // namespace

base::Status wipe_what_is_freed() {
  if (CRYPTO_set_mem_functions(allocate, reallocate, release) == 1) return base::Done{};
  return base::ask_administrator("tls.memory", "OpenSSL was used before");
}

std::string last_error() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  std::string text = reason == nullptr ? "" : reason;
  ERR_clear_error();
  return text;
}

base::UnixSeconds end_of(const X509* certificate) {
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return 0;
  return timegm(&end);
}

void restrict_to_profile(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_security_level(context, kSecurity);
  SSL_CTX_set_cipher_list(context,
                          "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                          "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384");
  SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384");
  SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384");
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Else a peer that pours key updates would keep a read from ever returning to its deadlines.
  SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_max_cert_list(context, kMaxClientCertificates);
  SSL_CTX_set_read_ahead(context, 1);  // else two system calls for each record
  SSL_CTX_set_default_read_buffer_len(context, kReadAhead);
}

struct Server::Identity {
  Chain chain;  // the first is ours
  Key key;
};

Server::Server()
    : context_(SSL_CTX_new(TLS_server_method())), identity_(std::make_unique<Identity>()) {}

Server::~Server() { SSL_CTX_free(context_); }

base::Result<std::shared_ptr<Server>> Server::create(const Files& files) {
  ERR_clear_error();
  std::shared_ptr<Server> server(new Server());
  if (server->context_ == nullptr) return unusable("no TLS");
  restrict_to_profile(server->context_);
  TRY(server->load(files));
  if (!files.client_ca.empty()) TRY(server->trust(files.client_ca, files.require_client));
  return server;
}

base::Status Server::load(const Files& files) {
  identity_->chain = TRY(read_certificates(files.certificate));
  identity_->key = TRY(read_key(files.key));
  // What a connection would stumble over is found here: too short a key, somebody else's.
  const Connection trial(SSL_new(context_));
  if (!trial || SSL_use_certificate(trial.get(), identity_->chain.front().get()) != 1)
    return unusable(files.certificate);
  // The second finds a key of another kind, which OpenSSL would keep for another certificate.
  if (SSL_use_PrivateKey(trial.get(), identity_->key.get()) != 1 ||
      SSL_check_private_key(trial.get()) != 1)
    return unusable(files.key);
  return base::Done{};
}

// A certificate in the file is believed as it stands, its own authority or not.
base::Status Server::trust(const std::string& file, bool require) {
  X509_STORE* store = SSL_CTX_get_cert_store(context_);
  for (const Certificate& one : TRY(read_certificates(file))) {
    if (X509_STORE_add_cert(store, one.get()) != 1 ||
        SSL_CTX_add_client_CA(context_, one.get()) != 1)
      return unusable(file);
  }
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | (require ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                     nullptr);
  return base::Done{};
}

base::UnixSeconds Server::not_after() const { return end_of(identity_->chain.front().get()); }

void Server::forget_key() { identity_->key.reset(); }

ssl_st* Server::begin() {
  Connection connection(SSL_new(context_));
  if (!connection || !identity_->key) return nullptr;
  const Chain& chain = identity_->chain;
  bool done = SSL_use_certificate(connection.get(), chain.front().get()) == 1 &&
              SSL_use_PrivateKey(connection.get(), identity_->key.get()) == 1;
  for (std::size_t i = 1; i < chain.size(); ++i)
    done = done && SSL_add1_chain_cert(connection.get(), chain[i].get()) == 1;
  forget_key();
  return done ? connection.release() : nullptr;
}

}  // namespace tls
