#include "codec/line_text.h"

#include <algorithm>
#include <cstring>

#include "base/utf8.h"
#include "codec/ansi.h"
#include "codec/json_string.h"

namespace pmx {
namespace {

// The most of the first `size` bytes that does not end inside a character.
std::size_t whole_characters(std::string_view text, std::size_t size) noexcept {
  if (size >= text.size() || !is_continuation(text[size])) return size;
  for (std::size_t back = 1; back <= 3 && back <= size; ++back) {
    const auto byte = static_cast<unsigned char>(text[size - back]);
    if (byte >= 0xc0) return size - back;
    if (byte < 0x80) break;
  }
  return size;  // no lead byte near: not a character
}

Taken copy_plain(std::string_view text, std::span<char> out) noexcept {
  const std::size_t size = whole_characters(text, std::min(text.size(), out.size()));
  std::memcpy(out.data(), text.data(), size);
  return {size, size};
}

Taken write_plain(bool json, std::string_view text, std::span<char> out) noexcept {
  if (!json) return copy_plain(text, out);
  const Escaped escaped = escape_json(text, out);
  return {escaped.consumed, escaped.written};
}

}  // namespace

Taken LineText::write(std::string_view line, std::size_t longest,
                      std::span<char> out) const noexcept {
  if (!strip_ansi) return write_plain(json, line.substr(0, longest), out);
  Taken taken;
  while (taken.consumed < std::min(line.size(), longest)) {
    const std::string_view rest = line.substr(taken.consumed);
    if (rest.front() == kEscape) {
      if (const std::size_t sequence = ansi_sequence_size(rest); sequence > 0) {
        taken.consumed += sequence;
        continue;
      }
    }
    // An ESC that begins no sequence is text.
    const std::size_t end = whole_characters(
        rest, std::min({rest.find(kEscape, 1), rest.size(), longest - taken.consumed}));
    const Taken part = write_plain(json, rest.substr(0, end), out.subspan(taken.written));
    taken.consumed += part.consumed;
    taken.written += part.written;
    if (part.consumed == 0 || part.consumed < end) break;
  }
  return taken;
}

}  // namespace pmx
