// The cases of tests/answers/cases: answers with what they are worth, by category.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

struct AnswerCase {
  std::string category, given, gold;
  bool same;      // `given` is the answer `gold`
  bool response;  // `given` is a whole response
};

// Files of `folder` (not of its folders), in the order of their names. "⏎" stands for a line's end.
inline std::vector<AnswerCase> read_answer_cases(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<AnswerCase> cases;
  for (const auto& file : files) {
    std::ifstream in(file);
    std::string line, category, gold;
    while (std::getline(in, line)) {
      if (line.empty()) continue;
      if (line.size() < 3 || line[1] != ' ') throw std::runtime_error(file.string() + ": \"" + line + "\" is no case");
      std::string text = line.substr(2);
      const std::string end = "\u23CE";
      for (size_t at; (at = text.find(end)) != std::string::npos;) text.replace(at, end.size(), "\n");
      switch (line[0]) {
        case '#':
          category = text;
          break;
        case '@':
          gold = text;
          break;
        case '=':
        case '!':
          cases.push_back({category, text, gold, line[0] == '=', file.filename() == "responses.txt"});
          break;
        default:
          throw std::runtime_error(file.string() + ": \"" + line + "\" is no case");
      }
    }
  }
  return cases;
}
