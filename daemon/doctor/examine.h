// The whole examination: looks, asks dispatch, judges, and tells each finding as soon as it is
// known. Works without dispatch and with a broken configuration, as far as that goes.
#pragma once

#include <functional>
#include <string>

#include "doctor/judge.h"

namespace doctor {

struct Request {
  std::string config, socket;  // socket: empty: the configuration's
  bool mail = true;            // ask the mail server at all
  std::string address;         // where a test mail goes; empty: the log-in alone
};
using Tell = std::function<void(const Finding&)>;
using Progress = std::function<void(const std::string& what)>;  // a slow check begins

Findings examine(const Request& request, const Tell& tell, const Progress& progress);

}  // namespace doctor
