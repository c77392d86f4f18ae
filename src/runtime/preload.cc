#include "runtime/preload.h"

#include <unistd.h>

#include <algorithm>

#include "base/concat.h"
#include "base/text.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/process.h"

namespace pmx::runtime {
namespace {

// In its order: /dev/shm can be written to even where the root file system cannot.
constexpr std::string_view kFolders[] = {"/dev/shm", "/run", "/tmp"};

// Nothing is hooked until draining begins. What is open is looked at ten times a second then: in
// round robin a worker's servers are no handles of its own, and only their connections lead to
// them. A listening socket that it does own is closed at once, by the net module's own method: that
// of http would close idle connections too. The worker does not disconnect when it is done: the
// app's next process.send() would end it as an error does. But one whose servers are all closed may
// end, which Node's channel keeps it from: an app that closes its server and waits to be through
// would be killed. Connections that were upgraded have left their server's list and are the app's
// to end, and so are those of a server that speaks another protocol: it is told, as pm2 and as Node
// do it, at the second look that finds no others (at the first it may be one whose TLS has just
// begun), or finds others still when half of the time is over. An app may have said itself that the
// connection stays: what its head says is replaced. What is measured is what pm2 shows, under pm2's
// names: a message as @pm2/io sends it, and one that says it has been sent.
constexpr std::string_view kScript = R"js('use strict';
const file = __filename.slice(__filename.lastIndexOf('/'));
const options = process.env.NODE_OPTIONS || '';
const words = options.split(' ');
while (words.length && words[0].endsWith(file)) words.shift();
const others = words.join(' ');
if (!others) delete process.env.NODE_OPTIONS;
else if (others !== options) process.env.NODE_OPTIONS = others;
const cluster = process.send && require('cluster');
if (cluster && cluster.isWorker) {
  let drains = false;
  const drain = (patience) => {
    if (drains) return;
    drains = true;
    const net = require('net');
    const closeAfter = (response) => {
      response.shouldKeepAlive = false;
      if (response.headersSent) return;
      const { writeHead } = response;
      response.writeHead = (...head) => {
        writeHead.apply(response, head);
        if (!response._last && response._header) {
          response._header = response._header.replace(/^connection: .*$/im, 'Connection: close');
          response._last = true;
        }
        return response;
      };
    };
    require('diagnostics_channel').channel('http.server.request.start').subscribe(
      ({ response }) => { closeAfter(response); });
    const [closed, told] = [new WeakSet(), new WeakSet()];
    const isFirst = (object, known) => !known.has(object) && Boolean(known.add(object));
    const last = Date.now() + patience;
    const half = last - patience / 2;
    const parsersOf = (server) => {
      const list = Object.getOwnPropertySymbols(server).find(
        ({ description }) => description === 'http.server.connections');
      return list && server[list] && server[list].all();
    };
    let upgraded = 0;
    const look = () => {
      let [open, ofHttp] = [0, 0];
      const servers = new Set();
      for (const handle of process._getActiveHandles()) {
        if (handle instanceof net.Server) {
          if (isFirst(handle, closed)) net.Server.prototype.close.call(handle);
          continue;
        }
        const server = handle instanceof net.Socket && (handle.server || handle._server);
        if (!server) continue;
        ++open;
        ofHttp += Boolean(server.updateSettings);
        servers.add(server);
        if (!isFirst(server, told)) continue;
        server.on('stream', (stream) => { stream.session.close(); });
        for (const { socket } of parsersOf(server) || []) {
          if (socket && socket._httpMessage) closeAfter(socket._httpMessage);
        }
      }
      for (const server of servers) ofHttp += (parsersOf(server) || []).length;
      const isTime = !ofHttp || Date.now() > half;
      if (open > ofHttp && isTime && ++upgraded === 2) {
        process.emit('message', 'shutdown');
        cluster.worker.emit('disconnect');
      }
      if (open > 0 && Date.now() < last) return;
      clearInterval(timer);
      if (process.connected) process.send({ cmd: 'NODE_PMX', act: 'drained' });
    };
    const timer = setInterval(look, 100);
    look();
  };
  const measure = () => {
    const period = 10;
    const delay = require('perf_hooks').monitorEventLoopDelay({ resolution: period });
    const metric = (value, unit) => ({ value: Number(value.toFixed(2)), unit });
    const late = (nanoseconds) => metric(Math.max(0, (nanoseconds || 0) / 1e6 - period), 'ms');
    const size = (bytes) => metric(bytes / 1048576, 'MiB');
    delay.enable();
    setTimeout(() => {
      delay.disable();
      if (!process.connected) return;
      const { heapUsed, heapTotal } = process.memoryUsage();
      process.send({ type: 'axm:monitor', data: {
        'Used Heap Size': size(heapUsed),
        'Heap Usage': metric(100 * heapUsed / heapTotal, '%'),
        'Heap Size': size(heapTotal),
        'Event Loop Latency p95': late(delay.percentile(95)),
        'Event Loop Latency': late(delay.mean),
        'Active handles': { value: process._getActiveHandles().length },
        'Active requests': { value: process._getActiveRequests().length },
      } });
      process.send({ type: 'axm:reply', data: { action_name: 'pmx-init measure' } });
    }, 200).unref();
  };
  let [rest, asked, isIdle, wasIdle] = [undefined, 0, false, false];
  const ownListeners = process.listenerCount('message');
  const stay = () => {
    clearTimeout(rest);
    process.channel?.ref();
  };
  const goWhenDone = () => {
    clearTimeout(rest);
    if (!isIdle || asked) return;
    rest = setTimeout(() => {
      if (process.listenerCount('message') === ownListeners) process.channel?.unref();
    }, 50);
  };
  const stayForWhatComes = () => {
    process.on('newListener', (name) => {
      if (name === 'message') stay();
    });
    const { _getServer } = cluster;
    cluster._getServer = (server, query, answer) => {
      ++asked;
      stay();
      return _getServer.call(cluster, server, query, (...answered) => {
        --asked;
        goWhenDone();
        return answer(...answered);
      });
    };
  };
  process.on('internalMessage', (message) => {
    if (message.cmd !== 'NODE_PMX') return;
    if (message.act === 'idle') {
      if (!wasIdle) stayForWhatComes();
      isIdle = wasIdle = true;
      goWhenDone();
    }
    if (message.act === 'busy') {
      isIdle = false;
      stay();
    }
    if (message.act === 'drain') drain(message.patience);
    if (message.act === 'measure') measure();
  });
  process.send({ cmd: 'NODE_PMX', act: 'loaded' });
}
)js";

bool restricts(std::string_view option) {
  return is_among(option, "--permission --experimental-permission");
}

// What is left then is for the end of connections, and the app's own.
constexpr Duration kForTheEnd{500};

}  // namespace

