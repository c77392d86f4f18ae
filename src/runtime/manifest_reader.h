// Reads the manifest anew, in a process of its own: evaluating it, users and files take their time,
// and nothing of that may keep the loop.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "core/manifest.h"
#include "core/note.h"
#include "os/poller.h"
#include "os/worker.h"
#include "runtime/control_server.h"

namespace pmx::runtime {

// A manifest that somebody has read and, where it is a program, evaluated.
struct GivenManifest {
  std::string file;      // as it is called in problems; empty: read what was read at the start
  std::string document;  // its text
};

struct ReadingRemark {
  Level level = Level::info;
  std::string event;
  std::string text;
};

// What came of it: a manifest, or all that is wrong.
struct ReadOutcome {
  std::vector<std::string> problems;  // sentences, each with its place
  std::vector<ReadingRemark> remarks;
  Manifest manifest;
};

using ReadManifest = std::function<ReadOutcome(const GivenManifest& given)>;

// What was loaded, with the variables of some apps read anew from the files that they came from.
struct Refresh {
  Manifest manifest;
  std::vector<std::string> apps;  // by their names
  unsigned changes = 0;           // how often the manifest had been changed by then
};

class ManifestReader {
 public:
  // `read` is called in a process of its own.
  ManifestReader(ReadManifest read, os::Poller& poller) : read_(std::move(read)), poller_(poller) {}

  [[nodiscard]] bool is_busy() const noexcept { return worker_.has_value(); }

  // Not while it is busy. False: there can be no process now.
  [[nodiscard]] bool begin(const GivenManifest& given, std::optional<ClientId> client, Instant now);

  // The same for variables alone.
  [[nodiscard]] bool begin(Refresh& refresh, ClientId client, Instant now);

  // A process has been reaped. False: it is not one of those.
  [[nodiscard]] bool ended(Pid pid) noexcept { return std::erase(processes_, pid) > 0; }

  // Takes what has come.
  void pump(Instant now);
  [[nodiscard]] bool has_work() const noexcept {
    return poller_.has(os::Token::Kind::manifest_reader) || is_busy();
  }
  [[nodiscard]] std::optional<Instant> deadline() const noexcept { return due_; }

  struct Result {
    ReadOutcome reading;
    std::optional<ClientId> client;   // who asked for it
    std::optional<unsigned> changes;  // of a refresh
  };
  // Once, when it is done.
  [[nodiscard]] std::optional<Result> take_result();

 private:
  [[nodiscard]] bool start(const std::function<ReadOutcome()>& read, Instant now);
  void finish();
  void fail(std::string_view why);

  ReadManifest read_;
  os::Poller& poller_;
  std::optional<os::Worker> worker_;
  std::vector<Pid> processes_;  // of this one and others that are not reaped yet
  std::optional<ClientId> client_;
  std::optional<unsigned> changes_;
  std::optional<Instant> due_;
  std::string answer_;
  std::optional<Result> result_;
};

}  // namespace pmx::runtime
