#include <doctest/doctest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "core/base/json.hpp"
#include "core/data/record.hpp"
#include "core/data/shapes.hpp"
#include "core/data/view.hpp"

using namespace crescent;
namespace fs = std::filesystem;

namespace {

const std::string kFolder = CRESCENT_BINARY_DIR "/shapes_test";
const ShapesOptions kSmall{.seed = 5, .count = 40, .val_count = 24, .sft_count = 16};

std::vector<Json> lines_of(const std::string& path) {
  std::vector<Json> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) lines.push_back(Json::parse(line));
  return lines;
}

// A small making that the tests below share.
const std::string& made() {
  static const std::string folder = [] {
    fs::remove_all(kFolder);
    make_shapes(kSmall, kFolder + "/data");
    return kFolder + "/data";
  }();
  return folder;
}

std::vector<int> numbers_of(const std::string& text) {
  std::vector<int> numbers;
  const std::regex digits("\\d+");
  for (std::sregex_iterator it(text.begin(), text.end(), digits), end; it != end; ++it)
    numbers.push_back(std::stoi(it->str()));
  return numbers;
}

// Answers a question from the text twin alone, knowing nothing of how problems are made.
std::string solve(const std::string& twin) {
  std::smatch parts;
  REQUIRE(std::regex_match(twin, parts, std::regex("given ([^.]*)\\. (.*\\?)")));
  const std::string caption = parts[1], question = parts[2];
  const std::vector<int> numbers = numbers_of(caption);
  std::smatch m;
  if (question == "sum of the dice?") {
    int sum = 0;
    for (const int n : numbers) sum += n;
    return std::to_string(sum);
  }
  if (std::regex_match(question, m, std::regex("how many (\\w+) circles\\?"))) {
    const std::regex word("\\b" + m[1].str() + "\\b");
    return std::to_string(
        std::distance(std::sregex_iterator(caption.begin(), caption.end(), word), std::sregex_iterator()));
  }
  if (caption.rfind("rectangle", 0) == 0) {
    const int w = numbers.at(0), h = numbers.at(1), area = w * h, perimeter = w + w + h + h;
    if (question == "area of the rectangle?") return std::to_string(area);
    if (question == "perimeter of the rectangle?") return std::to_string(perimeter);
    REQUIRE(question == "area times perimeter?");
    return std::to_string(area * perimeter);
  }
  std::map<std::string, int> height;
  const std::regex bar("(red|green|blue)(\\d)");
  for (std::sregex_iterator it(caption.begin(), caption.end(), bar), end; it != end; ++it)
    height[(*it)[1]] = std::stoi((*it)[2]);
  REQUIRE(height.size() == 3);
  if (question == "tallest bar?") {
    std::string tallest = "red";
    for (const auto& [color, units] : height) tallest = units > height[tallest] ? color : tallest;
    return tallest;
  }
  if (std::regex_match(question, m, std::regex("height of the (\\w+) bar\\?"))) return std::to_string(height.at(m[1]));
  if (std::regex_match(question, m, std::regex("(\\w+) bar minus (\\w+) bar\\?")))
    return std::to_string(height.at(m[1]) - height.at(m[2]));
  if (std::regex_match(question, m, std::regex("(\\w+) bar plus (\\w+) bar\\?")))
    return std::to_string(height.at(m[1]) + height.at(m[2]));
  REQUIRE(std::regex_match(question, m, std::regex("(\\w+) bar times (\\w+) bar times (\\w+) bar\\?")));
  return std::to_string(height.at(m[1]) * height.at(m[2]) * height.at(m[3]));
}

// Checks each step of "3+5=8+2=10" and of the other forms; returns what it arrives at.
void check_thoughts(const std::string& thoughts, const std::string& answer) {
  CAPTURE(thoughts);
  std::smatch m;
  const std::regex step("^(\\d+)([-+x])(\\d+)=(\\d+)");
  std::string rest = thoughts;
  while (std::regex_search(rest, m, step)) {
    const int a = std::stoi(m[1]), b = std::stoi(m[3]), result = std::stoi(m[4]);
    CHECK(result == (m[2] == "+" ? a + b : m[2] == "-" ? a - b : a * b));
    rest = m[4].str() + m.suffix().str();  // the result begins the next step
  }
  if (rest.find('=') != rest.npos) {  // " red blue1 empty0 red1=2"
    const std::vector<int> numbers = numbers_of(rest);
    REQUIRE(numbers.size() == 4);
    CHECK(numbers[0] + numbers[1] + numbers[2] == numbers[3]);
    CHECK(answer == std::to_string(numbers[3]));
    CHECK(std::regex_match(rest, std::regex("(( (red|green|blue))+\\d| empty0){3}=\\d")));
  } else if (rest == answer) {  // arrived
  } else if (std::regex_match(rest, m, std::regex("(red|green|blue)(\\d)"))) {
    CHECK(answer == m[2].str());
  } else {
    REQUIRE(std::regex_match(rest, m, std::regex("red(\\d) green(\\d) blue(\\d)")));
    const int red = std::stoi(m[1]), green = std::stoi(m[2]), blue = std::stoi(m[3]);
    CHECK(answer == (red > std::max(green, blue) ? "red" : green > blue ? "green" : "blue"));
  }
}

