// What a record says in each schema, said a second time on top of a real JSON parser.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/output_policy.h"

namespace pmx {

// `"key":value` of each field as every record of the test's stream has it; times differ, but not in
// length.
const std::vector<std::pair<std::string, std::string>>& fields_of(LogSchema schema);

// The key of a record's text.
std::string text_key(LogSchema schema);

// Whether a record of text has the stream's fields, and no others.
bool has_fields(nlohmann::json record, LogSchema schema);

// Whether a record is an app's own object in the terms of the schema, and the fields it lacks.
bool is_merged(const nlohmann::ordered_json& own, nlohmann::json record, LogSchema schema);

}  // namespace pmx
