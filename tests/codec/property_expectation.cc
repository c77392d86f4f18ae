#include "codec/property_expectation.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <set>
#include <stdexcept>
#include <utility>

#include "codec/property_schema.h"
#include "codec/top_level.h"

namespace pmx {
namespace {

using nlohmann::json;

constexpr int kDeepest = 64;
constexpr std::size_t kLongestKeys = 100;  // that become others

struct Line {
  std::string text;                   // decoded
  std::optional<std::string> object;  // the app's own bytes, if they are to be merged
  bool may_be_text = false;           // where it is too long for that
};

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == text.npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
}

void find_object(std::string_view raw, const OutputPolicy& policy, Line& line) {
  if (policy.json_lines == JsonLines::wrap || raw.size() > policy.max_record) return;
  const std::string text = trimmed(raw);
  TopLevel top;
  // This parser takes NUL for the end.
  if (!text.starts_with('{') || text.contains('\0') || !json::sax_parse(text, &top)) return;
  if (!top.is_object || top.repeats || top.deepest > kDeepest) return;
  std::size_t size = text.size();
  std::size_t members = top.keys.size();
  for (const auto& [key, field] : fields_of(policy.schema)) {
    if (!top.keys.contains(key)) size += field.size() + (members++ > 0 ? 1 : 0);
  }
  if (policy.schema != LogSchema::pmx) {
    // With other keys and types it may be longer: a text as JSON twice as long and a little more.
    line.may_be_text = 2 * size + kLongestKeys > policy.max_record;
    line.object = text;
  } else if (size <= policy.max_record) {
    line.object = text;
  }
}

// CSI, OSC ended by BEL or ST, and the short ones; nothing that is longer than 2,048 bytes.
std::size_t sequence_size(const std::string& text, std::size_t at) {
  static const std::regex sequence(
      "\x1b(\\[[ -?]*[@-~]|\\][^\x07\x1b]*(\x07|\x1b\\\\)|[ -/]+[0-~]|[0-Z\\\\^-~])");
  const std::string rest = text.substr(at, 2'048);
  std::smatch found;
  const bool is_one =
      std::regex_search(rest, found, sequence, std::regex_constants::match_continuous);
  return is_one ? static_cast<std::size_t>(found.length()) : 0;
}

// A sequence ends the character before it, so the parts between are decoded one by one.
std::string decoded_without_sequences(const std::string& text) {
  std::string result;
  std::string part;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = text[at] == '\x1b' ? sequence_size(text, at) : 0;
    if (size == 0) {
      part += text[at++];
      continue;
    }
    result += decoded(std::exchange(part, {}));
    at += size;
  }
  return result + decoded(part);
}

std::vector<Line> lines_of(std::string_view bytes, const OutputPolicy& policy) {
  std::vector<Line> lines;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    std::string_view raw = bytes.substr(0, end);
    if (end != bytes.npos && raw.ends_with('\r')) raw.remove_suffix(1);
    Line line;
    line.text = policy.strip_ansi ? decoded_without_sequences(std::string(raw)) : decoded(raw);
    find_object(raw, policy, line);
    lines.push_back(line);
    bytes.remove_prefix(end == bytes.npos ? bytes.size() : end + 1);
  }
  return lines;
}

// Walks through the lines as the records account for them.
class Check {
 public:
  Check(std::vector<Line> lines, const OutputPolicy& policy)
      : lines_(std::move(lines)), policy_(policy) {}

  void take(const std::string& record) {
    require(record.size() <= policy_.max_record, "longer than the maximum");
    require(next_ < lines_.size(), "a record too many");
    const json object = json::parse(record);
    require(object.is_object(), "not an object");
    // A block that is too long goes on in the next record, whatever line that begins with.
    const bool may_be_text = in_block_ || lines_[next_].may_be_text;
    if (lines_[next_].object && !in_line_ &&
        !(may_be_text && (is_text(object) || is_first_piece(object)))) {
      in_block_ = false;
      return take_object(record, object);
    }
    require(has_fields(object, policy_.schema), "other fields");
    const std::string msg = object[text_key(policy_.schema)];
    if (object.contains("partial")) return take_piece(msg, object["partial"]);
    require(piece_.empty(), "a line without its last piece");
    take_block(msg);
  }
  void end() const {
    if (next_ != lines_.size() || in_line_) throw std::runtime_error("lines are missing");
  }

