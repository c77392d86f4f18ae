#include "cli/control_command.h"

#include <array>

#include "base/named.h"

namespace pmx::cli {
namespace {

constexpr std::array<Named<std::string_view>, 23> kCommands{
    {{"list", "list"},       {"ls", "list"},           {"ps", "list"},
     {"status", "list"},     {"jlist", "jlist"},       {"describe", "describe"},
     {"logs", "logs"},       {"start", "start"},       {"stop", "stop"},
     {"restart", "restart"}, {"reload", "reload"},     {"reset", "reset"},
     {"signal", "signal"},   {"apply", "apply"},       {"delete", "delete"},
     {"scale", "scale"},     {"trigger", "trigger"},   {"healthcheck", "healthcheck"},
     {"ping", "ping"},       {"shutdown", "shutdown"}, {"env", "env"},
     {"save", "save"},       {"monit", "monit"}}};

}  // namespace

std::string_view control_command(std::string_view subcommand) noexcept {
  return from_name(kCommands, subcommand).value_or(std::string_view{});
}

}  // namespace pmx::cli
