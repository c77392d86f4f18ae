// What a request on the control socket means: whom it is about, what is asked of the core, and what
// its client is told, at once or when it is done.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "codec/control_request.h"
#include "core/errand.h"
#include "core/supervisor.h"
#include "runtime/announcer.h"
#include "runtime/census.h"
#include "runtime/channels.h"
#include "runtime/control_server.h"
#include "runtime/inbox.h"
#include "runtime/manifest_reader.h"
#include "runtime/notifier.h"
#include "runtime/recent_lines.h"

namespace pmx::runtime {

class ControlDesk {
 public:
  // All of them must outlive it.
  ControlDesk(const Supervisor& supervisor, Census& census, const Notifier& notifier,
              ControlServer& server, Announcer& announcer, const RecentLines& recent,
              ManifestReader& reader, Channels& channels)
      : supervisor_(supervisor),
        census_(census),
        notifier_(notifier),
        server_(server),
        announcer_(announcer),
        recent_(recent),
        reader_(reader),
        channels_(channels) {}

  // There is a request, and room for the events and the reply that it becomes.
  [[nodiscard]] bool can_take(const Inbox& inbox) const noexcept;
  // Takes the requests that can be.
  void take_requests(Inbox& inbox, Instant now);

  // What new variables are read for is a `restart`, not a `reload`.
  [[nodiscard]] bool is_to_restart() const noexcept { return !refreshed_.is_reload; }

  // What came of an `apply`, or of new variables; by now the change has been made, or never will
  // be.
  void take_reading(const ManifestReader::Result& result, bool has_changed, Inbox& inbox,
                    Instant now);

  // The instance is gone for good: nobody follows who takes its place, unless they mean them.
  void forget(InstanceId instance, Instant now);

  // Tells clients what has come of what they asked.
  [[gnu::noinline]] void report(Instant now);
  // When somebody has waited long enough.
  [[nodiscard]] std::optional<Instant> deadline() const noexcept;

 private:
  // As the client's exit code (docs/cli.md, "Exit codes").
  static constexpr int kFailed = 1;
  static constexpr int kWrongUsage = 2;
  static constexpr int kNoSuchTarget = 4;

  struct Item {
    Errand errand;
    std::optional<unsigned> place{};  // by its id: whoever has that is meant
    ErrandState state = ErrandState::pending;
    std::string last_row{};  // of one that has gone: another one may have its number
    std::string name{};      // likewise
  };
  struct Job {
    ClientId client;
    std::vector<Item> items;
    unsigned change = 0;  // of the manifest, from 1: whom it is about is known when it was made
    bool is_reload = false;
  };
  // Actions that were called, and are waited for.
  struct Calls {
    struct Item {
      std::optional<CallId> call;  // nothing: there was no call, for this reason
      std::string why_not;
      unsigned id = 0;  // as it was called then, and had to be named
      std::string name{};
      unsigned number = 0;
    };
    ClientId client;
    std::string action;
    std::vector<Item> items;
    Instant due;
  };
  // Workers that were asked how they are; what is answered then is written when they have told.
  struct Look {
    ClientId client;
    std::vector<unsigned> places;  // by their ids: whoever has them in the end is shown
    bool is_whole = false;         // a description of each, not a row
    bool with_adopted = false;
    std::vector<CallId> calls{};
    Instant due;
  };
  // Somebody who reads the log.
  struct Reader {
    struct At {
      InstanceId instance;
      RecentLines::Position position;
    };
    ClientId client{};
    std::vector<std::string> targets;  // who follows, follows those too who come later
    std::vector<At> places;
    bool follows = false;
    unsigned arrivals = 0;  // that the places know of
  };
  // Who asks, and the request.
  struct Case {
    const ControlRequest& request;
    ClientId client;
    Inbox& inbox;
    Instant now;
  };
  struct Command {
    std::string_view name;
    void (ControlDesk::*answer)(const Case&, const std::vector<InstanceId>&);
    bool needs_targets;  // otherwise: of all, where none is named
    bool changes;        // is written to the log
    bool starts;         // not while everything is being stopped
  };
  static const Command* find_command(std::string_view name) noexcept;
  static std::span<const Command> commands() noexcept;

