#include "codec/cluster_reading.h"

#include <cstdint>
#include <optional>
#include <string>

#include "base/text.h"

namespace pmx {
namespace {

std::optional<InstanceCount> instance_count(const Node& node) {
  using enum InstanceCount::Kind;
  std::optional<std::int64_t> count;
  if (const auto* whole = std::get_if<std::int64_t>(&node.value)) count = *whole;
  if (const std::string* const word = node.text()) {
    if (*word == "max") return InstanceCount{all_but, 0};
    if (word->ends_with('%')) {
      const auto percent = parse_number<unsigned>(word->substr(0, word->size() - 1));
      if (!percent || *percent < 1 || *percent > 1'000) return std::nullopt;
      return InstanceCount{InstanceCount::Kind::percent, *percent};
    }
    count = parse_number<std::int64_t>(*word);
  }
  if (!count || *count > 10'000 || *count < -10'000) return std::nullopt;
  if (*count <= 0) return InstanceCount{all_but, static_cast<unsigned>(-*count)};
  return InstanceCount{InstanceCount::Kind::number, static_cast<unsigned>(*count)};
}

}  // namespace

void read_exec_mode(ManifestReading& reading, const Node& node, AppSettings& app) {
  const std::string* const word = node.text();
  if (word != nullptr && (*word == "fork" || *word == "fork_mode")) {
    app.exec_mode = ExecMode::fork;
  } else if (word != nullptr && (*word == "cluster" || *word == "cluster_mode")) {
    app.exec_mode = ExecMode::cluster;
  } else {
    reading.refuse(node, "is not a way to run instances", "\"fork\" or \"cluster\"");
  }
}

void read_instances(ManifestReading& reading, const Node& node, AppSettings& app) {
  app.instances = instance_count(node);
  if (app.instances) return;
  reading.refuse(node, "is not a number of instances",
                 "a whole number up to 10000, \"max\", -1 for all processors but one, or \"50%\"");
}

void read_balance(ManifestReading& reading, const Node& node, AppSettings& app) {
  const auto balance = reading.word(node, kBalances, "is not a way to share connections");
  if (balance) app.balance = balance;
}

void read_drain_timeout(ManifestReading& reading, const Node& node, AppSettings& app) {
  if (const auto time = reading.duration(node)) app.cluster.drain_timeout = *time;
}

void read_parallel(ManifestReading& reading, const Node& node, AppSettings& app) {
  const auto count = reading.number(node, 1, kMostParallel);
  if (count) app.cluster.parallel = static_cast<unsigned>(*count);
}

void read_preload(ManifestReading& reading, const Node& node, AppSettings& app) {
  if (const auto flag = reading.flag(node)) app.cluster.has_preload = *flag;
}

}  // namespace pmx
