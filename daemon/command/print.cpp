#include <algorithm>
#include <nlohmann/json.hpp>

#include "command/command.h"

namespace command {
namespace {

using Widths = std::vector<std::size_t>;

// What a terminal would take as a command is shown as '?'.
std::string printable(const std::string& text) {
  std::string result = text;
  for (char& c : result)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F) c = '?';
  return result;
}

std::size_t width(const std::string& text) {  // in characters of UTF-8
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

Widths widths(const control::Table& table) {
  Widths result;
  for (const auto& column : table.columns) result.push_back(width(column));
  for (const auto& row : table.rows)
    for (std::size_t i = 0; i < row.size() && i < result.size(); ++i)
      result[i] = std::max(result[i], width(row[i]));
  return result;
}

std::string line(const std::vector<std::string>& cells, const Widths& widths) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    text += printable(cells[i]);
    if (i + 1 < cells.size() && i < widths.size())
      text.append(widths[i] - width(cells[i]) + 2, ' ');
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text + "\n";
}

std::string lines(const control::Table& table) {
  const auto columns = widths(table);
  std::string text;
  if (!table.columns.empty() && !table.rows.empty()) text += line(table.columns, columns);
  for (const auto& row : table.rows) text += line(row, columns);
  return text;
}

}  // namespace

std::string as_table(const control::Reply& reply) {
  std::string text;
  if (!reply.text.empty()) text += printable(reply.text) + "\n";
  if (!reply.text.empty() && !reply.rows.empty()) text += "\n";
  if (!reply.columns.empty() && reply.rows.empty() && reply.text.empty()) text += "none\n";
  text += lines({reply.columns, reply.rows});
  for (const auto& table : reply.more)
    if (!table.rows.empty()) text += "\n" + lines(table);
  return text;
}

std::string as_json(const control::Reply& reply) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& row : reply.rows) {
    nlohmann::json object = nlohmann::json::object();
    for (std::size_t i = 0; i < row.size() && i < reply.columns.size(); ++i) {
      std::string name = reply.columns[i];
      std::replace(name.begin(), name.end(), ' ', '_');
      object[name] = row[i];
    }
    list.push_back(std::move(object));
  }
  return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace command
