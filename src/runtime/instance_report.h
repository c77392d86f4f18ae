// What a person is told of an instance (docs/control.md, "list" and "describe").
#pragma once

#include "base/time.h"
#include "codec/json_writer.h"
#include "core/supervisor.h"
#include "runtime/census.h"

namespace pmx::runtime {

// The census should be current. One object: what `list --json` has of each instance.
void report_instance(const Supervisor& supervisor, const Census& census, InstanceId id, Instant now,
                     JsonWriter& json);

// The same, and how its app is defined.
void describe_instance(const Supervisor& supervisor, const Census& census, InstanceId id,
                       Instant now, JsonWriter& json);

}  // namespace pmx::runtime
