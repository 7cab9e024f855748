#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/data/record.hpp"
#include "core/imageio/image.hpp"

using namespace crescent;

namespace {

const std::string kFolder = CRESCENT_BINARY_DIR "/record_test";

void write(const std::string& name, const std::string& bytes) {
  std::ofstream(kFolder + "/" + name, std::ios::binary) << bytes;
}

std::string file_with(const std::string& lines) {
  make_folders(kFolder);
  write_png(kFolder + "/a.png", Image{2, 2, std::vector<uint8_t>(12, 7)});
  const std::string whole = read_file(kFolder + "/a.png");
  write("cut.png", whole.substr(0, whole.size() - 20));
  write("broken.png", "no picture");
  write("photo.png", "\xff\xd8\xff\xe0");
  write("f.jsonl", lines);
  return kFolder + "/f.jsonl";
}

// The error without the folder's name.
std::string error_of(const std::string& lines, RecordKind kind = RecordKind::rl, DatasetOptions options = {}) {
  try {
    load_dataset(file_with(lines), kind, options);
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::usage);
    std::string text = e.what();
    for (size_t at; (at = text.find(kFolder + "/")) != text.npos;) text.erase(at, kFolder.size() + 1);
    return text;
  }
  return "";
}

}  // namespace

TEST_CASE("a record keeps its known columns apart and every other one for the rewards, in order") {
  const Dataset data = load_dataset(
      file_with("{\"id\": 7, \"problem\": \"<image>sum?\", \"answer\": 24, \"images\": [\"a.png\"], "
                "\"zeta\": [1, {\"b\": null}], \"caption\": \"dice\", \"alpha\": 0.5, \"text_problem\": null}\r\n"
                "\n"
                "{\"problem\": \"1+1?\", \"answer\": \"2\"}"),
      RecordKind::rl);
  REQUIRE(data.records.size() == 2);
  CHECK(data.read == 2);
  CHECK(data.filtered == 0);
  const Record& record = data.records[0];
  CHECK(record.id == "7");
  CHECK(record.answer == "24");
  CHECK(record.caption == "dice");
  CHECK(record.text_problem == "");
  CHECK(record.images == std::vector<std::string>{kFolder + "/a.png"});
  CHECK(record.columns_json == R"({"zeta":[1,{"b":null}],"alpha":0.5})");
  CHECK(record.line == 1);
  CHECK(data.records[1].line == 3);
  CHECK(data.records[1].columns_json == "{}");
}

TEST_CASE("a record without an id gets one from its content, the same wherever it stands; copies are told apart") {
  const std::string a = R"({"problem": "p", "answer": "1"})", b = R"({"problem": "q", "answer": "1"})";
  const Dataset one = load_dataset(file_with(a + "\n" + b), RecordKind::rl);
  const Dataset two = load_dataset(file_with(b + "\n  " + a + "\n" + a), RecordKind::rl);
  CHECK(one.records[0].id.size() == 32);
  CHECK(one.records[0].id == two.records[1].id);
  CHECK(one.records[1].id == two.records[0].id);
  CHECK(two.records[2].id == one.records[0].id + "-2");
}

