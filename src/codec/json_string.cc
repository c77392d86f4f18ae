#include "codec/json_string.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/simd.h"
#include "base/utf8.h"
#include "codec/json_pairs.h"

namespace pmx {
namespace {

// How a byte below 0x80 is written. Eight bytes, so that one store writes the longest.
struct Form {
  char text[7] = {};
  unsigned char size = 0;
};

constexpr auto kForms = [] {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<Form, 128> forms;
  for (unsigned byte = 0; byte < forms.size(); ++byte) {
    const char plain = static_cast<char>(byte);
    if (byte < 0x20) {
      forms[byte] = {{'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]}, 6};
    } else {
      forms[byte] = {{plain}, 1};
    }
  }
  constexpr std::string_view kShort = "\"\"\\\\\bb\ff\nn\rr\tt";
  for (std::size_t i = 0; i < kShort.size(); i += 2) {
    forms[static_cast<unsigned char>(kShort[i])] = {{'\\', kShort[i + 1]}, 2};
  }
  return forms;
}();
static_assert(sizeof(Form) == 8);

constexpr std::string_view kReturn = "\\r";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// Enough for sixteen of the longest, with a vector written behind each.
constexpr std::size_t kRoomForVector = 8 * simd::kWidth;

constexpr auto kSpacesBehind = [] {
  std::array<char, 2 * simd::kWidth> bytes{};
  std::fill(bytes.begin() + simd::kWidth, bytes.end(), ' ');
  return bytes;
}();

class Escaping {
 public:
  Escaping(std::string_view text, std::span<char> out) noexcept
      : text_(text),
        at_(text.data()),
        end_(text.data() + text.size()),
        out_(out),
        to_(out.data()) {}

  Escaped run() noexcept {
    auto stopped = run_wide<Other::stops>();
    while (stopped == Stopped::at_line_end) {
      to_ = write_form(*at_++, to_);
      stopped = run_wide<Other::stops>();
    }
    if (stopped == Stopped::at_other) {
      if (is_valid_utf8({at_, left()})) {
        run_through<Other::is_copied>();
        step_back_to_character();
      } else {
        run_through<Other::stops>();
      }
    }
    run_narrow();
    return {consumed(), written()};
  }

  // What is not ASCII is taken for valid until the line is known.
  std::optional<Escaped> run_line() noexcept {
    auto stopped = run_wide<Other::stops>();
    if (stopped == Stopped::at_other) {
      const Escaping behind_ascii = *this;
      stopped = run_wide<Other::is_copied>();
      if (stopped == Stopped::at_line_end && !is_valid_utf8({behind_ascii.at_, at_})) {
        end_ = std::exchange(at_, behind_ascii.at_);
        to_ = behind_ascii.to_;
        run_through<Other::stops>();
        if (left() > 0) return std::nullopt;
      }
    }
    if (stopped == Stopped::at_end) return std::nullopt;
    const bool has_return = consumed() > 0 && at_[-1] == '\r';
    return Escaped{consumed() + 1, written() - (has_return ? kReturn.size() : 0)};
  }

 private:
  [[nodiscard]] std::size_t consumed() const noexcept {
    return static_cast<std::size_t>(at_ - text_.data());
  }
  [[nodiscard]] std::size_t written() const noexcept {
    return static_cast<std::size_t>(to_ - out_.data());
  }
  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  [[nodiscard]] std::size_t room() const noexcept { return out_.size() - written(); }

  enum class Other { stops, is_copied };  // what becomes of bytes of 0x80 or more
  enum class Stopped { at_end, at_line_end, at_other };

  // Goes on behind line ends, and behind what is not ASCII after a look at it.
  template <Other kOther>
  void run_through() noexcept {
    for (auto stopped = run_wide<kOther>(); stopped != Stopped::at_end;
         stopped = run_wide<kOther>()) {
      if (stopped == Stopped::at_line_end) {
        to_ = write_form(*at_++, to_);
      } else {
        write_part(first_utf8_part({at_, left()}));
      }
    }
  }

  // Sixteen bytes at a time, as long as there is plenty of room. Those to escape are all found at
  // once; what lies between two of them is copied as another whole vector, of which the next one
  // overwrites what is too much. The pointers are its own, so that they stay in registers.
  template <Other kOther>
  Stopped run_wide() noexcept {
    if (room() < kRoomForVector) return Stopped::at_end;
    const char* at = at_;
    char* to = to_;
    char* const last = out_.data() + out_.size() - kRoomForVector;
    std::array<char, 2 * simd::kWidth> end_copy;
    auto stopped = Stopped::at_end;
    while (at != end_ && to <= last) {
      const std::size_t clean = copy_clean<kOther>({at, static_cast<std::size_t>(end_ - at)},
                                                   {to, static_cast<std::size_t>(last - to)});
      at += clean;
      to += clean;
      const char* from = at;
      const auto left = static_cast<std::size_t>(end_ - at);
      if (left < 2 * simd::kWidth) from = copy_end({at, left}, end_copy);
      const simd::Bytes text = simd::load(from);
      simd::store(to, text);
      simd::Mask mask = special_in<kOther>(text);
      if (mask.has_three()) {
        const auto pairs = write_pairs<kOther>({at, left}, {to, last});
        at += pairs.consumed;
        to += pairs.written;
        if (pairs.consumed > 0) continue;
      }
      std::size_t done = 0;
      for (; mask.any(); mask.drop_first()) {
        to += mask.first() - done;
        done = mask.first();
        stopped = stopped_by<kOther>(from[done]);
        if (stopped != Stopped::at_end) break;
        to = write_form(from[done++], to);
        simd::store(to, simd::load(from + done));
      }
      if (stopped != Stopped::at_end) {
        at += done;
        break;
      }
      const std::size_t size = std::min(left, simd::kWidth);
      at += size;
      to += size - done;
    }
    at_ = at;
    to_ = to;
    return stopped;
  }

  // Whole vectors with nothing to escape; another one may be written behind them.
  template <Other kOther>
  static std::size_t copy_clean(std::string_view text, std::span<char> out) noexcept {
    const std::size_t most = std::min(text.size(), out.size());
    std::size_t size = 0;
    for (; size + simd::kWidth <= most; size += simd::kWidth) {
      const simd::Bytes here = simd::load(text.data() + size);
      simd::store(out.data() + size, here);
      if (special_in<kOther>(here).any()) break;
    }
    return size;
  }

  template <Other kOther>
  static simd::Mask special_in(simd::Bytes text) noexcept {
    return simd::Mask(kOther == Other::is_copied ? simd::needs_escape(text)
                                                 : simd::needs_escape_or_other(text));
  }

  // Whether a byte that special_in() found ends the run: at_end says no.
  template <Other kOther>
  static Stopped stopped_by(char byte) noexcept {
    if (byte == '\n') return Stopped::at_line_end;
    const bool has_form = kOther == Other::is_copied || static_cast<unsigned char>(byte) < 0x80;
    return has_form ? Stopped::at_end : Stopped::at_other;
  }

  template <Other kOther>
  static JsonPairs write_pairs(std::string_view text, std::span<char> out) noexcept {
    if (!simd::has_lookup()) return {};
    return write_json_pairs(text, out, kOther != Other::is_copied);
  }

  // Where there are not sixteen bytes and as many behind them that may be read: spaces stand for
  // what is missing.
  static const char* copy_end(std::string_view text,
                              std::array<char, 2 * simd::kWidth>& copy) noexcept {
    const std::size_t here = std::min(text.size(), simd::kWidth);
    simd::store(copy.data(), simd::load_part(text.data(), here) |
                                 simd::load(kSpacesBehind.data() + simd::kWidth - here));
    simd::store(copy.data() + simd::kWidth, simd::all(' '));
    return copy.data();
  }

  static char* write_form(char byte, char* to) noexcept {
    const Form& form = kForms[static_cast<unsigned char>(byte) & 0x7f];
    std::memcpy(to, &form, sizeof form);
    return to + form.size;
  }

  // The last sixteen bytes may have ended inside a character.
  void step_back_to_character() noexcept {
    while (at_ != end_ && is_continuation(*at_)) {
      --at_;
      --to_;
    }
  }

  // One character at a time, up to the last byte of the room.
  void run_narrow() noexcept {
    while (left() > 0) {
      const auto byte = static_cast<unsigned char>(*at_);
      if (byte < 0x80) {
        const Form& form = kForms[byte];
        if (form.size > room()) return;
        std::memcpy(to_, form.text, form.size);
        to_ += form.size;
        ++at_;
      } else {
        const Utf8Part part = first_utf8_part({at_, left()});
        if ((part.valid ? part.size : kReplacement.size()) > room()) return;
        write_part(part);
      }
    }
  }

  void write_part(Utf8Part part) noexcept {
    const std::string_view form = part.valid ? std::string_view(at_, part.size) : kReplacement;
    std::memcpy(to_, form.data(), form.size());
    to_ += form.size();
    at_ += part.size;
  }

  std::string_view text_;
  const char* at_;
  const char* end_;
  std::span<char> out_;
  char* to_;
};

}  // namespace

Escaped escape_json(std::string_view text, std::span<char> out) noexcept {
  return Escaping(text, out).run();
}

std::optional<Escaped> escape_json_line(std::string_view bytes, std::span<char> out) noexcept {
  return Escaping(bytes, out).run_line();
}

}  // namespace pmx
