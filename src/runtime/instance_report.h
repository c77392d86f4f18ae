// What a person is told of an instance (docs/control.md, "list" and "describe").
#pragma once

#include <string_view>

#include "base/time.h"
#include "codec/json_writer.h"
#include "core/supervisor.h"
#include "runtime/census.h"
#include "runtime/channels.h"

namespace pmx::runtime {

// The census should be current. One object: what `list --json` has of each instance.
void report_instance(const Supervisor& supervisor, const Census& census, const Channels& channels,
                     InstanceId id, Instant now, JsonWriter& json);

// The processes below us that belong to no instance, an object each.
void report_adopted(const Census& census, JsonWriter& json);

// What the instance says of itself, by sd_notify and over its channel.
struct Told {
  std::string_view status_text;
  const Channels& channels;
};
// The same, how it is, what it tells, and how its app is defined.
void describe_instance(const Supervisor& supervisor, const Census& census, const Told& told,
                       InstanceId id, Instant now, JsonWriter& json);

}  // namespace pmx::runtime
