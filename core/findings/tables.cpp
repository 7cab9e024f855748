#include "core/findings/tables.hpp"

#include <algorithm>
#include <cmath>

namespace crescent {

namespace {

struct Table {
  std::string caption;
  size_t text_columns = 0;  // the first ones, which are set to the left
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

std::vector<size_t> varying(const SweepFiles& sweep) {
  std::vector<size_t> factors;
  for (size_t f = 0; f < sweep.factors.size(); ++f)
    for (const CellRecord& cell : sweep.cells)
      if (cell.levels[f] != sweep.cells[0].levels[f]) {
        factors.push_back(f);
        break;
      }
  return factors;
}

constexpr const char* kNone = "–";

std::string fixed(double value, const Measure& measure, int decimals) {
  return std::isfinite(value) ? fmt::format("{:.{}f}", measure.factor * value, decimals) : kNone;
}

std::string interval_text(const std::optional<Interval>& interval, const Measure& measure, int decimals) {
  return interval ? fmt::format("[{}, {}]", fixed(interval->low, measure, decimals),
                                fixed(interval->high, measure, decimals))
                  : kNone;
}

std::string p_text(double p) {
  if (std::isnan(p)) return kNone;
  return p < 0.001 ? "< 0.001" : fmt::format("{:.3f}", p);
}

std::string in_unit(const Measure& measure) { return measure.factor == 100 ? ", %" : ""; }

Table settings_table(const SweepFiles& sweep, const Findings& findings, const MetricFindings& of) {
  Table table;
  const std::vector<size_t> factors = varying(sweep);
  const bool compared = findings.no_comparison.empty();
  table.caption = fmt::format(
      "{}{}: mean over seeds with its 95 % t interval{}", of.metric, in_unit(of.measure),
      compared
          ? "; difference from the baseline, paired by seed, with 95 % intervals by t and by bootstrap-t; p of the "
            "paired t test by Holm's correction"
          : "");
  table.text_columns = std::max<size_t>(1, factors.size());
  for (const size_t f : factors) table.header.push_back(sweep.factors[f].name);
  if (factors.empty()) table.header.push_back("setting");
  for (const char* name : {"n", "mean", "95 %"}) table.header.push_back(name);
  if (compared)
    for (const char* name : {"pairs", "difference", "95 % t", "95 % bootstrap", "p"}) table.header.push_back(name);
  const int decimals = decimals_of(of);
  for (size_t s = 0; s < findings.settings.size(); ++s) {
    std::vector<std::string>& row = table.rows.emplace_back();
    for (const size_t f : factors) {
      const size_t level = findings.settings[s].levels[f];
      row.push_back(level == kUnset ? kNone : sweep.factors[f].values[level]);
    }
    if (factors.empty()) row.push_back("all runs");
    row.push_back(fmt::format("{}", of.means[s].n));
    row.push_back(fixed(of.means[s].mean, of.measure, decimals));
    row.push_back(interval_text(of.means[s].by_t, of.measure, decimals));
    if (!compared) continue;
    if (!of.comparisons[s]) {
      row.insert(row.end(), {kNone, "baseline", "", "", ""});
      continue;
    }
    const PairedComparison& c = *of.comparisons[s];
    row.push_back(fmt::format("{}", c.difference.n()));
    row.push_back((c.difference.mean > 0 ? "+" : "") + fixed(c.difference.mean, of.measure, decimals));
    row.push_back(interval_text(c.difference.by_t, of.measure, decimals));
    row.push_back(interval_text(c.difference.by_bootstrap, of.measure, decimals));
    row.push_back(p_text(c.corrected_p));
  }
  return table;
}

Table effects_table(const SweepFiles& sweep, const MetricFindings& of) {
  Table table;
  table.caption = fmt::format(
      "{}: effects over {} seeds (repeated measures, degrees of freedom by Greenhouse and Geisser, p by Holm's "
      "correction)",
      of.metric, of.factorial.seeds.size());
  table.text_columns = 1;
  table.header = {"effect", "F", "df", "epsilon", "p"};
  for (const EffectFinding& found : of.factorial.effects) {
    const FactorialEffect& e = found.effect;
    std::vector<std::string> names;
    for (const size_t f : e.factors) names.push_back(sweep.factors[of.factorial.factors[f]].name);
    const bool tested = !std::isnan(e.p);
    table.rows.push_back({fmt::format("{}", fmt::join(names, " x ")), tested ? fmt::format("{:.2f}", e.f) : kNone,
                          fmt::format("{:g}, {:g}", e.degrees1, e.degrees2),
                          tested ? fmt::format("{:.2f}", e.epsilon) : kNone, p_text(found.corrected_p)});
  }
  return table;
}

std::vector<Table> tables_of(const SweepFiles& sweep, const Findings& findings, const MetricFindings& of) {
  std::vector<Table> tables{settings_table(sweep, findings, of)};
  if (of.factorial.why_not.empty()) tables.push_back(effects_table(sweep, of));
  return tables;
}

// What was found or not, and why something could not be asked.
std::vector<std::string> sentences(const Findings& findings, const MetricFindings& of) {
  std::vector<std::string> list;
  for (const auto& comparison : of.comparisons)
    if (comparison) list.push_back(verdict(*comparison, of.measure));
  if (!findings.no_comparison.empty()) list.push_back(findings.no_comparison);
  for (const EffectFinding& effect : of.factorial.effects) list.push_back(effect.verdict);
  if (!of.factorial.why_not.empty()) list.push_back("no effects of factors: " + of.factorial.why_not);
  if (of.factorial.why_not.empty() && !of.factorial.left_out.empty())
    list.push_back(fmt::format("effects are of {} seeds; left out, because a run of theirs has no value: {}",
                               of.factorial.seeds.size(), fmt::join(of.factorial.left_out, ", ")));
  return list;
}

std::string escaped(const std::string& text, std::string_view special, const std::string& before) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != special.npos) out += before;
    out += c;
  }
  return out;
}

