#include "base/concat.h"

#include <charconv>
#include <cstddef>

namespace pmx::joining {
namespace {

// The text of one part, which is in `own` when the part has none itself.
std::string_view text_of(Kinds kind, const Word& word, char (&own)[24]) noexcept {
  const auto number = [&](auto value) -> std::string_view {
    return {own, std::to_chars(own, own + sizeof own, value).ptr};
  };
  switch (kind) {
    case kind_of<const char*>():
      return static_cast<const char*>(word.place);
    case kind_of<std::string>():
      return *static_cast<const std::string*>(word.place);
    case kind_of<std::string_view>():
      return *static_cast<const std::string_view*>(word.place);
    case kind_of<char>():
      own[0] = static_cast<char>(word.number);
      return {own, 1};
    case kind_of<std::int64_t>():
      return number(static_cast<std::int64_t>(word.number));
    default:
      return number(word.number);
  }
}

template <class Use>
void for_each_text(Kinds kinds, const Word* words, Use use) {
  constexpr Kinds kLowest = (Kinds{1} << kBitsOfKind) - 1;
  for (; kinds != 0; kinds >>= kBitsOfKind, ++words) {
    char own[24];
    use(text_of(kinds & kLowest, *words, own));
  }
}

}  // namespace

std::string concat(Kinds kinds, const Word* words) {
  std::size_t size = 0;
  for_each_text(kinds, words, [&](std::string_view part) { size += part.size(); });
  std::string text;
  text.reserve(size);
  append(text, kinds, words);
  return text;
}

void append(std::string& text, Kinds kinds, const Word* words) {
  for_each_text(kinds, words, [&](std::string_view part) { text += part; });
}

}  // namespace pmx::joining
