// The records of one stream: what is the same in all of them is rendered once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/simd.h"
#include "base/time.h"
#include "codec/json_object.h"
#include "codec/log_schema.h"
#include "codec/time_text.h"
#include "core/output_policy.h"

namespace pmx {

// Whose output it is. The app's name is at most kLongestAppName bytes.
struct Origin {
  std::string_view app;
  unsigned instance = 0;
  Pid pid{};
  Stream stream = Stream::standard_output;
  unsigned id = 0;  // of the instance among all
};

// One of the pieces of a line that is too long for one record.
struct Partial {
  std::uint64_t id = 0;   // of the line, counted from 1 in each stream
  std::uint64_t seq = 0;  // of the piece, counted from 0 in each line
  bool last = false;
};

// Every write begins at the front of `out`. What does not fit is not written: the result is 0.
class LogRecord {
 public:
  // Allocates; nothing else does.
  LogRecord(const Origin& origin, const OutputPolicy& policy);

  // Of the records that follow.
  void set_time(WallTime time) noexcept;

  // A JSON record up to the opening quote of its text; kEnd belongs behind the text.
  [[nodiscard]] std::size_t write_head(std::span<char> out) const noexcept;
  [[nodiscard]] std::size_t write_head(const Partial& partial, std::span<char> out) const noexcept;
  static constexpr std::string_view kEnd = "\"}\n";

  // The app's own object, in the terms of the schema, and the fields it lacks, with the newline of
  // the record.
  [[nodiscard]] std::size_t write_merged(const JsonObject& object, std::span<char> out) noexcept;

  // What stands before each line in text format.
  [[nodiscard]] std::string_view prefix() const noexcept { return prefix_.text(); }

 private:
  // Text in a place of its own, no larger than it must be: there are two records for each process.
  class Rendered {
   public:
    Rendered() noexcept = default;
    explicit Rendered(std::size_t capacity) : bytes_(capacity + simd::kWidth) {}

    [[nodiscard]] bool is_empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] char* data() noexcept { return bytes_.data(); }
    [[nodiscard]] std::string_view text() const noexcept { return {bytes_.data(), size_}; }
    void clear() noexcept { size_ = 0; }
    void add(std::string_view text) noexcept;
    [[nodiscard]] std::size_t copy(std::span<char> out) const noexcept;

   private:
    std::vector<char> bytes_;  // as far as `size_`; a vector may be read behind that
    std::size_t size_ = 0;
  };
  struct Place {
    std::uint16_t begin = 0;
    std::uint16_t size = 0;
  };

  void render_head(const Origin& origin, Level level);
  void render_prefix(const Origin& origin, bool colour);
  [[nodiscard]] std::size_t write_mapped(const JsonObject& object, std::span<char> out) noexcept;
  // Of an object that has these fields already.
  void render_tail(FieldSet has, bool is_empty) noexcept;

  const Schema& schema_;
  bool is_mapped_;  // objects are not only added to
  TimeText time_;
  std::size_t time_at_ = 0;  // in the head
  Rendered head_;
  std::size_t before_text_ = 0;              // how much of the head belongs to the text's key
  std::array<Place, kMostFields> fields_{};  // where each stands in the head
  Rendered prefix_;

  // The end of the last merged record. It serves the next if that lacks the same.
  Rendered tail_;
  FieldSet tail_has_ = 0;
  bool tail_is_for_empty_ = false;
};

}  // namespace pmx
