#include "core/data/record.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "core/base/json.hpp"
#include "core/imageio/image.hpp"
#include "core/text/chat.hpp"
#include "core/text/unicode.hpp"

namespace crescent {

namespace {

namespace fs = std::filesystem;

// Lists the first mistakes of a file and counts all of them by kind.
class Mistakes {
 public:
  Mistakes(const std::string& path, int64_t limit) : path_(path), limit_(limit) {}

  template <class... Args>
  void add(int64_t line, const char* kind, fmt::format_string<Args...> text, Args&&... args) {
    ++total_;
    const auto it = std::find_if(counts_.begin(), counts_.end(), [&](const auto& c) { return c.first == kind; });
    if (it == counts_.end()) {
      counts_.emplace_back(kind, 1);
    } else {
      ++it->second;
    }
    if (total_ > limit_) return;
    listed_ += fmt::format("\n  {}: {}", Place{path_, static_cast<int>(line)}.str(),
                           fmt::format(text, std::forward<Args>(args)...));
  }

  int64_t total() const { return total_; }

  void throw_if_any(int64_t records) const {
    if (total_ == 0) return;
    std::vector<std::string> kinds;
    for (const auto& [kind, count] : counts_) kinds.push_back(fmt::format("{}: {}", kind, count));
    fail_usage({path_}, "{} {} in {} records ({}){}{}", total_, total_ == 1 ? "mistake" : "mistakes", records,
               fmt::join(kinds, ", "), total_ > limit_ ? fmt::format("; the first {}:", limit_) : ":", listed_);
  }

 private:
  std::string path_;
  int64_t limit_, total_ = 0;
  std::vector<std::pair<std::string, int64_t>> counts_;  // in the order of their first appearance
  std::string listed_;
};

class Reader {
 public:
  Reader(const std::string& path, RecordKind kind, const DatasetOptions& options)
      : kind_(kind),
        options_(options),
        folder_(fs::absolute(path).parent_path()),
        mistakes_(path, options.max_problems) {}

  void read_line(std::string_view line, int64_t number) {
    if (line.find_first_not_of(" \t\r") == line.npos) return;
    ++dataset_.read;
    if (const size_t at = find_invalid_utf8(line); at != line.npos) {
      mistakes_.add(number, "not UTF-8", "is not UTF-8 (byte {} of the line)", at + 1);
      return;
    }
    if (const size_t depth = json_depth(line); depth > kMaxJsonDepth) {
      mistakes_.add(number, "unreadable JSON", "is JSON nested {} deep; the limit is {}", depth, kMaxJsonDepth);
      return;
    }
    Json object;
    try {
      object = Json::parse(line);
    } catch (const Json::parse_error& e) {
      mistakes_.add(number, "unreadable JSON", "is not valid JSON at byte {}: {}", e.byte, without_prefix(e.what()));
      return;
    }
    if (!object.is_object()) {
      mistakes_.add(number, "wrong type", "a record must be a JSON object, found {}", shown(object));
      return;
    }
    const int64_t before = mistakes_.total();
    Record record = read_record(object, number);
    check_content(record, object);
    check_marks(record);
    if (options_.check_images) check_images(record);
    check_id(record);
    if (mistakes_.total() == before) dataset_.records.push_back(std::move(record));
  }

  Dataset finish(const std::string& path) {
    mistakes_.throw_if_any(dataset_.read);
    if (dataset_.read == 0) fail_usage({path}, "holds no records; each line must be one JSON object");
    dataset_.path = path;
    return std::move(dataset_);
  }

 private:
  // "[json.exception.parse_error.101] parse error at line 1, column 9: syntax error ..." -> "syntax error ...".
  static std::string without_prefix(const std::string& what) {
    const size_t column = what.find(", column ");
    const size_t colon = column == what.npos ? what.npos : what.find(": ", column);
    return colon == what.npos ? what : what.substr(colon + 2);
  }

  static std::string shown(const Json& value) {
    std::string text = value.dump();
    if (text.size() > 60) text = text.substr(0, 60) + "...";
    return replace_invalid_utf8(fmt::format("{} {}", value.type_name(), text));
  }

  Record read_record(const Json& object, int64_t number) {
    Record record;
    record.line = number;
    Json rest = Json::object();
    for (const auto& [key, value] : object.items()) {
      std::string* text = nullptr;
      if (key == "problem") text = &record.problem;
      if (key == "caption") text = &record.caption;
      if (key == "text_problem") text = &record.text_problem;
      if (key == "response") text = &record.response;
      if (key == "kind") text = &record.kind;
      if (text != nullptr) {
        read_text(key, value, number, *text);
      } else if (key == "id" || key == "answer") {
        read_text_or_number(key, value, number, key == "id" ? record.id : record.answer);
      } else if (key == "images") {
        read_images(value, record);
      } else {
        rest[key] = value;
      }
    }
    record.columns_json = rest.dump();
    if (record.id.empty()) record.id = content_id(object);
    return record;
  }

  void read_text(const std::string& key, const Json& value, int64_t line, std::string& out) {
    if (value.is_null()) return;  // as a data frame writes a column that this record lacks
    if (!value.is_string()) {
      mistakes_.add(line, "wrong type", "\"{}\" must be a string, found {}", key, shown(value));
    } else {
      out = value.get<std::string>();
    }
  }

