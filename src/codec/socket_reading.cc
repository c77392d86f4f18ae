#include "codec/socket_reading.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "codec/endpoint_text.h"
#include "core/listen_request.h"

namespace pmx {
namespace {

using Reading = ManifestReading;

constexpr std::string_view kSocketForms =
    "3000, \"127.0.0.1:3000\", \"[::1]:3000\", \"/run/app.sock\" or \"@name\"";
constexpr std::int64_t kLargestBacklog = 65'535;

std::optional<ListeningSocket> socket_at(const std::string& text) {
  ListeningSocket socket;
  socket.text = text;
  const bool is_local = text.starts_with('/') || text.starts_with('@');
  if (is_local) {
    socket.address = text;
    if (text.size() < 2 || text.size() > kLongestSocketPath) return std::nullopt;
    return socket;
  }
  const auto endpoints = parse_endpoints(text);
  if (!endpoints) return std::nullopt;
  Endpoint endpoint = *endpoints->begin();
  // A port alone is one of all addresses; in a probe it is one of localhost.
  socket.is_any_address = std::ranges::all_of(text, is_digit);
  if (socket.is_any_address) endpoint = {Endpoint::Family::v6, endpoint.port, {}};
  socket.address = endpoint;
  return socket;
}

void read_address(Reading& reading, const Node& node, std::optional<ListeningSocket>& socket) {
  const auto text = reading.text_or_number(node);
  if (!text) return;
  socket = socket_at(*text);
  if (!socket) reading.refuse(node, "is no place to listen at", kSocketForms);
}

void read_socket(Reading& reading, const Node& node, AppSettings& app) {
  std::optional<ListeningSocket> socket;
  const Node::Map* const map = node.map();
  if (map == nullptr) {
    read_address(reading, node, socket);
    if (socket) app.sockets.push_back(std::move(*socket));
    return;
  }
  std::string name;
  std::optional<std::int64_t> backlog;
  if (node.find("listen") == nullptr) {
    reading.refuse(node, "does not say where to listen", "{\"listen\": 3000}");
  }
  for (const Node::Member& member : *map) {
    const Reading::Step step(reading, member.key);
    if (!is_among(member.key, kSocketKeys)) {
      reading.refuse(member, "is not a key of a socket", "\"listen\", \"name\", \"backlog\"");
    } else if (member.key == "listen") {
      read_address(reading, member.value, socket);
    } else if (member.key == "name") {
      name = reading.filled_text(member.value).value_or("");
      if (name.contains(':')) reading.refuse(member.value, "has a colon in it", "another name");
    } else {
      backlog = reading.number(member.value, 1, kLargestBacklog);
    }
  }
  if (!socket) return;
  socket->name = std::move(name);
  if (backlog) socket->backlog = static_cast<unsigned>(*backlog);
  app.sockets.push_back(std::move(*socket));
}

}  // namespace

void read_sockets(ManifestReading& reading, const Node& node, AppSettings& app) {
  app.sockets.clear();
  const Node::List* const list = node.list();
  if (const std::string* const text = node.text()) {
    // As an option: with commas between.
    std::string_view rest = *text;
    do read_socket(reading, {std::string(trim(next_field(rest, ','))), node.mark}, app);
    while (!rest.empty());
    return;
  }
  if (list == nullptr) return read_socket(reading, node, app);
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Reading::Step step(reading, i);
    read_socket(reading, (*list)[i], app);
  }
}

}  // namespace pmx
