#include "cli/monit.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/concat.h"
#include "base/exit_code.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/app_answers.h"
#include "cli/control_link.h"
#include "cli/init_request.h"
#include "cli/list_table.h"
#include "cli/record_text.h"
#include "codec/ansi.h"
#include "codec/control_request.h"
#include "codec/json_writer.h"
#include "os/clock.h"
#include "os/poller.h"
#include "os/raw_terminal.h"
#include "os/terminal.h"

namespace pmx::cli {
namespace {

constexpr Duration kPeriod{1'000};
constexpr os::Token kKeyboard{os::Token::Kind::control_client, 0, 0};
constexpr std::size_t kRulesOfTable = 4;  // its borders, and the line of its titles
constexpr std::size_t kMostLines = 200;

constexpr std::string_view kOtherScreen = "\033[?1049h\033[?25l";
constexpr std::string_view kScreenOfBefore = "\033[?25h\033[?1049l";
constexpr std::string_view kReverse = "\033[7m";
constexpr std::string_view kUsual = "\033[0m";

void show(std::string_view bytes) {
  std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  std::fflush(stdout);
}

// As much as a line of the screen holds; bytes that would move the cursor become spaces.
std::string one_line_of(std::string_view text, std::size_t columns) {
  std::string line;
  std::size_t width = 0;
  for (const char byte : without_orders(text)) {
    if (!is_continuation(byte) && ++width > columns) break;
    line += static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f ? ' ' : byte;
  }
  return line;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) lines.emplace_back(next_field(text, '\n'));
  return lines;
}

// The screen is drawn anew each second, and with each key.
class Monitor {
 public:
  explicit Monitor(ControlLink link) : link_(std::move(link)) {}

  // Asks how everything is. False: nobody answers any more.
  bool look() {
    const auto reply = ask("list", {});
    const Node::List* const list = reply ? reply->find("result")->value.list() : nullptr;
    if (list == nullptr) return false;
    instances_ = *list;
    chosen_ = std::min(chosen_, instances_.empty() ? 0 : instances_.size() - 1);
    log_.clear();
    metrics_.clear();
    if (instances_.empty()) return true;
    const std::string id = member_of(instances_[chosen_], "id");
    // It may have been deleted since.
    if (const auto about = ask("describe", id)) {
      const Node::List* const described = about->find("result")->value.list();
      if (described != nullptr && !described->empty()) take_metrics(described->front());
    }
    return is_there_ && (ask("logs", id) || is_there_);
  }

  // Why the last request was not done, if somebody said so.
  [[nodiscard]] const std::optional<ControlFailure>& refusal() const { return refusal_; }

  void draw() const {
    const os::TerminalSize size = os::terminal_size();
    std::vector<std::string> lines{title(size.columns)};
    add_table(size, lines);
    if (!instances_.empty()) {
      const Node& chosen = instances_[chosen_];
      lines.push_back(concat(
          kReverse, one_line_of(concat(" ", one_line_on(chosen), " "), size.columns), kUsual));
      for (const std::string& metric : metrics_) {
        lines.push_back(one_line_of(metric, size.columns));
      }
    }
    const std::size_t room = size.rows - std::min(size.rows, lines.size());
    for (std::size_t i = log_.size() - std::min(log_.size(), room); i < log_.size(); ++i) {
      lines.push_back(one_line_of(log_[i], size.columns));
    }
    lines.resize(std::min(lines.size(), size.rows));
    std::string screen = "\033[H";
    for (const std::string& line : lines) {
      if (&line != lines.data()) screen += "\r\n";
      append(screen, line, "\033[K");
    }
    show(concat(screen, "\033[J"));
  }

  // False: that was enough.
  bool heed(std::string_view keys) {
    while (!keys.empty()) {
      const char key = keys.front();
      if (key == 'q' || key == '\003') return false;
      const bool is_arrow = keys.size() >= 3 && key == '\033' && (keys[1] == '[' || keys[1] == 'O');
      const char meant = is_arrow ? keys[2] : key;
      keys.remove_prefix(is_arrow ? 3 : 1);
      const bool is_up = is_arrow ? meant == 'A' : meant == 'k';
      const bool is_down = is_arrow ? meant == 'B' : meant == 'j';
      if (is_up && chosen_ > 0) --chosen_;
      if (is_down && chosen_ + 1 < instances_.size()) ++chosen_;
    }
    return true;
  }

