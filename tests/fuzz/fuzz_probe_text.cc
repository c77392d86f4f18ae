// Any text: an address or a URL with endpoints, the beginning of a response, what an app says of
// itself.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec/endpoint_text.h"
#include "codec/http_status.h"
#include "codec/notify_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto endpoints = pmx::parse_endpoints(text); endpoints && endpoints->empty()) {
    std::abort();
  }
  if (const auto url = pmx::parse_http_url(text); url && !url->path.starts_with('/')) std::abort();

  pmx::HttpStatus whole;
  pmx::HttpStatus in_pieces;
  auto state = pmx::HttpStatus::State::incomplete;
  for (std::size_t i = 0; i < size && state == pmx::HttpStatus::State::incomplete; ++i) {
    state = in_pieces.take(text.substr(i, 1));
  }
  if (whole.take(text) != state) std::abort();
  if (state == pmx::HttpStatus::State::known && whole.number() > 999) std::abort();

  const auto message = pmx::parse_notify_message(text);
  if (message.status && message.status->contains('\n')) std::abort();
  return 0;
}
