#include "cli/set_option.h"

#include <algorithm>
#include <array>

#include "base/concat.h"
#include "base/named.h"
#include "base/signals.h"
#include "base/text.h"
#include "cli/identity.h"
#include "codec/env_text.h"
#include "codec/quantity_text.h"

namespace pmx::cli {
namespace {

using Result = std::expected<void, std::string>;

constexpr std::string_view kDurationRule = "is not a duration (milliseconds, or 500ms, 8s, 5m, 1h)";
constexpr std::string_view kSignalRule =
    "is no signal (a number from 1 to 64, or a name such as TERM or RTMIN+1)";

std::unexpected<std::string> broken(std::string_view rule) {
  return std::unexpected(std::string(rule));
}

// Puts `parsed` into `place`, or says which rule was broken.
template <class Place, class Parsed>
Result put(Place& place, Parsed&& parsed, std::string_view rule) {
  if (!parsed) return broken(rule);
  place = *std::forward<Parsed>(parsed);
  return {};
}

template <class Place, class Enum, std::size_t N>
Result put_named(Place& place, const std::array<Named<Enum>, N>& table, std::string_view argument) {
  if (const auto value = from_name(table, argument)) {
    place = *value;
    return {};
  }
  std::string rule = "is not one of";
  for (std::size_t i = 0; i < N; ++i) {
    append(rule, std::string(i == 0 ? " " : i + 1 == N ? " and " : ", "), table[i].name);
  }
  return broken(rule);
}

template <std::integral Number>
std::optional<Number> number_between(std::string_view text, Number least, Number most) {
  const auto value = parse_number<Number>(text);
  return value && *value >= least && *value <= most ? value : std::nullopt;
}

Result set_remap(Options& options, std::string_view argument) {
  const auto code = number_between<int>(argument, 0, 255);
  if (!code) return broken("is no exit code (0 to 255)");
  options.ends_well.set(static_cast<std::size_t>(*code));
  return {};
}

Result set_rewrite(Options& options, std::string_view argument) {
  std::string_view to_text = argument;
  const auto from = parse_signal(next_field(to_text, ':'));
  const auto to = to_text == "0" ? std::optional(SignalNumber{0}) : parse_signal(to_text);
  if (!from || !to) return broken("is not FROM:TO, two signals, or 0 to send none");
  options.rewrites.emplace_back(*from, *to);
  return {};
}

Result set_name(Options& options, std::string_view argument) {
  if (argument.empty() || argument.size() > kLongestAppName) {
    return broken("is no name (1 to 128 bytes)");
  }
  options.name = argument;
  return {};
}

Result set_multiline(Options& options, std::string_view argument) {
  auto set = put_named(options.output.multiline_stdout, kMultilines, argument);
  options.output.multiline_stderr = options.output.multiline_stdout;
  return set;
}

Result set_max_record(Options& options, std::string_view argument) {
  const auto size = parse_size(argument);
  if (!size || *size < kSmallestMaxRecord || *size > kLargestMaxRecord) {
    return broken("is no size from 1K to 256K");
  }
  options.output.max_record = static_cast<std::size_t>(*size);
  return {};
}

Result set_groups(Options& options, std::string_view argument) {
  std::vector<std::string> groups;
  while (!argument.empty()) {
    const std::string_view group = next_field(argument, ',');
    if (group.empty()) return broken("has an empty group in it");
    groups.emplace_back(group);
  }
  options.identity.groups = std::move(groups);
  return {};
}

Result add_capabilities(std::uint64_t& known, std::string_view list) {
  auto bits = parse_capabilities(list);
  if (!bits) return std::unexpected(std::move(bits.error()));
  known |= *bits;
  return {};
}

Result add_caps_keep(Options& options, std::string_view argument) {
  auto& keep = options.identity.caps_keep;
  if (!keep) keep = 0;
  return add_capabilities(*keep, argument);
}

Result add_caps_drop(Options& options, std::string_view argument) {
  if (!same_ignoring_case(argument, "all")) {
    return add_capabilities(options.identity.caps_drop, argument);
  }
  options.identity.caps_drop_all = true;
  return {};
}

Result set_limit(Options& options, std::string_view argument) {
  std::string_view values = argument;
  const auto resource = find_resource(next_field(values, '='));
  if (!resource) return broken("names no limit (nofile, nproc, core, stack, as, …)");
  const auto limit = parse_resource_limit(*resource, values);
  if (!limit) return broken("is not NAME=SOFT[:HARD] with numbers or \"unlimited\"");
  if (limit->soft > limit->hard) return broken("has a soft limit above the hard one");
  options.limits.push_back(*limit);
  return {};
}

Result set_only(Options& options, std::string_view argument) {
  while (!argument.empty()) {
    const std::string_view app = trim(next_field(argument, ','));
    if (!app.empty()) options.only.emplace_back(app);
  }
  return options.only.empty() ? broken("names no app") : Result{};
}

// What the manifest calls "autorestart" has words of its own on a command line.
Result set_restart(Options& options, std::string_view argument) {
  constexpr std::array<Named<std::string_view>, 3> kWords{
      {{"never", "false"}, {"on-failure", "on-failure"}, {"always", "true"}}};
  std::string_view value;
  auto set = put_named(value, kWords, argument);
  if (set) options.keys.push_back({"autorestart", std::string(value), "--restart"});
  return set;
}

Result set_key(Options& options, const OptionRow& row, std::string_view argument) {
  if (row.name == "restart") return set_restart(options, argument);
  KeyOption option{std::string(row.name), std::string(argument), concat("--", row.name)};
  std::ranges::replace(option.key, '-', '_');
  if (row.takes == Takes::nothing) option.value = "true";
  options.keys.push_back(std::move(option));
  return {};
}

// NAME=VALUE is a variable; NAME alone chooses the manifest's env_NAME.
Result set_env(Options& options, std::string_view argument) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string_view::npos && is_env_name(argument)) {
    options.env_name = argument;
    return {};
  }
  if (!is_env_name(argument.substr(0, equals))) return broken("is not NAME=VALUE");
  options.env.emplace_back(argument);
  return {};
}

}  // namespace

