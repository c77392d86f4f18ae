// A command line written as one text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pmx {

// The words of "serve -s 'my build'" as a shell without variables or patterns splits them: '…' as
// it is, \ and "…" with \" \\ \$ \` understood. Nothing when a quote is not closed.
[[nodiscard]] std::optional<std::vector<std::string>> parse_words(std::string_view text);

}  // namespace pmx