 private:
  // The last reply, if the request has worked; records on the way are lines of the log.
  std::optional<Node> ask(std::string_view command, std::string_view target) {
    JsonWriter json;
    json.begin_object().member("version", kControlVersion).member("command", command);
    if (command == "logs") json.member("lines", kMostLines).member("follow", false);
    json.key("targets").begin_array();
    if (!target.empty()) json.value(target);
    json.end_array().end_object();
    refusal_.reset();
    static_cast<void>(link_.send(std::move(json).text() + "\n"));
    while (true) {
      const auto line = link_.next();
      is_there_ = line.has_value();
      if (!is_there_) break;
      auto reply = read_reply(*line);
      if (!reply || reply->map() == nullptr) break;
      if (reply->find("record") != nullptr) {
        log_.emplace_back(text_of({*reply, last_member(*line, R"(,"record":)")}));
        continue;
      }
      if (reply->find("ok") == nullptr) continue;
      if (reply->find("result") != nullptr) return std::move(*reply);
      refusal_ = refusal_of(*reply);
      break;
    }
    return std::nullopt;
  }

  void take_metrics(const Node& instance) {
    const Node::Member* const metrics = instance.find("metrics");
    const Node::Map* const map = metrics == nullptr ? nullptr : metrics->value.map();
    if (map != nullptr) metrics_ = lines_of(metrics_text(*map, 1));
  }

  [[nodiscard]] std::string title(std::size_t columns) const {
    const auto online = std::ranges::count_if(
        instances_, [](const Node& instance) { return text_in(instance, "status") == "online"; });
    const std::string what = concat(" pmx-init: ", online, " of ", instances_.size(),
                                    " online      up, down: choose   q: leave");
    std::string line = one_line_of(what, columns);
    line.resize(std::max(line.size(), columns), ' ');
    return concat(kReverse, line, kUsual);
  }

  // At most half of the screen: those around the chosen one.
  void add_table(const os::TerminalSize& size, std::vector<std::string>& lines) const {
    const std::size_t most =
        std::max<std::size_t>(size.rows / 2, kRulesOfTable + 1) - kRulesOfTable;
    const std::size_t count = std::min(most, instances_.size());
    const std::size_t first =
        std::min(chosen_ - std::min(chosen_, count / 2), instances_.size() - count);
    const TableStyle style{.has_boxes = true,
                           .has_colours = !os::forbids_colours(),
                           .width = size.columns,
                           .chosen = chosen_ - first};
    const auto begin = instances_.begin() + static_cast<std::ptrdiff_t>(first);
    const Node::List shown(begin, begin + static_cast<std::ptrdiff_t>(count));
    for (std::string& line : lines_of(list_table(shown, style))) lines.push_back(std::move(line));
  }

  ControlLink link_;
  bool is_there_ = true;
  std::optional<ControlFailure> refusal_;
  Node::List instances_;
  std::size_t chosen_ = 0;
  std::vector<std::string> metrics_;  // of the chosen one
  std::vector<std::string> log_;
};

// An exit code.
int run(Monitor& monitor) {
  os::Poller poller(signals_to_handle(false));
  if (!poller.watch(STDIN_FILENO, os::Interest::readable, kKeyboard))
    return number(ExitCode::cannot_work);
  while (monitor.look()) {
    monitor.draw();
    poller.wait_until(os::monotonic_now() + kPeriod);
    for (const auto& [signal, sender] : poller.signals()) {
      if (signal == kSigTerm || signal == kSigInt || signal == kSigHup) return 128 + number(signal);
    }
    if (!poller.has(kKeyboard.kind)) continue;
    std::array<char, 64> keys;
    const ssize_t count = ::read(STDIN_FILENO, keys.data(), keys.size());
    if (count <= 0 || !monitor.heed({keys.data(), static_cast<std::size_t>(count)})) return 0;
  }
  return number(ExitCode::nobody_answers);
}

}  // namespace

int monitor(const Options& options) {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0) {
    std::fputs(
        "pmx-init: monit draws on a terminal: docker exec -it; for a script there is "
        "pmx-init list --json\n",
        stderr);
    return number(ExitCode::usage);
  }
  auto fd = connect_to_running(options.control);
  if (!fd) {
    std::fputs(concat("pmx-init: ", fd.error().sentence, "\n").c_str(), stderr);
    return fd.error().code;
  }
  Monitor monitor(ControlLink(std::move(*fd)));
  int code = 0;
  {
    const os::RawTerminal raw;
    show(kOtherScreen);
    code = run(monitor);
    show(kScreenOfBefore);
  }
  if (code != number(ExitCode::nobody_answers)) return code;
  const ControlFailure why = monitor.refusal().value_or(ControlFailure{code, "it has ended"});
  std::fputs(concat("pmx-init: ", why.sentence, "\n").c_str(), stderr);
  return why.code;
}

}  // namespace pmx::cli
