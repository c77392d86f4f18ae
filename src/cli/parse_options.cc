#include "cli/parse_options.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>

#include "base/concat.h"
#include "base/named.h"
#include "base/text.h"
#include "cli/control_command.h"
#include "cli/option_table.h"
#include "cli/set_option.h"
#include "os/process.h"

namespace pmx::cli {
namespace {

using Arguments = std::span<const std::string_view>;

// An option as it was given, and how a person would find it again: "--grace", "-e", "PMX_GRACE".
struct Given {
  const OptionRow* row;
  std::string_view argument;
  std::string source;
};

std::string quoted(std::string_view text) { return concat("\"", text, "\""); }

std::string variable_of(const OptionRow& row) {
  std::string variable = concat("PMX_", row.name);
  std::ranges::transform(variable, variable.begin(), [](unsigned char c) {
    return c == '-' ? '_' : static_cast<char>(std::toupper(c));
  });
  return variable;
}

// Of pm2, and of nothing like it here.
constexpr std::array<Named<std::string_view>, 4> kOfPm2{
    {{"no-autorestart", "write --restart never"},
     {"no-daemon", "leave it out"},
     {"time", "leave it out: every record has its time"},
     {"attach", "leave it out"}}};

UsageError unknown_option(std::string_view name) {
  if (const auto instead = from_name(kOfPm2, name)) {
    return {concat("--", name, ": unknown option; ", *instead)};
  }
  std::vector<std::string_view> known;
  for (const OptionRow& row : option_table()) known.push_back(row.name);
  const auto nearest = nearest_word(name, known);
  return {concat(
      "--", name, ": unknown option",
      nearest ? concat(", did you mean --", *nearest, "?") : "; pmx-init --help lists them")};
}

// Reads options from the front of `words`, up to the first word that is none, or behind "--".
class Reader {
 public:
  explicit Reader(Arguments words) : words_(words) {}

  // From here on "-1" is a word.
  void take_numbers_as_words() { numbers_are_words_ = true; }

  // The next word, which is no option.
  std::string_view take_word() {
    const std::string_view word = words_.front();
    words_ = words_.subspan(1);
    return word;
  }

  std::expected<void, UsageError> read() {
    while (!words_.empty()) {
      const std::string_view word = words_.front();
      if (word == "--") {
        words_ = words_.subspan(1);
        was_ended_ = true;
        return {};
      }
      if (word.size() < 2 || word.front() != '-') return {};
      if (numbers_are_words_ && is_digit(word[1])) return {};
      words_ = words_.subspan(1);
      auto taken = word[1] == '-' ? take_long(word.substr(2)) : take_letters(word.substr(1));
      if (!taken) return taken;
    }
    return {};
  }

  [[nodiscard]] const std::vector<Given>& given() const { return given_; }
  [[nodiscard]] Arguments rest() const { return words_; }
  [[nodiscard]] bool was_ended() const { return was_ended_; }  // by "--"

 private:
  std::expected<void, UsageError> take_long(std::string_view word) {
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const OptionRow* const row = find_option(name);
    if (row == nullptr) return std::unexpected(unknown_option(name));
    std::string source = concat("--", name);
    if (equals == std::string_view::npos) return take(*row, {}, std::move(source));
    if (row->takes == Takes::nothing) {
      return std::unexpected(UsageError{concat(source, ": takes no value")});
    }
    given_.push_back({row, word.substr(equals + 1), std::move(source)});
    return {};
  }

  std::expected<void, UsageError> take_letters(std::string_view letters) {
    while (!letters.empty()) {
      const OptionRow* const row = find_option(letters.front());
      std::string source = concat("-", letters.front());
      letters.remove_prefix(1);
      if (row == nullptr) {
        return std::unexpected(
            UsageError{concat(source, ": unknown option; pmx-init --help lists them")});
      }
      const bool is_last = row->takes != Takes::nothing;
      auto taken = take(*row, letters, std::move(source));
      if (!taken || is_last) return taken;
    }
    return {};
  }

  // `attached` is what stands in the same word; else the argument is the next word.
  std::expected<void, UsageError> take(const OptionRow& row, std::string_view attached,
                                       std::string source) {
    if (row.takes == Takes::nothing) {
      given_.push_back({&row, {}, std::move(source)});
      return {};
    }
    if (attached.empty() && words_.empty()) {
      return std::unexpected(UsageError{concat(source, ": needs a value (", row.argument, ")")});
    }
    if (attached.empty()) {
      attached = words_.front();
      words_ = words_.subspan(1);
    }
    given_.push_back({&row, attached, std::move(source)});
    return {};
  }

