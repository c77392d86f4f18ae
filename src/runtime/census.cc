#include "runtime/census.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/fixed_text.h"
#include "base/text.h"
#include "os/process.h"
#include "os/process_list.h"

namespace pmx::runtime {
namespace {

constexpr std::size_t kMostProcesses = 32'768;
// The kernel counts in hundredths of a second: of less time it says too little.
constexpr Duration kShortestMeasurement{500};

}  // namespace

void Census::started(InstanceId instance, std::string_view app, Pid leader, Instant now) noexcept {
  if (only_app_.empty()) only_app_ = app;
  has_others_ |= only_app_ != app;
  leaders_[static_cast<std::size_t>(instance)] = leader;
  accounts_[static_cast<std::size_t>(instance)] = {};
  accounts_[static_cast<std::size_t>(instance)].started_at = now;
}

void Census::left(InstanceId instance) noexcept {
  leaders_[static_cast<std::size_t>(instance)].reset();
}

void Census::look(Instant now) noexcept {
  const std::span<const SeenProcess> before = seen_;
  list();
  attribute(seen_, before, leaders_, os::own_pid());
  attribute_askers();
  ask_environments();
  give_the_rest_to_the_only_one();
  add_up(now);
  looked_at_ = now;
}

bool Census::may_have_adopted() const noexcept {
  // Children come in the order of their starts, which mostly is that of the instances.
  auto at = leaders_.begin();
  const auto is_leader = [&](Pid pid) {
    const std::optional wanted{pid};
    at = std::find(at, leaders_.end(), wanted);
    if (at == leaders_.end()) at = std::ranges::find(leaders_, wanted);
    return at != leaders_.end();
  };
  bool all_lead = true;
  const bool is_known = os::for_each_child([&](Pid pid) { return all_lead = is_leader(pid); });
  return !is_known || !all_lead;
}

std::optional<InstanceId> Census::owner_of(Pid pid) const noexcept {
  const auto found =
      std::ranges::find(seen_, pid, [](const SeenProcess& seen) { return seen.process.pid; });
  return found == seen_.end() ? std::nullopt : std::optional{found->owner};
}

void Census::forget(InstanceId instance) noexcept {
  const auto index = static_cast<std::size_t>(instance);
  starts_[index] = {};
  askers_[index].reset();
  ++forgotten_[index];
  for (SeenProcess& one : seen_) {
    if (one.owner == instance) one.owner = kNoInstance;
  }
}

void Census::list() noexcept {
  std::swap(rooms_[0], rooms_[1]);
  if (rooms_[0].size() == 0) rooms_[0] = os::PageBuffer(kMostProcesses * sizeof(SeenProcess));
  auto* const first = reinterpret_cast<SeenProcess*>(rooms_[0].get());
  std::size_t count = 0;
  static_cast<void>(os::for_each_process([&](const ProcessEntry& process) {
    if (count < kMostProcesses) first[count++] = {.process = process};
  }));
  seen_ = {first, count};
}

void Census::attribute_askers() noexcept {
  for (SeenProcess& one : seen_) {
    if (one.owner != kNoInstance) continue;
    const auto asker = std::ranges::find(askers_, std::optional{one.process.session});
    if (asker == askers_.end()) continue;
    one.owner = InstanceId{static_cast<unsigned>(asker - askers_.begin())};
  }
}

// Once each: it is the same for as long as the process lives, or its program's business.
void Census::ask_environments() noexcept {
  const FixedText<48> ours(kInstanceIdVariable, "=", static_cast<int>(os::own_pid()), ":");
  bool any = false;
  for (SeenProcess& one : seen_) {
    if (one.owner != kNoInstance || std::exchange(one.was_asked, true)) continue;
    std::array<char, 24> room;
    const auto value = os::find_variable(one.process.pid, ours.text(), room).value_or("");
    const std::size_t dot = value.find('.');
    const auto instance = parse_number<unsigned>(value.substr(0, dot));
    if (!instance || *instance >= leaders_.size() || dot == value.npos) continue;
    if (parse_number<unsigned>(value.substr(dot + 1)) != forgotten_[*instance]) continue;
    one.owner = InstanceId{*instance};
    any = true;
  }
  if (any) pass_on_to_children(seen_, os::own_pid());
}

void Census::give_the_rest_to_the_only_one() noexcept {
  const auto has_run = [](const Starts& starts) { return starts.first.has_value(); };
  if (has_others_ || std::ranges::count_if(starts_, has_run) != 1) return;
  const auto there = std::ranges::find_if(starts_, has_run);
  const InstanceId only{static_cast<unsigned>(there - starts_.begin())};
  for (SeenProcess& one : seen_) {
    if (one.owner == kNoInstance) one.owner = only;
  }
}

void Census::add_up(Instant now) noexcept {
  for (Account& account : accounts_) account.memory_kib = account.cpu_ms = 0;
  const bool measures = !measured_at_ || now - *measured_at_ >= kShortestMeasurement;
  for (SeenProcess& one : seen_) {
    const ProcessEntry& process = one.process;
    if (Account* const account = account_of(one.owner)) {
      account->memory_kib += process.resident_kib;
      account->cpu_ms += process.cpu_ms - one.cpu_base_ms;
    }
    if (measures) one.cpu_base_ms = process.cpu_ms;
  }
  for (Account& account : accounts_) {
    account.usage.memory_bytes = account.memory_kib * 1'024;
    if (!measures) continue;
    const Instant since = std::max(account.started_at, measured_at_.value_or(account.started_at));
    const Duration time = std::max(now - since, kShortestMeasurement);
    const auto elapsed_ms = static_cast<std::uint64_t>(time.count());
    account.usage.cpu_percent =
        static_cast<unsigned>((100 * account.cpu_ms + elapsed_ms / 2) / elapsed_ms);
  }
  if (measures) measured_at_ = now;
}

Census::Account* Census::account_of(InstanceId owner) noexcept {
  const auto index = static_cast<std::size_t>(owner);
  return index < accounts_.size() ? &accounts_[index] : nullptr;
}

}  // namespace pmx::runtime
