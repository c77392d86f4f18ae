// The channel that Node has with processes it forks: one JSON value a line, both ways. The process
// finds it by NODE_CHANNEL_FD; NODE_CHANNEL_SERIALIZATION_MODE is "json" (lib/internal/
// child_process.js of Node). What pm2 and @pm2/io say over it is understood.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/ids.h"

namespace pmx {

inline constexpr std::size_t kLongestMessage = 1024 * 1024;  // bytes, without its newline

// Where messages begin and end, whatever the pieces in which they come.
class MessageFraming {
 public:
  // A message of more bytes is passed over, and counted.
  explicit MessageFraming(std::size_t longest = kLongestMessage) noexcept : longest_(longest) {}

  // `bytes` begins with what the last call has left, and goes on with what was read since. Calls
  // `take(message)` for each whole one, without its newline. How many bytes at the front are done
  // with: it leaves no more than `longest`.
  template <class Take>
  [[nodiscard]] std::size_t split(std::string_view bytes, Take take) {
    std::size_t begin = 0;
    for (std::size_t end; (end = bytes.find('\n', begin + known_)) != std::string_view::npos;) {
      if (is_whole(end - begin)) take(bytes.substr(begin, end - begin));
      begin = end + 1;
    }
    return begin + pass_over(bytes.size() - begin);
  }

  [[nodiscard]] std::uint64_t over_long() const noexcept { return over_long_; }

 private:
  [[nodiscard]] bool is_whole(std::size_t size) noexcept;
  [[nodiscard]] std::size_t pass_over(std::size_t rest) noexcept;

  std::size_t longest_;
  std::size_t known_ = 0;         // bytes that were left, in which there is no newline
  bool is_passing_over_ = false;  // what comes up to the next newline
  std::uint64_t over_long_ = 0;
};

struct ChannelMessage {
  enum class Kind : unsigned char {
    other,      // nothing that concerns us, or no JSON
    internal,   // of Node itself: its `cmd` begins with NODE_
    ready,      // the text "ready"
    metrics,    // axm:monitor
    action,     // axm:action
    reply,      // axm:reply
    exception,  // process:exception
  };
  Kind kind = Kind::other;
  std::string_view content;  // an object: all of an internal message, `data` of others
};
[[nodiscard]] ChannelMessage read_channel_message(std::string_view message) noexcept;

// What is sent to the process, each with its newline.
inline constexpr std::string_view kShutdownMessage = "\"shutdown\"\n";
// That a descriptor which it has sent did not arrive; it is not waited for any more.
inline constexpr std::string_view kHandleRefused = "{\"cmd\":\"NODE_HANDLE_NACK\"}\n";
// Calls an action as pm2 does: by its name alone, or with a parameter and the process's pm_id. 0:
// it does not fit.
[[nodiscard]] std::size_t write_action_call(std::string_view action,
                                            std::optional<std::string_view> parameter, unsigned id,
                                            std::span<char> out) noexcept;

}  // namespace pmx
