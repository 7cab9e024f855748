#include "core/text/tokenizer.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/text/bpe.hpp"
#include "core/text/pretokenize.hpp"
#include "core/text/tokenizer_file.hpp"
#include "core/text/unicode.hpp"

namespace crescent {

namespace {

// Finds texts of added tokens: the leftmost, and among those that start there the longest.
class AddedTokenFinder {
 public:
  void add(std::string text, int32_t id) {
    starts_[static_cast<uint8_t>(text[0])] = true;
    tokens_.push_back({std::move(text), id});
    std::stable_sort(tokens_.begin(), tokens_.end(),
                     [](const Entry& a, const Entry& b) { return a.text.size() > b.text.size(); });
  }

  // Calls on_text(piece) and on_token(id) from left to right; empty pieces are left out.
  template <class OnText, class OnToken>
  void split(std::string_view text, OnText on_text, OnToken on_token) const {
    size_t begin = 0;
    for (size_t at = 0; at < text.size();) {
      const Entry* found = starts_[static_cast<uint8_t>(text[at])] ? match(text.substr(at)) : nullptr;
      if (found == nullptr) {
        ++at;
        continue;
      }
      if (at > begin) on_text(text.substr(begin, at - begin));
      on_token(found->id);
      begin = at += found->text.size();
    }
    if (begin < text.size()) on_text(text.substr(begin));
  }

 private:
  struct Entry {
    std::string text;
    int32_t id;
  };
  const Entry* match(std::string_view text) const {
    for (const Entry& e : tokens_) {
      if (text.starts_with(e.text)) return &e;
    }
    return nullptr;
  }
  std::vector<Entry> tokens_;  // longest first
  std::array<bool, 256> starts_{};
};

}  // namespace

struct Tokenizer::State {
  std::string path;
  std::unordered_map<std::string, int32_t> id_of;  // as spelled
  std::vector<std::string> bytes;                  // [vocab_size] "" for ids without a token
  std::vector<uint8_t> special;                    // [vocab_size]
  std::vector<AddedToken> added;
  std::array<int32_t, 256> id_of_byte;             // -1: not in the vocabulary
  std::unordered_map<std::string, int32_t> whole;  // bytes of a piece -> id, only where the file ignores merges
  MergeTable merges;
  AddedTokenFinder raw, normalized;
  bool nfc = false;
  PreTokenizer pre_tokenizer;