Result set_option(Options& options, const OptionRow& row, std::string_view argument) {
  switch (row.id) {
    case OptionId::kill_group:
      options.kill_group = true;
      return {};
    case OptionId::subreaper:
      options.subreaper = true;
      return {};
    case OptionId::warn_on_reap:
      options.warn_on_reap = true;
      return {};
    case OptionId::verbose:
      ++options.verbosity;
      return {};
    case OptionId::quiet:
      options.quiet = true;
      return {};
    case OptionId::single_child:
      return {};
    case OptionId::pause:
      options.pause = true;
      return {};
    case OptionId::setsid:
      options.setsid = true;
      return {};
    case OptionId::strip_ansi:
      options.output.strip_ansi = true;
      return {};
    case OptionId::no_new_privs:
      options.no_new_privs = true;
      return {};
    case OptionId::help:
      options.ask = Options::Ask::help;
      return {};
    case OptionId::license:
      options.ask = Options::Ask::license;
      return {};
    case OptionId::version:
      options.ask = Options::Ask::version;
      return {};
    case OptionId::parent_death_signal:
      return put(options.parent_death_signal, parse_signal(argument), kSignalRule);
    case OptionId::remap_exit:
      return set_remap(options, argument);
    case OptionId::rewrite:
      return set_rewrite(options, argument);
    case OptionId::grace:
      return put(options.grace, parse_duration(argument), kDurationRule);
    case OptionId::log:
      return put_named(options.output.format, kLogFormats, argument);
    case OptionId::name:
      return set_name(options, argument);
    case OptionId::log_schema:
      return put_named(options.output.schema, kLogSchemas, argument);
    case OptionId::json_lines:
      return put_named(options.output.json_lines, kJsonLines, argument);
    case OptionId::multiline:
      return set_multiline(options, argument);
    case OptionId::max_record:
      return set_max_record(options, argument);
    case OptionId::on_full:
      return put_named(options.output.on_full, kOnFulls, argument);
    case OptionId::flush_timeout:
      return put(options.output.flush_timeout, parse_duration(argument), kDurationRule);
    case OptionId::user:
      if (argument.empty() || argument.front() == ':') return broken("is not USER[:GROUP]");
      options.identity.user = argument;
      return {};
    case OptionId::groups:
      return set_groups(options, argument);
    case OptionId::caps_keep:
      return add_caps_keep(options, argument);
    case OptionId::caps_ambient:
      return add_capabilities(options.identity.caps_ambient, argument);
    case OptionId::caps_drop:
      return add_caps_drop(options, argument);
    case OptionId::umask: {
      const auto mask = parse_number<unsigned>(argument, 8);
      return put(options.umask, mask && *mask <= 0777 ? mask : std::nullopt,
                 "is no mask (octal, as 022)");
    }
    case OptionId::nice:
      return put(options.nice, number_between(argument, -20, 19), "is no niceness (-20 to 19)");
    case OptionId::rlimit:
      return set_limit(options, argument);
    case OptionId::oom_score_adj:
      return put(options.oom_score_adj, number_between(argument, -1000, 1000),
                 "is no score adjustment (-1000 to 1000)");
    case OptionId::cpus:
      return put(options.cpus, parse_processors(argument), "is no list of processors (as 0-3,5)");
    case OptionId::termination_log:
      options.termination_log = argument;
      return {};
    case OptionId::trace:
      options.trace = argument;
      return {};
    case OptionId::cwd:
      if (argument.empty()) return broken("is no directory");
      options.cwd = argument;
      return {};
    case OptionId::env:
      return set_env(options, argument);
    case OptionId::env_file:
      options.env_files.emplace_back(argument);
      return {};
    case OptionId::control:
      options.control = argument;
      return {};
    case OptionId::follow:
      options.follow = true;
      return {};
    case OptionId::lines:
      return put(options.lines, number_between<unsigned>(argument, 0, kAllLines),
                 "is no number of lines");
    case OptionId::dot:
      options.dot = true;
      return {};
    case OptionId::all:
      options.all = true;
      return {};
    case OptionId::show_secrets:
      options.show_secrets = true;
      return {};
    case OptionId::update_env:
      options.update_env = true;
      return {};
    case OptionId::plain:
      options.plain = true;
      return {};
    case OptionId::stream:
      if (argument != "stdout" && argument != "stderr") {
        return broken("is neither stdout nor stderr");
      }
      options.stream = argument;
      return {};
    case OptionId::severity:
      options.level = argument;
      return {};
    case OptionId::match:
      options.match = argument;
      return {};
    case OptionId::json:
      options.json = true;
      return {};
    case OptionId::only:
      return set_only(options, argument);
    case OptionId::app_key:
      return set_key(options, row, argument);
  }
  return {};
}

}  // namespace pmx::cli
