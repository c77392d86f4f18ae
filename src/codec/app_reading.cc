#include "codec/app_reading.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "codec/cron_text.h"
#include "codec/env_text.h"
#include "codec/quantity_text.h"
#include "codec/variable_reading.h"

namespace pmx {
namespace {

constexpr std::int64_t kMany = std::numeric_limits<std::int32_t>::max();

}  // namespace

// A command, or a map of one and a time limit.
std::optional<Hook> read_hook(ManifestReading& reading, const Node& node) {
  constexpr std::string_view kExample = R"(["npx", "prisma", "migrate", "deploy"])";
  constexpr std::string_view kForm = R"({"command": ["npm", "run", "migrate"], "timeout": "5m"})";
  Hook hook;
  const auto read_command = [&](const Node& written) {
    if (auto command = reading.command(written, kExample)) hook.command = std::move(*command);
  };
  const auto read_member = [&](const Node::Member& member) {
    const ManifestReading::Step step(reading, member.key);
    if (!is_among(member.key, kHookKeys)) {
      reading.refuse(member, "is neither command nor timeout", kForm);
    } else if (member.key == "command") {
      read_command(member.value);
    } else if (const auto timeout = reading.positive_duration(member.value)) {
      hook.timeout = *timeout;
    }
  };
  const std::size_t problems_before = reading.problems().size();
  const Node::Map* const map = node.map();
  if (map == nullptr) {
    read_command(node);
  } else {
    for (const Node::Member& member : *map) read_member(member);
  }
  if (reading.problems().size() > problems_before) return std::nullopt;
  if (!hook.command.empty()) return hook;
  reading.refuse(node, "has no command", kForm);
  return std::nullopt;
}

void read_script(ManifestReading& reading, const Node& node, AppSettings& app) {
  if (node.list() != nullptr) {
    reading.refuse(node, "is not a text", R"(a list of words is "command")");
  } else if (auto script = reading.filled_text(node)) {
    app.script = std::move(*script);
  }
}

void read_command(ManifestReading& reading, const Node& node, AppSettings& app) {
  if (auto command = reading.command(node, R"(["node", "server.js"])")) {
    app.command = std::move(*command);
  }
}

void read_env(ManifestReading& reading, const Node& node, AppSettings& app) {
  read_variables(reading, node, app.env);
}

void read_filter_env(ManifestReading& reading, const Node& node, AppSettings& app) {
  app.filter = {};
  if (const auto* all = std::get_if<bool>(&node.value)) {
    app.filter.all = *all;
  } else if (node.list() == nullptr) {
    if (auto name = reading.filled_text(node)) app.filter.exact.push_back(std::move(*name));
  } else if (auto parts = reading.texts(node)) {
    app.filter.containing = std::move(*parts);
  }
}

void read_autorestart(ManifestReading& reading, const Node& node, AppSettings& app) {
  const std::string* const word = node.text();
  if (word != nullptr && *word == "on-failure") {
    app.autorestart = Restart::on_failure;
  } else if (const auto* always = std::get_if<bool>(&node.value)) {
    app.autorestart = *always ? Restart::always : Restart::never;
  } else {
    reading.refuse(node, "does not say when to restart", "true, false, or \"on-failure\"");
  }
}

void read_stop_exit_codes(ManifestReading& reading, const Node& node, AppSettings& app) {
  app.stop_exit_codes.clear();
  const auto add = [&](const Node& item) {
    if (const auto code = reading.number(item, 0, 255)) {
      app.stop_exit_codes.push_back(static_cast<std::uint8_t>(*code));
    }
  };
  if (const Node::List* const list = node.list()) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      const ManifestReading::Step step(reading, i);
      add((*list)[i]);
    }
  } else if (const std::string* const text = node.text()) {
    // As an option: with commas between, or spaces.
    std::string words = *text;
    std::ranges::replace(words, ',', ' ');
    std::string_view rest = words;
    do add({std::string(next_word(rest)), node.mark});
    while (!trim(rest).empty());
  } else {
    add(node);
  }
}

