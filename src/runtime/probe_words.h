// What a probe has found, as words of a sentence.
#pragma once

#include <string>

#include "core/probe.h"

namespace pmx::runtime {

// "connection refused", "HTTP status 503", "no answer in time". The result is a bad one.
[[nodiscard]] std::string describe_probe_result(ProbeResult result);

}  // namespace pmx::runtime