std::optional<std::string> Preload::options_with(std::string_view own_options,
                                                 std::span<const std::string> arguments) {
  // Somebody may have cleared the folder, and node does not start without the file.
  const bool is_gone = !path_.empty() && ::access(path_.c_str(), R_OK) < 0;
  if (!was_tried_ || is_gone) {
    was_tried_ = true;
    path_.clear();
    const auto moment = os::wall_now().microseconds;
    for (const std::string_view folder : kFolders) {
      std::string path =
          concat(folder, "/pmx-init-", static_cast<int>(os::own_pid()), "-", moment, ".cjs");
      if (!os::write_new_file(path.c_str(), kScript)) continue;
      path_ = std::move(path);
      break;
    }
  }
  if (path_.empty()) return std::nullopt;
  // Node 20 asks its permission model about preloaded files too.
  bool is_restricted = std::ranges::any_of(arguments, restricts);
  for (std::string_view rest = own_options; !rest.empty();) {
    is_restricted = restricts(next_word(rest)) || is_restricted;
  }
  const std::string read = is_restricted ? concat(" --allow-fs-read=", path_) : std::string();
  // Before the user's: an argument of theirs that is none ends what node reads.
  return concat("--require=", path_, read, own_options.empty() ? "" : " ", own_options);
}

void Preload::remove() noexcept {
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
}

std::string drain_message(Duration patience) {
  const Duration own = patience > 2 * kForTheEnd ? patience - kForTheEnd : patience / 2;
  return concat(R"({"cmd":"NODE_PMX","act":"drain","patience":)", own.count(), "}\n");
}

}  // namespace pmx::runtime
