#include "portal/serve.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>

#include "portal/access_log.h"
#include "portal/core.h"
#include "portal/dispatch_side.h"
#include "portal/recipient_side.h"
#include "portal/transport.h"
#include "supervise/supervise.h"

namespace portal {
namespace {

struct Keys {
  std::shared_ptr<Tls> recipients, dispatch;  // recipients: empty with insecure_loopback
};

base::Result<Keys> load_keys(const Config& config) {
  Keys keys;
  if (!config.public_side.insecure_loopback)
    keys.recipients =
        TRY(Tls::for_recipients(config.public_side.certificate, config.public_side.key));
  keys.dispatch = TRY(Tls::for_dispatch(config.upload.key, config.upload.client_pin));
  return keys;
}

void no_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  umask(077);
  std::signal(SIGPIPE, SIG_IGN);
}

void complain(const base::Fault& fault) { log_line(3, fault.where + ": " + fault.what); }

std::function<void()> reload_into(base::Guarded<Keys>& keys, const Config& config) {
  return [&keys, config] {
    supervise::reloading();
    auto loaded = load_keys(config);
    supervise::serving();
    if (!loaded.ok()) return complain(loaded.fault());  // the old ones stay
    *keys.lock() = std::move(loaded).value();
    log_line(6, "certificates read again");
  };
}

base::Status announce(Transport& transport, const Listener& listener) {
  const std::string bound = TRY(transport.listen(listener));
  std::printf("%s %s\n", listener.name.c_str(), bound.c_str());
  return base::Done{};
}

}  // namespace

base::Status check_keys(const Config& config) {
  TRY(load_keys(config));
  return base::Done{};
}

base::Status serve(const Config& config) {
  no_core_dumps();
  base::Guarded<Keys> keys(TRY(load_keys(config)));
  const auto core = TRY(Core::open(config));
  RecipientSide recipients(*core);
  DispatchSide dispatch(*core);
  Transport transport(config.limits);
  Listener public_door{"public", config.public_side.listen, &recipients, {}};
  if (!config.public_side.insecure_loopback)
    public_door.tls = [&keys] { return keys.lock()->recipients; };
  const Listener upload_door{"upload", config.upload.listen, &dispatch,
                             [&keys] { return keys.lock()->dispatch; }};
  TRY(announce(transport, public_door));
  TRY(announce(transport, upload_door));
  std::fflush(stdout);
  supervise::serving();
  transport.run(reload_into(keys, config), [&core] {
    const auto done = core->tick();
    if (!done.ok()) complain(done.fault());
    supervise::turned();
  });
  return base::Done{};
}

}  // namespace portal
