#include "cli/control_link.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "os/local_socket.h"

namespace pmx::cli {

bool ControlLink::send(std::string_view request) {
  while (!request.empty()) {
    const auto sent = os::send_some(fd_.get(), request);
    if (!sent) return false;
    request.remove_prefix(*sent);
  }
  return true;
}

std::optional<std::string> ControlLink::next() {
  std::size_t end;
  while ((end = text_.find('\n')) == std::string::npos) {
    std::array<char, 64 * 1024> buffer;
    const ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    text_.append(buffer.data(), static_cast<std::size_t>(count));
  }
  std::string line = text_.substr(0, end);
  text_.erase(0, end + 1);
  return line;
}

std::string_view last_member(std::string_view reply, std::string_view key) {
  const std::size_t begin = reply.find(key);
  if (begin == std::string_view::npos) return "null";
  return reply.substr(begin + key.size(), reply.size() - begin - key.size() - 1);
}

}  // namespace pmx::cli
