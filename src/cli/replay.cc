#include "cli/replay.h"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/concat.h"
#include "base/exit_code.h"
#include "base/text.h"
#include "cli/life_settings.h"
#include "codec/json_document.h"
#include "codec/json_writer.h"
#include "codec/manifest_document.h"
#include "codec/trace_text.h"
#include "core/supervisor.h"
#include "core/validate.h"
#include "os/file.h"
#include "os/os_error.h"

namespace pmx::cli {
namespace {

constexpr std::size_t kLargestTrace = 256U << 20;

// `definition` stands for all that the core compares and does not look into.
App app_of(const AppSettings& settings, const ManifestSettings& all, std::int64_t definition) {
  App app;
  app.name = settings.name;
  app.life = life_of(settings, false, false);
  app.instances = settings.instances ? settings.instances->amount : 1;
  app.is_clustered = settings.exec_mode == ExecMode::cluster;
  app.cluster = settings.cluster;
  if (settings.balance) app.cluster.balance = *settings.balance;
  app.process.sockets = settings.sockets;
  app.starts_by_itself = settings.autostart;
  app.is_critical = settings.critical;
  app.restarts_at = settings.restarts_at;
  if (settings.memory_ceiling) app.memory_ceiling = settings.memory_ceiling->amount;
  for (const NamedDependency& other : settings.depends_on) {
    app.depends_on.push_back({index_of(all, other.app), other.awaited});
  }
  app.version = std::to_string(definition);
  return app;
}

std::optional<Manifest> manifest_of(const Node* trace) {
  if (trace == nullptr) return std::nullopt;
  Manifest manifest;
  const Node::Member* const document = trace->find("manifest");
  const Node::Member* const definitions = trace->find("definitions");
  if (document == nullptr || definitions == nullptr) return std::nullopt;
  const auto settings = read_manifest(document->value);
  const Node::List* const numbers = definitions->value.list();
  const bool is_whole = settings && numbers != nullptr &&
                        numbers->size() == settings->apps.size() &&
                        read_traced_manifest(*trace, manifest);
  if (!is_whole) return std::nullopt;
  for (std::size_t i = 0; i < numbers->size(); ++i) {
    const auto* const number = std::get_if<std::int64_t>(&(*numbers)[i].value);
    if (number == nullptr) return std::nullopt;
    manifest.apps.push_back(app_of(settings->apps[i], *settings, *number));
  }
  return manifest;
}

const Node* value_of(const Node& line, std::string_view key) {
  const Node::Member* const member = line.find(key);
  return member == nullptr ? nullptr : &member->value;
}

struct Difference {
  std::size_t line = 0;  // of the event, or of the effects that there should not be
  std::string recorded;
  std::string replayed;
};

class Replay {
 public:
  // Line by line; false: there is something wrong with it.
  bool take(std::string_view text) {
    ++line_;
    constexpr std::string_view kEffects = R"({"effects":)";
    if (text.starts_with(kEffects)) {
      recorded_ = text.substr(kEffects.size(), text.size() - kEffects.size() - 1);
      return supervisor_ != nullptr;
    }
    compare();
    const auto line = parse_json_document(text);
    if (!line) return false;
    if (supervisor_ == nullptr) return begin(*line);
    return happen(*line);
  }

  // Of what came last.
  void compare() {
    if (!difference_ && recorded_ != replayed_) difference_ = {event_line_, recorded_, replayed_};
    recorded_.clear();
    replayed_.clear();
  }

  [[nodiscard]] const std::optional<Difference>& difference() const { return difference_; }
  [[nodiscard]] std::size_t line() const { return line_; }
  [[nodiscard]] std::size_t events() const { return events_; }
  [[nodiscard]] bool has_begun() const { return supervisor_ != nullptr; }

 private:
  bool begin(const Node& line) {
    auto manifest = manifest_of(value_of(line, "trace"));
    if (!manifest) return false;
    supervisor_ = std::make_unique<Supervisor>(std::move(*manifest));
    return true;
  }

