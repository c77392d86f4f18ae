// The bytes of one stream of one process, turned into records (docs/log-record.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/ids.h"
#include "base/time.h"
#include "codec/held_lines.h"
#include "codec/json_object_keys.h"
#include "codec/line_scan.h"
#include "codec/line_text.h"
#include "codec/log_record.h"
#include "codec/multiline.h"
#include "core/output_policy.h"

namespace pmx {

// Finds lines, joins the blocks that belong together, and writes one record for each: JSON or
// text, as the policy says (never raw). Holds no bytes of the app: what is not yet a record stays
// with the caller, who offers it again with more behind it. Allocates when it is made, never after.
class RecordStream {
 public:
  struct Input {
    std::string_view bytes;  // what was not consumed before, then what was read since
    WallTime now;            // when the newest of them were read
    bool ended = false;      // nothing comes after these bytes: a last line needs no newline
    bool release = false;    // do not wait for the rest of a block
  };
  struct Progress {
    std::size_t consumed = 0;  // bytes of the input that are done with
    std::size_t written = 0;   // bytes of `out`, always whole records with their newlines
    std::size_t records = 0;   // how many
  };

  // `keys` is scratch space for one line at a time, which streams may share; its table must be made
  // for lines of policy.max_record bytes.
  RecordStream(const Origin& origin, const OutputPolicy& policy, JsonObjectKeys& keys);

  // Writes as many records as are due and fit. With room for max_record + 1 bytes at least one
  // that is due is written; so an output that is too small shows as an unconsumed line, and the
  // call is repeated with an empty output buffer behind it.
  [[nodiscard]] Progress encode(const Input& input, std::span<char> out) noexcept;

  // After the last encode(): whole lines were left unconsumed because the next one may belong to
  // them. They are released by more lines, the end, or `release` (after kBlockPatience).
  [[nodiscard]] bool is_holding() const noexcept { return holding_ > 0; }

  // What was left unconsumed is not offered again: the next byte begins a line.
  void begin_anew() noexcept;

  // Were the output unlimited, encode() never leaves more bytes than this unconsumed.
  [[nodiscard]] static std::size_t most_unconsumed(const OutputPolicy& policy) noexcept;

 private:
  // A long line of which the next piece is `next`; none if `next.id` is 0.
  struct LongLine {
    Partial next;
    std::uint64_t count = 0;  // of the long lines of this stream
  };

  // One record, or none (nothing consumed) if it is not due or the room too small.
  struct Step {
    std::size_t consumed = 0;
    std::size_t written = 0;
  };
  Step next_record(const Input& input, std::span<char> out) noexcept;
  // The line at the front in one pass. Nothing consumed: next_record() takes the long way.
  Step write_line(std::string_view bytes, std::span<char> out) noexcept;
  Step write_object(const LineScan& line, const JsonObject& object, std::span<char> out) noexcept;
  Step write_block(const Input& input, const LineScan& first, std::span<char> out) noexcept;
  Step write_lines(const LineScan& first, std::string_view lines, std::span<char> out) noexcept;
  Step begin_long_line(const LineScan& line, std::span<char> out) noexcept;
  Step write_piece(const LineScan& line, std::span<char> out) noexcept;
  Step write_text(const LineScan& line, std::span<char> out) noexcept;

  [[nodiscard]] LineScan scan(std::string_view bytes, bool ended) const noexcept;
  [[nodiscard]] bool is_whole_record_room(std::span<char> out) const noexcept;

  LogFormat format_;
  JsonLines json_lines_;
  Multiline multiline_;
  std::size_t max_record_;
  std::size_t window_;  // a line whose end is not within these bytes is too long for one record
  LineText text_;
  bool in_one_pass_;  // most lines: JSON, nothing stripped, no blocks
  LogRecord record_;
  JsonObjectKeys& keys_;

  LongLine long_line_;
  bool is_begun_ = false;         // the line at the front was there before, without its end
  std::size_t decided_ = 0;       // bytes at the front that are lines of one block, to be written
  std::optional<Block> growing_;  // a block too long for one record, some of it written already
  std::size_t holding_ = 0;       // bytes of the block that waits
  HeldLines held_;
};

}  // namespace pmx
