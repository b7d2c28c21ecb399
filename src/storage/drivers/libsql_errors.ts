/** SQLite's extended result codes, by name: https://www.sqlite.org/rescode.html */
export const CONFLICT = /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY|FOREIGNKEY)$/;
export const UNAVAILABLE =
  /^(SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY|CORRUPT|NOTADB|NOMEM)|CLIENT_CLOSED)/;
