// How processes end, and what follows, in words.
#pragma once

#include "base/fixed_text.h"
#include "core/note.h"

namespace pmx::runtime {

using Sentence = FixedText<512>;

// "exited with code 1", "was ended by SIGKILL"; of a hook "pre_start exited with code 1".
[[nodiscard]] Sentence ending_words(ExitStatus status, Role role = Role::app) noexcept;

// ", restart 3 in 150 ms"; empty where nothing follows.
[[nodiscard]] Sentence sequel_words(const Sequel& next) noexcept;

}  // namespace pmx::runtime