  explicit State(TokenizerFile file);
  void place_token(int32_t id, std::string token_bytes);
  void add_merges(const std::vector<std::pair<std::string, std::string>>& pairs);
  void add_added_tokens();
  void encode_piece(std::string_view piece, std::vector<int32_t>& out) const;
  void encode_plain(std::string_view text, std::vector<int32_t>& out) const;
};

Tokenizer::State::State(TokenizerFile file)
    : path(std::move(file.path)),
      id_of(std::move(file.vocab)),
      added(std::move(file.added)),
      nfc(file.nfc),
      pre_tokenizer(file.pre_tokenizer) {
  for (const auto& [spelling, id] : id_of) {
    place_token(id, bytes_of_spelling(spelling));
    if (file.ignore_merges) whole.emplace(bytes[id], id);
  }
  for (int b = 0; b < 256; ++b) {
    std::string spelling;
    append_utf8(spelling, byte_alphabet()[b]);
    const auto it = id_of.find(spelling);
    id_of_byte[b] = it == id_of.end() ? -1 : it->second;
  }
  add_merges(file.merges);
  add_added_tokens();
}

void Tokenizer::State::add_merges(const std::vector<std::pair<std::string, std::string>>& pairs) {
  merges.reserve(pairs.size());
  for (size_t rank = 0; rank < pairs.size(); ++rank) {
    const auto& [left, right] = pairs[rank];
    const auto find = [&](const std::string& token) {
      const auto it = id_of.find(token);
      if (it != id_of.end()) return it->second;
      throw Error(fmt::format("model.merges[{}] (\"{}\" + \"{}\") needs \"{}\", which model.vocab lacks", rank, left,
                              right, token),
                  {path});
    };
    const int32_t left_id = find(left), right_id = find(right);
    merges.add(left_id, right_id, static_cast<int32_t>(rank), find(left + right));
  }
}

void Tokenizer::State::place_token(int32_t id, std::string token_bytes) {
  if (static_cast<size_t>(id) >= bytes.size()) {
    bytes.resize(id + 1);
    special.resize(id + 1, 0);
  }
  bytes[id] = std::move(token_bytes);
}

void Tokenizer::State::add_added_tokens() {
  for (const AddedToken& token : added) {
    const auto [it, fresh] = id_of.emplace(token.text, token.id);
    const bool taken = fresh && static_cast<size_t>(token.id) < bytes.size() && !bytes[token.id].empty();
    if (it->second != token.id || taken) {
      throw Error(fmt::format("added_tokens: \"{}\" has id {}, but model.vocab or another added token says otherwise",
                              token.text, token.id),
                  {path});
    }
    place_token(token.id, bytes_of_spelling(token.text));
    special[token.id] = token.special;
    token.normalized ? normalized.add(nfc ? crescent::nfc(token.text) : token.text, token.id)
                     : raw.add(token.text, token.id);
  }
}

void Tokenizer::State::encode_piece(std::string_view piece, std::vector<int32_t>& out) const {
  if (!whole.empty()) {
    if (const auto it = whole.find(std::string(piece)); it != whole.end()) return out.push_back(it->second);
  }
  std::vector<int32_t> symbols;
  for (const char c : piece) {
    const int32_t id = id_of_byte[static_cast<uint8_t>(c)];
    if (id < 0) fail("{}: model.vocab has no token for byte {:#04x} of \"{}\"", path, static_cast<uint8_t>(c), piece);
    symbols.push_back(id);
  }
  merges.merge(symbols);
  out.insert(out.end(), symbols.begin(), symbols.end());
}

// `text` holds no added token that is looked for before NFC.
void Tokenizer::State::encode_plain(std::string_view text, std::vector<int32_t>& out) const {
  const std::string form = nfc ? crescent::nfc(text) : std::string(text);
  const auto on_text = [&](std::string_view rest) {
    while (!rest.empty()) {
      const size_t length = piece_length(pre_tokenizer, rest);
      encode_piece(rest.substr(0, length), out);
      rest.remove_prefix(length);
    }
  };
  normalized.split(form, on_text, [&](int32_t id) { out.push_back(id); });
}

Tokenizer Tokenizer::load(const std::string& path) {
  const bool folder = std::filesystem::is_directory(path);
  return Tokenizer(std::make_unique<State>(read_tokenizer_file(folder ? path + "/tokenizer.json" : path)));
}

Tokenizer::Tokenizer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

std::vector<int32_t> Tokenizer::encode(std::string_view text) const {
  if (const size_t bad = find_invalid_utf8(text); bad != std::string_view::npos) {
    fail("text to tokenize is not UTF-8: byte {:#04x} at offset {}", static_cast<uint8_t>(text[bad]), bad);
  }
  std::vector<int32_t> out;
  state_->raw.split(
      text, [&](std::string_view piece) { state_->encode_plain(piece, out); }, [&](int32_t id) { out.push_back(id); });
  return out;
}

std::string Tokenizer::decode(std::span<const int32_t> tokens, bool skip_special) const {
  std::string out;
  for (const int32_t id : tokens) {
    if (!skip_special || !is_special(id)) out += token_bytes(id);
  }
  return replace_invalid_utf8(out);
}

std::string_view Tokenizer::token_bytes(int32_t id) const {
  return id >= 0 && id < vocab_size() ? std::string_view(state_->bytes[id]) : std::string_view();
}

bool Tokenizer::is_special(int32_t id) const { return id >= 0 && id < vocab_size() && state_->special[id]; }

std::optional<int32_t> Tokenizer::id_of(std::string_view token) const {
  const auto it = state_->id_of.find(std::string(token));
  return it == state_->id_of.end() ? std::nullopt : std::optional(it->second);
}

int32_t Tokenizer::require_id(std::string_view token) const {
  if (const auto id = id_of(token)) return *id;
  throw Error(fmt::format("the vocabulary has no token \"{}\"", token), {state_->path});
}

int32_t Tokenizer::vocab_size() const { return static_cast<int32_t>(state_->bytes.size()); }
const std::vector<AddedToken>& Tokenizer::added_tokens() const { return state_->added; }
const std::string& Tokenizer::path() const { return state_->path; }

std::string_view Tokenizer::find_any(std::string_view text, std::span<const std::string_view> tokens) {
  std::string_view first;
  size_t first_at = std::string_view::npos;
  for (const std::string_view token : tokens) {
    if (const size_t at = text.find(token); at < first_at) {
      first_at = at;
      first = token;
    }
  }
  return first;
}

}  // namespace crescent
