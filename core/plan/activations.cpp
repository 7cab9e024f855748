#include "core/plan/activations.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string_view>
#include <vector>

#include "core/model/weights.hpp"
#include "core/tensor/logprobs.hpp"
#include "core/tensor/tiles.hpp"

namespace crescent {
namespace {

constexpr int64_t kFloat = 4;

// Widths in floats of one row in a stack of transformer layers.
struct Stack {
  int64_t width, queries, keys, heads, inner, layers;  // inner: of the MLP
};

Stack decoder_stack(const DecoderConfig& c) {
  return {c.hidden_size, c.heads * c.head_dim(), c.kv_heads * c.head_dim(), c.heads, c.intermediate_size, c.layers};
}

Stack vision_stack(const VisionConfig& c) {
  return {c.hidden_size, c.hidden_size, c.hidden_size, c.heads, c.intermediate_size, c.layers};
}

int64_t count(const ModelConfig& model, const std::function<bool(std::string_view name)>& counted) {
  int64_t values = 0;
  for (const ParameterSpec& spec : parameter_specs(model))
    if (counted(spec.name))
      values += std::accumulate(spec.shape.begin(), spec.shape.end(), int64_t{1}, std::multiplies<>());
  return values;
}

// One autograd node in the order of the backward pass; all in floats.
struct Node {
  int64_t saved = 0;       // by the forward pass, until this node is done
  int64_t incoming = 0;    // gradients it reads, residual ones that wait included
  int64_t outgoing = 0;    // gradients it writes
  int64_t scratch = 0;     // of all threads
  int64_t parameters = 0;  // whose gradients it finishes
};

// Blocks that walk over tiles of rows sum the gradients of their parameters once a worker.
struct Workers {
  Workers(int64_t rows, int threads)
      : count(std::clamp<int64_t>(threads, 1, std::max<int64_t>(1, (rows + kFewestTileRows - 1) / kFewestTileRows))),
        tile(std::min(rows, kTileRows)) {}
  int64_t count, tile;
};

// In floats: what bf16 takes besides (core/tensor/panels.cpp), nothing in f32. A weight laid out has half its size, and
// so have the rows of a tile whose product is a weight's gradient.
struct Rounded {
  Precision precision;
  int64_t weight(int64_t values) const { return precision == Precision::bf16 ? values / 2 : 0; }
  int64_t rows(int64_t n, int64_t width) const { return precision == Precision::bf16 ? n * width / 2 : 0; }
};

// Its nodes from the last layer to the first, appended.
void add_layers(const Stack& s, int64_t rows, int64_t longest_keys, int threads, Rounded rounded,
                std::vector<Node>& nodes) {
  const Workers workers(rows, threads);
  const int64_t mlp = 3 * s.width * s.inner, projection = (s.queries + 2 * s.keys) * s.width;
  // One kv head at a time: keys, values, their gradients, and two scores for each of 32 query tokens.
  const int64_t attention_scratch = longest_keys * (5 * s.queries / s.heads + 64 * s.queries / s.keys);
  for (int64_t layer = 0; layer < s.layers; ++layer) {
    nodes.push_back({.saved = rows * (s.width + 2 * s.inner),
                     .incoming = rows * s.width,
                     .outgoing = rows * s.width,
                     .scratch = workers.count * (mlp + workers.tile * (2 * s.width + 4 * s.inner) +
                                                 rounded.rows(workers.tile, s.width + 2 * s.inner)) -
                                mlp + rounded.weight(mlp),
                     .parameters = mlp});
    nodes.push_back(  // the output projection; its input is saved by the attention too and counted there
        {.incoming = rows * s.width,
         .outgoing = rows * s.queries,
         .scratch =
             rounded.weight(s.queries * s.width) + workers.count * rounded.rows(workers.tile, s.width + s.queries),
         .parameters = s.queries * s.width});
    nodes.push_back({.saved = rows * (2 * s.queries + 2 * s.keys + s.heads),
                     .incoming = rows * (s.width + s.queries),
                     .outgoing = rows * (s.queries + 2 * s.keys),
                     .scratch = threads * attention_scratch});
    nodes.push_back({.saved = rows * s.width,
                     .incoming = rows * (s.width + s.queries + 2 * s.keys),
                     .outgoing = rows * s.width,
                     .scratch = workers.count * (projection + workers.tile * (3 * s.width + s.queries) +
                                                 rounded.rows(workers.tile, s.width + s.queries + 2 * s.keys)) -
                                projection + rounded.weight(projection),
                     .parameters = projection});
  }
}

void add_vision(const ModelConfig& model, int64_t patches, int64_t largest_picture, int threads, Rounded rounded,
                std::vector<Node>& nodes) {
  const VisionConfig& v = model.vision;
  const int64_t merged = patches / (v.spatial_merge_size * v.spatial_merge_size);
  const int64_t merger = count(model, [](std::string_view name) { return name.starts_with("visual.merger."); });
  nodes.push_back({.saved = 4 * patches * v.hidden_size,  // input of the norm, of both products and of GELU
                   .incoming = merged * v.out_hidden_size,
                   .outgoing = 2 * patches * v.hidden_size,
                   .parameters = merger});
  add_layers(vision_stack(v), patches, largest_picture, threads, rounded, nodes);
  nodes.push_back({.saved = patches * (v.patch_dim() + v.hidden_size / v.heads),  // pixels and rotation
                   .incoming = patches * v.hidden_size,
                   .parameters = v.hidden_size * v.patch_dim()});
}

int64_t logits_chunk(const ModelConfig& model, int64_t targets) {
  return std::min(targets, logprob_chunk_rows(model.decoder.vocab_size));
}

std::vector<Node> backward_nodes(const ModelConfig& model, const TrainingShape& shape, int threads, Rounded rounded) {
  const DecoderConfig& c = model.decoder;
  const int64_t rows = shape.rows, d = c.hidden_size, table = c.vocab_size * d;
  const int64_t merge = model.vision.spatial_merge_size, merged = shape.patches / (merge * merge);
  const Workers chunk(logits_chunk(model, shape.targets), threads);
  const int64_t head_sums =  // in f32 a product adds to the gradient itself
      rounded.precision == Precision::bf16 ? chunk.count * (table + rounded.rows(chunk.tile, c.vocab_size + d)) : 0;
  constexpr int64_t kPerTarget = 30;  // index, log-probability, entropy, advantage, ratio, ... of each, some in f64
  std::vector<Node> nodes;
  nodes.push_back(
      {.saved = rows * d + kPerTarget * shape.targets,
       .incoming = shape.targets,
       .outgoing = rows * d,
       .scratch = logits_chunk(model, shape.targets) * (c.vocab_size + 2 * d) + 2 * rounded.weight(table) + head_sums,
       .parameters = table});
  nodes.push_back({.saved = rows * d, .incoming = rows * d, .outgoing = rows * d, .parameters = d});
  add_layers(decoder_stack(c), rows, shape.longest_keys, threads, rounded, nodes);
  constexpr int64_t kPerRow = 10;  // token, position and index of a packed row, on the host
  nodes.push_back({.saved = merged * d + rows * (c.head_dim() + kPerRow),  // picture features; rotation
                   .incoming = rows * d,
                   .outgoing = merged * d,
                   .scratch = c.tie_word_embeddings ? table : 0,  // the head's gradient waits to be added
                   .parameters = c.tie_word_embeddings ? 0 : table});
  if (shape.patches > 0) add_vision(model, shape.patches, shape.largest_picture, threads, rounded, nodes);
  return nodes;
}

}  // namespace

int64_t parameter_bytes(const ModelConfig& model) {
  return kFloat * count(model, [](std::string_view) { return true; });
}

int64_t panel_bytes(const ModelConfig& model, Precision precision) {
  const int64_t matrices = count(
      model, [](std::string_view name) { return name.starts_with("model.layers.") && name.ends_with("_proj.weight"); });
  return kFloat * Rounded{precision}.weight(matrices + model.decoder.vocab_size * model.decoder.hidden_size);
}

TrainingPeak training_peak(const ModelConfig& model, const TrainingShape& shape, int threads, Precision precision) {
  const std::vector<Node> nodes = backward_nodes(model, shape, threads, {precision});
  const int64_t all = parameter_bytes(model) / kFloat;
  int64_t saved = 0;
  for (const Node& node : nodes) saved += node.saved;
  int64_t finished = 0;
  TrainingPeak peak;
  for (const Node& node : nodes) {
    const int64_t gradients = shape.adds_up ? all + node.parameters : finished + node.parameters;
    const TrainingPeak here{kFloat * (saved + node.incoming + node.outgoing + node.scratch), kFloat * gradients};
    if (here.bytes() > peak.bytes()) peak = here;
    finished += node.parameters;
    saved -= node.saved;
  }
  const TrainingPeak update{0, kFloat * all};  // the optimizer's step: all gradients, no activations
  return update.bytes() > peak.bytes() ? update : peak;
}

int64_t prefill_bytes(const ModelConfig& model, int64_t rows, int64_t patches, int threads, Precision precision) {
  const Rounded rounded{precision};
  const auto of_layer = [&](const Stack& s, int64_t n) {  // at the output projection, or within the MLP
    const Workers workers(n, threads);
    return n * (2 * s.width + s.queries + 2 * s.keys) +
           std::max(n * s.queries,
                    workers.count * (workers.tile * (s.width + 3 * s.inner) + rounded.rows(workers.tile, s.inner)));
  };
  const VisionConfig& v = model.vision;
  const int64_t merged = patches / (v.spatial_merge_size * v.spatial_merge_size);
  const int64_t pictures = patches * v.patch_dim();
  const int64_t block = rounded.weight(3 * v.hidden_size * v.intermediate_size);  // laid out for each block's MLP
  const int64_t tower = pictures + block + of_layer(vision_stack(v), patches);
  const int64_t decoder = pictures + merged * model.decoder.hidden_size + rows * model.decoder.head_dim() +
                          of_layer(decoder_stack(model.decoder), rows);
  return kFloat * std::max(patches > 0 ? tower : 0, decoder);
}

int64_t decode_bytes(const ModelConfig& model, int64_t rows) {
  const Stack s = decoder_stack(model.decoder);
  return kFloat * rows * (3 * s.width + 2 * s.queries + 2 * s.keys + 3 * s.inner + model.decoder.vocab_size);
}

}  // namespace crescent
