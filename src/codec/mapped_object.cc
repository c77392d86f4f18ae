#include "codec/mapped_object.h"

#include <algorithm>

#include "base/heap_sort.h"
#include "base/text.h"
#include "codec/time_text.h"

namespace pmx {
namespace {

using Keys = std::array<std::string_view, 3>;
constexpr Keys kTimeKeys{"time", "timestamp", "@timestamp"};
constexpr Keys kLevelKeys{"level", "severity", "log.level"};
constexpr Keys kTextKeys{"msg", "message"};

// Not inlined: in place of ten calls it takes as many kilobytes.
[[gnu::noinline]] bool is_called(const JsonMember& member, std::string_view name) noexcept {
  return !name.empty() && same_key(member.key, {.text = name});
}

// What is between the quotes; nothing for what is no string.
std::optional<std::string_view> inside(std::string_view value) noexcept {
  if (value.front() != '"') return std::nullopt;
  return value.substr(1, value.size() - 2);
}

std::optional<Severity> severity_of(std::string_view value) noexcept {
  if (const auto word = inside(value)) return severity_of_word(*word);
  const auto number = parse_number<std::int64_t>(value);
  return number ? severity_of_number(*number) : std::nullopt;
}

}  // namespace

MappedObject::MappedObject(std::string_view object, const Schema& schema) noexcept
    : object_(object), schema_(schema) {
  JsonMembers members(object);
  while (const auto member = members.next()) look_at(*member);
  for (const Part part : {Part::time, Part::level}) {
    Chosen& chosen = chosen_[static_cast<std::size_t>(part)];
    const auto field = std::ranges::find(schema.fields, key_of(part), &SchemaField::key);
    if (field == schema.fields.end() || !chosen.member) continue;
    const FieldSet bit = 1U << (field - schema.fields.begin());
    // The object that the field would belong into is there.
    if ((has_ & bit) != 0 && !chosen.is_settled) chosen.member.reset();
    has_ |= bit;
  }
}

void MappedObject::look_at(const JsonMember& member) noexcept {
  for (std::size_t i = 0; i < schema_.fields.size(); ++i) {
    const SchemaField& field = schema_.fields[i];
    if (is_called(member, field.key) || is_called(member, field.whole)) has_ |= 1U << i;
  }
  const auto is_one_of = [&](const Keys& keys) {
    return std::ranges::any_of(keys, [&](auto key) { return is_called(member, key); });
  };
  if (is_one_of(kTimeKeys)) look_at(member, Part::time);
  if (is_one_of(kLevelKeys)) look_at(member, Part::level);
  if (is_one_of(kTextKeys)) look_at(member, Part::text);
}

[[gnu::noinline]] void MappedObject::look_at(const JsonMember& member, Part part) noexcept {
  Chosen& chosen = chosen_[static_cast<std::size_t>(part)];
  const bool is_own_key = is_called(member, key_of(part));
  if (is_own_key) {
    chosen = {.member = std::nullopt, .is_settled = true};
  } else if (chosen.is_settled || chosen.member) {
    return;
  }
  if (can_be(part, member.value)) chosen.member = member;
}

std::string_view MappedObject::key_of(Part part) const noexcept {
  switch (part) {
    case Part::time:
      return schema_.time;
    case Part::level:
      return schema_.level;
    case Part::text:
      return schema_.text;
  }
  return {};
}

bool MappedObject::can_be(Part part, std::string_view value) const noexcept {
  switch (part) {
    case Part::time: {
      const auto text = inside(value);
      return text ? is_rfc3339(*text) : time_of_number(value).has_value();
    }
    case Part::level:
      return (schema_.takes_any_level && inside(value)) || severity_of(value);
    case Part::text:
      return true;
  }
  return false;
}

std::size_t MappedObject::write(std::span<char> out) const noexcept {
  std::array<Part, kParts> parts{Part::time, Part::level, Part::text};
  const auto member_of = [this](Part part) -> const std::optional<JsonMember>& {
    return chosen_[static_cast<std::size_t>(part)].member;
  };
  heap_sort(parts,
            [&](Part part) { return member_of(part) ? member_of(part)->text.data() : nullptr; });
  RecordWriter writer(out);
  const char* from = object_.data();
  for (const Part part : parts) {
    const auto& member = member_of(part);
    if (!member) continue;
    writer << std::string_view(from, member->text.data()) << "\"" << key_of(part) << "\":";
    write(writer, part, member->value);
    from = member->text.data() + member->text.size();
  }
  writer << std::string_view(from, object_.data() + object_.size() - 1);
  return writer.size();
}

// A value that can be it.
void MappedObject::write(RecordWriter& out, Part part, std::string_view value) const noexcept {
  const bool is_string = inside(value).has_value();
  if (part == Part::level) {
    if (const auto severity = severity_of(value)) {
      out << "\"" << schema_.severities[static_cast<std::size_t>(*severity)] << "\"";
      return;
    }
  } else if (part == Part::time && !is_string) {
    TimeText time;
    time.set(time_of_number(value).value_or(WallTime{}));
    out << "\"" << time.text() << "\"";
    return;
  } else if (part == Part::text && !is_string) {
    (out << "\"").escaped_whole(value) << "\"";
    return;
  }
  out << value;
}

}  // namespace pmx
