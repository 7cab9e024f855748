#include <fmt/format.h>

#include <memory>

#include "core/app/terminal.hpp"
#include "core/base/error.hpp"
#include "core/cli/commands.hpp"
#include "core/data/shapes.hpp"

namespace crescent {

Command add_data(CLI::App& program) {
  struct Arguments {
    std::string name, out;
    ShapesOptions shapes;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* data = program.add_subcommand("data", "make data");
  data->require_subcommand(1);
  CLI::App* make = data->add_subcommand("make", "write a built-in procedural data set");
  make->add_option("NAME", arguments->name, "shapes: dice, circles, bars and rectangles with questions of five levels")
      ->required();
  make->add_option("--out", arguments->out, "folder to write: train.jsonl, val.jsonl, sft.jsonl, images/")->required();
  make->add_option("--seed", arguments->shapes.seed, "the same seed gives the same files")->capture_default_str();
  make->add_option("--count", arguments->shapes.count, "training records")->capture_default_str();
  make->add_option("--val-count", arguments->shapes.val_count, "held-out records (levels 1 to 3)")
      ->capture_default_str();
  make->add_option("--sft-count", arguments->shapes.sft_count, "problems of the cold start (levels 0 to 3)")
      ->capture_default_str();
  make->add_option("--pool", arguments->shapes.pool,
                   "even: all levels in equal share; starved: 85 % impossible, 5 % easy, 10 % that can be learned")
      ->capture_default_str();
  make->footer("Example:\n  crescent data make shapes --out data/shapes --seed 7 --count 512");
  return [arguments] {
    if (arguments->name != "shapes")
      fail_usage({}, "there is no built-in data set \"{}\"{}", arguments->name,
                 suggestion(arguments->name, {"shapes"}));
    Terminal terminal(stdout_is_terminal());
    make_shapes(arguments->shapes, arguments->out, [&](const TaskProgress& state) { terminal.progress(state); });
    fmt::print("{}: {} training, {} held-out and {} cold-start records\n", arguments->out, arguments->shapes.count,
               arguments->shapes.val_count, 4 * arguments->shapes.sft_count);
    return 0;
  };
}

}  // namespace crescent
