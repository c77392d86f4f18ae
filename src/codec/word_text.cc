#include "codec/word_text.h"

#include <cstddef>

namespace pmx {
namespace {

constexpr bool is_space(char byte) noexcept {
  return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

// Appends what stands between the quote at `at` and the one that closes it, and moves behind that.
bool take_quoted(std::string_view text, std::size_t& at, std::string& word) {
  const char quote = text[at++];
  for (; at < text.size() && text[at] != quote; ++at) {
    const bool escapes = quote == '"' && text[at] == '\\' && at + 1 < text.size() &&
                         std::string_view("\"\\$`").contains(text[at + 1]);
    if (escapes) ++at;
    word += text[at];
  }
  return at++ < text.size();
}

}  // namespace

std::optional<std::vector<std::string>> parse_words(std::string_view text) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while (true) {
    while (at < text.size() && is_space(text[at])) ++at;
    if (at == text.size()) return words;
    std::string& word = words.emplace_back();
    while (at < text.size() && !is_space(text[at])) {
      if (text[at] == '\'' || text[at] == '"') {
        if (!take_quoted(text, at, word)) return std::nullopt;
        continue;
      }
      if (text[at] == '\\' && at + 1 < text.size()) ++at;
      word += text[at++];
    }
  }
}

}  // namespace pmx
