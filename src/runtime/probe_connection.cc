#include "runtime/probe_connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "os/connection.h"
#include "os/listener.h"
#include "os/local_socket.h"

namespace pmx::runtime {
namespace {

// Room for the longest URL that a manifest may have.
using Request = FixedText<1'400>;

// What is read behind the status, so that the server is not reset while it still writes.
constexpr std::size_t kMostDrained = 64 * 1024;

Request request_for(const HttpProbe& probe) noexcept {
  return Request("GET ", probe.path, " HTTP/1.1\r\nHost: ", probe.authority,
                 "\r\nUser-Agent: pmx-init/" PMX_VERSION
                 "\r\nAccept: */*\r\nConnection: close\r\n\r\n");
}

// It says something about us, not about the app.
bool is_shortage(int error) noexcept {
  constexpr std::array kShortages{EMFILE, ENFILE, ENOBUFS, ENOMEM};
  return std::ranges::find(kShortages, error) != kShortages.end();
}

}  // namespace

void ProbeConnection::ask(const Endpoints& endpoints, const HttpProbe* http,
                          std::uint32_t generation) noexcept {
  drop();
  endpoints_ = &endpoints;
  http_ = http;
  generation_ = generation;
  next_ = 0;
  first_error_.reset();
  try_next();
}

void ProbeConnection::drop() noexcept {
  close();
  answer_.reset();
}

void ProbeConnection::proceed(std::uint32_t generation) noexcept {
  if (generation != generation_) return;
  switch (stage_) {
    case Stage::closed:
      return;
    case Stage::connecting:
      return finish_connecting();
    case Stage::sending:
      return send_request();
    case Stage::receiving:
    case Stage::draining:
      return receive();
  }
}

std::optional<ProbeResult> ProbeConnection::take_answer() noexcept {
  return std::exchange(answer_, std::nullopt);
}

void ProbeConnection::try_next() noexcept {
  while (next_ < endpoints_->size()) {
    auto fd = os::begin_connection((*endpoints_)[next_++]);
    if (fd) {
      fd_ = std::move(*fd);
      local_ = os::address_of(fd_.get());
      if (!watch(Stage::connecting, os::Interest::writable)) fail(ENOMEM);
      return;
    }
    if (is_shortage(fd.error().number)) return fail(fd.error().number);
    if (!first_error_) first_error_ = fd.error().number;
  }
  fail(first_error_.value_or(ECONNREFUSED));
}

void ProbeConnection::finish_connecting() noexcept {
  if (const int error = os::connection_error(fd_.get()); error != 0) {
    close();
    if (!first_error_) first_error_ = error;
    return try_next();
  }
  if (http_ == nullptr) {
    answer({ProbeResult::Kind::good, 0});
    return close();
  }
  sent_ = 0;
  received_ = 0;
  status_ = {};
  stage_ = Stage::sending;
  send_request();
}

void ProbeConnection::send_request() noexcept {
  const Request request = request_for(*http_);
  const auto sent = os::send_some(fd_.get(), request.text().substr(sent_));
  if (!sent) return fail(sent.error().number);
  sent_ += *sent;
  if (sent_ < request.text().size()) return;
  if (!watch(Stage::receiving, os::Interest::readable)) fail(ENOMEM);
}

// Once each time: who sends without end must not keep us.
void ProbeConnection::receive() noexcept {
  std::array<char, 4'096> bytes;
  const ssize_t count = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  const bool is_answered = stage_ == Stage::draining;
  if (count < 0 && !is_answered) return fail(errno);
  if (count == 0 && !is_answered) answer({ProbeResult::Kind::closed, 0});
  if (count <= 0) return close();
  const auto size = static_cast<std::size_t>(count);
  received_ += size;
  if (!is_answered) judge(status_.take({bytes.data(), size}));
  if (received_ > kMostDrained) close();
}

void ProbeConnection::judge(HttpStatus::State state) noexcept {
  if (state == HttpStatus::State::incomplete) return;
  if (state == HttpStatus::State::not_http) {
    answer({ProbeResult::Kind::not_http, 0});
    return close();
  }
  const int number = status_.number();
  const bool is_good = number >= 200 && number < 400;
  answer(is_good ? ProbeResult{ProbeResult::Kind::good, 0}
                 : ProbeResult{ProbeResult::Kind::bad_status, number});
  stage_ = Stage::draining;
}

void ProbeConnection::fail(int error) noexcept {
  const auto kind =
      is_shortage(error) ? ProbeResult::Kind::not_asked : ProbeResult::Kind::unreachable;
  answer({kind, error});
  close();
}

void ProbeConnection::answer(ProbeResult result) noexcept { answer_ = result; }

bool ProbeConnection::watch(Stage stage, os::Interest interest) noexcept {
  stage_ = stage;
  if (std::exchange(is_watched_, false)) poller_->unwatch(fd_.get());
  const os::Token token{os::Token::Kind::probe, slot_, generation_};
  is_watched_ = poller_->watch(fd_.get(), interest, token).has_value();
  return is_watched_;
}

void ProbeConnection::close() noexcept {
  if (std::exchange(is_watched_, false)) poller_->unwatch(fd_.get());
  fd_.reset();
  local_.reset();
  stage_ = Stage::closed;
}

}  // namespace pmx::runtime
