// Any text as YAML: a tree that is no deeper than it may be and has places inside of the text, or a
// sentence; and then as a manifest: settings or problems, each with a rule.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec/manifest_document.h"
#include "codec/yaml_document.h"

namespace {

void check(const pmx::Node& node, std::size_t lines, std::size_t depth) {
  if (depth > pmx::kDeepestDocument) std::abort();
  if (node.mark.line == 0 || node.mark.line > lines || node.mark.column == 0) std::abort();
  if (const auto* const list = node.list()) {
    for (const pmx::Node& item : *list) check(item, lines, depth + 1);
  } else if (const auto* const map = node.map()) {
    for (const pmx::Node::Member& member : *map) {
      if (&*map->begin() != &member && node.find(member.key) != &member) std::abort();
      check(member.value, lines, depth + 1);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = pmx::parse_yaml_document(text);
  if (!document) {
    if (document.error().rule.empty()) std::abort();
    return 0;
  }
  std::size_t lines = 1;
  for (const char byte : text) lines += byte == '\n' ? 1 : 0;
  check(*document, lines, 0);
  const auto settings = pmx::read_manifest(*document);
  if (settings) return 0;
  for (const pmx::Problem& problem : settings.error()) {
    if (problem.rule.empty()) std::abort();
  }
  return 0;
}
