// How an app is asked whether it works, what the answer is, and what makes it ready and healthy.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/endpoint.h"
#include "base/fixed_list.h"
#include "base/time.h"

namespace pmx {

// Tried one after the other: `localhost` is 127.0.0.1, then ::1.
using Endpoints = FixedList<Endpoint, 2>;

struct TcpProbe {  // good is who accepts a connection
  Endpoints endpoints;

  friend bool operator==(const TcpProbe&, const TcpProbe&) = default;
};
struct HttpProbe {  // good is a status from 200 to 399
  Endpoints endpoints;
  std::string authority;  // what the URL has before the path: "127.0.0.1:3000"
  std::string path;       // with the query: "/health?full"

  friend bool operator==(const HttpProbe&, const HttpProbe&) = default;
};
struct ExecProbe {  // good is exit code 0
  std::vector<std::string> command;

  friend bool operator==(const ExecProbe&, const ExecProbe&) = default;
};
using ProbeTarget = std::variant<TcpProbe, HttpProbe, ExecProbe>;

struct Probe {
  ProbeTarget target;
  Duration interval{};  // from an answer to the next question; never 0
  Duration timeout{};   // no answer until then is a bad one; never 0

  friend bool operator==(const Probe&, const Probe&) = default;
};

struct ByExec {  // the program runs
  friend bool operator==(const ByExec&, const ByExec&) = default;
};
struct ByMessage {  // process.send('ready') on the channel of Node
  friend bool operator==(const ByMessage&, const ByMessage&) = default;
};
struct ByListening {  // one of its servers listens, as a worker of a cluster
  friend bool operator==(const ByListening&, const ByListening&) = default;
};
struct ByNotify {  // READY=1 on the socket of sd_notify(3)
  friend bool operator==(const ByNotify&, const ByNotify&) = default;
};
struct ByDelay {
  Duration delay;

  friend bool operator==(const ByDelay&, const ByDelay&) = default;
};
using ReadyBy = std::variant<ByExec, ByMessage, ByListening, ByNotify, ByDelay, Probe>;

[[nodiscard]] inline bool waits_for_ready(const ReadyBy& ready_by) noexcept {
  return !std::holds_alternative<ByExec>(ready_by);
}

struct HealthPolicy {
  Probe probe;
  unsigned retries = 3;           // so many bad answers in a row: unhealthy
  Duration start_period{30'000};  // bad answers do not count before this or the first good one

  friend bool operator==(const HealthPolicy&, const HealthPolicy&) = default;
};

enum class ProbePurpose : unsigned char { readiness, health };

struct ProbeResult {
  enum class Kind : unsigned char {
    none,         // nobody has answered yet
    good,         //
    not_asked,    // for want of descriptors or memory: it says nothing about the app
    timed_out,    //
    unreachable,  // number: errno of connect(2), or of what came after it
    closed,       // the connection, before there was an HTTP status
    bad_status,   // number: the status of the HTTP response
    not_http,     //
    exited,       // number: the exit code of the command
    ended,        // number: the signal that ended the command
    cannot_run,   // number: errno of the command's exec
    not_fed,      // no WATCHDOG=1 came in time
    triggered,    // it said WATCHDOG=trigger
  };
  Kind kind = Kind::none;
  int number = 0;

  friend bool operator==(ProbeResult, ProbeResult) = default;
};

}  // namespace pmx
