#include "core/inspector_port.h"

#include <cstdint>

#include "base/concat.h"
#include "base/text.h"
#include "core/node_options.h"

namespace pmx {
namespace {

constexpr unsigned kUsualPort = 9229;
constexpr unsigned kLowestPort = 1024;
constexpr unsigned kHighestPort = 65'535;
constexpr std::string_view kFlags =
    "--inspect --inspect-brk --inspect-wait --inspect-port --debug-port";

// The last of each counts, wherever it stands.
struct Inspector {
  bool is_there = false;
  std::string_view host{};  // with its colon
  unsigned port = kUsualPort;

  // "9230", "0.0.0.0:9230", "[::1]:9230", "localhost".
  void listen_at(std::string_view place) noexcept {
    const std::size_t colon = place.rfind(':');
    const bool is_alone = colon == std::string_view::npos || place.ends_with(']');
    if (const auto number =
            parse_number<std::uint16_t>(is_alone ? place : place.substr(colon + 1))) {
      port = *number;
      if (!is_alone) host = place.substr(0, colon + 1);
    }
  }

  void take(std::string_view flag) noexcept {
    const std::size_t equals = flag.find('=');
    if (!is_among(flag.substr(0, equals), kFlags)) return;
    is_there = true;
    if (equals != std::string_view::npos) listen_at(flag.substr(equals + 1));
  }

  [[nodiscard]] std::string of_worker(unsigned worker) const {
    if (!is_there || port == 0) return {};
    unsigned own = port + worker;
    if (own > kHighestPort)
      own = kLowestPort + (own - kLowestPort) % (kHighestPort - kLowestPort + 1);
    return concat("--inspect-port=", host, own);
  }
};

}  // namespace

std::optional<InspectorArgument> inspector_argument(std::span<const std::string> arguments,
                                                    unsigned worker) {
  Inspector inspector;
  std::size_t behind = 0;
  for (std::size_t i = 1; i < arguments.size() && arguments[i].starts_with('-'); ++i) {
    const std::string& flag = arguments[i];
    if (flag == "--") break;
    inspector.take(flag);
    if (takes_next_word(flag)) {
      ++i;
      if (is_among(flag, kFlags) && i < arguments.size()) inspector.listen_at(arguments[i]);
    }
    if (inspector.is_there) behind = i + 1;
  }
  std::string text = inspector.of_worker(worker);
  if (text.empty() || behind > arguments.size()) return std::nullopt;
  return InspectorArgument{behind, std::move(text)};
}

std::string inspector_option(std::string_view node_options, unsigned worker) {
  Inspector inspector;
  for (std::string_view word = next_word(node_options); !word.empty();
       word = next_word(node_options)) {
    inspector.take(word);
  }
  return inspector.of_worker(worker);
}

}  // namespace pmx
