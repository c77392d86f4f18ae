// Anything that a worker says as a cluster's: what is read of it is in range, the fast reading is
// the general one, and what is answered to it is one line of JSON.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "codec/channel.h"
#include "codec/cluster_message.h"
#include "codec/json_object.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void answer(const pmx::ClusterMessage& message, std::string_view object) {
  const auto request = pmx::read_listen_request(object);
  require(request || request.error() > 0);
  std::array<char, 4096> text;
  const std::size_t size = pmx::write_listen_answer(
      {.asked = message.sequence, .shared_data = pmx::shared_data_of(object)}, text);
  if (size == 0) return;  // its data are too long
  const std::string_view line(text.data(), size);
  require(line.ends_with('\n') && line.find('\n') == size - 1);
  require(pmx::find_json_object(line.substr(0, size - 1)).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto common = pmx::read_common_answer(bytes);
  const pmx::ChannelMessage heard = pmx::read_channel_message(bytes);
  if (heard.kind != pmx::ChannelMessage::Kind::internal) {
    require(!common);
    return 0;
  }
  const pmx::ClusterMessage message = pmx::read_cluster_message(heard.content);
  if (common) {
    require(message.kind == common->kind && message.sequence == common->sequence &&
            message.is_accepted == common->is_accepted);
  }
  if (message.kind == pmx::ClusterMessage::Kind::listen_asked) answer(message, heard.content);
  return 0;
}
