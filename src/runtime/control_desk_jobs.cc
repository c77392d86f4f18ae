// Requests that take their time: until what was asked of each instance is done, or cannot be.
#include <algorithm>
#include <string>

#include "base/concat.h"
#include "base/signals.h"
#include "codec/json_writer.h"
#include "runtime/control_desk.h"
#include "runtime/exit_words.h"
#include "runtime/instance_report.h"

namespace pmx::runtime {
ControlDesk::Item ControlDesk::item_of_reload(InstanceId id) const {
  const Member& member = supervisor_.member(id);
  const bool is_smooth = can_overlap(member.app()) && up_since(member.instance.state);
  if (!is_smooth) return {{Errand::Goal::running, id, member.starts}};
  return {replacement_of(member, false), member.place->id};
}

std::optional<Instant> ControlDesk::deadline() const noexcept {
  std::optional<Instant> earliest;
  for (const Calls& calls : calls_) earliest = earlier(earliest, calls.due);
  for (const Look& look : looks_) earliest = earlier(earliest, look.due);
  for (const Job& job : jobs_) {
    for (const Item& item : job.items) {
      if (item.state != ErrandState::pending) continue;
      const Member& member = supervisor_.member(item.errand.instance);
      earliest = earlier(earliest, pmx::deadline(item.errand, member));
    }
  }
  return earliest;
}

void ControlDesk::report_jobs(Instant now) {
  std::erase_if(jobs_, [&](const Job& job) {
    const bool was_made = job.change <= supervisor_.changes();
    if (!was_made) fail(job.client, kFailed, "everything is being stopped", now);
    return !was_made;
  });
  for (Job& job : jobs_) {
    if (job.change != 0) take_items_of_change(job);
    for (Item& item : job.items) {
      if (item.state != ErrandState::pending) continue;
      item.errand.instance = whom(item);
      item.state = state_of(item.errand, supervisor_.member(item.errand.instance), now);
      if (item.state != ErrandState::done || !server_.is_there(job.client)) continue;
      JsonWriter json;
      census_.be_current(now);
      json.begin_object().member("version", kControlVersion).key("progress");
      report_instance(supervisor_, census_, channels_, item.errand.instance, now, json);
      json.end_object();
      server_.send(job.client, json.text(), now);
    }
  }
  std::erase_if(jobs_, [&](const Job& job) {
    const bool is_pending = std::ranges::any_of(
        job.items, [](const Item& item) { return item.state == ErrandState::pending; });
    if (!is_pending) finish(job, now);
    return !is_pending || !server_.is_there(job.client);
  });
}

void ControlDesk::finish(const Job& job, Instant now) {
  std::string failures;
  JsonWriter json;
  census_.be_current(now);
  json.begin_array();
  for (const Item& item : job.items) {
    if (item.last_row.empty()) {
      report_instance(supervisor_, census_, channels_, whom(item), now, json);
    } else {
      json.literal(item.last_row);
    }
    if (item.state == ErrandState::done) continue;
    failures += failures.empty() ? "" : "; ";
    failures += why_failed(item);
  }
  json.end_array();
  conclude(job.client, failures, json.text(), now);
}

InstanceId ControlDesk::whom(const Item& item) const {
  const auto there = item.place ? supervisor_.roster().find(*item.place) : std::nullopt;
  return there.value_or(item.errand.instance);
}

std::string ControlDesk::why_failed(const Item& item) const {
  if (!item.last_row.empty()) return concat(item.name, " was removed");
  const InstanceId id = whom(item);
  const Member& member = supervisor_.member(id);
  const bool stays = item.errand.goal == Errand::Goal::replaced && !member.is_at_rest();
  if (stays) {
    return concat(full_name(id), " is not replaced: ",
                  reload_failure_words(member.reload_failure, member.app().life.listen_timeout));
  }
  if (member.waits && member.is_kept_waiting) {
    return concat(full_name(id), " waits: what it depends on was stopped");
  }
  std::string sentence = concat(full_name(id), " is ", status_word(member));
  if (!member.last_end) return sentence;
  if (member.is_end_of_other) return concat(sentence, ": what it depends on has failed");
  const ExitStatus last = *member.last_end;
  if (last.signal != 0) {
    return concat(sentence, ": it was ended by ", signal_name(SignalNumber{last.signal}));
  }
  return concat(sentence, ": it exited with code ", last.code);
}

}  // namespace pmx::runtime
