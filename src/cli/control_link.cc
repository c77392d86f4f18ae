#include "cli/control_link.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <variant>

#include "base/concat.h"
#include "codec/json_document.h"
#include "os/local_socket.h"

namespace pmx::cli {

bool ControlLink::send(std::string_view request) {
  while (!request.empty()) {
    const auto sent = os::send_some(fd_.get(), request);
    if (!sent) return false;
    request.remove_prefix(*sent);
    pollfd full{fd_.get(), POLLOUT, 0};
    if (*sent == 0) ::poll(&full, 1, -1);
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

std::expected<Node, SyntaxProblem> read_reply(std::string_view line) {
  constexpr std::string_view kRecord = R"(,"record":)";
  auto reply = parse_json_document(line);
  const std::size_t at = reply ? line.npos : line.find(kRecord);
  if (at == line.npos) return reply;
  return parse_json_document(concat(line.substr(0, at), kRecord, "null}"));
}

ControlFailure refusal_of(const Node& reply) {
  const Node::Member* const error = reply.find("error");
  const std::string* const sentence = error == nullptr ? nullptr : error->value.text();
  const Node::Member* const code = reply.find("code");
  const auto* const number =
      code == nullptr ? nullptr : std::get_if<std::int64_t>(&code->value.value);
  return {number == nullptr ? 1 : static_cast<int>(*number),
          sentence == nullptr ? "the reply is not understood" : *sentence};
}

std::string_view last_member(std::string_view reply, std::string_view key) {
  const std::size_t begin = reply.find(key);
  if (begin == std::string_view::npos) return "null";
  return reply.substr(begin + key.size(), reply.size() - begin - key.size() - 1);
}

}  // namespace pmx::cli
