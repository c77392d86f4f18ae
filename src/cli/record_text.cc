#include "cli/record_text.h"

namespace pmx::cli {

std::string_view text_in(const Node& record, std::string_view key) {
  const Node::Member* const member = record.find(key);
  const std::string* const text = member == nullptr ? nullptr : member->value.text();
  return text == nullptr ? std::string_view{} : std::string_view(*text);
}

std::string_view text_of_record(const Node& record, std::string_view whole) {
  if (record.text() != nullptr) return *record.text();
  return record.find("msg") != nullptr ? text_in(record, "msg") : whole;
}

}  // namespace pmx::cli
