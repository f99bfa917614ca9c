// The confined child: all that parses hostile bytes. It holds the files of one question and one
// patient's values, never the domain key; it cannot open a file for writing or a socket.
#pragma once

#include <sys/types.h>

#include <functional>

#include "offline/messages.h"
#include "recognize/reader.h"

namespace offline {

class Child {
 public:
  // `forget` runs in the child before anything else: what it may not hold.
  static base::Result<Child> start(const std::function<void()>& forget);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();

  // Reject: it crashed, grew too large, or said what it should not. It is of no use then.
  base::Result<jobs::Packet> ask(Question question);

 private:
  Child(pid_t id, disk::Descriptor socket) : id_(id), socket_(std::move(socket)) {}
  void end();
  pid_t id_ = -1;
  disk::Descriptor socket_;
};

// The child's own loop: answers until the other side closes. Its end.
int serve(int socket, recognize::Reader& reader);

}  // namespace offline