std::string tree_hash(const std::string& folder) {
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.insert(fs::relative(entry.path(), folder).string());
  }
  Hasher hasher;
  for (const std::string& file : files) hasher.add(file).add(read_file(folder + "/" + file));
  return hasher.digest().hex();
}

}  // namespace

TEST_CASE("the pictures of a seed never change") {
  Hasher hasher;
  for (const ShapeFamily family : kShapeFamilies) {
    for (int level = 0; level <= 4; ++level) {
      RandomStream random(RandomKey(11, "shapes/test", {static_cast<uint64_t>(level)}));
      for (int i = 0; i < 5; ++i) {
        const ShapesProblem problem = draw_shapes_problem(family, level, random);
        REQUIRE(problem.image.rgb.size() == 84 * 84 * 3);
        hasher.add({reinterpret_cast<const char*>(problem.image.rgb.data()), problem.image.rgb.size()});
        hasher.add(problem.caption).add(problem.question).add(problem.response());
      }
    }
  }
  CHECK(hasher.digest().hex() == "e997d6f26a8ed80ccede8d518a4c6921");
}

TEST_CASE("the text twin alone determines every answer") {
  std::set<std::string> questions;
  RandomStream random(RandomKey(3, "shapes/test"));
  for (int i = 0; i < 2000; ++i) {
    const ShapesProblem problem = draw_shapes_problem(kShapeFamilies[i % 4], i / 4 % 5, random);
    CAPTURE(problem.caption);
    CAPTURE(problem.question);
    CHECK(solve("given " + problem.caption + ". " + problem.question) == problem.answer);
    check_thoughts(problem.thoughts, problem.answer);
    questions.insert(problem.question);
  }
  CHECK(questions.size() == 1 + 3 + (1 + 3 + 6 + 6 + 6) + 3);
}

TEST_CASE("levels have the sizes of the quickstart's table") {
  RandomStream random(RandomKey(4, "shapes/test"));
  std::map<int, std::set<size_t>> dice, circles, sides;
  for (int i = 0; i < 1500; ++i) {
    const int level = i % 5;
    dice[level].insert(numbers_of(draw_shapes_problem(ShapeFamily::dice, level, random).caption).size());
    std::istringstream words(draw_shapes_problem(ShapeFamily::count, level, random).caption);
    size_t count = 0;
    for (std::string word; words >> word;) count += word == "red" || word == "green" || word == "blue";
    circles[level].insert(count);
    for (const int side : numbers_of(draw_shapes_problem(ShapeFamily::area, level, random).caption))
      sides[level].insert(side);
  }
  using Sets = std::map<int, std::set<size_t>>;
  CHECK(dice == Sets{{0, {1}}, {1, {2}}, {2, {3}}, {3, {4}}, {4, {7, 8, 9}}});
  CHECK(circles == Sets{{0, {1, 2}}, {1, {2, 3, 4}}, {2, {4, 5, 6}}, {3, {6, 7, 8, 9}}, {4, {9}}});
  CHECK(sides ==
        Sets{{0, {1, 2}}, {1, {1, 2, 3}}, {2, {2, 3, 4, 5}}, {3, {3, 4, 5, 6, 7, 8, 9}}, {4, {3, 4, 5, 6, 7, 8, 9}}});
}

TEST_CASE("train and val hold levels and families in equal share, and no picture of val was seen in training") {
  const Dataset train = load_dataset(made() + "/train.jsonl", RecordKind::rl),
                val = load_dataset(made() + "/val.jsonl", RecordKind::rl);
  CHECK(train.records.size() == 40);
  CHECK(val.records.size() == 24);
  std::map<std::string, int> train_shares, val_shares;
  std::set<Digest> seen;
  for (const Record& record : train.records) {
    const Json columns = Json::parse(record.columns_json);
    ++train_shares[columns.dump()];
    seen.insert(hash_bytes(read_file(record.images.at(0))));
    CHECK(solve(record.text_problem) == record.answer);
  }
  for (const Json& record : lines_of(made() + "/sft.jsonl")) {
    if (!record["images"].empty())
      seen.insert(hash_bytes(read_file(made() + "/" + record["images"][0].get<std::string>())));
  }
  for (const Record& record : val.records) {
    ++val_shares[Json::parse(record.columns_json).dump()];
    CHECK(!seen.contains(hash_bytes(read_file(record.images.at(0)))));
  }
  CHECK(train_shares.size() == 20);
  for (const auto& [share, count] : train_shares) CHECK(count == 2);
  CHECK(val_shares.size() == 12);
  for (const auto& [share, count] : val_shares) CHECK(count == 2);
  for (const View view : kViews) {
    CHECK(eligible(train, view).size() == 40);
    CHECK(eligible(val, view).size() == 24);
  }
}

