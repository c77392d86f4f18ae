// Several requests on one connection, cut anywhere, one of them too long: each is taken as it was
// written, in order, and what is too long is refused once and ends the connection.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/concat.h"
#include "codec/control_request.h"
#include "os/local_socket.h"
#include "os/poller.h"
#include "runtime/control_server.h"

namespace {

constexpr pmx::Instant kAtOnce{};  // has always passed
constexpr char kMuch = '\xff';     // stands for this much
constexpr std::size_t kSizeOfMuch = pmx::kLongestControlRequest / 3;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Taken {
  std::vector<std::string> lines;
  std::string told;  // what the client was told
};

std::string written_out(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    if (byte == kMuch)
      text.append(kSizeOfMuch, 'x');
    else
      text += byte;
  }
  return text;
}

// What a client is served that writes pieces of this size and answers to nothing.
class Conversation {
 public:
  Conversation() : server_(listen(), poller_) {
    auto client = pmx::os::connect_to(address());
    require(client.has_value());
    client_ = std::move(*client);
    serve();
  }

  Taken hold(std::string_view text, std::size_t piece) {
    while (!text.empty() && !is_over_) {
      const auto sent = pmx::os::send_some(client_.get(), text.substr(0, piece));
      if (!sent) break;  // closed
      text.remove_prefix(*sent);
      serve();
    }
    ::shutdown(client_.get(), SHUT_WR);
    for (int n = 0; n < 1'000 && !is_over_; ++n) serve();
    require(is_over_);
    return std::move(taken_);
  }

 private:
  static std::string address() { return pmx::concat("@pmx-init.fuzz.", ::getpid()); }
  static pmx::os::UniqueFd listen() {
    auto listener = pmx::os::listen_at(address());
    require(listener.has_value());
    return std::move(*listener);
  }

  // One turn for all that is there now.
  void serve() {
    poller_.wait_until(kAtOnce);
    server_.pump(kAtOnce);
    while (auto request = server_.take_request()) {
      require(!request->line.contains('\n'));
      require(request->line.size() < pmx::kLongestControlRequest);
      server_.send(request->client, "taken", kAtOnce);
      server_.end(request->client, kAtOnce);
      taken_.lines.push_back(std::move(request->line));
      poller_.wait_until(kAtOnce);
      server_.pump(kAtOnce);
    }
    hear();
  }

  void hear() {
    std::array<char, 4'096> bytes;
    for (;;) {
      const ssize_t count = ::recv(client_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
      // Closed with something unread: what we were told before comes behind that.
      const bool is_reset = count < 0 && errno == ECONNRESET;
      is_over_ = is_over_ || count == 0 || is_reset;
      if (is_reset) continue;
      if (count <= 0) return;
      taken_.told.append(bytes.data(), static_cast<std::size_t>(count));
    }
  }

  pmx::os::Poller poller_{pmx::os::SignalMask::none()};
  pmx::runtime::ControlServer server_;
  pmx::os::UniqueFd client_;
  Taken taken_;
  bool is_over_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 64) return 0;
  const std::string text = written_out({reinterpret_cast<const char*>(data) + 1, size - 1});
  // Whole lines, as far as they are not too long.
  std::vector<std::string> wanted;
  bool is_too_long = false;
  for (std::string_view rest = text; !is_too_long;) {
    const std::size_t end = rest.find('\n');
    is_too_long = std::min(end, rest.size()) >= pmx::kLongestControlRequest;
    if (end == std::string_view::npos || is_too_long) break;
    wanted.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  const std::size_t piece = text.size() > 4'096 ? 4'096 * (1U + data[0]) : 1U + data[0];
  const Taken taken = Conversation().hold(text, piece);
  require(taken.lines == wanted);
  require(taken.told.contains("longer than 1 MiB") == is_too_long);
  return 0;
}
