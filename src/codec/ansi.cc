#include "codec/ansi.h"

#include <algorithm>

namespace pmx {
namespace {

// ECMA-48: parameter and intermediate bytes, then one final byte.
std::size_t csi_size(std::string_view text) noexcept {
  for (std::size_t i = 2; i < text.size(); ++i) {
    if (text[i] >= 0x40 && text[i] <= 0x7e) return i + 1;
    if (text[i] < 0x20 || text[i] > 0x3f) return 0;
  }
  return 0;
}

// Ends at BEL, or at ST written as ESC \.
std::size_t osc_size(std::string_view text) noexcept {
  for (std::size_t i = 2; i < text.size(); ++i) {
    if (text[i] == '\a') return i + 1;
    if (text[i] == kEscape) return i + 1 < text.size() && text[i + 1] == '\\' ? i + 2 : 0;
  }
  return 0;
}

// nF, Fp, Fe and Fs: intermediate bytes such as the "(" of ESC ( B, then one final byte.
std::size_t short_size(std::string_view text) noexcept {
  std::size_t i = 1;
  while (i < text.size() && text[i] >= 0x20 && text[i] <= 0x2f) ++i;
  return i < text.size() && text[i] >= 0x30 && text[i] <= 0x7e ? i + 1 : 0;
}

}  // namespace

std::size_t ansi_sequence_size(std::string_view text) noexcept {
  text = text.substr(0, kLongestSequence);
  if (text.size() < 2) return 0;
  if (text[1] == '[') return csi_size(text);
  if (text[1] == ']') return osc_size(text);
  return short_size(text);
}

std::string without_orders(std::string_view text) {
  std::string kept;
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    std::size_t size = byte == kEscape ? std::max<std::size_t>(ansi_sequence_size(text), 1) : 1;
    const bool is_colour = size > 2 && text[1] == '[' && text[size - 1] == 'm';
    const bool is_control = (byte < ' ' && byte != '\t' && byte != '\n') || byte == 0x7f;
    const bool is_c1 =
        byte == 0xc2 && text.size() > 1 && static_cast<unsigned char>(text[1]) < 0xa0;
    if (is_c1) size = 2;
    if (is_colour || !(is_control || is_c1)) kept.append(text.substr(0, size));
    text.remove_prefix(size);
  }
  return kept;
}

}  // namespace pmx
