#include "codec/rights_reading.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "codec/quantity_text.h"

namespace pmx {
namespace {

constexpr std::string_view kLimitForms = "a number, \"64K\", \"unlimited\", or \"SOFT:HARD\"";

// As a text, whether it is one or a number.
std::optional<ResourceLimit> limit_of(ManifestReading& reading, const Node& node, int resource) {
  std::optional<ResourceLimit> limit;
  if (const auto* whole = std::get_if<std::int64_t>(&node.value)) {
    limit = parse_resource_limit(resource, std::to_string(*whole));
  } else if (const std::string* const text = node.text()) {
    limit = parse_resource_limit(resource, *text);
  }
  if (!limit) reading.refuse(node, "is not a limit", kLimitForms);
  return limit;
}

// {"soft": 1024, "hard": 65536}, as in a compose file.
std::optional<ResourceLimit> limit_of_pair(ManifestReading& reading, const Node& node,
                                           const Node::Map& pair, int resource) {
  std::optional<ResourceLimit> soft;
  std::optional<ResourceLimit> hard;
  bool is_known = true;
  for (const Node::Member& member : pair) {
    const ManifestReading::Step step(reading, member.key);
    if (member.key == "soft") {
      soft = limit_of(reading, member.value, resource);
    } else if (member.key == "hard") {
      hard = limit_of(reading, member.value, resource);
    } else {
      reading.refuse(member, "is not a key of a limit", "\"soft\" and \"hard\"");
      is_known = false;
    }
  }
  if (soft && hard) return ResourceLimit{resource, soft->soft, hard->hard};
  if (is_known && pair.size() < 2)
    reading.refuse(node, "is half a limit", "both \"soft\" and \"hard\"");
  return std::nullopt;
}

bool is_all(const Node& node) {
  const std::string* const word = node.text();
  return word != nullptr && same_ignoring_case(*word, "all");
}

}  // namespace

void read_capabilities(ManifestReading& reading, const Node& node, AppSettings& app) {
  const Node::Map* const map = node.map();
  if (map == nullptr) {
    return reading.refuse(node, "is not a choice of capabilities",
                          "{\"drop\": \"all\", \"ambient\": [\"net_bind_service\"]}");
  }
  app.capabilities.emplace();
  for (const Node::Member& member : *map) {
    const ManifestReading::Step step(reading, member.key);
    if (member.key == "drop" && is_all(member.value)) {
      app.capabilities->drops_all = true;
    } else if (is_among(member.key, kCapabilityKeys)) {
      auto names = reading.texts(member.value);
      if (!names) continue;
      auto& list = member.key == "drop"   ? app.capabilities->drop
                   : member.key == "keep" ? app.capabilities->keep.emplace()
                                          : app.capabilities->ambient;
      list = std::move(*names);
    } else {
      reading.refuse(member, "is not a key of capabilities", "\"keep\", \"ambient\" or \"drop\"");
    }
  }
}

void read_limits(ManifestReading& reading, const Node& node, AppSettings& app) {
  const Node::Map* const map = node.map();
  if (map == nullptr) {
    return reading.refuse(node, "is not a list of limits", "{\"nofile\": 65536}");
  }
  app.limits.clear();
  for (const Node::Member& member : *map) {
    const ManifestReading::Step step(reading, member.key);
    const auto resource = find_resource(member.key);
    if (!resource) {
      reading.refuse(member, "names no limit", "nofile, nproc, core, stack, as, memlock…");
      continue;
    }
    const Node::Map* const pair = member.value.map();
    const auto limit = pair == nullptr ? limit_of(reading, member.value, *resource)
                                       : limit_of_pair(reading, member.value, *pair, *resource);
    if (limit && limit->soft > limit->hard) {
      reading.refuse(member.value, "has its soft limit above the hard one");
    } else if (limit) {
      app.limits.push_back(*limit);
    }
  }
}

void read_umask(ManifestReading& reading, const Node& node, AppSettings& app) {
  const std::string* const octal = node.text();
  if (octal != nullptr) app.umask = parse_number<unsigned>(*octal, 8);
  if (octal != nullptr && app.umask && *app.umask <= 0777) return;
  reading.refuse(node, "is not a file mode", "octal digits in quotes, such as \"022\"");
}

void read_processors(ManifestReading& reading, const Node& node, AppSettings& app) {
  const std::string* const list = node.text();
  auto parsed = list == nullptr ? std::nullopt : parse_processors(*list);
  if (!parsed) return reading.refuse(node, "is not a list of processors", "\"0-3,5\"");
  app.processors = std::move(*parsed);
}

}  // namespace pmx
