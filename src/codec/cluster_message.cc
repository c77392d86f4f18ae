#include "codec/cluster_message.h"

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "base/named.h"
#include "base/text.h"
#include "codec/endpoint_text.h"
#include "codec/json_members.h"
#include "codec/json_unescape.h"
#include "codec/record_writer.h"
#include "core/listen_request.h"

namespace pmx {
namespace {

constexpr std::array<Named<ClusterMessage::Kind>, 5> kActs{
    {{R"("online")", ClusterMessage::Kind::online},
     {R"("queryServer")", ClusterMessage::Kind::listen_asked},
     {R"("listening")", ClusterMessage::Kind::listening},
     {R"("close")", ClusterMessage::Kind::closed},
     {R"("exitedAfterDisconnect")", ClusterMessage::Kind::leaving}}};

constexpr std::string_view kWrapperStart = R"({"cmd":"NODE_HANDLE","type":")";
constexpr std::string_view kStart = R"({"cmd":"NODE_CLUSTER",)";

// Of flags that Node passes on as libuv has them (uv.h).
constexpr unsigned kOnlyV6 = 1;         // UV_TCP_IPV6ONLY, UV_UDP_IPV6ONLY
constexpr unsigned kReusesAddress = 4;  // UV_UDP_REUSEADDR

constexpr int kFirstDescriptor = 3;  // of LISTEN_FDS

template <class Number>
std::optional<Number> number_at(std::string_view object, std::string_view key) noexcept {
  return parse_number<Number>(find_member(object, key));
}

ListenerId listener_of(std::string_view key) noexcept {
  if (key.size() < 2) return {};
  return ListenerId{parse_number<unsigned>(key.substr(1, key.size() - 2)).value_or(0)};
}

// "udp4", "udp6"; or 4, 6, and -1 for a path.
struct AddressType {
  bool is_datagram = false;
  bool is_path = false;
  bool is_v6 = false;
};
std::optional<AddressType> address_type_of(std::string_view written) noexcept {
  if (written == R"("udp4")") return AddressType{.is_datagram = true};
  if (written == R"("udp6")") return AddressType{.is_datagram = true, .is_v6 = true};
  if (written == "-1") return AddressType{.is_path = true};
  if (written == "4") return AddressType{};
  if (written == "6") return AddressType{.is_v6 = true};
  return std::nullopt;
}

// Of an abstract name Node makes a path as well: "/srv/api/\0name".
std::expected<std::string, int> path_of(std::string_view written) {
  std::array<char, 8192> text;
  std::string_view path = unescape_json(written, text);
  if (path.empty()) return std::unexpected(EINVAL);
  const std::size_t null = path.find('\0');
  const bool is_made_path =
      null != std::string_view::npos && null > 0 && path.front() == '/' && path[null - 1] == '/';
  if (is_made_path) path.remove_prefix(null);
  const bool is_abstract = path.front() == '\0';
  const bool has_null = path.find('\0', 1) != std::string_view::npos;
  if (has_null || (!is_abstract && path.front() != '/')) return std::unexpected(EINVAL);
  if (path.size() > kLongestSocketPath) return std::unexpected(ENAMETOOLONG);
  std::string address(path);
  if (is_abstract) address.front() = '@';
  return address;
}

std::expected<Endpoint, int> endpoint_of(std::string_view written, std::uint16_t port,
                                         bool is_v6) noexcept {
  Endpoint endpoint;
  if (written.empty() || written == "null") {
    endpoint.family = is_v6 ? Endpoint::Family::v6 : Endpoint::Family::v4;
  } else {
    std::array<char, 64> text;
    const auto parsed = parse_address(unescape_json(written, text));
    if (!parsed) return std::unexpected(EADDRNOTAVAIL);
    endpoint = *parsed;
  }
  endpoint.port = port;
  return endpoint;
}

// A socket for datagrams may have none, and Node hands on what it was told: text, for example.
std::optional<std::uint16_t> port_of(std::string_view written, bool is_datagram) noexcept {
  if (is_datagram) {
    if (written.empty() || written == "null") return 0;
    if (written.size() > 2 && written.front() == '"') {
      written = written.substr(1, written.size() - 2);
    }
  }
  return parse_number<std::uint16_t>(written);
}

// As JSON has them: without zeros before them.
std::optional<std::uint64_t> natural_number(std::string_view text) noexcept {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return parse_number<std::uint64_t>(text);
}

}  // namespace

ClusterMessage read_cluster_message(std::string_view object) noexcept {
  const std::string_view cmd = find_member(object, "cmd");
  if (cmd == R"("NODE_HANDLE_NACK")") return {.kind = ClusterMessage::Kind::refused};
  if (cmd != R"("NODE_CLUSTER")") return {};
  if (const auto ack = number_at<std::uint64_t>(object, "ack")) {
    const bool is_accepted = find_member(object, "accepted") == "true";
    return {.kind = ClusterMessage::Kind::answered, .sequence = *ack, .is_accepted = is_accepted};
  }
  const auto kind = from_name(kActs, find_member(object, "act"));
  const auto sequence = number_at<std::uint64_t>(object, "seq");
  if (!kind || !sequence) return {};
  return {
      .kind = *kind, .sequence = *sequence, .listener = listener_of(find_member(object, "key"))};
}