void read_max_restarts(ManifestReading& reading, const Node& node, AppSettings& app) {
  const std::string* const word = node.text();
  if (word != nullptr && *word == "unlimited") {
    app.max_restarts.reset();
  } else if (const auto count =
                 reading.number(node, 0, kMany, "write a number, or \"unlimited\"")) {
    app.max_restarts = static_cast<unsigned>(*count);
  }
}

void read_memory_ceiling(ManifestReading& reading, const Node& node, AppSettings& app) {
  using enum MemoryCeiling::Kind;
  constexpr std::string_view kRule = "is not an amount of memory";
  constexpr std::string_view kForms =
      "bytes, \"300M\", \"1G\", or \"80%\" of the container's limit";
  std::optional<MemoryCeiling> ceiling;
  const auto* const whole = std::get_if<std::int64_t>(&node.value);
  const std::string* const form = node.text();
  const bool is_off = (whole != nullptr && *whole == 0) || (form != nullptr && *form == "0");
  if (is_off) return app.memory_ceiling.reset();
  if (whole != nullptr && *whole > 0) {
    ceiling = {bytes, static_cast<std::uint64_t>(*whole)};
  } else if (form != nullptr) {
    if (form->ends_with('%')) {
      const auto part = parse_number<std::uint64_t>(form->substr(0, form->size() - 1));
      if (part && *part >= 1 && *part <= 100) ceiling = {percent, *part};
    } else if (const auto size = parse_size(*form); size && *size > 0) {
      ceiling = {bytes, *size};
    }
  }
  if (!ceiling) return reading.refuse(node, kRule, kForms);
  app.memory_ceiling = ceiling;
}

void read_cron_restart(ManifestReading& reading, const Node& node, AppSettings& app) {
  app.restarts_at.reset();
  const auto* const flag = std::get_if<bool>(&node.value);
  const auto* const number = std::get_if<std::int64_t>(&node.value);
  const std::string* const text = node.text();
  const bool is_off = (flag != nullptr && !*flag) || (number != nullptr && *number == 0) ||
                      (text != nullptr && (*text == "0" || text->empty()));
  if (is_off) return;
  constexpr std::string_view kForm = "minute, hour, day, month, day of the week: \"0 3 * * *\"";
  if (text == nullptr) return reading.refuse(node, "is no time of a crontab", kForm);
  const auto schedule = parse_cron(*text);
  if (!schedule) return reading.refuse(node, schedule.error(), kForm);
  app.cron = *text;
  app.restarts_at = *schedule;
}

void read_stop_signal(ManifestReading& reading, const Node& node, AppSettings& app) {
  if (const auto signal = reading.signal(node)) app.stop_signal = signal;
}

void read_depends_on(ManifestReading& reading, const Node& node, AppSettings& app) {
  app.depends_on.clear();
  const Node::Map* const map = node.map();
  if (map == nullptr) {
    const auto names = reading.texts(node);
    if (!names) return;
    const Node::List* const list = node.list();
    for (std::size_t i = 0; i < names->size(); ++i) {
      app.depends_on.push_back(
          {(*names)[i], Awaited::started, list == nullptr ? node.mark : (*list)[i].mark});
    }
    return;
  }
  for (const Node::Member& member : *map) {
    const ManifestReading::Step step(reading, member.key);
    if (const auto what = reading.word(member.value, kAwaited, "is nothing to wait for"))
      app.depends_on.push_back({member.key, *what, member.mark});
  }
}

// `true` is a file in pm2's own folder, and there is no such folder.
void read_log_file(ManifestReading& reading, const Node& node, AppSettings& app) {
  if (const auto* const flag = std::get_if<bool>(&node.value)) {
    if (*flag) app.without_effect.emplace_back("log_file");
  } else if (auto path = reading.text(node); path && !path->empty()) {
    app.log_file = std::move(*path);
  }
}

void read_watch(ManifestReading& reading, const Node& node, AppSettings&) {
  if (std::holds_alternative<bool>(node.value)) return;
  static_cast<void>(reading.texts(node));
}

}  // namespace pmx
