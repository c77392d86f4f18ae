// How processes end, and what follows, in words.
#pragma once

#include <string>

#include "base/fixed_text.h"
#include "core/note.h"

namespace pmx::runtime {

using Sentence = FixedText<512>;

// "exited with code 1", "was ended by SIGKILL"; of a hook "pre_start exited with code 1".
[[nodiscard]] Sentence ending_words(ExitStatus status, Role role = Role::app) noexcept;

// ", restart 3 in 150 ms"; empty where nothing follows.
[[nodiscard]] Sentence sequel_words(const Sequel& next) noexcept;

// Why a successor did not take the place of another, which has `listen_timeout`.
[[nodiscard]] std::string reload_failure_words(ReloadFailure why, Duration listen_timeout);

}  // namespace pmx::runtime