TEST_CASE("the cold start shows each problem in four ways and never level 4") {
  const Dataset sft = load_dataset(made() + "/sft.jsonl", RecordKind::sft);
  REQUIRE(sft.records.size() == 64);
  std::map<std::string, int> kinds;
  for (size_t i = 0; i < sft.records.size(); i += 4) {
    const Record &describe = sft.records[i], &text = sft.records[i + 1], &caption = sft.records[i + 2],
                 &image = sft.records[i + 3];
    for (size_t k = 0; k < 4; ++k) {
      ++kinds[sft.records[i + k].kind];
      CHECK(Json::parse(sft.records[i + k].columns_json)["difficulty"].get<int>() <= 3);
    }
    const std::string question = image.problem.substr(7);
    CHECK(describe.problem == "<image>describe the image");
    CHECK(text.problem == "given " + describe.response + ". " + question);
    CHECK(caption.problem == "<image>caption " + describe.response + ". " + question);
    CHECK(text.images.empty());
    CHECK(describe.images == image.images);
    CHECK(caption.images == image.images);
    CHECK(text.response == image.response);
    CHECK(caption.response == image.response);
    CHECK(image.response.ends_with("<answer>" + solve(text.problem) + "</answer>"));
  }
  CHECK(kinds == std::map<std::string, int>{{"describe", 16}, {"text", 16}, {"caption", 16}, {"image", 16}});
}

TEST_CASE("the caption view reads as the cold start taught it") {
  const Dataset train = load_dataset(made() + "/train.jsonl", RecordKind::rl);
  const std::string text = view_of(train.records[4], View::caption).text;  // dice, level 1
  CHECK(std::regex_match(text, std::regex("<image>caption dice \\d,\\d\\. sum of the dice\\?")));
  CHECK(train.records[4].text_problem == "given " + text.substr(15));
}

TEST_CASE("a making is a function of its options, is not redone, and is redone when it was interrupted") {
  const std::string again = kFolder + "/again";
  make_shapes(kSmall, again + "/");
  CHECK(tree_hash(again) == tree_hash(made()));
  CHECK(shapes_are_made(kSmall, again));
  const auto time = fs::last_write_time(again + "/train.jsonl");
  make_shapes(kSmall, again);
  CHECK(fs::last_write_time(again + "/train.jsonl") == time);

  ShapesOptions other = kSmall;
  other.seed = 6;
  CHECK(!shapes_are_made(other, again));
  make_shapes(other, again);
  CHECK(shapes_are_made(other, again));
  CHECK(tree_hash(again) != tree_hash(made()));

  make_folders(again + "2.partial/images");  // what SIGKILL leaves
  write_file_atomically(again + "2.partial/train.jsonl", "half");
  CHECK(!shapes_are_made(kSmall, again + "2"));
  make_shapes(kSmall, again + "2");
  CHECK(tree_hash(again + "2") == tree_hash(made()));
  CHECK(!fs::exists(again + "2.partial"));
}

TEST_CASE("a starved pool is 85 % impossible, 5 % easy and 10 % to learn from, in all families") {
  ShapesOptions options = kSmall;
  options.count = 240;
  options.pool = "starved";
  make_shapes(options, kFolder + "/starved");
  std::map<int, int> of_level;
  std::set<std::string> easy, to_learn;
  for (const Json& record : lines_of(kFolder + "/starved/train.jsonl")) {
    const int level = record["difficulty"];
    ++of_level[level];
    if (level == 4) CHECK(record["family"] != "count");
    if (level == 0) easy.insert(record["family"]);
    if (level >= 1 && level <= 3) to_learn.insert(std::to_string(level) + record["family"].get<std::string>());
  }
  CHECK(of_level == std::map<int, int>{{0, 12}, {1, 8}, {2, 8}, {3, 8}, {4, 204}});
  CHECK(easy.size() == 4);
  CHECK(to_learn.size() == 12);
  CHECK(read_file(kFolder + "/starved/sft.jsonl") == read_file(made() + "/sft.jsonl"));  // the cold start is the same
}

TEST_CASE("a folder that holds something else is left alone, and counts out of range are refused") {
  make_folders(kFolder + "/mine");
  write_file_atomically(kFolder + "/mine/thesis.txt", "dear");
  CHECK_THROWS_WITH_AS(
      make_shapes(kSmall, kFolder + "/mine"),
      (kFolder + "/mine: holds other files; shapes are written to a new folder, an empty one or one they made").c_str(),
      Error);
  CHECK(fs::exists(kFolder + "/mine/thesis.txt"));
  CHECK_THROWS_WITH_AS(make_shapes({.count = 0}, kFolder + "/x"),
                       "shapes: \"count\" must be from 1 to 1000000, found 0", Error);
  CHECK_THROWS_WITH_AS(make_shapes({.pool = "odd"}, kFolder + "/x"),
                       "shapes: \"pool\" must be even or starved, found \"odd\"", Error);
  RandomStream random(RandomKey(1, "x"));
  CHECK_THROWS_WITH_AS(draw_shapes_problem(ShapeFamily::dice, 5, random), "shapes have the levels 0 to 4, not 5",
                       Error);
}