std::string markdown_text(const std::string& text) { return escaped(text, "|*_`\\<[", "\\"); }

std::string markdown(const Table& table) {
  const auto line = [](const std::vector<std::string>& cells) {
    std::string text = "|";
    for (const std::string& cell : cells) text += " " + markdown_text(cell) + " |";
    return text + "\n";
  };
  std::string text = markdown_text(table.caption) + ".\n\n" + line(table.header) + "|";
  for (size_t i = 0; i < table.header.size(); ++i) text += i < table.text_columns ? "---|" : "---:|";
  text += "\n";
  for (const auto& row : table.rows) text += line(row);
  return text + "\n";
}

std::string latex_text(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool in_number = i + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[i + 1]));
    const bool begins = i == 0 || text[i - 1] == '[' || text[i - 1] == ' ';
    if (text.compare(i, 3, kNone) == 0)
      out += "--", i += 2;
    else if (c == '-' && in_number && begins)
      out += "$-$";
    else if (c == '<' || c == '>')
      out += fmt::format("${}$", c);
    else if (c == '\\')
      out += "\\textbackslash{}";
    else if (c == '~' || c == '^')
      out += fmt::format("\\{}{{}}", c);
    else if (std::string_view("&%$#_{}").find(c) != std::string_view::npos)
      out += fmt::format("\\{}", c);
    else
      out += c;
  }
  return out;
}

std::string latex_comment(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return fmt::format("% {}\n", text);
}

// A bracket that begins a cell or row would be taken for an option of \\ or of the environment.
std::string latex_cell(const std::string& text) {
  const std::string plain = latex_text(text);
  return plain.starts_with("[") ? "{" + plain + "}" : plain;
}

