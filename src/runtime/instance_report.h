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
void report_instance(const Supervisor& supervisor, const Census& census, InstanceId id, Instant now,
                     JsonWriter& json);

// The same, how it is, and how its app is defined. `status_text` is what it says of itself.
void describe_instance(const Supervisor& supervisor, const Census& census, const Channels& channels,
                       std::string_view status_text, InstanceId id, Instant now, JsonWriter& json);

}  // namespace pmx::runtime
