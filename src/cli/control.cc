#include "cli/control.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <expected>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/concat.h"
#include "base/exit_code.h"
#include "base/text.h"
#include "cli/app_answers.h"
#include "cli/control_link.h"
#include "cli/indented_json.h"
#include "cli/jlist.h"
#include "cli/list_table.h"
#include "cli/manifest_source.h"
#include "cli/monit.h"
#include "cli/problem_report.h"
#include "cli/record_text.h"
#include "cli/target_pattern.h"
#include "cli/variables_text.h"
#include "codec/ansi.h"
#include "codec/control_request.h"
#include "codec/json_document.h"
#include "codec/json_writer.h"
#include "os/file.h"
#include "os/raw_terminal.h"
#include "os/terminal.h"

namespace pmx::cli {
namespace {

constexpr int kFailed = 1;
constexpr int kNoSuchTarget = 4;
constexpr std::string_view kNoAnswer = "pmx-init ended before it had answered";

// APP ACTION PARAMETER, or APP ACTION -- PARAMETER: from then on the app alone is a target.
void take_action(Options& options) {
  if (options.request != "trigger") return;
  const auto action = options.targets.begin() + 1;
  options.arguments.insert(options.arguments.begin(), action, options.targets.end());
  options.targets.erase(action, options.targets.end());
}

// What is wrong with the words of a command; empty: nothing.
std::string misuse_of(const Options& options) {
  if (options.request == "trigger") {
    if (options.targets.size() < 2) return "write: pmx-init trigger APP ACTION [PARAMETER]";
    const bool is_one_word = options.targets.size() + options.arguments.size() <= 3;
    return is_one_word ? "" : "trigger takes one parameter; put it in quotes";
  }
  const bool is_about_all = is_among(options.request, "monit ping save shutdown");
  const bool changes_apps = is_among(options.request, "reload restart start");
  const auto manifest = std::ranges::find_if(options.targets, [](const std::string& target) {
    return is_manifest_name(target) && os::exists(target.c_str());
  });
  if (changes_apps && manifest != options.targets.end()) {
    return concat(options.request, ": ", *manifest,
                  " is a manifest; for all to be as it says write: pmx-init apply ", *manifest);
  }
  const std::size_t most = is_about_all                 ? 0
                           : options.request == "apply" ? 1
                                                        : options.targets.size();
  if (options.targets.size() <= most) return {};
  return concat(
      options.request,
      most == 0 ? ": takes no words, and one is \"" : ": takes one manifest, and another one is \"",
      options.targets[most], "\"");
}

// What is sent is the text of the manifest, not its name. Else an exit code.
std::expected<std::string, int> request_for(const Options& options, os::SignalMask child_mask) {
  JsonWriter json;
  json.begin_object().member("version", kControlVersion).member("command", options.request);
  std::span<const std::string> targets = options.targets;
  if (options.request == "signal" && !targets.empty()) {
    json.member("signal", targets.front());
    targets = targets.subspan(1);
  }
  if (options.request == "scale" && !targets.empty()) {
    json.member("instances", targets.back());
    targets = targets.first(targets.size() - 1);
  }
  if (options.request == "trigger") {
    json.member("action", options.arguments.front());
    if (options.arguments.size() > 1) json.member("parameter", options.arguments.back());
  }
  if (options.request == "env") json.member("show_secrets", options.show_secrets);
  if (options.all) json.member("all", true);
  if (options.request == "list") json.member("metrics", true);
  if (options.update_env) json.member("update_env", true);
  for (const KeyOption& option : options.keys) {  // of reload: parallel
    json.member(option.key, parse_number<std::int64_t>(option.value).value_or(0));
  }
  if (options.request == "logs") {
    // Who looks for something looks through all there is.
    const bool chooses =
        !options.stream.empty() || !options.level.empty() || !options.match.empty();
    if (options.lines || chooses) json.member("lines", options.lines.value_or(kAllLines));
    json.member("follow", options.follow);
  }
  if (options.request == "apply" && !targets.empty()) {
    const auto document = load_document(targets.front(), child_mask);
    if (!document) return std::unexpected(report_problems(document.error(), options.json));
    json.member("file", targets.front()).member("document", *document);
    targets = {};
  }
  json.member("targets", targets).end_object();
  return std::move(json).text() + "\n";
}

// On a terminal nothing of it is an order to that, but for colours: apps print what others send.
void print(std::string_view text) {
  static const bool is_terminal = ::isatty(STDOUT_FILENO) != 0;
  const std::string harmless = is_terminal ? without_orders(text) : std::string();
  const std::string_view shown = is_terminal ? harmless : text;
  std::fwrite(shown.data(), 1, shown.size(), stdout);
}

void complain(std::string_view sentence) {
  const std::string line = concat("pmx-init: ", sentence, "\n");
  std::fputs(line.c_str(), stderr);
}

// The exit code. As JSON it is what the running one would say.
int fail(const Options& options, int code, std::string_view sentence) {
  if (options.json) {
    JsonWriter json;
    json.begin_object().member("version", kControlVersion).member("ok", false);
    json.member("code", code).member("error", sentence).end_object();
    print(concat(json.text(), "\n"));
    std::fflush(stdout);
  }
  complain(sentence);
  return code;
}

TableStyle style_of_stdout() {
  TableStyle style;
  if (::isatty(STDOUT_FILENO) == 0) return style;
  style.has_boxes = true;
  style.has_colours = !os::forbids_colours();
  style.width = os::terminal_size().columns;
  return style;
}

void print_result(const std::string& request, const Node& result) {
  if (request == "ping") return print("pmx-init answers\n");
  if (request == "healthcheck") return print("every app is ready\n");
  if (request == "shutdown") return print("everything is being stopped\n");
  if (request == "reset") return print("the counters are 0\n");
  if (request == "signal") return print("sent\n");
  const Node::List* const instances = result.list();
  if (instances == nullptr) return;
  if (request == "jlist") return print(jlist_of(*instances) + "\n");
  if (request == "trigger") return print(answers_of(*instances));
  if (request == "env") return print(variables_of(*instances));
  print(request == "describe" ? description_of(*instances)
                              : list_table(*instances, style_of_stdout()));
}

int finish(const Options& options, const Node& reply, std::string_view line) {
  const Node::Member* const ok = reply.find("ok");
  const auto* const is_ok = ok == nullptr ? nullptr : std::get_if<bool>(&ok->value.value);
  const bool has_worked = is_ok != nullptr && *is_ok;
  const bool is_log = options.request == "logs";
  const bool is_printed_as_it_is = !is_log && options.request != "jlist";
  if (options.json && (is_printed_as_it_is || !has_worked))
    print(concat(has_worked ? last_member(line, R"(,"result":)") : line, "\n"));
  if (has_worked && !options.json && options.request == "save")
    print(indented_json(last_member(line, R"(,"result":)")) + "\n");
  const Node::Member* const result = reply.find("result");
  const bool is_jlist = options.request == "jlist";
  if (result != nullptr && (is_jlist || !options.json))
    print_result(options.request, result->value);
  const bool is_printed = std::fflush(stdout) == 0;
  if (has_worked) return is_printed ? 0 : kFailed;

  const ControlFailure refusal = refusal_of(reply);
  complain(refusal.sentence);
  return refusal.code;
}

// On a terminal: who is done already.
void show_progress(const Node& progress) {
  if (::isatty(STDERR_FILENO) == 0) return;
  const std::string line = one_line_on(progress) + "\n";
  std::fputs(line.c_str(), stderr);
}

bool is_wanted(const Options& options, const SentLine& line) {
  return (options.stream.empty() || text_in(line.reply, "stream") == options.stream) &&
         (options.level.empty() || has_level(line, options.level)) &&
         text_of(line).contains(options.match);
}

// A line of an app, as it is in the log.
void show_record(const Options& options, const SentLine& line) {
  if (!is_wanted(options, line)) return;
  const std::string_view text = text_of(line);
  const std::string whose = options.plain ? std::string() : writer_of(line) + " | ";
  print(options.json ? concat(line.whole, "\n") : concat(whose, text, "\n"));
  std::fflush(stdout);
}

// An exit code; 0: they are.
int expand_targets(Options& options) {
  auto fd = connect_to_running(options.control);
  if (!fd) return fail(options, fd.error().code, fd.error().sentence);
  JsonWriter request;
  request.begin_object().member("version", kControlVersion).member("command", "list").end_object();
  ControlLink link(std::move(*fd));
  static_cast<void>(link.send(concat(std::move(request).text(), "\n")));
  const auto line = link.next();
  const auto reply = read_reply(line.value_or(std::string{}));
  if (!reply || reply->map() == nullptr) return fail(options, kFailed, kNoAnswer);
  const Node::Member* const result = reply->find("result");
  if (result == nullptr || result->value.list() == nullptr) {
    const ControlFailure refusal = refusal_of(*reply);
    return fail(options, refusal.code, refusal.sentence);
  }
  auto targets = expand_patterns(options.targets, *result->value.list());
  if (!targets) return fail(options, kNoSuchTarget, targets.error());
  options.targets = std::move(*targets);
  return 0;
}

int ask(const Options& given, os::SignalMask original) {
  Options options = given;
  if (options.request != "trigger") {
    std::ranges::move(options.arguments, std::back_inserter(options.targets));
    options.arguments.clear();
  }
  if (const std::string misuse = misuse_of(options); !misuse.empty()) {
    return fail(options, number(ExitCode::usage), misuse);
  }
  if (options.request == "monit") return monitor(options);
  take_action(options);
  const bool has_patterns = std::ranges::any_of(options.targets, is_pattern);
  if (const int code = has_patterns ? expand_targets(options) : 0; code != 0) return code;
  const auto request = request_for(options, original);
  if (!request) return request.error();
  static_cast<void>(original.install());  // Ctrl-C ends us again
  auto fd = connect_to_running(options.control);
  if (!fd) return fail(options, fd.error().code, fd.error().sentence);
  ControlLink link(std::move(*fd));
  // Who is refused may be so before all of it is sent.
  const bool is_sent = link.send(*request);
  while (const auto line = link.next()) {
    const auto reply = read_reply(*line);
    if (!reply || reply->map() == nullptr) break;
    if (reply->find("record") != nullptr) {
      show_record(options, {*reply, last_member(*line, R"(,"record":)")});
      continue;
    }
    if (reply->find("skipped") != nullptr) {
      complain("some lines are missing here: they came faster than they were read");
      continue;
    }
    if (const Node::Member* const progress = reply->find("progress")) {
      show_progress(progress->value);
      continue;
    }
    return finish(options, *reply, *line);
  }
  // As `docker logs --follow`: the end of what is followed is the end.
  if (options.request == "logs" && options.follow) return 0;
  return fail(options, kFailed, is_sent ? kNoAnswer : "pmx-init closed the connection");
}

}  // namespace

int ask_running(const Options& given, os::SignalMask original) {
  const int code = ask(given, original);
  // Docker keeps 2 for itself, and whoever asks wants to know no more than whether all is well.
  return code != 0 && given.request == "healthcheck" ? kFailed : code;
}

}  // namespace pmx::cli
