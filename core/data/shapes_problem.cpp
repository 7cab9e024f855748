// The four families of the procedural data set: their pictures, questions and thoughts. Numbers touch what stands
// beside them, because a digit is one token of a Qwen tokenizer and a space before it would be another.
#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "core/base/error.hpp"
#include "core/data/shapes.hpp"

namespace crescent {

namespace {

constexpr int kSide = 84, kCell = 28;  // 3 x 3 cells, one merged patch each

using Color = std::array<int, 3>;
constexpr const char* kColorNames[] = {"red", "green", "blue"};
constexpr Color kColors[] = {{220, 30, 30}, {30, 170, 50}, {40, 60, 220}};

int between(RandomStream& random, int low, int high) { return static_cast<int>(random.integer(low, high)); }

Color jittered(const Color& color, RandomStream& random) {
  Color out{};
  for (int c = 0; c < 3; ++c) out[c] = std::clamp(color[c] + between(random, -15, 15), 0, 255);
  return out;
}

class Canvas {
 public:
  explicit Canvas(int grey)
      : image_{kSide, kSide, std::vector<uint8_t>(3 * kSide * kSide, static_cast<uint8_t>(grey))} {}

  void pixel(int x, int y, const Color& color) {
    for (int c = 0; c < 3; ++c) image_.rgb[3 * (y * kSide + x) + c] = static_cast<uint8_t>(color[c]);
  }
  // [left, right) x [top, bottom)
  void box(int left, int top, int right, int bottom, const Color& color) {
    for (int y = top; y < bottom; ++y) {
      for (int x = left; x < right; ++x) pixel(x, y, color);
    }
  }
  void disc(int center_x, int center_y, double radius, const Color& color) {
    const int reach = static_cast<int>(radius) + 1;
    for (int dy = -reach; dy <= reach; ++dy) {
      for (int dx = -reach; dx <= reach; ++dx) {
        if (dx * dx + dy * dy <= radius * radius) pixel(center_x + dx, center_y + dy, color);
      }
    }
  }
  Image take() { return std::move(image_); }