  void read_text_or_number(const std::string& key, const Json& value, int64_t line, std::string& out) {
    if (value.is_null()) return;
    if (value.is_string()) {
      out = value.get<std::string>();
    } else if (value.is_number()) {
      out = value.dump();
    } else {
      mistakes_.add(line, "wrong type", "\"{}\" must be a string or a number, found {}", key, shown(value));
    }
  }

  void read_images(const Json& value, Record& record) {
    if (value.is_null()) return;
    const bool strings =
        value.is_array() && std::all_of(value.begin(), value.end(), [](const Json& v) { return v.is_string(); });
    if (!strings) {
      mistakes_.add(record.line, "wrong type", "\"images\" must be a list of paths, found {}", shown(value));
      return;
    }
    for (const Json& path : value) {
      record.images.push_back((folder_ / path.get<std::string>()).lexically_normal().string());  // absolute ones stay
    }
  }

  // The same record without an id gets the same one in every file; a repeated one is told apart by a number.
  std::string content_id(const Json& object) {
    const std::string hash = hash_bytes(object.dump()).hex();
    const int64_t copies = ++copies_[hash];
    return copies == 1 ? hash : fmt::format("{}-{}", hash, copies);
  }

  void check_content(const Record& record, const Json& object) {
    const auto need = [&](const char* key, const std::string& value) {
      if (value.find_first_not_of(" \t\r\n") != value.npos) return;
      if (object.contains(key)) {
        if (!object[key].is_string() && !object[key].is_null()) return;  // its type was reported
        mistakes_.add(record.line, fmt::format("empty {}", key).c_str(), "\"{}\" is empty", key);
        return;
      }
      std::vector<std::string> keys;
      for (const auto& item : object.items()) keys.push_back(item.key());
      mistakes_.add(record.line, fmt::format("no {}", key).c_str(), "\"{}\" is missing (the record has: {})", key,
                    fmt::join(keys, ", "));
    };
    need("problem", record.problem);
    if (kind_ == RecordKind::rl) need("answer", record.answer);
    if (kind_ == RecordKind::sft) need("response", record.response);
  }

  void check_marks(const Record& record) {
    const size_t marks = count_image_marks(record.problem), images = record.images.size();
    if (marks != images) {
      mistakes_.add(record.line, "marks and images", "\"problem\" has {} {} and \"images\" has {} {}{}", marks,
                    marks == 1 ? "<image> mark" : "<image> marks", images, images == 1 ? "path" : "paths",
                    marks == 0 ? "; put <image> where each picture belongs" : "");
    }
    for (const auto& [key, text] : {std::pair{"text_problem", &record.text_problem}, {"caption", &record.caption}}) {
      if (count_image_marks(*text) == 0) continue;
      mistakes_.add(record.line, "marks and images",
                    "\"{}\" has an <image> mark, but is shown without a picture of its own", key);
    }
  }

  void check_images(const Record& record) {
    for (const std::string& path : record.images) {
      if (!sound_images_.insert(path).second) continue;  // looked at before
      try {
        read_png_shape(path);
        check_png_is_whole(path);
      } catch (const Error& e) {
        sound_images_.erase(path);
        mistakes_.add(record.line, fs::exists(path) ? "unreadable image" : "missing image", "{}", e.what());
      }
    }
  }

  void check_id(const Record& record) {
    const auto [it, is_new] = line_of_id_.emplace(record.id, record.line);
    if (is_new) return;
    mistakes_.add(record.line, "duplicate id", "the id \"{}\" is also that of line {}", record.id, it->second);
  }

  RecordKind kind_;
  DatasetOptions options_;
  fs::path folder_;
  Mistakes mistakes_;
  Dataset dataset_;
  std::unordered_map<std::string, int64_t> line_of_id_, copies_;
  std::unordered_set<std::string> sound_images_;
};

}  // namespace

Dataset load_dataset(const std::string& path, RecordKind kind, const DatasetOptions& options) {
  if (!fs::exists(path)) fail_usage({path}, "there is no such data file");
  if (fs::is_directory(path)) fail_usage({path}, "is a folder, but a data file (JSONL) is needed");
  const std::string content = read_file(path);
  Reader reader(path, kind, options);
  int64_t number = 0;
  Task progress(options.on_progress, "reading " + path, std::count(content.begin(), content.end(), '\n'));
  for (size_t begin = 0; begin < content.size();) {
    const size_t end = std::min(content.find('\n', begin), content.size());
    reader.read_line(std::string_view(content).substr(begin, end - begin), ++number);
    progress.advance();
    begin = end + 1;
  }
  return reader.finish(path);
}

void Dataset::keep_if(const std::vector<uint8_t>& keep) {
  if (keep.size() != records.size()) fail("{}: {} records, but {} verdicts on them", path, records.size(), keep.size());
  size_t kept = 0;
  for (size_t i = 0; i < records.size(); ++i) {
    if (!keep[i]) continue;
    if (kept != i) records[kept] = std::move(records[i]);
    ++kept;
  }
  filtered += static_cast<int64_t>(records.size() - kept);
  records.resize(kept);
}

}  // namespace crescent
