// A record of an app, as a person reads it.
#pragma once

#include <string>
#include <string_view>

#include "codec/document.h"

namespace pmx::cli {

// A member that is a text; empty where there is none.
[[nodiscard]] std::string_view text_in(const Node& record, std::string_view key);

// One line of the log, as the running one sends it; both must outlive this.
struct SentLine {
  const Node& reply;
  std::string_view whole;  // the record as it is written
};

// "api[0]"
[[nodiscard]] std::string writer_of(const SentLine& line);

// Its text without its writer; all of the record where that has no text of its own.
[[nodiscard]] std::string_view text_of(const SentLine& line);

// Whether it has this level: in any case, in any logger's words or numbers. A record that has none
// has that of its stream.
[[nodiscard]] bool has_level(const SentLine& line, std::string_view level);

}  // namespace pmx::cli
