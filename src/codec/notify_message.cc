#include "codec/notify_message.h"

#include "base/text.h"

namespace pmx {

NotifyMessage parse_notify_message(std::string_view datagram) noexcept {
  NotifyMessage message;
  while (!datagram.empty()) {
    std::string_view value = next_field(datagram, '\n');
    const std::string_view name = next_field(value, '=');
    if (name == "READY") message.is_ready = value == "1";
    if (name == "STOPPING") message.is_stopping = value == "1";
    if (name == "WATCHDOG" && value == "1") message.feeds_watchdog = true;
    if (name == "WATCHDOG" && value == "trigger") message.triggers_watchdog = true;
    if (name == "STATUS") message.status = value;
    if (name == "MAINPID") message.main_process = value;
  }
  return message;
}

}  // namespace pmx
