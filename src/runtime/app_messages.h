// What the instances tell of themselves over their channels, and what they answer when an action of
// theirs is called: as @pm2/io has it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "codec/channel.h"
#include "os/page_buffer.h"

namespace pmx::runtime {

enum class CallId : std::uint32_t {};

// A call of an action, as it is now.
struct CallState {
  enum class Kind : unsigned char { waiting, answered, ended };  // ended: the process did before
  Kind kind = Kind::ended;
  std::string_view answer;  // JSON
};

// Bounded for each instance, whatever it says.
class AppMessages {
 public:
  static constexpr std::size_t kMostCalls = 64;

  void make_room(std::size_t instances) { told_.resize(instances); }

  // Of a message of the kinds metrics, action and reply. Allocates with the instance's first.
  void take(InstanceId instance, const ChannelMessage& message);
  // The process has ended: what it told is no longer so, and who waits for its answer waits in
  // vain.
  void forget(InstanceId instance) noexcept;

  // JSON objects, {"Jobs":{"value":7,"unit":"jobs"}} and {"db:clean":true}; empty: none.
  [[nodiscard]] std::string_view metrics(InstanceId instance) const noexcept;
  [[nodiscard]] std::string_view actions(InstanceId instance) const noexcept;

  // An answer to this action is waited for from now on. Nothing: too many are.
  [[nodiscard]] std::optional<CallId> expect(InstanceId instance, std::string_view action);
  [[nodiscard]] CallState state_of(CallId call) const noexcept;
  // Nobody waits for it any more.
  void drop(CallId call) noexcept;

 private:
  struct Told {
    os::PageBuffer metrics;
    std::size_t metrics_size = 0;
    os::PageBuffer actions;
    std::size_t actions_size = 0;
  };
  struct Call {
    CallId id{};
    InstanceId instance{};
    std::string action;
    CallState::Kind state = CallState::Kind::waiting;
    std::string answer{};
  };

  void merge(std::string_view fresh, std::size_t most, os::PageBuffer& kept,
             std::size_t& kept_size);
  void answer(InstanceId instance, std::string_view reply);

  std::vector<Told> told_;  // one for each instance
  os::PageBuffer fresh_;
  os::PageBuffer merged_;
  std::vector<Call> calls_;
  std::uint32_t last_call_ = 0;
};

}  // namespace pmx::runtime
