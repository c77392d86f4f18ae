#include "cli/life_settings.h"

#include <cstdint>

namespace pmx::cli {
namespace {

constexpr Duration kKillTimeout{8'000};
constexpr Duration kPm2KillTimeout{1'600};

}  // namespace

LifePolicy life_of(const AppSettings& settings, bool is_awaited_as_completed, bool is_pm2) {
  const Restart usual = is_awaited_as_completed ? Restart::on_failure : Restart::always;
  LifePolicy life;
  life.restart = settings.autorestart.value_or(usual);
  for (const std::uint8_t code : settings.stop_exit_codes) life.stop_exit_codes.set(code);
  life.min_uptime = settings.min_uptime;
  life.max_restarts = settings.max_restarts;
  life.restart_delay = settings.restart_delay;
  life.backoff = settings.backoff;
  life.stop_signal = settings.stop_signal.value_or(is_pm2 ? kSigInt : kSigTerm);
  life.kill_timeout = settings.kill_timeout.value_or(is_pm2 ? kPm2KillTimeout : kKillTimeout);
  life.stops_by_message = settings.shutdown_with_message;
  life.clears_tree = settings.treekill;
  if (settings.wait_ready) life.ready_by = ByMessage{};
  life.listen_timeout = settings.listen_timeout;
  if (settings.ready) life.ready_by = *settings.ready;
  // Who is ready after a while cannot be late before that.
  if (const auto* const by_delay = std::get_if<ByDelay>(&life.ready_by)) {
    life.listen_timeout = std::max(life.listen_timeout, by_delay->delay + Duration{1'000});
  }
  life.health = settings.health;
  life.watchdog = settings.watchdog;
  life.pre_start = settings.pre_start;
  life.post_stop = settings.post_stop;
  return life;
}

}  // namespace pmx::cli
