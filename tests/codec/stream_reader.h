// One who reads a stream piece by piece, as the event loop does, and collects its records.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "codec/record_stream.h"
#include "support/own_keys.h"

namespace pmx {

class StreamReader {
 public:
  explicit StreamReader(const OutputPolicy& policy, Stream stream = Stream::standard_output)
      : policy_(policy),
        own_keys_(policy.max_record),
        stream_({.app = "api", .instance = 0, .pid = Pid{17}, .stream = stream}, policy,
                own_keys_) {}
  // One of several that share this; made for the longest lines of all, it must outlive them.
  StreamReader(const OutputPolicy& policy, JsonObjectKeys& keys)
      : policy_(policy),
        own_keys_(0),
        stream_({.app = "api", .instance = 0, .pid = Pid{17}}, policy, keys) {}
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;
  ~StreamReader() = default;

  // 2026-11-23T04:25:03.123456Z
  WallTime now{1'795'407'903'123'456};
  std::size_t room = 1 << 20;  // of the output buffer

  void read(std::string_view bytes) {
    waiting_ += bytes;
    encode(false, false);
    check(waiting_.size() <= RecordStream::most_unconsumed(policy_), "too much was left unread");
  }
  void release() {
    encode(false, true);
    check(!stream_.is_holding(), "a block was not released");
  }
  void end() {
    encode(true, false);
    check(waiting_.empty(), "the end left something");
  }
  [[nodiscard]] bool is_holding() const { return stream_.is_holding(); }

  // What was written since the last call, without the newlines.
  std::vector<std::string> records() {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < written_.size();) {
      const std::size_t end = written_.find('\n', at);
      check(end != written_.npos, "a record without a newline");
      check(end - at <= policy_.max_record, "a record that is too long");
      lines.push_back(written_.substr(at, end - at));
      at = end + 1;
    }
    check(lines.size() == count_, "another number of records than was said");
    written_.clear();
    count_ = 0;
    return lines;
  }

 private:
  static void check(bool holds, const char* what) {
    if (!holds) throw std::logic_error(what);
  }

  // Goes on as long as something is due; with the room of a whole record when the usual room was
  // too small, as the header asks of the caller.
  void encode(bool ended, bool release) {
    bool last_resort = false;
    while (true) {
      out_.resize(last_resort ? policy_.max_record + 1 : room);
      const auto step =
          stream_.encode({.bytes = waiting_, .now = now, .ended = ended, .release = release}, out_);
      check(step.written <= out_.size() && step.consumed <= waiting_.size(), "out of bounds");
      check((step.records == 0) == (step.written == 0), "records without bytes");
      written_.append(out_.data(), step.written);
      count_ += step.records;
      waiting_.erase(0, step.consumed);
      if (step.consumed == 0 && (last_resort || room > policy_.max_record)) return;
      last_resort = step.consumed == 0;
    }
  }

  OutputPolicy policy_;
  OwnKeys own_keys_;
  RecordStream stream_;
  std::vector<char> out_;
  std::string waiting_;
  std::string written_;
  std::size_t count_ = 0;
};

}  // namespace pmx