  Arguments words_;
  std::vector<Given> given_;
  bool was_ended_ = false;
  bool numbers_are_words_ = false;
};

// A flag's variable: how often it counts as given.
std::optional<int> flag_count(const OptionRow& row, std::string_view value) {
  if (value == "1" || value == "true") return 1;
  if (value == "0" || value == "false") return 0;
  if (row.id == OptionId::verbose && (value == "2" || value == "3")) return value[0] - '0';
  return std::nullopt;
}

std::expected<void, UsageError> add_variable(std::vector<Given>& given, const OptionRow& row,
                                             std::string_view name, std::string_view value) {
  if (value.empty()) return {};  // as Compose's ${X:-} leaves it: not set
  if (row.takes == Takes::once) {
    given.push_back({&row, value, std::string(name)});
  } else if (row.takes == Takes::many) {
    for (auto word = next_word(value); !word.empty(); word = next_word(value)) {
      given.push_back({&row, word, std::string(name)});
    }
  } else {
    const auto count = flag_count(row, value);
    if (!count) {
      return std::unexpected(
          UsageError{concat(name, ": ", quoted(value), " is not one of 1, 0, true and false")});
    }
    given.insert(given.end(), static_cast<std::size_t>(*count), {&row, {}, std::string(name)});
  }
  return {};
}

// Variables for options that were not typed; `ignored` collects the PMX_ ones that are none.
std::expected<std::vector<Given>, UsageError> read_variables(
    Arguments environment, const std::vector<Given>& typed,
    std::vector<std::string_view>& ignored) {
  std::vector<Given> given;
  for (std::string_view variable : environment) {
    if (!variable.starts_with("PMX_")) continue;
    std::string_view value = variable;
    const std::string_view name = next_field(value, '=');
    const auto row = std::ranges::find_if(option_table(), [&](const OptionRow& candidate) {
      // Further in, that is where who began us is spoken to.
      const bool is_ours = candidate.id == OptionId::control && os::is_init();
      return (candidate.has_variable || is_ours) && variable_of(candidate) == name;
    });
    if (row == option_table().end()) {
      ignored.push_back(name);
      continue;
    }
    const bool was_typed =
        std::ranges::any_of(typed, [&](const Given& option) { return option.row == &*row; });
    if (was_typed) continue;
    if (auto added = add_variable(given, *row, name, value); !added) {
      return std::unexpected(added.error());
    }
  }
  return given;
}

std::expected<void, UsageError> apply_given(Options& options, const std::vector<Given>& given) {
  for (const Given& option : given) {
    const std::size_t keys = options.keys.size();
    const auto set = set_option(options, *option.row, option.argument);
    if (options.keys.size() > keys) options.keys.back().source = option.source;
    if (set) continue;
    return std::unexpected(
        UsageError{concat(option.source, ": ", quoted(option.argument), " ", set.error())});
  }
  return {};
}

// Options that contradict each other, and a command where one is needed.
std::optional<UsageError> find_contradiction(const Options& options) {
  if ((options.identity.caps_ambient & options.identity.caps_drop) != 0) {
    return UsageError{"--caps-ambient and --caps-drop name the same capability"};
  }
  if (options.identity.caps_keep &&
      (options.identity.caps_ambient & ~*options.identity.caps_keep) != 0) {
    return UsageError{"--caps-ambient names a capability that --caps-keep does not keep"};
  }
  const bool is_one_command = options.ask == Options::Ask::init;
  if (options.pause && !options.command.empty()) {
    return UsageError{
        concat("--pause runs no command, and one is given: ", options.command.front())};
  }
  if (options.pause && !(is_one_command && options.keys.empty())) {
    return UsageError{"--pause runs nothing, so there is nothing to supervise"};
  }
  if (is_one_command && !options.env_name.empty()) {
    return UsageError{concat("--env: ", quoted(options.env_name),
                             " chooses an environment of a manifest, and there is none; to set a "
                             "variable write NAME=VALUE")};
  }
  if (is_one_command && !options.only.empty()) {
    return UsageError{"--only chooses apps of a manifest, and there is none"};
  }
  if (is_one_command && !options.pause && options.command.empty()) {
    return UsageError{"there is no command; write for example: pmx-init -- node app.js"};
  }
  return std::nullopt;
}

// Whether a subcommand that talks to the running one heeds the option.
bool concerns(const OptionRow& row, std::string_view request) {
  using enum OptionId;
  if (row.name == "parallel") return request == "reload";
  if (row.id == update_env) return request == "restart" || request == "reload";
  constexpr std::array kOfAll{control, json, verbose, quiet};
  return std::ranges::find(kOfAll, row.id) != kOfAll.end() ||
         row.help.starts_with(concat("of ", request, ":"));
}

// An option of subcommands before a command, or of another subcommand.
std::optional<UsageError> find_stray_of_subcommand(const Options& options,
                                                   const std::vector<Given>& given) {
  const bool is_run = options.ask == Options::Ask::init || options.ask == Options::Ask::supervise;
  for (const auto& [row, argument, source] : given) {
    const std::size_t colon = row->help.find(':');
    const bool is_of_subcommand =
        !row->has_variable && row->help.starts_with("of ") && colon != std::string_view::npos;
    if (!is_of_subcommand) continue;
    const std::string_view owner = row->help.substr(3, colon - 3);
    if (owner == options.topic || (owner == "subcommands" && !is_run)) continue;
    const bool is_form = row->id == OptionId::json || row->id == OptionId::plain;
    return UsageError{
        concat(source, ": is an option of ", owner,
               is_form ? concat("; for the log it is --log ", row->name) : std::string{})};
  }
  return std::nullopt;
}

// What the running one would not be told.
std::optional<UsageError> find_stray(const Options& options, const std::vector<Given>& given) {
  const bool runs_nothing =
      options.ask >= Options::Ask::help && options.ask != Options::Ask::states;
  if (options.ask != Options::Ask::control) {
    return runs_nothing ? std::nullopt : find_stray_of_subcommand(options, given);
  }
  for (const auto& [row, argument, source] : given) {
    if (concerns(*row, options.request)) continue;
    return UsageError{concat(source, ": is no option of ", options.topic,
                             row->has_variable
                                 ? "; what an app is like is changed by pmx-init apply"
                                 : concat("; see pmx-init help ", options.topic))};
  }
  if (options.update_env && !options.keys.empty()) {
    return UsageError{"--parallel: not with --update-env, which replaces as the manifest has it"};
  }
  return std::nullopt;
}

// Words and options behind a subcommand, up to "--"; what stands behind that are arguments.
std::expected<void, UsageError> read_operands(Reader& reader, std::vector<std::string>& operands,
                                              std::vector<std::string>& arguments) {
  while (!reader.was_ended() && !reader.rest().empty()) {
    if (auto read = reader.read(); !read) return read;
    if (!reader.was_ended() && !reader.rest().empty()) operands.emplace_back(reader.take_word());
  }
  arguments.assign(reader.rest().begin(), reader.rest().end());
  return {};
}

// Unless it is help that is asked for.
std::optional<UsageError> find_missing_target(const Options& options) {
  const std::string subcommand(options.topic);
  const bool needs_one = is_among(subcommand, "run check plan replay");
  if (!needs_one || options.ask == Options::Ask::help || !options.targets.empty()) {
    return std::nullopt;
  }
  if (options.ask == Options::Ask::replay) {
    return UsageError{"there is nothing to replay; write for example: pmx-init replay trace.jsonl"};
  }
  return UsageError{concat("there is nothing to ", subcommand, "; write for example: pmx-init ",
                           subcommand, " ecosystem.config.js")};
}

// The first word, where it is a subcommand and not behind "--".
std::expected<void, UsageError> take_subcommand(Options& options, Reader& reader) {
  const std::string_view word = reader.take_word();
  const Arguments rest = reader.rest();
  options.topic = word;  // of --help behind it
  constexpr std::array<Named<Options::Ask>, 4> kWithTargets{{{"run", Options::Ask::supervise},
                                                             {"check", Options::Ask::check},
                                                             {"plan", Options::Ask::plan},
                                                             {"replay", Options::Ask::replay}}};
  if (const auto ask = from_name(kWithTargets, word)) {
    options.ask = *ask;
    return read_operands(reader, options.targets, options.arguments);
  }
  if (word == "version" || word == "states") {
    options.ask = word == "version" ? Options::Ask::version : Options::Ask::states;
    if (auto read = reader.read(); !read) return read;
    if (reader.rest().empty()) return {};
    return std::unexpected(
        UsageError{concat(word, ": takes no words, and one is ", quoted(reader.rest().front()))});
  }
  if (word == "help") {
    options.ask = Options::Ask::help;
    options.topic = rest.empty() ? std::string_view{} : rest.front();
    return {};
  }
  options.ask = Options::Ask::control;
  options.request = control_command(word);
  reader.take_numbers_as_words();
  return read_operands(reader, options.targets, options.arguments);
}

}  // namespace

std::expected<Options, UsageError> parse_options(const std::vector<std::string_view>& arguments,
                                                 const std::vector<std::string_view>& environment) {
  Options options;
  Reader reader(arguments);
  if (auto read = reader.read(); !read) return std::unexpected(read.error());
  const bool is_subcommand_first =
      !reader.rest().empty() && !reader.was_ended() && is_subcommand(reader.rest().front());
  if (is_subcommand_first) {
    if (auto taken = take_subcommand(options, reader); !taken) {
      return std::unexpected(taken.error());
    }
  } else {
    options.command.assign(reader.rest().begin(), reader.rest().end());
  }
  if (auto set = apply_given(options, reader.given()); !set) return std::unexpected(set.error());
  if (const auto missing = find_missing_target(options)) return std::unexpected(*missing);
  if (const auto stray = find_stray(options, reader.given())) return std::unexpected(*stray);
  const bool runs_nothing = options.ask >= Options::Ask::help;
  if (runs_nothing) return options;

  auto variables = read_variables(environment, reader.given(), options.ignored_variables);
  if (!variables) return std::unexpected(variables.error());
  if (auto set = apply_given(options, *variables); !set) return std::unexpected(set.error());

  if (const auto contradiction = find_contradiction(options))
    return std::unexpected(*contradiction);
  // A key of the manifest makes of the command a manifest of one.
  if (options.ask == Options::Ask::init && !options.keys.empty()) {
    options.ask = Options::Ask::supervise;
  }
  return options;
}

}  // namespace pmx::cli
