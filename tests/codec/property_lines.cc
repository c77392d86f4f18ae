#include "codec/property_lines.h"

#include <cstdio>
#include <utility>

namespace pmx {
namespace {

std::string ascii(Random& random, std::size_t size) {
  std::string text;
  while (text.size() < size) text += static_cast<char>(' ' + random.below(95));
  return text;
}

std::string unicode(Random& random, std::size_t size) {
  std::string text;
  while (text.size() < size) {
    text += random.pick<std::string_view>(
        {"é", "ß", "한", "글", "日", "€", "😀", "\U0010ffff", "\u0800", " ", "a"});
  }
  return text;
}

std::string controls(Random& random, std::size_t size) {
  std::string text;
  while (text.size() < size) {
    text += random.pick<std::string_view>({"\"", "\\", "\t", "\b", "\f", "\r", "\x01", "\x1f",
                                           "\x1b[31m", "\x1b[0", "\x1b]0;t\a", "\x1b=", "\x7f",
                                           "word"});
  }
  return text;
}

std::string garbage(Random& random, std::size_t size) {
  std::string text;
  while (text.size() < size) {
    const char byte =
        static_cast<char>(random.one_in(3) ? 0x80 + random.below(0x80) : random.below(0x100));
    if (byte != '\n') text += byte;
  }
  return text +
         random.pick<std::string>({"\xff", "\xe2\x82", "\xf0\x9f\x98", "\xc0\xaf", "\xed\xa0\x80"});
}

std::string mixed(Random& random, std::size_t size) {
  std::string text;
  while (text.size() < size) {
    const std::size_t part = 1 + random.below(30);
    switch (random.below(4)) {
      case 0:
        text += ascii(random, part);
        break;
      case 1:
        text += unicode(random, part);
        break;
      case 2:
        text += controls(random, part);
        break;
      default:
        text += garbage(random, part);
        break;
    }
  }
  return text;
}

std::string our_key(Random& random) {
  return random.pick<std::string>({"time", "level", "app", "instance", "pid", "stream", "msg",
                                   "message", "timestamp", "@timestamp", "severity", "log.level",
                                   "log", "process", "service.name", "type",
                                   "logging.googleapis.com/labels"});
}

// Each letter as it is or as \u00xx.
std::string spelled(Random& random, std::string_view key) {
  std::string text;
  for (const char letter : key) {
    if (random.one_in(2)) {
      text += letter;
    } else {
      char form[8];
      std::snprintf(form, sizeof form, random.one_in(2) ? "\\u%04x" : "\\u%04X",
                    static_cast<unsigned>(letter));
      text += form;
    }
  }
  return text;
}

std::string string_value(Random& random) {
  std::string text = "\"";
  for (std::size_t i = random.below(8); i > 0; --i) {
    text += random.pick<std::string_view>(
        {"word ", "é", "한", "😀", "\\n", "\\\"", "\\\\", "\\u00e9", "\\ud83d\\ude00", "/"});
  }
  return text + "\"";
}

// Which of them an object holds.
struct Keys {
  bool escaped = false;
  bool duplicated = false;
  bool nested = false;
};

std::string object(Random& random, int depth, Keys& keys);

std::string value(Random& random, int depth, Keys& keys) {
  switch (random.below(depth > 3 ? 4 : 6)) {
    case 0:
      return random.pick<std::string>({"0", "-1", "30", "60", "1.5e-3", "1795407903123",
                                       "1795407903.5", "1795407903123456789"});
    case 1:
      return random.pick<std::string>({"true", "false", "null"});
    case 2:
      return random.pick<std::string>({R"("warn")", R"("INFO")", R"("fatal")", R"("blue")",
                                       R"("2026-11-23T04:25:03Z")",
                                       R"("2026-11-23T04:25:03.12+01:00")", R"("12:00")"});
    case 3:
      return string_value(random);
    case 4: {
      std::string text = "[";
      for (std::size_t i = random.below(3); i > 0; --i)
        text += value(random, depth + 1, keys) + ",";
      return text + "0]";
    }
    default:
      return object(random, depth + 1, keys);
  }
}

// Only the outermost object repeats keys on purpose.
std::string object(Random& random, int depth, Keys& keys) {
  const auto space = [&random] {
    return random.one_in(8) ? std::string(random.pick({" ", "\t", "\r", "  "})) : std::string();
  };
  std::string text = "{";
  std::string last;
  const std::size_t members = random.below(depth == 0 ? 8 : 4);
  for (std::size_t i = 0; i < members; ++i) {
    std::string key = "k" + std::to_string(i);
    if (random.one_in(3)) {
      const std::string ours = our_key(random);
      key = random.one_in(2) ? ours : spelled(random, ours);
      keys.escaped = keys.escaped || (depth == 0 && key.contains('\\'));
      keys.nested = keys.nested || depth > 0;
    }
    text += (i > 0 ? "," : "") + space() + "\"" + key + "\"" + space() + ":" + space();
    text += value(random, depth, keys) + space();
    last = key;
  }
  if (depth == 0 && !last.empty() && random.one_in(8)) {
    text += ",\"" + last + "\":1";
    keys.duplicated = true;
  }
  return text + space() + "}";
}

// An object, or something that nearly is one.
std::string object_line(Random& random, std::size_t size, Tally& tally) {
  Keys keys;
  std::string text = object(random, 0, keys);
  const std::size_t change = random.below(16);
  const bool is_as_it_was = change == 5 || change > 6;
  if (is_as_it_was && keys.escaped) ++tally.escaped_keys;
  if (is_as_it_was && keys.duplicated) ++tally.duplicated_keys;
  if (is_as_it_was && keys.nested) ++tally.nested_keys;
  switch (change) {
    case 0: {
      const char any = static_cast<char>(random.below(256));
      // An exponent might make a number too large for the parser that checks the records.
      text.insert(random.below(text.size() + 1), 1, any == 'e' || any == 'E' ? ' ' : any);
      break;
    }
    case 1:
      text.erase(random.below(text.size()), 1);
      break;
    case 2:
      text = "{\"deep\":" + std::string(60 + random.below(8), '[');
      break;
    case 3: {
      const std::size_t deep = 60 + random.below(8);
      text = "{\"deep\":" + std::string(deep, '[') + std::string(deep, ']') + "}";
      break;
    }
    case 4:
      text = "{\"long\":\"" + std::string(size, 'x') + "\"}";
      break;
    case 5:
      text = " " + text + " \t";
      break;
    case 6: {
      text = "{";
      for (std::size_t i = 20 + random.below(60); i > 0; --i)
        text += "\"" + std::to_string(random.below(2'000)) + "\":0,";
      text += "\"last\":0}";
      break;
    }
    default:
      break;
  }
  for (char& byte : text) {
    if (byte == '\n') byte = ' ';
  }
  return text;
}

std::string block_line(Random& random) {
  return random.pick<std::string>({"Error: x", "TypeError [ERR_X]: y", "    at f (/srv/a.js:1:2)",
                                   "/srv/a.js:12", "  ^", "", "throw e", "{", "  code: 'E'", "}",
                                   "    at g {", "Node.js v22.1.0", "  [cause]: Error: z"});
}

}  // namespace

bool Tally::print_shares() const {
  const std::pair<const char*, std::size_t> shares[] = {{"invalid UTF-8", invalid_utf8},
                                                        {"sequences cut by a read", cut_sequence},
                                                        {"NUL", nul},
                                                        {"escapes", escapes},
                                                        {"CR LF", crlf},
                                                        {"empty", empty},
                                                        {"over the maximum", over_maximum},
                                                        {"our keys escaped", escaped_keys},
                                                        {"keys twice", duplicated_keys},
                                                        {"our keys nested", nested_keys}};
  bool enough = true;
  for (const auto& [name, count] : shares) {
    const double share = 100.0 * static_cast<double>(count) / static_cast<double>(lines);
    std::printf("  %-24s %5.1f%%%s\n", name, share, share < 1 ? "  TOO FEW" : "");
    enough = enough && share >= 1;
  }
  return enough;
}

std::string random_line(Random& random, std::size_t max_record, Tally& tally) {
  ++tally.lines;
  const std::size_t size = random.one_in(30)   ? max_record + random.below(2 * max_record)
                           : random.one_in(20) ? max_record - random.below(300)
                                               : random.below(120);
  std::string line;
  switch (random.below(16)) {
    case 0:
      ++tally.empty;
      break;
    case 1:
    case 2:
      line = ascii(random, size);
      break;
    case 3:
    case 4:
      line = unicode(random, size);
      break;
    case 5:
      line = controls(random, size);
      if (line.contains('\x1b')) ++tally.escapes;
      break;
    case 6:
      line = garbage(random, size);
      ++tally.invalid_utf8;
      break;
    case 7:
      line = mixed(random, size);
      break;
    case 8:
      line = ascii(random, size);
      line.insert(random.below(line.size() + 1), 1, '\0');
      ++tally.nul;
      break;
    case 9:
    case 10:
      line = block_line(random);
      break;
    default:
      line = object_line(random, size, tally);
      break;
  }
  if (line.size() > max_record) ++tally.over_maximum;
  if (!random.one_in(4)) return line + "\n";
  ++tally.crlf;
  return line + "\r\n";
}

}  // namespace pmx
