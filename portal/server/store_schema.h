// The tables of the portal's database, one string per version of the schema.
#pragma once

#include <string>
#include <vector>

namespace portal {

inline const std::vector<std::string>& store_schema() {
  static const std::vector<std::string> steps = {R"sql(
CREATE TABLE clock (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  highest INTEGER NOT NULL, wall INTEGER NOT NULL, uptime INTEGER NOT NULL, boot TEXT NOT NULL);
CREATE TABLE blobs (
  id BLOB PRIMARY KEY, length INTEGER NOT NULL, finished INTEGER NOT NULL DEFAULT 0,
  sums BLOB NOT NULL DEFAULT x'', created INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE shares (
  id BLOB PRIMARY KEY, state TEXT NOT NULL, arm INTEGER NOT NULL, issue INTEGER NOT NULL,
  link_proof BLOB NOT NULL, code_proof BLOB NOT NULL, cover BLOB NOT NULL,
  view_grant BLOB, take_grant BLOB, not_after INTEGER NOT NULL, purge_after INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, tries_max INTEGER NOT NULL,
  step_up INTEGER NOT NULL, otp INTEGER NOT NULL,
  takes INTEGER NOT NULL DEFAULT 0, takes_max INTEGER NOT NULL,
  body BLOB NOT NULL, ended INTEGER NOT NULL DEFAULT 0, erased BLOB NOT NULL DEFAULT x'');
CREATE TABLE share_blobs (
  share BLOB NOT NULL REFERENCES shares(id) ON DELETE CASCADE,
  scope INTEGER NOT NULL, place INTEGER NOT NULL, blob BLOB NOT NULL,
  PRIMARY KEY (share, scope, place)) WITHOUT ROWID;
CREATE INDEX share_blobs_by_blob ON share_blobs(blob);
CREATE TABLE sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  share BLOB NOT NULL REFERENCES shares(id) ON DELETE CASCADE,
  arm INTEGER NOT NULL, view INTEGER NOT NULL, take INTEGER NOT NULL, opened INTEGER NOT NULL,
  served INTEGER NOT NULL DEFAULT 0, counted INTEGER NOT NULL DEFAULT 0,
  receipts INTEGER NOT NULL DEFAULT 0);
CREATE INDEX sessions_by_share ON sessions(share);
CREATE TABLE tickets (
  hash BLOB PRIMARY KEY,
  session INTEGER NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  ends INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX tickets_by_session ON tickets(session);
CREATE TABLE events (
  number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL,
  share BLOB, arm INTEGER NOT NULL, issue INTEGER NOT NULL, view INTEGER NOT NULL,
  take INTEGER NOT NULL, blob BLOB, bytes INTEGER NOT NULL, count INTEGER NOT NULL,
  payload TEXT NOT NULL, mac BLOB NOT NULL, address TEXT NOT NULL, agent TEXT NOT NULL);
)sql"};
  return steps;
}

}  // namespace portal