std::optional<ClusterMessage> read_common_answer(std::string_view message) noexcept {
  constexpr std::string_view kBegin = R"({"cmd":"NODE_CLUSTER","ack":)";
  constexpr std::string_view kAccepted = R"(,"accepted":true,"seq":)";
  if (!message.starts_with(kBegin) || !message.ends_with('}')) return std::nullopt;
  message.remove_prefix(kBegin.size());
  message.remove_suffix(1);
  const std::size_t comma = message.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const auto ack = natural_number(message.substr(0, comma));
  message.remove_prefix(comma);
  if (!ack || !message.starts_with(kAccepted)) return std::nullopt;
  if (!natural_number(message.substr(kAccepted.size()))) return std::nullopt;
  return ClusterMessage{
      .kind = ClusterMessage::Kind::answered, .sequence = *ack, .is_accepted = true};
}

std::expected<ListenRequest, int> read_listen_request(std::string_view object) {
  ListenRequest request;
  request.index = number_at<unsigned>(object, "index").value_or(0);
  if (const auto backlog = number_at<int>(object, "backlog"); backlog && *backlog > 0) {
    request.backlog = static_cast<unsigned>(*backlog);
  }
  if (const auto fd = number_at<int>(object, "fd"); fd && *fd >= 0) {
    request.kind = ListenRequest::Kind::handed;
    request.descriptor = *fd;
    if (*fd < kFirstDescriptor) return std::unexpected(EBADF);
    return request;
  }
  const auto type = address_type_of(find_member(object, "addressType"));
  if (!type) return std::unexpected(EINVAL);
  const std::string_view address = find_member(object, "address");
  if (type->is_path) {
    auto path = path_of(address);
    if (!path) return std::unexpected(path.error());
    request.address = std::move(*path);
    if (find_member(object, "readableAll") == "true") request.rights_of_all |= 0444;
    if (find_member(object, "writableAll") == "true") request.rights_of_all |= 0222;
    return request;
  }
  const auto port = port_of(find_member(object, "port"), type->is_datagram);
  if (!port) return std::unexpected(EINVAL);
  const unsigned flags = number_at<unsigned>(object, "flags").value_or(0);
  // Where no address is written Node means all there are, whatever type it names.
  const bool is_any = address.empty() || address == "null";
  const bool is_v6 = type->is_v6 || (is_any && !type->is_datagram);
  const auto endpoint = endpoint_of(address, *port, is_v6);
  if (!endpoint) return std::unexpected(endpoint.error());
  request.address = *endpoint;
  request.takes_v4 = endpoint->family == Endpoint::Family::v6 && (flags & kOnlyV6) == 0;
  if (type->is_datagram) {
    request.kind = ListenRequest::Kind::datagram;
    request.reuses_address = (flags & kReusesAddress) != 0;
  }
  return request;
}

std::string_view shared_data_of(std::string_view object) noexcept {
  const std::string_view data = find_member(object, "data");
  return data == "null" ? std::string_view{} : data;
}

std::size_t write_listen_answer(const ListenAnswer& answer, std::span<char> out) noexcept {
  using enum ListenAnswer::Handle;
  RecordWriter writer(out);
  if (answer.handle != none) {
    writer << kWrapperStart << (answer.handle == datagram ? "dgram" : "net")
           << R"(.Native","msg":)";
  }
  writer << kStart << R"("errno":)";
  if (answer.error_number == 0) {
    writer << "null";
  } else {
    writer << -std::int64_t{answer.error_number};
  }
  writer << R"(,"key":")" << static_cast<std::int64_t>(answer.listener) << R"(","ack":)"
         << static_cast<std::int64_t>(answer.asked) << R"(,"data":)"
         << (answer.shared_data.empty() ? "null" : answer.shared_data);
  if (answer.bound != nullptr) {
    const bool is_v6 = answer.bound->family == Endpoint::Family::v6;
    writer << R"(,"sockname":{"address":")" << address_text(*answer.bound).text()
           << R"(","family":"IPv)" << (is_v6 ? "6" : "4") << R"(","port":)"
           << std::int64_t{answer.bound->port} << "}";
  }
  writer << R"(,"seq":0})" << (answer.handle != none ? "}\n" : "\n");
  return writer.size();
}

std::size_t write_hand_over(const HandOver& handed, std::span<char> out) noexcept {
  RecordWriter writer(out);
  writer << kWrapperStart << R"(net.Native","msg":)" << kStart << R"("act":"newconn","key":")"
         << static_cast<std::int64_t>(handed.listener) << R"(","seq":)"
         << static_cast<std::int64_t>(handed.sequence) << "}}\n";
  return writer.size();
}

std::size_t write_acknowledgement(std::uint64_t asked, std::span<char> out) noexcept {
  RecordWriter writer(out);
  writer << kStart << R"("ack":)" << static_cast<std::int64_t>(asked) << ",\"seq\":0}\n";
  return writer.size();
}

}  // namespace pmx
