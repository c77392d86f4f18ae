// Text with much to escape, sixteen bytes at a time: looking up where all its bytes go costs less
// than one by one.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/simd_lookup.h"

namespace pmx {

struct JsonPairs {
  std::size_t consumed = 0;  // bytes of the text, always whole vectors
  std::size_t written = 0;   // bytes of the output
};

// Vectors from the front of the text, as many as have something to escape and in which each byte
// stands for itself or is escaped by a backslash and one letter; none with a line end, nor with
// bytes of 0x80 or more if they are to be ASCII. May write up to eight bytes of `out` behind what
// it counts.
[[nodiscard]] PMX_WITH_LOOKUP JsonPairs write_json_pairs(std::string_view text, std::span<char> out,
                                                         bool ascii_only) noexcept;

}  // namespace pmx
