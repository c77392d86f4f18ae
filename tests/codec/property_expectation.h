// What the records of a stream must be, said a second time, slowly, on top of a real JSON parser.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/output_policy.h"

namespace pmx {

// The bytes as the WHATWG decoder reads them, as UTF-8 again.
std::string decoded(std::string_view bytes);

// Throws std::runtime_error, saying where, unless these are valid records of JSON format that hold
// these bytes: each object merged, each other line in one `msg` or in several pieces, or joined
// with its neighbours where the policy has blocks.
void expect_records(std::string_view bytes, const OutputPolicy& policy,
                    const std::vector<std::string>& records);

}  // namespace pmx
