// A conversation with the pmx-init that runs here, as the client has it.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/control_address.h"
#include "codec/document.h"
#include "os/unique_fd.h"

namespace pmx::cli {

// Blocks until the other side has answered or is gone.
class ControlLink {
 public:
  explicit ControlLink(os::UniqueFd fd) : fd_(std::move(fd)) {}

  // A request with its newline. False: the connection was closed.
  [[nodiscard]] bool send(std::string_view request);
  // The next line of what is answered. Nothing: there are no more.
  [[nodiscard]] std::optional<std::string> next();

 private:
  os::UniqueFd fd_;
  std::string text_;
};

// One line of an answer. Where a record in it is no document for us, for an app's number may be too
// large for ours and is right all the same, it is read as if there were null.
[[nodiscard]] std::expected<Node, SyntaxProblem> read_reply(std::string_view line);

// Why a request was not done.
[[nodiscard]] ControlFailure refusal_of(const Node& reply);

// What stands last in a reply, as it is written; inside of JSON text no quotation mark stands by
// itself. `key` has its comma, quotes and colon.
[[nodiscard]] std::string_view last_member(std::string_view reply, std::string_view key);

}  // namespace pmx::cli
