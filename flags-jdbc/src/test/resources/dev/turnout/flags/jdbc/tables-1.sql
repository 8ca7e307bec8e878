-- The tables as they were before they had versions. Never changed: what was created so has to be brought on.
CREATE TABLE IF NOT EXISTS turnout_entry (
  kind VARCHAR(20) NOT NULL,
  name VARCHAR(100) NOT NULL,
  body TEXT NOT NULL,
  revision BIGINT NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (kind, name));
CREATE TABLE IF NOT EXISTS turnout_audit (
  revision BIGINT NOT NULL PRIMARY KEY,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by TEXT NOT NULL,
  reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS turnout_audit_edit (
  revision BIGINT NOT NULL,
  ordinal INT NOT NULL,
  kind VARCHAR(20) NOT NULL,
  name VARCHAR(100) NOT NULL,
  body_before TEXT NOT NULL,
  body_after TEXT NOT NULL,
  PRIMARY KEY (revision, ordinal),
  FOREIGN KEY (revision) REFERENCES turnout_audit (revision) ON DELETE CASCADE);
CREATE TABLE IF NOT EXISTS turnout_head (
  id SMALLINT NOT NULL PRIMARY KEY CHECK (id = 1),
  revision BIGINT NOT NULL);
INSERT INTO turnout_head (id, revision) SELECT 1, 0 WHERE NOT EXISTS (SELECT 1 FROM turnout_head);
CREATE TABLE IF NOT EXISTS turnout_member (
  id VARCHAR(100) NOT NULL PRIMARY KEY,
  migration VARCHAR(200) NOT NULL,
  node VARCHAR(200) NOT NULL,
  process VARCHAR(100) NOT NULL,
  lease_millis BIGINT NOT NULL,
  beat BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  using_incarnation VARCHAR(100) NOT NULL,
  using_version BIGINT NOT NULL,
  using_checksum VARCHAR(20) NOT NULL,
  acknowledged BIGINT NOT NULL,
  overridden VARCHAR(20),
  journal VARCHAR(300) NOT NULL,
  key_text VARCHAR(300) NOT NULL);
CREATE TABLE IF NOT EXISTS turnout_journal (
  id BIGINT NOT NULL PRIMARY KEY,
  migration VARCHAR(200) NOT NULL,
  record_key VARCHAR(500) NOT NULL,
  source VARCHAR(20) NOT NULL,
  owner VARCHAR(100) NOT NULL,
  waits_since BIGINT);
CREATE TABLE IF NOT EXISTS turnout_repair (
  migration VARCHAR(200) NOT NULL,
  record_key VARCHAR(500) NOT NULL,
  claim BIGINT NOT NULL,
  until BIGINT NOT NULL,
  failures INT NOT NULL,
  problem TEXT,
  PRIMARY KEY (migration, record_key));
CREATE TABLE IF NOT EXISTS turnout_journal_owner (
  migration VARCHAR(200) NOT NULL,
  owner VARCHAR(100) NOT NULL,
  evicted_at BIGINT,
  PRIMARY KEY (migration, owner));
CREATE TABLE IF NOT EXISTS turnout_journal_head (
  migration VARCHAR(200) NOT NULL PRIMARY KEY,
  id VARCHAR(100) NOT NULL,
  generation BIGINT NOT NULL);
CREATE INDEX turnout_journal_waits ON turnout_journal (migration, waits_since);
CREATE INDEX turnout_journal_key ON turnout_journal (migration, record_key);
CREATE TABLE IF NOT EXISTS turnout_fence (migration VARCHAR(200) NOT NULL PRIMARY KEY,
  lowest BIGINT NOT NULL, refusals BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS turnout_fence_refused (migration VARCHAR(200) NOT NULL,
  member VARCHAR(200) NOT NULL, PRIMARY KEY (migration, member));
CREATE TABLE IF NOT EXISTS turnout_backfill (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  sweep_id VARCHAR(200) NOT NULL,
  pass VARCHAR(20) NOT NULL,
  last_key TEXT,
  rows_done BIGINT NOT NULL,
  step BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS turnout_backfill_range (
  name VARCHAR(200) NOT NULL,
  range_no INT NOT NULL,
  sweep_id VARCHAR(200) NOT NULL,
  plan_hash VARCHAR(64) NOT NULL,
  is_remapped INT NOT NULL,
  lower_key TEXT,
  upper_key TEXT NOT NULL,
  last_key TEXT,
  rows_done BIGINT NOT NULL,
  step BIGINT NOT NULL,
  is_done INT NOT NULL,
  epoch BIGINT NOT NULL,
  owner VARCHAR(200),
  lease_until BIGINT NOT NULL,
  PRIMARY KEY (name, range_no));
CREATE TABLE IF NOT EXISTS turnout_verify (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  mapping TEXT NOT NULL,
  sweep BIGINT NOT NULL,
  planned BIGINT NOT NULL,
  last_key TEXT,
  finished_sweep BIGINT NOT NULL,
  differences BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS turnout_verify_range (
  name VARCHAR(200) NOT NULL,
  sweep BIGINT NOT NULL,
  ordinal BIGINT NOT NULL,
  after_key TEXT,
  up_to_key TEXT,
  owner VARCHAR(200) NOT NULL,
  lease_until BIGINT NOT NULL,
  is_done INT DEFAULT 0 NOT NULL,
  row_count BIGINT,
  migration_version BIGINT,
  verified_at BIGINT,
  unsettled BIGINT,
  missing BIGINT,
  extra BIGINT,
  different BIGINT,
  newer_on_mirror BIGINT,
  not_transformable BIGINT,
  PRIMARY KEY (name, sweep, ordinal));
