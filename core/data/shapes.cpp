#include "core/data/shapes.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "core/base/json.hpp"

namespace crescent {

namespace {

namespace fs = std::filesystem;

constexpr int kFormat = 1;  // raised whenever the same options give other files
constexpr int64_t kFamilies = std::size(kShapeFamilies);
constexpr int kCompression = 1;  // plain pictures: more would cost time and save little

std::string done_text(const ShapesOptions& options) {
  const Json done{{"format", kFormat},
                  {"seed", options.seed},
                  {"count", options.count},
                  {"val_count", options.val_count},
                  {"sft_count", options.sft_count},
                  {"pool", options.pool}};
  return done.dump() + "\n";
}

void check(const ShapesOptions& options) {
  const auto check_count = [](const char* name, int64_t count, int64_t least) {
    if (count < least || count > 1'000'000)
      fail_usage({}, "shapes: \"{}\" must be from {} to 1000000, found {}", name, least, count);
  };
  check_count("count", options.count, 1);
  check_count("val_count", options.val_count, 1);
  check_count("sft_count", options.sft_count, 1);
  if (options.pool != "even" && options.pool != "starved")
    fail_usage({}, "shapes: \"pool\" must be even or starved, found \"{}\"", options.pool);
}

struct Kind {
  ShapeFamily family;
  int level;
};

// What problem `index` of a file is: by its index alone, so that any prefix is balanced.
using KindOf = Kind (*)(int64_t index);

template <int first, int last>
Kind even_levels(int64_t index) {
  return {kShapeFamilies[index % kFamilies], first + static_cast<int>(index / kFamilies % (last - first + 1))};
}

// Of each 20 problems 17 are impossible, one is easy and two can be learned. Level 4 of counting is not among the
// impossible ones: what a model has learned of nine circles carries it there.
Kind starved(int64_t index) {
  constexpr ShapeFamily kImpossible[] = {ShapeFamily::dice, ShapeFamily::bars, ShapeFamily::area};
  const int64_t round = index / 20, place = index % 20;
  if (place < 17) return {kImpossible[(17 * round + place) % 3], 4};
  if (place == 17) return even_levels<0, 0>(round);
  return even_levels<1, 3>(2 * round + place - 18);
}

// The lines of one file. Each problem is drawn from a stream of its own: it does not depend on how many there are.
class Split {
 public:
  Split(const ShapesOptions& options, const std::string& name, KindOf kind_of, const fs::path& folder)
      : seed_(options.seed), name_(name), kind_of_(kind_of), folder_(folder) {}

  // A picture that is in `taken` is drawn anew: what is held out was never seen in training.
  ShapesProblem problem(int64_t index, const std::set<Digest>* taken) {
    RandomStream random(RandomKey(seed_, "shapes/" + name_, {static_cast<uint64_t>(index)}));
    const auto [family, level] = kind_of_(index);
    for (;;) {
      ShapesProblem problem = draw_shapes_problem(family, level, random);
      if (taken == nullptr || !taken->contains(picture_hash(problem))) return problem;
    }
  }

  static Digest picture_hash(const ShapesProblem& problem) {
    return hash_bytes({reinterpret_cast<const char*>(problem.image.rgb.data()), problem.image.rgb.size()});
  }

  std::string id(int64_t index) const { return fmt::format("{}-{:06}", name_, index); }

  // Returns its path as the records have it.
  std::string write_picture(int64_t index, const ShapesProblem& problem) {
    const std::string path = fmt::format("images/{}.png", id(index));
    write_png((folder_ / path).string(), problem.image, kCompression);
    return path;
  }

  void add(const Json& record) { lines_ += record.dump() + "\n"; }
  void write() {  // flushed to disk with everything else, before DONE
    AppendFile file((folder_ / (name_ + ".jsonl")).string());
    file.append(lines_);
    file.flush();
  }

