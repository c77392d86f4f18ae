// One question over a connection, to the first of its endpoints that takes it. Never waits: how
// long the answer may take is not its business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/endpoint.h"
#include "base/fixed_text.h"
#include "codec/http_status.h"
#include "core/manifest.h"
#include "core/probe.h"
#include "os/poller.h"
#include "os/unique_fd.h"

namespace pmx::runtime {

class ProbeConnection {
 public:
  // The poller must outlive it; `slot` is its place in tokens.
  ProbeConnection(os::Poller& poller, std::uint16_t slot) noexcept
      : poller_(&poller), slot_(slot) {}

  // Gives up the question before. The endpoints and the probe must be there until there is an
  // answer, or until it is dropped; `http` is null where a connection is enough.
  void ask(const Endpoints& endpoints, const HttpProbe* http, std::uint32_t generation) noexcept;
  void drop() noexcept;

  // The descriptor is ready. Late news of an earlier question is passed over.
  void proceed(std::uint32_t generation) noexcept;

  // Whether it is the other end of what has come from there.
  [[nodiscard]] bool comes_from(const Endpoint& address) const noexcept {
    return local_ == address;
  }

  // Once for each question.
  [[nodiscard]] std::optional<ProbeResult> take_answer() noexcept;
  [[nodiscard]] bool has_answer() const noexcept { return answer_.has_value(); }

 private:
  enum class Stage : unsigned char { closed, connecting, sending, receiving, draining };

  void try_next() noexcept;
  void finish_connecting() noexcept;
  void send_request() noexcept;
  void receive() noexcept;
  void judge(HttpStatus::State state) noexcept;
  void fail(int error) noexcept;
  void answer(ProbeResult result) noexcept;
  [[nodiscard]] bool watch(Stage stage, os::Interest interest) noexcept;
  void close() noexcept;

  os::Poller* poller_;
  std::uint16_t slot_;
  std::uint32_t generation_ = 0;
  const Endpoints* endpoints_ = nullptr;
  const HttpProbe* http_ = nullptr;
  std::size_t next_ = 0;  // of the endpoints
  std::optional<int> first_error_;
  Stage stage_ = Stage::closed;
  os::UniqueFd fd_;
  std::optional<Endpoint> local_;
  bool is_watched_ = false;
  std::size_t sent_ = 0;
  std::size_t received_ = 0;
  HttpStatus status_;
  std::optional<ProbeResult> answer_;
};

}  // namespace pmx::runtime
