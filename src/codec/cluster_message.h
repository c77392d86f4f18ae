// What workers of a Node cluster and their primary say to each other over the channel
// (lib/internal/cluster/{child,primary,utils}.js of Node). A message is an object whose `cmd` is
// "NODE_CLUSTER"; one with a descriptor is wrapped in another of "NODE_HANDLE".
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "base/endpoint.h"
#include "core/balancer.h"
#include "core/listen_request.h"

namespace pmx {

struct ClusterMessage {
  enum class Kind : unsigned char {
    other,         // nothing that a primary answers
    online,        // a worker begins on this channel, perhaps after another
    listen_asked,  // "queryServer"; read_listen_request() tells where
    listening,     // one of its servers does
    closed,        // it has closed what `listener` names
    leaving,       // it has begun to disconnect by itself, and waits for the answer
    answered,      // a hand-over: `sequence` names it
    refused,       // a descriptor did not arrive
  };
  Kind kind = Kind::other;
  std::uint64_t sequence = 0;  // of the message; of `answered`, of what it answers
  ListenerId listener{};       // of `closed`
  bool is_accepted = false;    // of `answered`
};

// `object` is an internal message: find_json_object() has found it, and its `cmd` begins with
// NODE_.
[[nodiscard]] ClusterMessage read_cluster_message(std::string_view object) noexcept;

// The same for what a worker answers to a hand-over, in the very form in which Node writes it, from
// the text itself: fast. Nothing: it is in another form, or something else.
[[nodiscard]] std::optional<ClusterMessage> read_common_answer(std::string_view message) noexcept;

// Of `listen_asked`. The error is an errno: EINVAL for what no node of ours would ask,
// ENAMETOOLONG.
[[nodiscard]] std::expected<ListenRequest, int> read_listen_request(std::string_view object);
// What every worker is given back, as JSON: keys of TLS tickets. Empty: nothing.
[[nodiscard]] std::string_view shared_data_of(std::string_view object) noexcept;

// Each with its newline; 0 where it does not fit.
struct ListenAnswer {
  std::uint64_t asked = 0;  // the sequence of the request
  ListenerId listener{};
  int error_number = 0;            // 0: it listens
  std::string_view shared_data{};  // as JSON, also with an error; empty: none
  const Endpoint* bound = nullptr;
  enum class Handle : unsigned char { none, stream, datagram };
  Handle handle = Handle::none;  // the socket itself goes with it
};
[[nodiscard]] std::size_t write_listen_answer(const ListenAnswer& answer,
                                              std::span<char> out) noexcept;
// A connection goes with it.
[[nodiscard]] std::size_t write_hand_over(const HandOver& handed, std::span<char> out) noexcept;
[[nodiscard]] std::size_t write_acknowledgement(std::uint64_t asked, std::span<char> out) noexcept;
// It shall close its servers, finish what it has begun, and disconnect.
inline constexpr std::string_view kDisconnectMessage =
    "{\"cmd\":\"NODE_CLUSTER\",\"act\":\"disconnect\",\"seq\":0}\n";

}  // namespace pmx
