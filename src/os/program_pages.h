// What is resident of the program's own code.
#pragma once

namespace pmx::os {

// What reads manifests and what commands of people run (packaging/layout.ld) counts as ours no more
// until it runs again. Nothing where the linker did not put it together.
void give_back_commands() noexcept;

}  // namespace pmx::os
