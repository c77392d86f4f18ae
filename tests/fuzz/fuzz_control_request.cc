// Any line: a request with a command, or a sentence.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec/control_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto request = pmx::parse_control_request(line);
  if (request ? request->command.empty() : request.error().empty()) std::abort();
  return 0;
}