TEST_CASE("all mistakes of a file are listed with their lines and counted by kind") {
  const std::string text = error_of(
      "{\"problem\": \"p\", \"answer\": \"1\"\n"
      "{\"problem\": \"p\", \"answer\": \"\xff\"}\n"
      "[1]\n"
      "{\"question\": \"p\", \"answer\": \"1\"}\n"
      "{\"problem\": \" \", \"answer\": null}\n"
      "{\"problem\": 5, \"answer\": {\"a\": 1}, \"images\": \"a.png\"}\n"
      "{\"problem\": \"p\", \"answer\": \"1\", \"images\": [\"a.png\"]}\n"
      "{\"problem\": \"<image><image>p\", \"answer\": \"1\", \"images\": [\"a.png\"]}\n"
      "{\"id\": \"x\", \"problem\": \"<image>p\", \"answer\": \"1\", \"images\": [\"b.png\"]}\n"
      "{\"id\": \"x\", \"problem\": \"<image>p\", \"answer\": \"1\", \"images\": [\"broken.png\"]}\n"
      "{\"problem\": \"<image>p\", \"answer\": \"1\", \"images\": [\"photo.png\"], \"caption\": \"<image>\"}\n"
      "{\"problem\": \"fine\", \"answer\": \"1\"}\n");
  CHECK(
      text ==
      "f.jsonl: 16 mistakes in 12 records (unreadable JSON: 1, not UTF-8: 1, wrong type: 4, no problem: 1, empty "
      "problem: 1, "
      "empty answer: 1, marks and images: 3, missing image: 1, unreadable image: 2, duplicate id: 1):"
      "\n  f.jsonl:1: is not valid JSON at byte 31: syntax error while parsing object - unexpected end of input; "
      "expected '}'"
      "\n  f.jsonl:2: is not UTF-8 (byte 29 of the line)"
      "\n  f.jsonl:3: a record must be a JSON object, found array [1]"
      "\n  f.jsonl:4: \"problem\" is missing (the record has: question, answer)"
      "\n  f.jsonl:5: \"problem\" is empty"
      "\n  f.jsonl:5: \"answer\" is empty"
      "\n  f.jsonl:6: \"problem\" must be a string, found number 5"
      "\n  f.jsonl:6: \"answer\" must be a string or a number, found object {\"a\":1}"
      "\n  f.jsonl:6: \"images\" must be a list of paths, found string \"a.png\""
      "\n  f.jsonl:7: \"problem\" has 0 <image> marks and \"images\" has 1 path; put <image> where each picture belongs"
      "\n  f.jsonl:8: \"problem\" has 2 <image> marks and \"images\" has 1 path"
      "\n  f.jsonl:9: b.png: cannot be opened: No such file or directory"
      "\n  f.jsonl:10: broken.png: the picture is not a PNG file (it begins with bytes 6e 6f 20 70)"
      "\n  f.jsonl:10: the id \"x\" is also that of line 9"
      "\n  f.jsonl:11: \"caption\" has an <image> mark, but is shown without a picture of its own"
      "\n  f.jsonl:11: photo.png: the picture is a JPEG file, and only PNG is read yet; convert it to PNG and name "
      "that file");
}

TEST_CASE("a long list of mistakes is cut, its counts are not") {
  std::string lines;
  for (int i = 0; i < 30; ++i) lines += "{\"problem\": \"p\"}\n";
  const std::string text = error_of(lines, RecordKind::rl, {.max_problems = 2});
  CHECK(text ==
        "f.jsonl: 30 mistakes in 30 records (no answer: 30); the first 2:"
        "\n  f.jsonl:1: \"answer\" is missing (the record has: problem)"
        "\n  f.jsonl:2: \"answer\" is missing (the record has: problem)");
}

TEST_CASE("sft records need a response and no answer") {
  const Dataset data = load_dataset(file_with(R"({"problem": "p", "response": "r", "kind": "text"})"), RecordKind::sft);
  CHECK(data.records[0].response == "r");
  CHECK(data.records[0].kind == "text");
  CHECK(error_of(R"({"problem": "p", "answer": "1"})", RecordKind::sft) ==
        "f.jsonl: 1 mistake in 1 records (no response: 1):\n  f.jsonl:1: \"response\" is missing (the record has: "
        "problem, answer)");
}

TEST_CASE("an empty file, a missing file and a folder are errors") {
  CHECK(error_of("") == "f.jsonl: holds no records; each line must be one JSON object");
  CHECK(error_of("\n \n") == "f.jsonl: holds no records; each line must be one JSON object");
  CHECK_THROWS_WITH_AS(load_dataset("/nonexistent/t.jsonl", RecordKind::rl),
                       "/nonexistent/t.jsonl: there is no such data file", Error);
  CHECK_THROWS_WITH_AS(load_dataset("/tmp", RecordKind::rl), "/tmp: is a folder, but a data file (JSONL) is needed",
                       Error);
}

TEST_CASE("records that a caller filters are counted") {
  Dataset data = load_dataset(file_with("{\"problem\": \"a\", \"answer\": 1}\n{\"problem\": \"b\", \"answer\": "
                                        "1}\n{\"problem\": \"c\", \"answer\": 1}"),
                              RecordKind::rl);
  data.keep_if({1, 0, 1});
  CHECK(data.read == 3);
  CHECK(data.filtered == 1);
  REQUIRE(data.records.size() == 2);
  CHECK(data.records[1].problem == "c");
  CHECK_THROWS_AS(data.keep_if({1}), Error);
}

TEST_CASE("a picture that was cut short is found before the run, not when it is drawn") {
  CHECK(error_of("{\"problem\": \"<image>p\", \"answer\": \"1\", \"images\": [\"cut.png\"]}\n") ==
        "f.jsonl: 1 mistake in 1 records (unreadable image: 1):"
        "\n  f.jsonl:1: cut.png: the picture is cut short: it has no end (IEND)");
}
