#include "runtime/manifest_reader.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/concat.h"
#include "base/signals.h"
#include "codec/manifest_image.h"
#include "os/pipe.h"
#include "os/process.h"
#include "runtime/variable_files.h"

namespace pmx::runtime {
namespace {

// Longer than a *.config.js may take.
constexpr Duration kReadingPatience{60'000};
constexpr std::size_t kLargestAnswer = 64U << 20;
constexpr os::Token kToken{os::Token::Kind::manifest_reader, 0, 0};

void add(std::string& all, std::string_view text) {
  const std::size_t size = text.size();
  all.append(reinterpret_cast<const char*>(&size), sizeof size);
  all += text;
}

// Empty at the end, too.
std::string_view next(std::string_view& rest) {
  std::size_t size = 0;
  if (rest.size() < sizeof size) return rest = {};
  std::memcpy(&size, rest.data(), sizeof size);
  rest.remove_prefix(sizeof size);
  const std::string_view text = rest.substr(0, size);
  rest.remove_prefix(text.size());
  return text;
}

// Problems, then remarks, each list with an empty text behind it; then the manifest.
std::string pack(const ReadOutcome& reading) {
  std::string all;
  for (const std::string& problem : reading.problems) add(all, problem);
  add(all, {});
  for (const ReadingRemark& remark : reading.remarks) {
    add(all, remark.event);
    add(all, remark.text);
    add(all, std::string(1, static_cast<char>(remark.level)));
  }
  add(all, {});
  if (reading.problems.empty()) add(all, write_image(reading.manifest));
  return all;
}

std::optional<ReadOutcome> unpack(std::string_view all) {
  ReadOutcome reading;
  while (true) {
    const std::string_view problem = next(all);
    if (problem.empty()) break;
    reading.problems.emplace_back(problem);
  }
  while (true) {
    const std::string_view event = next(all);
    if (event.empty()) break;
    ReadingRemark remark{.level = Level::info, .event = std::string(event), .text = {}};
    remark.text = next(all);
    const std::string_view level = next(all);
    if (!level.empty()) remark.level = static_cast<Level>(level.front());
    reading.remarks.push_back(std::move(remark));
  }
  if (!reading.problems.empty()) return reading;
  auto manifest = read_image(next(all), environ);
  if (!manifest) return std::nullopt;
  reading.manifest = std::move(*manifest);
  return reading;
}

ReadOutcome outcome_of(Refresh& wanted) {
  ReadOutcome outcome;
  for (App& app : wanted.manifest.apps) {
    if (std::ranges::find(wanted.apps, app.name) == wanted.apps.end()) continue;
    const auto done = refresh(app.process.environment);
    if (!done) outcome.problems.push_back(concat(app.name, ": ", done.error()));
  }
  outcome.manifest = std::move(wanted.manifest);
  return outcome;
}

}  // namespace

bool ManifestReader::begin(const GivenManifest& given, std::optional<ClientId> client,
                           Instant now) {
  client_ = client;
  changes_.reset();
  return start([&] { return read_(given); }, now);
}

bool ManifestReader::begin(Refresh& refresh, ClientId client, Instant now) {
  client_ = client;
  changes_ = refresh.changes;
  return start([&] { return outcome_of(refresh); }, now);
}

bool ManifestReader::start(const std::function<ReadOutcome()>& read, Instant now) {
  auto worker = os::start_worker([&] { os::tell(pack(read())); });
  if (!worker) return false;
  worker_ = std::move(*worker);
  processes_.push_back(worker_->pid);
  due_ = now + kReadingPatience;
  answer_.clear();
  // Where it cannot be watched the deadline is what tells.
  static_cast<void>(poller_.watch(worker_->answer.get(), os::Interest::readable, kToken));
  return true;
}

void ManifestReader::pump(Instant now) {
  if (!worker_) return;
  std::array<char, 64 * 1024> buffer;
  while (true) {
    const auto count = os::read_available(worker_->answer.get(), buffer);
    if (!count) break;
    if (*count == 0) return finish();
    answer_.append(buffer.data(), *count);
    if (answer_.size() > kLargestAnswer) return fail("it is too large");
  }
  if (due_ && *due_ <= now) fail("reading it took longer than a minute");
}

void ManifestReader::finish() {
  auto reading = unpack(std::exchange(answer_, {}));
  if (!reading) return fail("the process that was to read it ended before it had");
  poller_.unwatch(worker_->answer.get());
  worker_.reset();
  due_.reset();
  result_ = {std::move(*reading), client_, changes_};
}

void ManifestReader::fail(std::string_view why) {
  static_cast<void>(os::signal_process(worker_->pid, kSigKill));
  poller_.unwatch(worker_->answer.get());
  worker_.reset();
  due_.reset();
  answer_ = {};
  result_ = Result{};
  result_->client = client_;
  result_->changes = changes_;
  result_->reading.problems.push_back(concat("the manifest cannot be read: ", why));
}

std::optional<ManifestReader::Result> ManifestReader::take_result() {
  return std::exchange(result_, std::nullopt);
}

}  // namespace pmx::runtime