  bool happen(const Node& line) {
    const Node* const written = value_of(line, "event");
    const Node* const at = value_of(line, "at");
    const auto* const time = at == nullptr ? nullptr : std::get_if<std::int64_t>(&at->value);
    if (written == nullptr || time == nullptr) return false;
    auto event = read_traced_event(*written);
    if (!event || !is_known(*event)) return false;
    std::optional<Manifest> next;
    if (auto* const changed = std::get_if<ManifestChanged>(&*event)) {
      next = manifest_of(value_of(line, "trace"));
      if (!next) return false;
      changed->manifest = &*next;
    }
    Effects effects;
    supervisor_->handle(*event, Instant{Duration{*time}}, effects);
    if (!effects.empty()) replayed_ = trace_of_effects(effects);
    event_line_ = line_;
    ++events_;
    return true;
  }

  // Whom it is about is there.
  [[nodiscard]] bool is_known(const Event& event) const {
    const Roster& roster = supervisor_->roster();
    return std::visit(
        [&roster]<class T>(const T& e) {
          if constexpr (requires { e.instance; }) {
            return static_cast<std::size_t>(e.instance) < roster.size();
          } else if constexpr (std::is_same_v<T, TimeCame>) {
            return e.app < roster.apps().size();
          } else {
            return true;
          }
        },
        event);
  }

  std::unique_ptr<Supervisor> supervisor_;
  std::string recorded_;
  std::string replayed_;
  std::size_t line_ = 0;
  std::size_t event_line_ = 0;
  std::size_t events_ = 0;
  std::optional<Difference> difference_;
};

int complain(const std::string& path, const std::string& what) {
  std::fputs(concat("pmx-init: ", path, ": ", what, "\n").c_str(), stderr);
  return number(ExitCode::usage);
}

std::string outcome_as_text(const Replay& replay, const std::string& path) {
  const auto& difference = replay.difference();
  if (!difference) {
    return concat(path, ": ", replay.events(), " events, and all that followed is as it was\n");
  }
  const auto shown = [](const std::string& effects) { return effects.empty() ? "[]" : effects; };
  return concat(path, ":", difference->line, ": after ", replay.events(),
                " events something else follows\n  recorded  ", shown(difference->recorded),
                "\n  replayed  ", shown(difference->replayed), "\n");
}

std::string outcome_as_json(const Replay& replay) {
  JsonWriter json;
  json.begin_object().member("events", replay.events()).key("difference");
  if (const auto& difference = replay.difference()) {
    const auto effects = [&](const std::string& text) { json.literal(text.empty() ? "[]" : text); };
    json.begin_object().member("line", difference->line).key("recorded");
    effects(difference->recorded);
    json.key("replayed");
    effects(difference->replayed);
    json.end_object();
  } else {
    json.null();
  }
  json.end_object();
  return std::move(json).text() + "\n";
}

}  // namespace

int replay(const std::string& path, bool as_json) {
  const auto text = os::read_file(path.c_str(), kLargestTrace);
  if (!text)
    return complain(path, concat("cannot be read: ", os::describe_errno(text.error().number)));
  Replay replay;
  std::string_view rest = *text;
  while (!rest.empty() && !replay.difference()) {
    const bool is_whole = rest.contains('\n');
    const std::string_view line = next_field(rest, '\n');
    if (!is_whole) break;  // the last word of who was killed
    if (replay.take(line)) continue;
    return complain(
        path, concat("line ", replay.line(), " is none of a trace of this version, " PMX_VERSION));
  }
  if (!replay.has_begun()) return complain(path, "is no trace: it is empty");
  replay.compare();
  const std::string outcome = as_json ? outcome_as_json(replay) : outcome_as_text(replay, path);
  std::fputs(outcome.c_str(), stdout);
  return replay.difference() ? 1 : 0;
}

}  // namespace pmx::cli
