// The commands that show how everybody is. Workers of clusters are asked first, and waited for.
#include <algorithm>
#include <utility>

#include "codec/json_writer.h"
#include "runtime/control_desk.h"
#include "runtime/instance_report.h"
#include "runtime/preload.h"

namespace pmx::runtime {
namespace {

// Who does not tell in this time has a blocked event loop: what it told last is shown.
constexpr Duration kLookPatience{1'000};

}  // namespace

void ControlDesk::list(const Case& asked, const std::vector<InstanceId>& targets) {
  look(asked, targets, false);
}

void ControlDesk::describe(const Case& asked, const std::vector<InstanceId>& targets) {
  look(asked, targets, true);
}

void ControlDesk::look(const Case& asked, const std::vector<InstanceId>& targets, bool is_whole) {
  const auto& [request, client, inbox, now] = asked;
  Look look{client, {}, is_whole, request.flag("all"), {}, now + kLookPatience};
  for (const InstanceId id : targets) look.places.push_back(supervisor_.roster()[id].id);
  const bool is_measured = is_whole || request.flag("metrics");
  for (const InstanceId id : targets) {
    if (!is_measured || !channels_.has_preload(id)) continue;
    const auto call = channels_.messages().expect(id, kMeasureAction);
    if (!call) break;
    if (channels_.send(id, kMeasureMessage, now)) {
      look.calls.push_back(*call);
    } else {
      channels_.messages().drop(*call);
    }
  }
  if (look.calls.empty()) return succeed(asked, text_of(look, now));
  looks_.push_back(std::move(look));
}

void ControlDesk::report_looks(Instant now) {
  std::erase_if(looks_, [&](const Look& look) {
    if (!is_over(look, now)) return false;
    if (server_.is_there(look.client)) conclude(look.client, {}, text_of(look, now), now);
    for (const CallId call : look.calls) channels_.messages().drop(call);
    return true;
  });
}

bool ControlDesk::is_over(const Look& look, Instant now) const {
  if (look.due <= now || !server_.is_there(look.client)) return true;
  return std::ranges::none_of(look.calls, [this](CallId call) {
    return channels_.messages().state_of(call).kind == CallState::Kind::waiting;
  });
}

std::string ControlDesk::text_of(const Look& look, Instant now) const {
  JsonWriter json;
  census_.be_current(now);
  json.begin_array();
  for (const unsigned place : look.places) {
    const auto id = supervisor_.roster().find(place);
    if (!id) continue;
    if (look.is_whole) {
      const Told told{notifier_.status_of(*id), channels_};
      describe_instance(supervisor_, census_, told, *id, now, json);
    } else {
      report_instance(supervisor_, census_, channels_, *id, now, json);
    }
  }
  if (look.with_adopted) report_adopted(census_, json);
  json.end_array();
  return std::move(json).text();
}

}  // namespace pmx::runtime
