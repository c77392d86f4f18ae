// Which processes there are, whose each of them is, and what those of each instance use: as of the
// last look into /proc. Nobody looks without a cause.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "core/attribution.h"
#include "core/usage.h"
#include "os/page_buffer.h"

namespace pmx::runtime {

// Set for each supervised process, so that it is known whose descendants are who left its session
// and group: "<our pid>:<instance>.<how many had that number before>".
inline constexpr const char* kInstanceIdVariable = "PMX_INSTANCE_ID";

class Census {
 public:
  explicit Census(std::size_t instances) { make_room(instances); }

  void make_room(std::size_t instances) {
    leaders_.resize(instances);
    askers_.resize(instances);
    accounts_.resize(instances);
    starts_.resize(instances);
    forgotten_.resize(instances);
  }

  // The instance's process leads a session or group of its own.
  void started(InstanceId instance, std::string_view app, Pid leader, Instant now) noexcept;
  // It has ended, and so has its tree, as far as anybody will look for it.
  void left(InstanceId instance) noexcept;

  // By the clock on the wall: when the instance's own program was started, at first and last.
  struct Starts {
    std::optional<WallTime> first;
    std::optional<WallTime> last;
  };
  void started_at(InstanceId instance, WallTime time) noexcept {
    Starts& starts = starts_[static_cast<std::size_t>(instance)];
    starts = {starts.first.value_or(time), time};
  }
  [[nodiscard]] const Starts& starts_of(InstanceId instance) const noexcept {
    return starts_[static_cast<std::size_t>(instance)];
  }
  // Another one may have its number next: what it left behind is nobody's.
  void forget(InstanceId instance) noexcept;

  // A command that asks the instance how it is: what is in its session is the instance's too.
  void asked_by(InstanceId instance, Pid leader) noexcept {
    askers_[static_cast<std::size_t>(instance)] = leader;
  }

  // Where there is one instance, and no other app has ever been, everything below us is its.
  void look(Instant now) noexcept;
  // Some process has ended: what was seen before is no longer so, even if the clock says the same.
  void outdate() noexcept { looked_at_.reset(); }
  // The same as look(), unless there was one at this very time, and nobody has ended since.
  void be_current(Instant now) noexcept {
    if (looked_at_ != now) look(now);
  }

  // Somebody is, or may be, our child who leads no instance: an orphan, or one of our own helpers.
  // When not, nobody was left behind by an instance that has ended. One file tells that, where a
  // look takes one for each process.
  [[nodiscard]] bool may_have_adopted() const noexcept;

  // As of the last look. Memory is that of now; the share of a processor is of the time since the
  // measurement before, at least half a second.
  [[nodiscard]] const Usage& usage_of(InstanceId instance) const noexcept {
    return accounts_[static_cast<std::size_t>(instance)].usage;
  }
  // Nothing where the process was not there.
  [[nodiscard]] std::optional<InstanceId> owner_of(Pid pid) const noexcept;
  [[nodiscard]] std::span<const SeenProcess> processes() const noexcept { return seen_; }

 private:
  struct Account {
    Instant started_at{};
    Usage usage;
    std::uint64_t memory_kib = 0;  // while they are added up
    std::uint64_t cpu_ms = 0;
  };

  void list() noexcept;
  void attribute_askers() noexcept;
  void ask_environments() noexcept;
  void give_the_rest_to_the_only_one() noexcept;
  void add_up(Instant now) noexcept;
  [[nodiscard]] Account* account_of(InstanceId owner) noexcept;

  std::vector<std::optional<Pid>> leaders_;  // by instance
  std::vector<std::optional<Pid>> askers_;   // likewise; those that are there, or were
  std::vector<Account> accounts_;
  std::vector<Starts> starts_;
  std::string only_app_;
  bool has_others_ = false;              // there is, or was, another app
  std::vector<unsigned> forgotten_;      // by instance: so many had its number before
  std::array<os::PageBuffer, 2> rooms_;  // for this look and the one before, when there are any
  std::span<SeenProcess> seen_;
  std::optional<Instant> looked_at_;
  std::optional<Instant> measured_at_;
};

}  // namespace pmx::runtime