 private:
  uint64_t seed_;
  std::string name_;
  KindOf kind_of_;
  fs::path folder_;
  std::string lines_;
};

std::string text_twin(const ShapesProblem& problem) {
  return fmt::format("given {}. {}", problem.caption, problem.question);
}

Json rl_record(const std::string& id, const ShapesProblem& problem, const std::string& picture) {
  return {{"id", id},
          {"problem", "<image>" + problem.question},
          {"answer", problem.answer},
          {"caption", "caption " + problem.caption},
          {"difficulty", problem.level},
          {"family", family_name(problem.family)},
          {"text_problem", text_twin(problem)},
          {"images", Json::array({picture})}};
}

// One problem in the four ways in which the cold start shows it.
void add_sft_records(Split& split, int64_t index, const ShapesProblem& problem, const std::string& picture) {
  const auto add = [&](const char* kind, const std::string& text, const std::string& response, bool shows_picture) {
    split.add({{"id", fmt::format("{}-{}", split.id(index), kind)},
               {"kind", kind},
               {"problem", (shows_picture ? "<image>" : "") + text},
               {"response", response},
               {"difficulty", problem.level},
               {"family", family_name(problem.family)},
               {"images", shows_picture ? Json::array({picture}) : Json::array()}});
  };
  add("describe", "describe the image", problem.caption, true);
  add("text", text_twin(problem), problem.response(), false);
  add("caption", fmt::format("caption {}. {}", problem.caption, problem.question), problem.response(), true);
  add("image", problem.question, problem.response(), true);
}

void fill(const ShapesOptions& options, const fs::path& folder, const OnProgress& on_progress) {
  Task progress(on_progress, "making the shapes data", options.count + options.sft_count + options.val_count);
  make_folders((folder / "images").string());
  std::set<Digest> seen;  // pictures of training and of the cold start

  Split train(options, "train", options.pool == "starved" ? starved : even_levels<0, 4>, folder);
  for (int64_t i = 0; i < options.count; ++i) {
    const ShapesProblem problem = train.problem(i, nullptr);
    seen.insert(Split::picture_hash(problem));
    train.add(rl_record(train.id(i), problem, train.write_picture(i, problem)));
    progress.advance();
  }
  train.write();

  Split sft(options, "sft", even_levels<0, 3>, folder);
  for (int64_t i = 0; i < options.sft_count; ++i) {
    const ShapesProblem problem = sft.problem(i, nullptr);
    seen.insert(Split::picture_hash(problem));
    add_sft_records(sft, i, problem, sft.write_picture(i, problem));
    progress.advance();
  }
  sft.write();

  Split val(options, "val", even_levels<1, 3>, folder);
  for (int64_t i = 0; i < options.val_count; ++i) {
    const ShapesProblem problem = val.problem(i, &seen);
    val.add(rl_record(val.id(i), problem, val.write_picture(i, problem)));
    progress.advance();
  }
  val.write();
}

// Holds back other makings beside this folder, of this process and of others, until it is destroyed.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder) : fd_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (fd_ < 0) fail("{}: cannot be opened: {}", folder, std::strerror(errno));
    while (::flock(fd_, LOCK_EX) != 0) {
      if (errno == EINTR) continue;
      const int code = errno;
      ::close(fd_);
      fail("{}: cannot be locked: {}", folder, std::strerror(code));
    }
  }
  ~FolderLock() { ::close(fd_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  // All pictures at once: a flush for each would take minutes.
  void flush_file_system() const { ::syncfs(fd_); }

 private:
  int fd_;
};

}  // namespace

bool shapes_are_made(const ShapesOptions& options, const std::string& folder) {
  const std::string done = (fs::path(folder) / "DONE").string();
  return fs::exists(done) && read_file(done) == done_text(options);
}

void make_shapes(const ShapesOptions& options, const std::string& folder, const OnProgress& on_progress) {
  check(options);
  fs::path target = fs::absolute(folder).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();  // "data/" -> "data"
  make_folders(target.parent_path().string());
  const FolderLock lock(target.parent_path().string());
  if (shapes_are_made(options, target.string())) return;
  const bool may_replace = fs::exists(target / "DONE") || (fs::is_directory(target) && fs::is_empty(target));
  if (fs::exists(target) && !may_replace)
    fail_usage({target.string()},
               "holds other files; shapes are written to a new folder, an empty one or one they made");

  const fs::path partial = target.string() + ".partial", replaced = target.string() + ".replaced";
  fs::remove_all(partial);  // of a making that was interrupted: nobody else is at it, by the lock
  fs::remove_all(replaced);
  fill(options, partial, on_progress);
  {
    const Task flushing(on_progress, "flushing the data to disk");
    lock.flush_file_system();
  }
  write_file_atomically((partial / "DONE").string(), done_text(options));
  if (fs::exists(target)) fs::rename(target, replaced);
  fs::rename(partial, target);
  fs::remove_all(replaced);
  sync_folder(target.parent_path().string());
}

}  // namespace crescent
