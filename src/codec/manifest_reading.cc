#include "codec/manifest_reading.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/concat.h"
#include "base/signals.h"
#include "base/text.h"
#include "codec/quantity_text.h"
#include "codec/word_text.h"

namespace pmx {
namespace {

bool is_plain_key(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](unsigned char byte) {
    return std::isalnum(byte) != 0 || byte == '_' || byte == '-' || byte == '$';
  });
}

// A number as JavaScript prints it; nothing for what is no number.
std::optional<std::string> text_of_number(const Node& node) {
  if (const auto* whole = std::get_if<std::int64_t>(&node.value)) return std::to_string(*whole);
  const auto* real = std::get_if<double>(&node.value);
  if (real == nullptr) return std::nullopt;
  return number_text(*real);
}

// Words and numbers that stand for true and false elsewhere.
std::string meant_by_flag(const Node& node) {
  using namespace std::string_view_literals;
  const auto* const whole = std::get_if<std::int64_t>(&node.value);
  const std::string word = node.text() != nullptr ? *node.text()
                           : whole != nullptr     ? std::to_string(*whole)
                                                  : std::string();
  const auto is_word = [&](std::string_view other) { return same_ignoring_case(word, other); };
  if (std::ranges::any_of(std::array{"true"sv, "yes"sv, "on"sv, "1"sv}, is_word)) {
    return word == "true" ? "write true, without quotes" : "write true";
  }
  if (std::ranges::any_of(std::array{"false"sv, "no"sv, "off"sv, "0"sv}, is_word)) {
    return word == "false" ? "write false, without quotes" : "write false";
  }
  return "write true or false";
}

}  // namespace

ManifestReading::Step::Step(ManifestReading& reading, std::string_view key)
    : reading_(reading), size_(reading.path_.size()) {
  if (!is_plain_key(key)) {
    append(reading.path_, "[\"", key, "\"]");
    return;
  }
  if (size_ > 0) reading.path_ += '.';
  reading.path_ += key;
}

ManifestReading::Step::Step(ManifestReading& reading, std::size_t index)
    : reading_(reading), size_(reading.path_.size()) {
  append(reading.path_, '[', index, ']');
}

void ManifestReading::refuse(const Node& node, std::string_view rule, std::string_view suggestion) {
  problems_.push_back({node.mark, path_, shown(node), std::string(rule), std::string(suggestion)});
}

void ManifestReading::refuse(const Node::Member& member, std::string_view rule,
                             std::string_view suggestion) {
  problems_.push_back({member.mark, path_, {}, std::string(rule), std::string(suggestion)});
}

std::optional<std::string> ManifestReading::text(const Node& node) {
  const std::string* const value = node.text();
  if (value == nullptr) {
    const bool is_one_word = text_of_number(node) || std::holds_alternative<bool>(node.value);
    refuse(node, "is not a text", is_one_word ? "put it in quotes" : "write one text in quotes");
    return std::nullopt;
  }
  if (value->contains('\0')) {
    refuse(node, "has a NUL character, which no path or argument can hold", "take \\u0000 out");
    return std::nullopt;
  }
  return *value;
}

std::optional<std::string> ManifestReading::filled_text(const Node& node) {
  auto value = text(node);
  if (!value || !value->empty()) return value;
  refuse(node, "is empty", "fill it in, or leave the key out");
  return std::nullopt;
}

std::optional<std::string> ManifestReading::text_or_number(const Node& node) {
  if (auto number = text_of_number(node)) return number;
  return text(node);
}

std::optional<bool> ManifestReading::flag(const Node& node) {
  if (const auto* value = std::get_if<bool>(&node.value)) return *value;
  refuse(node, "is neither true nor false", meant_by_flag(node));
  return std::nullopt;
}

std::optional<std::int64_t> ManifestReading::number(const Node& node, std::int64_t least,
                                                    std::int64_t most,
                                                    std::string_view suggestion) {
  std::optional<std::int64_t> value;
  if (const auto* whole = std::get_if<std::int64_t>(&node.value)) value = *whole;
  if (const std::string* const digits = node.text()) value = parse_number<std::int64_t>(*digits);
  if (value && *value >= least && *value <= most) return value;
  refuse(node, concat("is not a whole number from ", least, " to ", most), suggestion);
  return std::nullopt;
}

std::optional<Duration> ManifestReading::duration(const Node& node) {
  std::optional<Duration> value;
  if (const auto form = text_of_number(node)) value = parse_duration(*form);
  if (const std::string* const form = node.text()) value = parse_duration(*form);
  if (!value)
    refuse(node, "is not a duration", "milliseconds, or \"500ms\", \"8s\", \"5m\", \"1h\"");
  return value;
}

std::optional<Duration> ManifestReading::positive_duration(const Node& node) {
  const auto time = duration(node);
  if (time != Duration::zero()) return time;
  refuse(node, "must be longer than 0", "leave it out, or write a time such as \"10s\"");
  return std::nullopt;
}

std::optional<SignalNumber> ManifestReading::signal(const Node& node) {
  std::optional<SignalNumber> value;
  if (const auto form = text_of_number(node)) value = parse_signal(*form);
  if (const std::string* const form = node.text()) value = parse_signal(*form);
  if (!value) refuse(node, "is not a signal", "a name or number, such as \"SIGTERM\"");
  return value;
}

std::optional<std::string> ManifestReading::text_beside_list(const Node& node) {
  if (node.map() == nullptr) return text(node);
  refuse(node, "is neither a text nor a list of texts", "write [\"one\", \"two\"]");
  return std::nullopt;
}

std::optional<std::vector<std::string>> ManifestReading::texts(const Node& node) {
  std::vector<std::string> values;
  const Node::List* const list = node.list();
  if (list == nullptr) {
    auto value = text_beside_list(node);
    if (!value) return std::nullopt;
    values.push_back(std::move(*value));
    return values;
  }
  bool all_good = true;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Step step(*this, i);
    auto value = text_or_number((*list)[i]);
    all_good = all_good && value;
    if (value) values.push_back(std::move(*value));
  }
  if (!all_good) return std::nullopt;
  return values;
}

std::optional<std::vector<std::string>> ManifestReading::words(const Node& node) {
  if (node.list() != nullptr) return texts(node);
  if (const auto number = text_of_number(node)) return std::vector{*number};
  const auto line = text_beside_list(node);
  if (!line) return std::nullopt;
  auto words = parse_words(*line);
  if (!words) refuse(node, "has a quote that is not closed", "close it, or write a list");
  return words;
}

std::optional<std::vector<std::string>> ManifestReading::command(const Node& node,
                                                                 std::string_view example) {
  auto command = words(node);
  const bool is_empty = command && (command->empty() || command->front().empty());
  if (!is_empty) return command;
  refuse(node, "is empty", std::string(example));
  return std::nullopt;
}

}  // namespace pmx