  void take(const ControlServer::Request& received, Inbox& inbox, Instant now);
  void announce(const ControlRequest& request, const os::PeerCredentials& peer);

  void ping(const Case& asked, const std::vector<InstanceId>& targets);
  void list(const Case& asked, const std::vector<InstanceId>& targets);
  void describe(const Case& asked, const std::vector<InstanceId>& targets);
  void healthcheck(const Case& asked, const std::vector<InstanceId>& targets);
  [[nodiscard]] std::vector<InstanceId> by_dependency(const std::vector<InstanceId>& targets) const;
  void start(const Case& asked, const std::vector<InstanceId>& targets);
  void stop(const Case& asked, const std::vector<InstanceId>& targets);
  void restart(const Case& asked, const std::vector<InstanceId>& targets);
  void reload(const Case& asked, const std::vector<InstanceId>& targets);
  [[nodiscard]] Item item_of_reload(InstanceId id) const;
  void logs(const Case& asked, const std::vector<InstanceId>& targets);
  void reset(const Case& asked, const std::vector<InstanceId>& targets);
  void signal(const Case& asked, const std::vector<InstanceId>& targets);
  void shutdown(const Case& asked, const std::vector<InstanceId>& targets);

  // control_changes.cc
  void remove(const Case& asked, const std::vector<InstanceId>& targets);
  void scale(const Case& asked, const std::vector<InstanceId>& targets);
  void apply(const Case& asked, const std::vector<InstanceId>& targets);
  void refresh(const Case& asked, Job job);
  void restart_refreshed(Inbox& inbox);
  void change(const Case& asked, std::vector<App> apps);
  void take_items_of_change(Job& job) const;
  // control_desk_inspection.cc
  void env(const Case& asked, const std::vector<InstanceId>& targets);
  void save(const Case& asked, const std::vector<InstanceId>& targets);
  // control_desk_trigger.cc
  void trigger(const Case& asked, const std::vector<InstanceId>& targets);
  [[nodiscard]] Calls::Item call(const Case& asked, InstanceId id, std::string_view action);
  [[nodiscard]] std::string why_not_called(InstanceId id, std::string_view action) const;
  void report_calls(Instant now);
  [[nodiscard]] bool is_over(const Calls& calls, Instant now) const;
  void finish(const Calls& calls, Instant now);

  // control_desk_look.cc
  void look(const Case& asked, const std::vector<InstanceId>& targets, bool is_whole);
  void report_looks(Instant now);
  [[nodiscard]] bool is_over(const Look& look, Instant now) const;
  [[nodiscard]] std::string text_of(const Look& look, Instant now) const;

  void report_jobs(Instant now);
  void take_newcomers(Reader& reader) const;
  [[nodiscard]] bool report_lines(Reader& reader, Instant now);
  [[nodiscard]] bool send_new_lines(const Reader& reader, Reader::At& at, Instant now);
  void send_line(ClientId client, InstanceId id, const RecentLines::Record& record, Instant now);
  void succeed(const Case& asked, std::string_view result);
  // With a result, and what of it has failed; empty: nothing.
  void conclude(ClientId client, std::string_view failures, std::string_view result, Instant now);
  void fail(ClientId client, int code, std::string_view sentence, Instant now);
  void finish(const Job& job, Instant now);
  [[nodiscard]] std::string why_failed(const Item& item) const;
  // Who is meant: whoever has the place.
  [[nodiscard]] InstanceId whom(const Item& item) const;
  [[nodiscard]] std::string full_name(InstanceId id) const;

  const Supervisor& supervisor_;
  Census& census_;
  const Notifier& notifier_;
  ControlServer& server_;
  Announcer& announcer_;
  const RecentLines& recent_;
  ManifestReader& reader_;
  Channels& channels_;
  std::vector<Job> jobs_;
  Job refreshed_;                                   // to be begun when its variables have been read
  std::vector<std::unique_ptr<Manifest>> changes_;  // asked for in this turn
  std::vector<Calls> calls_;
  std::vector<Look> looks_;
  std::vector<Reader> readers_;
};

}  // namespace pmx::runtime