 private:
  void require(bool holds, const char* what) const {
    if (!holds) throw std::runtime_error("line " + std::to_string(next_) + ": " + what);
  }

  // Of a line that is an object: it stands in the text as a whole, which no merged record says.
  bool is_text(const json& object) const {
    const auto text = object.find(text_key(policy_.schema));
    return text != object.end() && text->is_string() &&
           text->get<std::string>().starts_with(lines_[next_].text);
  }

  static bool is_first_piece(const json& object) {
    const auto partial = object.find("partial");
    return partial != object.end() && partial->is_object() && (*partial)["seq"] == 0;
  }

  void take_object(const std::string& record, const json& object) {
    const std::string& own = *lines_[next_].object;
    if (policy_.schema == LogSchema::pmx) {
      require(record.starts_with(own.substr(0, own.size() - 1)), "the object is not as it was");
    }
    TopLevel top;
    require(json::sax_parse(record, &top) && !top.repeats, "a key comes twice");
    require(is_merged(nlohmann::ordered_json::parse(own), object, policy_.schema),
            "not the object and what it lacks");
    ++next_;
  }

  void take_piece(const std::string& msg, const json& partial) {
    if (!in_line_) {
      ++id_;
      seq_ = 0;
    }
    in_line_ = true;
    require(partial["id"] == id_ && partial["seq"] == seq_++, "a piece out of order");
    require(!msg.empty() || policy_.strip_ansi, "an empty piece");
    piece_ += msg;
    if (partial["last"] == false) return;
    require(piece_ == lines_[next_].text, "the pieces are not the line");
    piece_.clear();
    in_line_ = false;
    in_block_ = policy_.multiline_stdout != Multiline::off;
    ++next_;
  }

  // A line has no newline in it, so those of a block's text are the seams. Behind the first an
  // object may stand, too: an open block takes what belongs to it.
  void take_block(const std::string& msg) {
    in_block_ = policy_.multiline_stdout != Multiline::off;
    require(policy_.multiline_stdout != Multiline::off || !msg.contains('\n'), "lines were joined");
    for (std::size_t at = 0; at <= msg.size();) {
      const std::size_t end = std::min(msg.find('\n', at), msg.size());
      require(next_ < lines_.size(), "a line too many");
      require(msg.compare(at, end - at, lines_[next_].text) == 0, "not the text of the line");
      ++next_;
      at = end + 1;
    }
  }

  std::vector<Line> lines_;
  OutputPolicy policy_;
  std::size_t next_ = 0;
  bool in_line_ = false;
  bool in_block_ = false;  // the last record was text that may go on in the next
  std::string piece_;
  std::uint64_t id_ = 0;
  std::uint64_t seq_ = 0;
};

}  // namespace

std::string decoded(std::string_view bytes) {
  // https://encoding.spec.whatwg.org/#utf-8-decoder
  std::string text;
  std::string pending;
  unsigned needed = 0;
  unsigned lower = 0x80;
  unsigned upper = 0xbf;
  const std::string replacement = "\xef\xbf\xbd";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (needed == 0) {
      if (byte < 0x80) {
        text += bytes[i];
        continue;
      }
      lower = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
      upper = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
      needed = byte >= 0xc2 && byte <= 0xdf   ? 1
               : byte >= 0xe0 && byte <= 0xef ? 2
               : byte >= 0xf0 && byte <= 0xf4 ? 3
                                              : 0;
      if (needed == 0) {
        text += replacement;
      } else {
        pending = bytes[i];
      }
      continue;
    }
    if (byte < lower || byte > upper) {
      text += replacement;
      needed = 0;
      --i;  // the byte is looked at again
      continue;
    }
    lower = 0x80;
    upper = 0xbf;
    pending += bytes[i];
    if (--needed == 0) text += pending;
  }
  if (needed > 0) text += replacement;
  return text;
}

void expect_records(std::string_view bytes, const OutputPolicy& policy,
                    const std::vector<std::string>& records) {
  Check check(lines_of(bytes, policy), policy);
  for (const std::string& record : records) {
    try {
      check.take(record);
    } catch (const std::exception& wrong) {
      throw std::runtime_error(std::string(wrong.what()) + "\nrecord: " + record);
    }
  }
  check.end();
}

}  // namespace pmx
