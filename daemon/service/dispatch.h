// Dispatch: one thread, one loop. It hands jobs to the children that connect, takes their answers,
// hears what receive reports, answers administrators, and runs the steps that need no child.
#pragma once

#include <chrono>
#include <list>
#include <map>
#include <memory>

#include "control/control.h"
#include "metrics/socket.h"
#include "service/stages.h"

namespace service {

class Dispatch {
 public:
  static base::Result<std::unique_ptr<Dispatch>> create(House& house);
  ~Dispatch();
  // Until SIGTERM or SIGINT. SIGHUP reads the settings again.
  int run();

 private:
  enum class Peer : std::uint8_t { Work, Verify, Send, Receive, Control };
  struct Connection {
    Peer peer;
    disk::Descriptor socket;
    std::unique_ptr<Lease> lease;  // of a child: the job in its hands
    base::Milliseconds deadline = 0;
    bool finished = false;  // the reply was taken: to be closed
  };
  using Connections = std::map<int, std::shared_ptr<Connection>>;

  explicit Dispatch(House& house);
  static const char* name_of(Peer peer);  // of its role and of its socket
  base::Status listen();
  base::Status watch(int fd);
  void take_connections(Peer peer, int listener);
  void take_message(const std::shared_ptr<Connection>& connection);
  void take_from_child(Connection& connection, const jobs::Packet& packet);
  void take_report(const jobs::Packet& packet);
  void take_request(const std::shared_ptr<Connection>& connection, const jobs::Packet& packet);
  void close(int fd);
  void note_children();
  void hand_out();
  bool is_spoken_to() const;
  bool hand_out_one(Stage& stage);
  void drop_overdue();
  void take_signals();
  void reload();
  void tick();

  House& house_;
  Stages stages_;
  disk::Descriptor epoll_, signals_;
  std::unique_ptr<metrics::Socket> metrics_;
  std::map<int, Peer> listeners_;
  std::vector<disk::Descriptor> listening_;
  Connections connections_;
  base::Milliseconds next_tick_ = 0;
  bool stopping_ = false;
};

}  // namespace service
