// The section `receiver`: who may call, where, and how much at once.
#include "settings/table.h"
#include "settings/values.h"

namespace settings {
namespace {

Table<Caller> caller_table() {
  Table<Caller> table;
  table.add(&Caller::ae_title, {.name = "ae_title",
                                .doc = "Calling AE title; \"*\" for any.",
                                .fallback = "\"*\"",
                                .form = "an AE title",
                                .check = check_caller_ae_title});
  table.add(&Caller::address, {.name = "address",
                               .doc = "Address or network that it calls from; any when left out.",
                               .example = "10.1.2.0/24",
                               .form = "an IP address or network",
                               .check = check_network});
  table.add(&Caller::certificate,
            {.name = "certificate",
             .doc = "Certificate that it has to show: sha256:FINGERPRINT, dns:NAME (an alternative "
                    "name) or subject:NAME as RFC 2253 writes it. Then it may call over TLS alone.",
             .form = "sha256:FINGERPRINT, dns:NAME or subject:NAME",
             .check = check_certificate_name});
  table.add(&Caller::tls, {.name = "tls",
                           .kind = Kind::Flag,
                           .doc = "Whether it may call over TLS alone.",
                           .fallback = "false"});
  return table;
}

Key pem_key(const char* name, const char* doc) {
  return {.name = name,
          .doc = doc,
          .form = "an absolute path or credential:NAME",
          .check = check_path_or_credential};
}

void read_client_certificate(ReceiverTLS& tls, const Node& node, const Key& key,
                             Complaints& complaints) {
  std::string word;
  if (convert(node, key, complaints, word)) tls.require_client = word == "require";
}

Table<ReceiverTLS> receiver_tls_table() {
  Table<ReceiverTLS> table;
  table.add(&ReceiverTLS::listen,
            {.name = "listen",
             .doc = "Where to wait for associations over TLS, unless systemd hands over the "
                    "sockets.",
             .fallback = "[\"[::]:2762\"]",
             .form = "ADDRESS:PORT",
             .list = true,
             .check = check_listen});
  table.add(&ReceiverTLS::certificate,
            pem_key("certificate",
                    "This node's certificate and those between it and its authority, PEM, such as "
                    "/etc/dcmcourier/receive/certificate.pem. Read again on SIGHUP."));
  table.add(&ReceiverTLS::key, pem_key("key", "Its private key, PEM, without a passphrase."));
  table.add(&ReceiverTLS::client_ca,
            pem_key("client_ca",
                    "Authorities whose certificates callers may show, or such certificates "
                    "themselves, PEM. Without it callers are not asked for certificates."));
  table.custom({.name = "client_certificate",
                .kind = Kind::Word,
                .doc = "With client_ca: whether everybody has to show a certificate over TLS, or "
                       "only who is named with one among the callers.",
                .fallback = "require",
                .words = {"require", "accept"}},
               read_client_certificate);
  return table;
}

void add_limits(Table<Receiver>& table) {
  table.add(&Receiver::max_associations, {.name = "max_associations",
                                          .kind = Kind::Number,
                                          .doc = "Associations at once, in all.",
                                          .fallback = "64",
                                          .least = 1,
                                          .most = 1000});
  table.add(&Receiver::max_associations_per_peer, {.name = "max_associations_per_peer",
                                                   .kind = Kind::Number,
                                                   .doc = "Associations at once from one address.",
                                                   .fallback = "16",
                                                   .least = 1,
                                                   .most = 1000});
  table.add(&Receiver::max_instance_size, {.name = "max_instance_size",
                                           .kind = Kind::Size,
                                           .doc = "A larger instance is refused with A700H.",
                                           .fallback = "8 GiB",
                                           .least = 1 << 20,
                                           .most = 1ll << 40});
  table.add(&Receiver::association_timeout,
            {.name = "association_timeout",
             .kind = Kind::Duration,
             .doc = "How long a peer may take to send its whole A-ASSOCIATE-RQ.",
             .fallback = "10s",
             .least = 1,
             .most = 300});
  table.add(&Receiver::idle_timeout, {.name = "idle_timeout",
                                      .kind = Kind::Duration,
                                      .doc = "How long an association may stay without a command.",
                                      .fallback = "60s",
                                      .least = 1,
                                      .most = 86400});
}

}  // namespace

Table<Receiver> receiver_table() {
  Table<Receiver> table;
  table.add(&Receiver::ae_titles, {.name = "ae_titles",
                                   .doc = "AE titles that this node answers to.",
                                   .example = "[COURIER]",
                                   .form = "an AE title",
                                   .required = true,
                                   .list = true,
                                   .check = check_ae_title});
  table.add(&Receiver::listen,
            {.name = "listen",
             .doc = "Where to wait for associations, unless systemd hands over the sockets.",
             .fallback = "[\"[::]:11112\"]",
             .form = "ADDRESS:PORT",
             .list = true,
             .check = check_listen});
  table.list(&Receiver::callers,
             {.name = "callers",
              .doc = "Who may call. An empty list is an error: nobody could.",
              .example = "\n- {ae_title: CT01, address: 10.1.2.0/24}",
              .form = "[{ae_title: CT01, address: 10.1.2.0/24}]",
              .required = true},
             caller_table());
  table.section(&Receiver::tls,
                {.name = "tls",
                 .doc = "DICOM over TLS 1.2 and 1.3 (PS3.15 section B.12) on ports of its own."},
                receiver_tls_table());
  add_limits(table);
  return table;
}

}  // namespace settings
