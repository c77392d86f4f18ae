#include "cli/pm2_runtime.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/concat.h"
#include "base/text.h"

namespace pmx::cli {
namespace {

enum class Becomes : unsigned char {
  option,     // of our own, `ours`
  key,        // of every app; a flag sets it to `value`
  nothing,    // accepted: it has no meaning here
  log,        // the form of the log, `value`
  json,       // the same, in pm2's schema
  delay,      // seconds before anything is started
  stays,      // when every app is at rest we go on
  formatted,  // lines with the app's name before them
};

struct Argument {
  std::string_view name;
  char letter = 0;
  bool takes_value = false;
  Becomes becomes = Becomes::nothing;
  std::string_view ours{};
  std::string_view value{};
};

constexpr std::string_view kSeveral = "stop_exit_codes";  // so many words as there are

constexpr auto kArguments = std::to_array<Argument>({
    {"instances", 'i', true, Becomes::option, "instances"},
    {"name", 'n', true, Becomes::option, "name"},
    {"cron", 'c', true, Becomes::key, "cron_restart"},
    {"output", 'o', true, Becomes::key, "out_file"},
    {"error", 'e', true, Becomes::key, "error_file"},
    {"interpreter-args", 0, true, Becomes::option, "node-args"},
    {"uid", 0, true, Becomes::key, "uid"},
    {"gid", 0, true, Becomes::key, "gid"},
    {"namespace", 0, true, Becomes::key, "namespace"},
    {"cwd", 0, true, Becomes::key, "cwd"},
    {"stop-exit-codes", 0, true, Becomes::key, kSeveral},
    {"no-autostart", 0, false, Becomes::key, "autostart", "false"},
    {"no-autorestart", 0, false, Becomes::key, "autorestart", "false"},
    {"no-treekill", 0, false, Becomes::key, "treekill", "false"},
    {"json", 0, false, Becomes::json},
    {"raw", 0, false, Becomes::log, {}, "raw"},
    {"format", 0, false, Becomes::formatted},
    {"formatted", 0, false, Becomes::formatted},
    {"delay", 0, true, Becomes::delay},
    {"no-auto-exit", 0, false, Becomes::stays},
    {"auto-exit", 0, false},
    {"secret", 0, true},
    {"public", 0, true},
    {"machine-name", 0, true},
    {"trace", 0, false},
    {"disable-trace", 0, false},
    {"v8", 0, false},
    {"deep-monitoring", 0, false},
    {"source-map-support", 0, false},
    {"disable-source-map-support", 0, false},
    {"time", 0, false},
    {"merge-logs", 0, false},
    {"no-daemon", 0, false},
    {"no-vizion", 0, false},
});

bool is_number(std::string_view word) noexcept {
  return word.find_first_not_of("0123456789") == std::string_view::npos;
}

const Argument* find_row(std::string_view word) noexcept {
  const auto row = std::ranges::find_if(kArguments, [&](const Argument& candidate) {
    const bool is_letter = word.size() == 2 && word[0] == '-' && word[1] == candidate.letter;
    return is_letter || (word.starts_with("--") && word.substr(2) == candidate.name);
  });
  return row == kArguments.end() ? nullptr : &*row;
}

class Translation {
 public:
  explicit Translation(std::span<const std::string_view> words) : words_(words) {}

  std::expected<void, UsageError> run() {
    while (!words_.empty() && words_.front() != "--") {
      if (auto taken = take(next()); !taken) return taken;
    }
    behind_.insert(behind_.end(), words_.begin(), words_.end());
    return {};
  }

  std::expected<Options, UsageError> parse(const std::vector<std::string_view>& environment) const {
    std::vector<std::string_view> all(options_.begin(), options_.end());
    if (!is_question_) all.emplace_back("run");
    all.insert(all.end(), behind_.begin(), behind_.end());
    auto options = parse_options(all, environment);
    if (!options) return options;
    options->keys.insert(options->keys.begin(), keys_.begin(), keys_.end());
    options->is_pm2 = true;
    options->never_ends_by_itself = stays_;
    options->delay = delay_;
    return options;
  }

 private:
  std::string_view next() {
    const std::string_view word = words_.front();
    words_ = words_.subspan(1);
    return word;
  }

  std::expected<void, UsageError> take(std::string_view word) {
    const bool is_target = word.size() < 2 || word.front() != '-';
    if (is_target) {
      const bool is_command = word == "start" && !std::exchange(has_word_, true);
      if (!is_command) behind_.emplace_back(word);
      return {};
    }
    if (word == "-h" || word == "--help" || word == "-v" || word == "--version") {
      is_question_ = true;
      options_.emplace_back(word == "-v" || word == "--version" ? "--version" : "--help");
      return {};
    }
    const std::size_t equals = word.find('=');
    const Argument* const row = find_row(word.substr(0, equals));
    if (row == nullptr) {
      behind_.emplace_back(word);
      return {};
    }
    std::string value(row->value);
    if (row->takes_value) {
      if (equals == std::string_view::npos && words_.empty()) {
        return std::unexpected(UsageError{concat(word, ": needs a value")});
      }
      value = equals == std::string_view::npos ? next() : word.substr(equals + 1);
      while (row->ours == kSeveral && !words_.empty() && is_number(words_.front())) {
        append(value, ",", next());
      }
    }
    return apply(*row, word.substr(0, equals), value);
  }

  std::expected<void, UsageError> apply(const Argument& row, std::string_view word,
                                        std::string_view value) {
    switch (row.becomes) {
      case Becomes::option:
        options_.push_back(concat("--", row.ours, "=", value));
        break;
      case Becomes::key:
        keys_.push_back({std::string(row.ours), std::string(value), std::string(word)});
        break;
      case Becomes::nothing:
        break;
      case Becomes::log:
        options_.push_back(concat("--log=", value));
        break;
      case Becomes::json:
        options_.insert(options_.end(), {"--log=json", "--log-schema=pm2"});
        break;
      case Becomes::formatted:
        options_.emplace_back("--log=text");
        break;
      case Becomes::stays:
        stays_ = true;
        break;
      case Becomes::delay:
        const auto seconds = parse_number<unsigned>(value);
        if (!seconds || *seconds > 86'400) {
          return std::unexpected(
              UsageError{concat(word, ": \"", value, "\" is no number of seconds")});
        }
        delay_ = std::chrono::seconds(*seconds);
        break;
    }
    return {};
  }

  std::span<const std::string_view> words_;
  std::vector<std::string> options_;
  std::vector<std::string> behind_;  // `run`
  std::vector<KeyOption> keys_;
  bool has_word_ = false;
  bool is_question_ = false;
  bool stays_ = false;
  Duration delay_{};
};

}  // namespace

bool is_pm2_runtime(std::string_view name) noexcept {
  return name == "pm2-runtime" || name == "pm2-docker";
}

std::expected<Options, UsageError> parse_pm2_runtime(
    const std::vector<std::string_view>& arguments,
    const std::vector<std::string_view>& environment) {
  Translation translation(arguments);
  if (auto run = translation.run(); !run) return std::unexpected(run.error());
  return translation.parse(environment);
}

}  // namespace pmx::cli
