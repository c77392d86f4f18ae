// Text with much to escape, sixteen bytes at a time.
#pragma once

#include <cstddef>

#include "base/simd_lookup.h"

namespace pmx {

// The escaped form of the sixteen bytes, if each of them stands for itself or is escaped by a
// backslash and one letter; returns its size (16 to 32), and 0 if there are others: then what was
// written means nothing. Writes up to 32 bytes. Bytes of 0x80 or more stand for themselves.
[[nodiscard]] PMX_WITH_LOOKUP std::size_t write_json_pairs(simd::Bytes text, char* to) noexcept;

}  // namespace pmx