std::string latex(const Table& table) {
  const auto line = [](const std::vector<std::string>& cells) {
    std::vector<std::string> plain;
    for (const std::string& cell : cells) plain.push_back(latex_cell(cell));
    return fmt::format("  {} \\\\\n", fmt::join(plain, " & "));
  };
  std::string text =
      fmt::format("\\begin{{table}}\n\\centering\n\\caption{{{}.}}\n\\begin{{tabular}}{{{}{}}}\n\\toprule\n",
                  latex_text(table.caption), std::string(table.text_columns, 'l'),
                  std::string(table.header.size() - table.text_columns, 'r'));
  text += line(table.header) + "\\midrule\n";
  for (const auto& row : table.rows) text += line(row);
  return text + "\\bottomrule\n\\end{tabular}\n\\end{table}\n\n";
}

// Quoted where it has to be (RFC 4180).
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == text.npos) return text;
  return "\"" + escaped(text, "\"", "\"") + "\"";
}

std::string csv_number(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }

std::vector<std::string> csv_interval(const std::optional<Interval>& interval) {
  if (!interval) return {"", ""};
  return {csv_number(interval->low), csv_number(interval->high)};
}

}  // namespace

std::string markdown_tables(const SweepFiles& sweep, const Findings& findings) {
  std::string text = fmt::format("# {}\n\n", markdown_text(sweep.name));
  for (const std::string& caveat : findings.caveats) text += fmt::format("> {}\n\n", markdown_text(caveat));
  for (const MetricFindings& of : findings.metrics) {
    text += fmt::format("## {}\n\n", markdown_text(of.metric));
    for (const std::string& sentence : sentences(findings, of)) text += fmt::format("- {}\n", markdown_text(sentence));
    text += "\n";
    for (const Table& table : tables_of(sweep, findings, of)) text += markdown(table);
  }
  return text;
}

std::string latex_tables(const SweepFiles& sweep, const Findings& findings) {
  std::string text = "% \\usepackage{booktabs}\n";
  for (const std::string& caveat : findings.caveats) text += latex_comment(caveat);
  for (const MetricFindings& of : findings.metrics) {
    for (const std::string& sentence : sentences(findings, of)) text += latex_comment(sentence);
    for (const Table& table : tables_of(sweep, findings, of)) text += latex(table);
  }
  return text;
}

std::string differences_csv(const SweepFiles& sweep, const Findings& findings) {
  std::vector<std::string> header{"metric"};
  for (const FactorRecord& factor : sweep.factors) header.push_back(factor.name);
  for (const char* name :
       {"n", "mean", "deviation", "mean_low", "mean_high", "baseline", "pairs", "difference", "difference_deviation",
        "t_low", "t_high", "bootstrap_low", "bootstrap_high", "p", "corrected_p", "verdict"})
    header.emplace_back(name);
  std::string text;
  const auto add = [&](const std::vector<std::string>& fields) {
    std::vector<std::string> quoted;
    for (const std::string& field : fields) quoted.push_back(csv_field(field));
    text += fmt::format("{}\n", fmt::join(quoted, ","));
  };
  add(header);
  for (const MetricFindings& of : findings.metrics)
    for (size_t s = 0; s < findings.settings.size(); ++s) {
      std::vector<std::string> row{of.metric};
      const auto append = [&](const std::vector<std::string>& fields) {
        row.insert(row.end(), fields.begin(), fields.end());
      };
      for (size_t f = 0; f < sweep.factors.size(); ++f) {
        const size_t level = findings.settings[s].levels[f];
        row.push_back(level == kUnset ? "" : sweep.factors[f].values[level]);
      }
      append({fmt::format("{}", of.means[s].n), csv_number(of.means[s].mean), csv_number(of.means[s].deviation)});
      append(csv_interval(of.means[s].by_t));
      if (const auto& c = of.comparisons[s]) {
        const PairedDifference& d = c->difference;
        append({c->baseline, fmt::format("{}", d.n()), csv_number(d.mean), csv_number(d.deviation)});
        append(csv_interval(d.by_t));
        append(csv_interval(d.by_bootstrap));
        append({csv_number(d.p), csv_number(c->corrected_p), verdict(*c, of.measure)});
      }
      row.resize(header.size());
      add(row);
    }
  return text;
}

}  // namespace crescent