 private:
  Image image_;
};

int cell_center(int cell, RandomStream& random) { return kCell * cell + kCell / 2 + between(random, -2, 2); }

void draw_die(Canvas& canvas, int cell, int value, RandomStream& random) {
  const int x = cell_center(cell % 3, random), y = cell_center(cell / 3, random);
  canvas.box(x - 11, y - 11, x + 11, y + 11, {60, 60, 60});
  canvas.box(x - 10, y - 10, x + 10, y + 10, {250, 250, 240});
  const auto pip = [&](int column, int row) {
    const int px = x + 6 * column, py = y + 6 * row;
    canvas.box(px - 2, py - 2, px + 2, py + 2, {20, 20, 20});
  };
  if (value % 2 == 1) pip(0, 0);
  if (value >= 2) pip(-1, -1), pip(1, 1);
  if (value >= 4) pip(-1, 1), pip(1, -1);
  if (value == 6) pip(0, -1), pip(0, 1);
}

// Dice in reading order; L0 to L3: 1 to 4 of them, L4: 7 to 9.
void dice_problem(ShapesProblem& problem, Canvas& canvas, RandomStream& random) {
  const int dice = problem.level < 4 ? problem.level + 1 : between(random, 7, 9);
  std::vector<int> values(dice);
  for (int& value : values) value = between(random, 1, 6);
  int sum = 0;
  for (int i = 0; i < dice; ++i) {
    draw_die(canvas, i, values[i], random);
    sum += values[i];
    problem.thoughts += i == 0 ? fmt::format("{}", sum) : fmt::format("+{}={}", values[i], sum);
  }
  problem.caption = fmt::format("dice {}", fmt::join(values, ","));
  problem.question = "sum of the dice?";
  problem.answer = std::to_string(sum);
}

// Circles in random cells, some of the target color; L0 1-2, L1 2-4, L2 4-6, L3 6-9, L4 9 circles.
void count_problem(ShapesProblem& problem, Canvas& canvas, RandomStream& random) {
  constexpr int kFewest[] = {1, 2, 4, 6, 9}, kMost[] = {2, 4, 6, 9, 9};
  const int circles = between(random, kFewest[problem.level], kMost[problem.level]);
  const int target = between(random, 0, 2);
  const int hits = problem.level < 4 ? between(random, 0, std::min(circles, 6)) : between(random, 3, 8);
  std::vector<int> colors(circles, target);
  for (int i = hits; i < circles; ++i) colors[i] = (target + between(random, 1, 2)) % 3;
  shuffle(colors, random);
  std::vector<int> cells{0, 1, 2, 3, 4, 5, 6, 7, 8};
  shuffle(cells, random);
  cells.resize(circles);
  std::sort(cells.begin(), cells.end());

  std::string rows[3];
  int hits_of_row[3] = {0, 0, 0};
  for (int i = 0; i < circles; ++i) {
    const int row = cells[i] / 3, x = cell_center(cells[i] % 3, random), y = cell_center(row, random);
    const Color color = jittered(kColors[colors[i]], random);
    canvas.disc(x, y, 7.5 + 2.5 * random.uniform(), color);
    rows[row] += fmt::format(" {}", kColorNames[colors[i]]);
    hits_of_row[row] += colors[i] == target;
  }
  for (int row = 0; row < 3; ++row) {
    if (rows[row].empty()) rows[row] = " empty";
    problem.caption += fmt::format("{}row{}", row == 0 ? "" : " ", rows[row]);
    problem.thoughts += fmt::format("{}{}", rows[row], hits_of_row[row]);
  }
  problem.thoughts += fmt::format("={}", hits);
  problem.question = fmt::format("how many {} circles?", kColorNames[target]);
  problem.answer = std::to_string(hits);
}

void ask_about_bars(ShapesProblem& problem, const std::array<int, 3>& heights, RandomStream& random) {
  std::vector<int> order{0, 1, 2};
  shuffle(order, random);
  int a = order[0], b = order[1];
  const int c = order[2];
  if (problem.level == 2 && heights[a] < heights[b]) std::swap(a, b);
  const char *name_a = kColorNames[a], *name_b = kColorNames[b], *name_c = kColorNames[c];
  const int ha = heights[a], hb = heights[b], hc = heights[c];
  const auto set = [&](std::string question, std::string thoughts, std::string answer) {
    problem.question = std::move(question), problem.thoughts = std::move(thoughts), problem.answer = std::move(answer);
  };
  switch (problem.level) {
    case 0:
      set("tallest bar?", problem.caption.substr(problem.caption.find(' ') + 1),
          kColorNames[std::max_element(heights.begin(), heights.end()) - heights.begin()]);
      break;
    case 1:
      set(fmt::format("height of the {} bar?", name_a), fmt::format("{}{}", name_a, ha), std::to_string(ha));
      break;
    case 2:
      set(fmt::format("{} bar minus {} bar?", name_a, name_b), fmt::format("{}-{}={}", ha, hb, ha - hb),
          std::to_string(ha - hb));
      break;
    case 3:
      set(fmt::format("{} bar plus {} bar?", name_a, name_b), fmt::format("{}+{}={}", ha, hb, ha + hb),
          std::to_string(ha + hb));
      break;
    default:
      set(fmt::format("{} bar times {} bar times {} bar?", name_a, name_b, name_c),
          fmt::format("{}x{}={}x{}={}", ha, hb, ha * hb, hc, ha * hb * hc), std::to_string(ha * hb * hc));
  }
}

// A red, a green and a blue bar, 1 to 9 units of 9 pixels; L0 has one that is tallest.
void bars_problem(ShapesProblem& problem, Canvas& canvas, RandomStream& random) {
  std::array<int, 3> heights{};
  const auto tallest_is_shared = [&] {
    return std::count(heights.begin(), heights.end(), *std::max_element(heights.begin(), heights.end())) > 1;
  };
  do {
    for (int& height : heights) height = between(random, 1, 9);
  } while (problem.level == 0 && tallest_is_shared());
  problem.caption = "bars";
  for (int i = 0; i < 3; ++i) {
    const int left = kCell * i + between(random, 4, 8);
    canvas.box(left, kSide - 2 - 9 * heights[i], left + 16, kSide - 2, jittered(kColors[i], random));
    problem.caption += fmt::format(" {}{}", kColorNames[i], heights[i]);
  }
  canvas.box(0, kSide - 2, kSide, kSide, {0, 0, 0});  // the baseline
  ask_about_bars(problem, heights, random);
}

// A filled rectangle under a grid of 9 pixels; sides of L0 1-2, L1 1-3, L2 2-5, L3 and L4 3-9.
void area_problem(ShapesProblem& problem, Canvas& canvas, RandomStream& random) {
  constexpr int kShortest[] = {1, 1, 2, 3, 3}, kLongest[] = {2, 3, 5, 9, 9};
  const int width = between(random, kShortest[problem.level], kLongest[problem.level]);
  const int height = between(random, kShortest[problem.level], kLongest[problem.level]);
  const int left = 1 + 9 * between(random, 0, 9 - width), top = 1 + 9 * between(random, 0, 9 - height);
  const Color& color = kColors[between(random, 0, 2)];
  canvas.box(left, top, left + 9 * width, top + 9 * height, jittered(color, random));
  for (int line = 1; line < kSide; line += 9) {
    canvas.box(0, line, kSide, line + 1, {150, 150, 150});
    canvas.box(line, 0, line + 1, kSide, {150, 150, 150});
  }
  problem.caption = fmt::format("rectangle{} wide{} tall", width, height);
  const int area = width * height, perimeter = 2 * (width + height);
  if (problem.level == 4) {
    problem.question = "area times perimeter?";
    problem.thoughts = fmt::format("{}x{}={}", area, perimeter, area * perimeter);
    problem.answer = std::to_string(area * perimeter);
  } else if (random.uniform() < 0.5) {
    problem.question = "area of the rectangle?";
    problem.thoughts = fmt::format("{}x{}={}", width, height, area);
    problem.answer = std::to_string(area);
  } else {
    problem.question = "perimeter of the rectangle?";
    problem.thoughts = fmt::format("{}+{}={}x2={}", width, height, width + height, perimeter);
    problem.answer = std::to_string(perimeter);
  }
}

}  // namespace

const char* family_name(ShapeFamily family) {
  constexpr const char* kNames[] = {"dice", "count", "bars", "area"};
  return kNames[static_cast<int>(family)];
}

std::string ShapesProblem::response() const {
  return fmt::format("<think>{}</think><answer>{}</answer>", thoughts, answer);
}

ShapesProblem draw_shapes_problem(ShapeFamily family, int level, RandomStream& random) {
  if (level < 0 || level > 4) fail("shapes have the levels 0 to 4, not {}", level);
  ShapesProblem problem;
  problem.family = family;
  problem.level = level;
  Canvas canvas(between(random, 235, 255));
  switch (family) {
    case ShapeFamily::dice:
      dice_problem(problem, canvas, random);
      break;
    case ShapeFamily::count:
      count_problem(problem, canvas, random);
      break;
    case ShapeFamily::bars:
      bars_problem(problem, canvas, random);
      break;
    case ShapeFamily::area:
      area_problem(problem, canvas, random);
      break;
  }
  problem.image = canvas.take();
  return problem;
}

}  // namespace crescent
