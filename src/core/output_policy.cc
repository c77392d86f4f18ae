#include "core/output_policy.h"

namespace pmx {

void lay_over(OutputPolicy& policy, const OutputSettings& said) noexcept {
  const auto put = [](auto& place, const auto& value) {
    if (value) place = *value;
  };
  put(policy.format, said.format);
  put(policy.schema, said.schema);
  put(policy.json_lines, said.json_lines);
  put(policy.multiline_stdout, said.multiline_stdout);
  put(policy.multiline_stderr, said.multiline_stderr);
  put(policy.level_stdout, said.level_stdout);
  put(policy.level_stderr, said.level_stderr);
  put(policy.on_full, said.on_full);
  put(policy.max_record, said.max_record);
  put(policy.strip_ansi, said.strip_ansi);
  put(policy.flush_timeout, said.flush_timeout);
}

}  // namespace pmx
