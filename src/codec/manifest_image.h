// A manifest as bytes, for the process that has forked the one which made it: both are the same
// program at the same addresses. Not for files and not for sockets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/manifest.h"

namespace pmx {

[[nodiscard]] std::string write_image(const Manifest& manifest);

// Nothing where the bytes are not whole. Of each environment what is in `inherited` too is not
// copied; that is as `environ` is, and must outlive the manifest.
[[nodiscard]] std::optional<Manifest> read_image(std::string_view bytes,
                                                 const char* const* inherited);

}  // namespace pmx
