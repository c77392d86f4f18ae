#include "codec/control_request.h"

#include <utility>
#include <variant>

#include "base/concat.h"
#include "codec/json_document.h"

namespace pmx {
namespace {

template <class T>
const T* find_as(const Node& map, std::string_view key) noexcept {
  const Node::Member* const member = map.find(key);
  return member == nullptr ? nullptr : std::get_if<T>(&member->value.value);
}

}  // namespace

std::string_view ControlRequest::text(std::string_view key) const noexcept {
  const auto* const found = find_as<std::string>(arguments, key);
  return found == nullptr ? std::string_view{} : std::string_view(*found);
}

std::int64_t ControlRequest::number(std::string_view key, std::int64_t fallback) const noexcept {
  const auto* const found = find_as<std::int64_t>(arguments, key);
  return found == nullptr ? fallback : *found;
}

bool ControlRequest::flag(std::string_view key) const noexcept {
  const auto* const found = find_as<bool>(arguments, key);
  return found != nullptr && *found;
}

std::expected<ControlRequest, std::string> parse_control_request(std::string_view line) {
  auto document = parse_json_document(line);
  if (!document) return std::unexpected(concat("the request is no JSON: ", document.error().rule));
  if (document->map() == nullptr) return std::unexpected("the request is no JSON object");
  ControlRequest request;
  request.arguments = std::move(*document);
  if (request.number("version", 0) != kControlVersion) {
    return std::unexpected(concat("the request is not of version ", kControlVersion,
                                  "; is the client another release of pmx-init?"));
  }
  request.command = request.text("command");
  if (request.command.empty()) return std::unexpected("the request names no command");
  if (const auto* const targets = find_as<Node::List>(request.arguments, "targets")) {
    for (const Node& target : *targets) {
      if (target.text() == nullptr) return std::unexpected("a target is no text");
      request.targets.push_back(*target.text());
    }
  }
  return request;
}

}  // namespace pmx
