package duty

import "minglu/app/store"

// schema is the log's tables. An entry's row is never changed but for sent; matter holds what FoldMatter makes of a
// matter's entries and is written in the transaction of each of them.
func schema() store.Schema { return store.Schema{Name: "duty", Versions: []string{schema1, schema2}} }

const schema1 = `
CREATE TABLE entry (
	seq     INTEGER PRIMARY KEY, -- as they came to this machine
	id      TEXT NOT NULL UNIQUE,
	hall    TEXT NOT NULL,
	day     TEXT NOT NULL,
	ms      BIGINT NOT NULL,
	n       BIGINT NOT NULL,
	machine TEXT NOT NULL,
	kind    TEXT NOT NULL,
	act     TEXT NOT NULL,
	matter  TEXT NOT NULL, -- its own id when it opens one
	sent    BIGINT NOT NULL, -- 1 once headquarters has it
	raw     TEXT NOT NULL
);
CREATE INDEX entry_day ON entry (hall, day, ms, n, machine, id);
CREATE INDEX entry_matter ON entry (matter) WHERE matter <> '';
CREATE INDEX entry_unsent ON entry (seq) WHERE sent = 0;
CREATE VIRTUAL TABLE entry_word USING fts5 (words, content = '', tokenize = 'unicode61');
CREATE TABLE matter (
	id       TEXT PRIMARY KEY,
	hall     TEXT NOT NULL,
	opened   TEXT NOT NULL, -- day
	done     TEXT NOT NULL, -- day, '' while open
	raw      TEXT NOT NULL
);
CREATE INDEX matter_done ON matter (hall, done, opened);
CREATE TABLE day (
	hall    TEXT NOT NULL,
	day     TEXT NOT NULL,
	entries BIGINT NOT NULL,
	closed  TEXT NOT NULL, -- '', leader, system
	covered BIGINT NOT NULL,
	PRIMARY KEY (hall, day)
);
CREATE TABLE package (
	hall  TEXT NOT NULL,
	day   TEXT NOT NULL,
	entry TEXT NOT NULL, -- the closing it carries out
	part  BIGINT NOT NULL,
	upto  BIGINT NOT NULL, -- seq of the last entry in it
	id    TEXT NOT NULL, -- '' until a number is taken
	state TEXT NOT NULL, -- wanted, sealed
	PRIMARY KEY (hall, day, part)
);
CREATE TABLE stamp (one INTEGER PRIMARY KEY CHECK (one = 1), ms BIGINT NOT NULL, n BIGINT NOT NULL);
INSERT INTO stamp VALUES (1, 0, 0);
CREATE TABLE line (slot TEXT PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE cursor (hall TEXT PRIMARY KEY, after BIGINT NOT NULL);
CREATE TABLE rulebook (name TEXT PRIMARY KEY, data TEXT NOT NULL)`

// schema2 finds what the board says without a look at the years before.
const schema2 = `CREATE INDEX entry_board ON entry (hall, json_extract(raw, '$.code'), ms, n, machine, id) WHERE act = 'board'`
