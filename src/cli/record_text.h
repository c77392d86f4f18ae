// A record of an app, as a person reads it.
#pragma once

#include <string>
#include <string_view>

#include "codec/document.h"

namespace pmx::cli {

// A member that is a text; empty where there is none.
[[nodiscard]] std::string_view text_in(const Node& record, std::string_view key);

// Its line. `whole` is the record as it is written, for one that has no text of its own; in the
// form `text` it is nothing but its text.
[[nodiscard]] std::string_view text_of_record(const Node& record, std::string_view whole);

}  // namespace pmx::cli
